import { expect, test } from 'vitest';
import { compilePolicy } from '../policy/compile.ts';
import { oneLayer } from '../policy/layers.ts';
import { parsePolicy } from '../policy/parse.ts';
import { blockedPaths } from './blocked.ts';

const now = Date.parse('2026-06-01T00:00:00Z');

function isBlocked(path: string, ...constraints: readonly object[]): boolean {
  const text = JSON.stringify({
    version: 1,
    default: 'local/workspace-copy',
    constraints: constraints.map((constraint, index) => ({ id: `c${index}`, reason: 'because', ...constraint })),
  });
  const { policy, diagnostics } = parsePolicy(text);
  if (!policy) throw new Error(JSON.stringify(diagnostics));
  return blockedPaths(oneLayer(compilePolicy(policy, 'hash')), now)(path);
}

const cases: readonly (readonly [what: string, constraint: object, blocked: boolean])[] = [
  ['a file that is touched', { when: { touches: ['keys/**'] }, block: true }, true],
  ['a file of those listed', { when: { files: ['**/*.ts'] }, block: true }, true],
  ['another file', { when: { touches: ['other/**'] }, block: true }, false],
  ['a path among alternatives', { when: { anyOf: [{ touches: ['keys/**'] }] }, block: true }, true],
  ['all but some files', { when: { not: { touches: ['docs/**'] } }, block: true }, true],
  ['a path on a branch that is not known', { when: { touches: ['keys/**'], branch: ['release'] }, block: true }, true],
  ['a path in chats only', { when: { touches: ['keys/**'], kind: 'chat' }, block: true }, false],
  ['a branch alone', { when: { branch: ['release'] }, block: true }, false],
  ['a constraint that does not block', { when: { touches: ['keys/**'] }, local: true }, false],
  ['a block that is over', { when: { touches: ['keys/**'] }, block: true, until: '2026-01-01' }, false],
  ['a block to come to an end', { when: { touches: ['keys/**'] }, block: true, until: '2026-12-31' }, true],
  ['a block that is on trial', { when: { touches: ['keys/**'] }, block: true, mode: 'observe' }, true],
];

test.each(cases)('%s', (_what, constraint, blocked) => {
  expect(isBlocked('keys/live.ts', constraint)).toBe(blocked);
});

test('one constraint of several is enough', () => {
  const block = { when: { touches: ['keys/**'] }, block: true };
  expect(isBlocked('keys/live.ts', { when: { touches: ['docs/**'] }, block: true }, block)).toBe(true);
});
