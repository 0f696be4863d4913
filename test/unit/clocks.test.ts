// The clocks that tests measure by, on a machine that is busy.
import { describe, expect, it } from 'vitest';
import { cpuNow, growth, TENFOLD } from '../host/cpuTime.ts';
import { ownPause, ownTimeOf } from '../host/ownClock.ts';

/** This process gets no turn for so many milliseconds. */
function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function spend(ms: number): void {
  for (const until = cpuNow() + ms; cpuNow() < until; );
}

describe('how much longer it takes for more', () => {
  it('is told from linear to quadratic', () => {
    const asLong = (ms: number): number => ms;
    expect(growth(spend, asLong, [3, 30])).toBeLessThan(TENFOLD);
    expect(growth(spend, asLong, [3, 300])).toBeGreaterThan(TENFOLD);
  });

  it('is not told from what is remembered', () => {
    const known = new Set<string>();
    const work = (text: string): void => {
      if (!known.has(text)) spend(text.length ** 2 / 100);
      known.add(text);
    };
    expect(growth(work, (size, turn) => String(turn).repeat(size), [20, 200])).toBeGreaterThan(TENFOLD);
  });
});

describe('a process’s own time', () => {
  it('goes on while it waits, and hardly while it is kept', async () => {
    const waited = await ownTimeOf(() => ownPause(200));
    expect(waited).toBeGreaterThan(150);
    const kept = await ownTimeOf(async () => {
      stall(1_000);
      await ownPause(20);
    });
    expect(kept).toBeLessThan(500);
  });

  it('goes on while it is at work without a pause', async () => {
    const worked = await ownTimeOf(async () => {
      spend(300);
      await ownPause(20);
    });
    expect(worked).toBeGreaterThan(250);
  });

  it('is not over before what came meanwhile has had its turn', async () => {
    const order: string[] = [];
    setTimeout(() => order.push('later'), 20);
    stall(100);
    await ownPause(50);
    order.push('then');
    expect(order).toEqual(['later', 'then']);
  });
});
