import { expect, test } from 'vitest';
import { armOf } from './trial.ts';

const tasks = Array.from({ length: 20_000 }, (_, n) => `task-${n}`);
const onTrial = (id: string, share: number) => tasks.filter((task) => armOf({ id, share }, task) === 'trial');

test.each([0, 1, 10, 50, 99, 100])('of many tasks %d percent are on the trial', (share) => {
  const got = (onTrial('cheaper', share).length / tasks.length) * 100;
  // Four standard deviations of a binomial share.
  const tolerance = 4 * Math.sqrt((share * (100 - share)) / tasks.length);
  expect(Math.abs(got - share)).toBeLessThanOrEqual(tolerance);
});

test('a task stays on its arm, and a larger share keeps those that were on it', () => {
  const few = onTrial('cheaper', 10);
  expect(onTrial('cheaper', 10)).toEqual(few);
  const more = new Set(onTrial('cheaper', 30));
  expect(few.every((task) => more.has(task))).toBe(true);
});

test('two trials draw independently', () => {
  const first = new Set(onTrial('one', 50));
  const both = onTrial('two', 50).filter((task) => first.has(task)).length / tasks.length;
  expect(both).toBeGreaterThan(0.23);
  expect(both).toBeLessThan(0.27);
});
