import { expect, it } from 'vitest';
import { compilePolicy } from '../../policy/compile.ts';
import { NOON } from '../testing/world.ts';
import { expiredRules } from './expired.ts';

it.each([
  ['2026-11-23T12:00:00Z', true],
  ['2026-11-23T12:00:01Z', false],
  ['2026-11-23', true],
  ['2026-11-24', false],
])('a rule until %s is over at noon of 23 November: %s', (until, isOver) => {
  const use = 'a/b';
  const policy = compilePolicy(
    {
      version: 1,
      default: { use, trial: { id: 't', use, share: 1, until } },
      constraints: [{ id: 'c', reason: 'r', local: true, until }],
    },
    'test',
  );
  const paths = expiredRules(policy, NOON).map(({ path }) => path.join('.'));
  expect(paths).toEqual(isOver ? ['constraints.0.until', 'default.trial.until'] : []);
});
