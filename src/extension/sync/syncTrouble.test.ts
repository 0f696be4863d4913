import { expect, test } from 'vitest';
import type { ToldStanding } from '../../contract/sync.ts';
import { isLasting, syncTrouble } from './syncTrouble.ts';

const counts = { waiting: 0, sent: 0, dropped: 0, refused: {} };
const nowhere: ToldStanding = { state: 'nowhere', counts, sentence: 'Nothing is sent.' };
const failing = (since: number): ToldStanding => ({
  state: 'failing',
  failingSince: since,
  counts,
  sentence: `${since}`,
});

test.each<readonly [string, ToldStanding, ToldStanding, string | undefined]>([
  ['sending well is none', { ...nowhere, state: 'sending' }, nowhere, undefined],
  ['having paused is none', { ...nowhere, state: 'paused' }, nowhere, undefined],
  ['a try that failed is one', failing(5), nowhere, '5'],
  ['what fails longest is told first', failing(5), failing(3), '3'],
  ['what cannot be used at all comes before that', failing(5), { ...nowhere, state: 'unusable', sentence: 'no' }, 'no'],
])('%s', (_what, team, otlp, told) => {
  expect(syncTrouble({ team, otlp })?.sentence).toBe(told);
});

test('it lasts from an hour on, and where it will not pass by itself at once', () => {
  expect(isLasting({ sentence: '', since: 0 }, 3_599_999)).toBe(false);
  expect(isLasting({ sentence: '', since: 0 }, 3_600_000)).toBe(true);
  expect(isLasting({ sentence: '', since: undefined }, 0)).toBe(true);
});
