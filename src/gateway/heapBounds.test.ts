import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Holds on to a little of much that is made, twice with a rest between, and says how far the space for new objects went. */
const PROGRAM = `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { setImmediate } from 'node:timers/promises';
  const bound = process.argv[1] === 'bounded';
  if (bound) (await import(${JSON.stringify(new URL('heapBounds.ts', import.meta.url).href)})).boundHeap();
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

async function young(how: string): Promise<{ first: number; second: number }> {
  const args = ['--expose-gc', '--input-type=module', '--eval', PROGRAM, how];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 });
  return JSON.parse(stdout) as { first: number; second: number };
}

test('the space for new objects stays small under a load that would let it grow, and grows back after a rest', async () => {
  const [bounded, free] = await Promise.all([young('bounded'), young('free')]);
  expect(free.first).toBeGreaterThan(48);
  for (const most of [bounded.first, bounded.second]) {
    expect(most).toBeGreaterThanOrEqual(8);
    expect(most).toBeLessThanOrEqual(48);
  }
}, 60_000);
