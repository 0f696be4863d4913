import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const TUNE = `(await import(${JSON.stringify(new URL('engine.ts', import.meta.url).href)})).tuneEngine();`;

/** Holds on to a little of much that is made, twice with a rest between, and says how far the space for new objects went. */
const HOLDS = `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { setImmediate } from 'node:timers/promises';
  if (process.argv[1] === 'tuned') ${TUNE}
  const young = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size / 1024 / 1024;
  const load = async () => {
    let most = 0;
    const kept = [];
    for (let n = 0; n < 400; n++) {
      kept.push(Array.from({ length: 10_000 }, (_, at) => ({ at })));
      if (kept.length > 20) kept.shift();
      await setImmediate();
      most = Math.max(most, young());
    }
    return most;
  };
  const first = await load();
  for (let n = 0; n < 3; n++) gc();
  await setImmediate();
  const second = await load();
  console.log(JSON.stringify({ first, second }));
`;

/** Calls functions in turn, so that all of them are compiled at once, and says how much was allocated outside of the heap. */
const COMPILES = `
  import { getHeapStatistics } from 'node:v8';
  import { setImmediate } from 'node:timers/promises';
  if (process.argv[1] === 'tuned') ${TUNE}
  const sums = Array.from({ length: 40 }, (_, at) => 'sum += given.of' + at + ' ?? ' + at + ';').join('');
  const functions = Array.from({ length: 400 }, (_, n) => new Function('given', 'let sum = ' + n + ';' + sums + 'return sum;'));
  for (let turn = 0; turn < 800; turn++) {
    for (const one of functions) one({ of1: turn });
    await setImmediate();
  }
  console.log(JSON.stringify({ most: getHeapStatistics().peak_malloced_memory / 1024 / 1024 }));
`;

async function told<Told>(program: string, how: 'tuned' | 'free'): Promise<Told> {
  const args = ['--expose-gc', '--allow-natives-syntax', '--input-type=module', '--eval', program, how];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 55_000 });
  return JSON.parse(stdout) as Told;
}

const both = <Told>(program: string): Promise<[Told, Told]> =>
  Promise.all([told<Told>(program, 'tuned'), told<Told>(program, 'free')]);

test('the space for new objects stays small under a load that would let it grow, and grows back after a rest', async () => {
  const [tuned, free] = await both<{ first: number; second: number }>(HOLDS);
  expect(free.first).toBeGreaterThan(48);
  for (const most of [tuned.first, tuned.second]) {
    expect(most).toBeGreaterThanOrEqual(8);
    expect(most).toBeLessThanOrEqual(24);
  }
});

test('functions that are compiled at once do not keep what compiling each of them took', async () => {
  const [tuned, free] = await both<{ most: number }>(COMPILES);
  expect(tuned.most).toBeLessThan(free.most * 0.6);
});

/** Calls a function as often as requests of one morning do, and says whether it was compiled. */
const MORNING = `
  import { setImmediate } from 'node:timers/promises';
  if (process.argv[1] === 'tuned') ${TUNE}
  await new Promise((settle) => setTimeout(settle, 1_200));
  const price = (given) => given.tokens * 3 + (given.cached ?? 0);
  for (let call = 0; call < 200; call++) {
    price({ tokens: call, cached: call });
    await setImmediate();
  }
  // Another thread compiles it, when the machine has time for that.
  for (let look = 0; look < 40 && !%ActiveTierIsMaglev(price); look++) {
    await new Promise((settle) => setTimeout(settle, 100));
    price({ tokens: 1, cached: 1 });
  }
  console.log(JSON.stringify({ isCompiled: %ActiveTierIsMaglev(price) }));
`;

test('what each request does is compiled after some of them, and not after hundreds', async () => {
  const [tuned, free] = await both<{ isCompiled: boolean }>(MORNING);
  expect([tuned.isCompiled, free.isCompiled]).toEqual([true, false]);
});
