import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { areAsSeen, look, lookAtLink } from './look.ts';
import { type Looks, withLooks } from './looks.ts';

const FILES = 40;

let folder: string;
let looks: Looks;
/** How long the next looks take, in milliseconds, each; those after them take no time. */
let takes: number[] = [];
let now = performance.now();
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'routing-policy-slow-')));
  const files = Array.from({ length: FILES }, (_, n) => join(folder, `${n}.txt`));
  for (const file of files) await writeFile(file, 'text');
  looks = (await withLooks(() => Promise.all(files.map(lookAtLink)))).looks ?? [];
  expect(looks).toHaveLength(FILES);
  vi.spyOn(performance, 'now').mockImplementation(() => {
    now += takes.shift() ?? 0;
    return now;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

/** Where looks are handed over to another thread, those who look have to wait. */
async function areInPlace(): Promise<boolean> {
  return (await withLooks(() => look(folder))).looks?.length === 1;
}

test.each([20, 300])('a look that a busy machine interrupts for %i ms makes no slow disk of it', async (ms) => {
  for (let round = 0; round < 5; round += 1) {
    takes = [0, 0, ms];
    expect(areAsSeen(looks)).toBe(true);
    expect(await areInPlace()).toBe(true);
  }
});

test('where all looks are slow, they are soon left, and handed over for a while', async () => {
  takes = Array.from({ length: FILES }, () => 5);
  expect(areAsSeen(looks)).toBe(false);
  expect(takes.length).toBeGreaterThan(FILES / 2);
  takes = [];
  expect(await areInPlace()).toBe(false);
  expect(areAsSeen(looks)).toBe(false);
  now += 10_000;
  expect(await areInPlace()).toBe(true);
  expect(areAsSeen(looks)).toBe(true);
});
