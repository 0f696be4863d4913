// The clocks that tests measure by, on a machine that is busy.
import { describe, expect, it } from 'vitest';
import { cpuNow, growth, TENFOLD } from '../host/cpuTime.ts';
import { ownPause, ownTimeOf } from '../host/ownClock.ts';

/** Nothing else has a turn in this process for so many milliseconds. */
function stall(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

function spend(ms: number): void {
  for (const until = cpuNow() + ms; cpuNow() < until; );
}

describe('how much longer it takes for more', () => {
  it('is told from linear to quadratic', () => {
    expect(growth(spend, 3, 30)).toBeLessThan(TENFOLD);
    expect(growth(spend, 3, 300)).toBeGreaterThan(TENFOLD);
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

  it('is not over before what came meanwhile has had its turn', async () => {
    const order: string[] = [];
    setTimeout(() => order.push('later'), 20);
    stall(100);
    await ownPause(50);
    order.push('then');
    expect(order).toEqual(['later', 'then']);
  });
});
