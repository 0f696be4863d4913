import { expect, test } from 'vitest';
import { compilePolicy } from '../../policy/compile.ts';
import { parsePolicy } from '../../policy/parse.ts';
import { guardOf } from './guards.ts';

const isGuarded = (when: unknown, effect: object, path: string): boolean | undefined => {
  const { policy } = parsePolicy(
    JSON.stringify({ version: 1, default: 'a/b', constraints: [{ id: 'x', when, reason: 'r', ...effect }] }),
  );
  if (!policy) throw new Error('the policy of this test is broken');
  return guardOf([{ policy: compilePolicy(policy, 'test') }])?.isGuarded(path);
};

const touches = { touches: ['secrets/**'] };
test.each([
  ['touches', touches, true],
  ['files', { files: ['secrets/**'] }, true],
  ['one of several conditions', { anyOf: [{ kind: ['agent'] }, touches] }, true],
  ['conditions within conditions', { anyOf: [{ anyOf: [touches] }] }, true],
  ['what is not meant', { not: touches }, undefined],
  ['no paths', { kind: ['agent'] }, undefined],
])('a constraint that blocks guards the files of %s', (_what, when, guards) => {
  expect(isGuarded(when, { block: true }, 'secrets/a')).toBe(guards);
  if (guards) expect(isGuarded(when, { block: true }, 'docs/a')).toBe(false);
});

test('a rule of a folder around the repository guards what lies in its globs from there', () => {
  const { policy } = parsePolicy(
    JSON.stringify({ version: 1, default: 'a/b', constraints: [{ id: 'x', when: touches, reason: 'r', block: true }] }),
  );
  if (!policy) throw new Error('the policy of this test is broken');
  const around = guardOf([{ policy: compilePolicy(policy, 'test'), inside: 'secrets/inner/' }]);
  expect(around?.isGuarded('a')).toBe(true);
  expect(guardOf([{ policy: compilePolicy(policy, 'test'), inside: 'web/' }])?.isGuarded('secrets/a')).toBe(false);
});
