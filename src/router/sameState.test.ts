import { expect, test } from 'vitest';
import { watchState } from './sameState.ts';
import type { World } from './world.ts';

const NOW = 1_790_000_000_000;

interface Changing {
  now: number;
  reason: string | undefined;
}

function worldOf(state: Changing): World {
  return {
    now: () => state.now,
    provider: () => undefined,
    setting: () => undefined,
    unhealthy: () => state.reason,
    priceTable: undefined,
    calibration: [],
    trusted: true,
    defaultTarget: undefined,
  };
}

const watched = (changing: Changing, stamp: number | undefined, spent: () => number = () => 0) =>
  watchState(
    worldOf(changing),
    { kind: 'chat', policy: undefined, estimatedTokens: 10, spent: {}, taskSpentNanoUsd: spent },
    stamp,
  );

test.each([
  ['nothing was written', (_: Changing) => 7, true],
  ['something was written', (_: Changing) => 8, false],
  [
    'a provider has failed',
    (changing: Changing) => {
      changing.reason = 'down';
      return 7;
    },
    false,
  ],
  [
    'more than a second has passed',
    (changing: Changing) => {
      changing.now += 1_001;
      return 7;
    },
    false,
  ],
  [
    'the clock was set back',
    (changing: Changing) => {
      changing.now -= 1;
      return 7;
    },
    false,
  ],
])('a state stands without being put together anew where %s: %#', (_what, change, isLike) => {
  const changing: Changing = { now: NOW, reason: undefined };
  const first = watched(changing, 7);
  first.state.unhealthy('a', 'large');
  expect(first.isLikeBefore(change(changing))).toBe(isLike);
});

test('a state of which nobody can tell what was written never does', () => {
  expect(watched({ now: NOW, reason: undefined }, undefined).isLikeBefore(7)).toBe(false);
});

test('what a task has cost is found out where a decision asks for it, and changes it only then', () => {
  const changing: Changing = { now: NOW, reason: undefined };
  let spent = 5;
  let asked = 0;
  const cost = (): number => {
    asked += 1;
    return spent;
  };
  const [unasked, first] = [watched(changing, 7, cost), watched(changing, 7, cost)];
  expect(asked).toBe(0);
  expect([first.state.taskSpentNanoUsd, first.state.taskSpentNanoUsd, asked]).toEqual([5, 5, 1]);
  expect(first.isLike(watched(changing, 8, cost).state)).toBe(true);
  spent = 6;
  expect(first.isLike(watched(changing, 8, cost).state)).toBe(false);
  expect(unasked.isLike(watched(changing, 8, cost).state)).toBe(true);
});
