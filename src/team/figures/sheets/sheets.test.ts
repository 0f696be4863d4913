import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { fewAtOnce } from './fewAtOnce.ts';
import { inPieces } from './inPieces.ts';
import { keptSheets } from './keptSheets.ts';
import { readSheet, type Sheet } from './sheet.ts';

const ROWS = 20_000;
const RUNS = 8;

/** A sheet as it is written, of some teams with long names and labels. @param first other words in each */
function written(first: number): readonly [keys: string, facts: string] {
  const rows = Array.from({ length: ROWS }, (_, row) => row);
  const labels = (row: number) => ({
    'cost-center': `R-${first}-${row % 40}`,
    region: `eu-west-${row % 3}`,
    stage: 'prod',
  });
  return [
    JSON.stringify({
      team_id: rows.map((row) => row % 60),
      class: rows.map((row) => `a rather long class ${first} ${row % 12}`),
      model: rows.map((row) => `a-model-with-a-long-name-${row % 7}`),
      simulated: rows.map(() => false),
      policy: rows.map((row) => `${first}-${row % 90}`.padEnd(64, '0')),
      trial: rows.map((row) => `${first} ${row}`.padEnd(64, 'x')),
      labels: rows.map(labels),
    }),
    JSON.stringify({
      facts: { key: rows, from: rows.map(() => 0), to: rows.map(() => 6), tasks: rows, cost: rows, unpriced: rows },
      histograms: { latency: { row: rows, slot: rows.map((row) => row % 255), calls: rows } },
    }),
  ];
}

test('a sheet is counted with what it takes in memory, in which each word is once', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const taken = (): number => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = taken();
  const sheets: Sheet[] = [];
  for (let run = 0; run < RUNS; run += 1) sheets.push(await inPieces(readSheet(...written(run))));
  const bytes = taken() - before;
  const counted = sheets.reduce((sum, sheet) => sum + sheet.bytes, 0);
  expect(counted).toBeGreaterThan(8 * ROWS * RUNS);
  expect(counted / bytes).toBeGreaterThan(0.85);
  expect(counted / bytes).toBeLessThan(1.2);
  const { labels = [], policy = [] } = sheets[0]?.keys ?? {};
  expect(labels[0]).toBe(labels[120]);
  expect(new Set(labels).size).toBe(120);
  expect([policy[0], policy[91]]).toEqual(['0-0'.padEnd(64, '0'), '0-1'.padEnd(64, '0')]);
});

test('a long sheet is read in pieces', async () => {
  let turns = 0;
  const reading = inPieces(readSheet(...written(0)));
  let isRead = false;
  reading.then(
    () => (isRead = true),
    () => undefined,
  );
  for (; !isRead; turns += 1) await turn();
  expect(turns).toBeGreaterThan(ROWS / 1000);
});

test('few are at work at once, in the order in which they came, and one that fails makes room for the next', async () => {
  const [few, begun, ends] = [fewAtOnce(2), [] as number[], [] as ((fails: boolean) => void)[]];
  const all = [0, 1, 2, 3, 4].map((one) =>
    few(async () => {
      begun.push(one);
      const fails = await new Promise<boolean>((end) => ends.push(end));
      if (fails) throw new Error(`${one} failed`);
      return one;
    }),
  );
  const settled = Promise.allSettled(all);
  await turn();
  expect(begun).toEqual([0, 1]);
  ends[1]?.(true);
  await turn();
  expect(begun).toEqual([0, 1, 2]);
  ends[0]?.(false);
  await turn();
  expect(begun).toEqual([0, 1, 2, 3]);
  for (const place of [2, 3, 4]) {
    ends[place]?.(false);
    await turn();
  }
  expect((await settled).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', ...Array(3).fill('fulfilled')]);
  await expect(few(async () => 'more')).resolves.toBe('more');
});

const sheetOf = (bytes: number): Sheet => ({
  keys: {},
  facts: { key: new Int32Array(), from: new Uint8Array(), to: new Uint8Array(), sums: {}, histograms: {} },
  bytes,
});

test('sheets are kept up to so many bytes, those that were asked for last, and none is read twice at once', async () => {
  const kept = keptSheets(100);
  const reads: string[] = [];
  const ask = (place: string, { of = '1', bytes = 40, turns = 1 } = {}): Promise<Sheet> =>
    kept.sheet(place, of, async () => {
      reads.push(place);
      for (let left = turns; left > 0; left -= 1) await turn();
      return sheetOf(bytes);
    });
  await Promise.all([ask('a'), ask('a'), ask('a')]);
  await ask('b');
  await ask('a');
  expect(reads).toEqual(['a', 'b']);
  await ask('c');
  await ask('a');
  expect(reads).toEqual(['a', 'b', 'c']);
  await ask('b');
  expect(reads).toEqual(['a', 'b', 'c', 'b']);
  await ask('b', { of: '2' });
  expect(reads).toEqual(['a', 'b', 'c', 'b', 'b']);
  // One that is larger than all that may be kept leaves none beside it, but for those that are still being read.
  const [slow, large] = [ask('slow', { turns: 9 }), ask('large', { bytes: 400 })];
  await large;
  await Promise.all([slow, ask('slow')]);
  expect(reads.slice(5)).toEqual(['slow', 'large']);
});

test('a sheet that could not be read is read anew for the next', async () => {
  const kept = keptSheets(100);
  await expect(kept.sheet('a', '1', async () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(await kept.sheet('a', '1', async () => sheetOf(1))).toMatchObject({ bytes: 1 });
});
