import { validateHeaderValue } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision, Reason } from '../routing/decision.ts';
import { routingHeaders } from './routingHeaders.ts';

const lost = (where: string, what = 'a text') => [{ where, what }];

it('a line break, in whatever is told, makes no header of its own', () => {
  const headers = routingHeaders({ target: 'a/b\r\nset-cookie: x', attempts: 1, lost: lost('x\n\u2028y\u0000', 'ä') });
  expect(headers).toEqual({ 'x-routing-model': 'a/b?set-cookie: x', 'x-routing-lost': 'x?y?: ?' });
});

it('any text is a value that can be sent, and not a long one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (text) => {
      for (const [name, value] of Object.entries(routingHeaders({ target: text, attempts: 1, lost: lost(text) }))) {
        expect(() => validateHeaderValue(name, value)).not.toThrow();
        expect(value).toMatch(/^[\x20-\x7e]{0,500}$/);
      }
    }),
  );
});

it('what is not known is left out', () => {
  expect(routingHeaders({ attempts: 0, lost: [] })).toEqual({});
});

it('of many losses as many are told as fit, and how many there are besides', () => {
  const many = Array.from({ length: 60 }, (_, number) => ({
    where: `generationConfig.field${number}`,
    what: 'a value',
  }));
  const told = routingHeaders({ attempts: 1, lost: many })['x-routing-lost'] ?? '';
  expect(told.length).toBeLessThanOrEqual(500);
  const entries = told.split('; ');
  const more = Number(/^\+(\d+) more$/.exec(entries.at(-1) ?? '')?.[1]);
  expect(entries.length - 1).toBeGreaterThan(10);
  expect(entries.length - 1 + more).toBe(60);
  expect(entries[0]).toBe('generationConfig.field0: a value');
});

describe('why', () => {
  const target = { target: 'anthropic/claude-opus-5-5' };
  const decision = (why: readonly Reason[]): Decision =>
    ({
      class: 'default',
      policyHash: '0123456789abcdef',
      why,
      outcome: { kind: 'routed', target, fallbacks: [] },
      kept: [],
      removed: [],
      skipped: [],
      budgets: [],
    }) as unknown as Decision;
  const told = (why: readonly Reason[], attempts = 1, served = target.target): string | undefined =>
    routingHeaders({ decision: decision(why), target: served, attempts, lost: [] })['x-routing-why'];
  const refused: Reason = {
    kind: 'override-refused',
    target: 'openai/gpt-6-sol',
    layer: '',
    because: { kind: 'forbidden' },
  };

  it('is one sentence where there is one reason', () => {
    expect(told([{ kind: 'default-used' }])).toBe('No class matched, so the default is used.');
  });

  it('also says that a conversation stays, and what was asked for and is not used, before the rules', () => {
    const why: readonly Reason[] = [
      { kind: 'default-used' },
      { kind: 'constraint-applied', rule: 'eu', reason: 'Data stays here', removed: 2, certain: true },
      { kind: 'pinned', target: target.target, until: 'turn', instead: target.target, cachedTokens: 0 },
      refused,
    ] as readonly Reason[];
    expect(told(why)).toMatch(
      /^No class matched, so the default is used; Stays with .* until this turn ends; openai\/gpt-6-sol was asked for and is not used: .*; `eu` took away 2 targets: Data stays here\.$/,
    );
  });

  it('says that the first target failed', () => {
    expect(told([{ kind: 'default-used' }], 2, 'openai/gpt-6-sol')).toBe(
      'No class matched, so the default is used; anthropic/claude-opus-5-5 failed, and openai/gpt-6-sol is attempt 2.',
    );
  });
});
