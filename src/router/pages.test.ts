import { describe, expect, it } from 'vitest';
import { policyWith } from '../routing/testing/world.ts';
import { policyPage, usagePage } from './pages.ts';

const many = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));
const pageOf = (parts: Parameters<typeof policyWith>[0]): string =>
  policyPage({ kind: 'in-force', policy: policyWith(parts), from: 'working-tree', layers: [] }, 'file:///p').markdown;

describe('the page of a policy', () => {
  it('keeps what a policy says on its line, as text', () => {
    const reason = 'first\n\n# Heading\u202E [link](command:x) `code`';
    const page = pageOf({
      default: 'a/b\nc\u2066',
      constraints: [{ id: 'c', reason, deny: ['x/*'] }],
      classes: [{ id: 'k', when: {}, use: 'x/\r\n- y' }],
    });
    const lines = page.split('\n');
    expect(lines).toContain("- c: first \\# Heading \\[link\\]\\(command\\:x\\) \\'code\\'");
    expect(lines).toContain('- everything else → a\\/b c');
    expect(lines).toContain('- k → x\\/ \\- y');
    expect(page).not.toMatch(/[\r\u202E\u2066]/);
  });

  it('keeps what is wrong with a policy on its line too', () => {
    const page = policyPage(
      { kind: 'last-good', policy: policyWith({}), problem: 'bad\n# x\u202E', layers: [] },
      'file:///p',
    );
    expect(page.markdown.split('\n')[0]).toBe('**bad \\# x**');
  });

  it.each([
    [50, undefined],
    [51, '- and 1 more'],
    [500, '- and 450 more'],
  ])('of %i rules shows fifty', (count, more) => {
    const page = pageOf({ constraints: many(count, (n) => ({ id: `c${n}`, reason: 'r', deny: ['x/*'] })) });
    expect(page.match(/^- c\d+: r$/gm)).toHaveLength(50);
    expect(page.split('\n').find((line) => line.startsWith('- and'))).toBe(more);
  });
});

it('keeps a warning about the ledger on one line', () => {
  expect(usagePage(undefined, 0, 'a\nb\u202E')).toContain('**a b**');
});
