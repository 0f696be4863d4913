// Deadlines that go by the time which this process was given, and not by the wall: a machine with other things to do gives it
// little, and then nothing that answers at once may pass for silent.
import { vi } from 'vitest';
import { patienceOf } from '../../../src/router/patience.ts';

const TICK_MS = 5;
/** What counts of the time between two ticks. Where more has passed, this process was not asked. */
const MOST_MS = 2 * TICK_MS;

/**
 * Has a provider's deadlines of these lengths go by own time, on an idle machine as long as they say; all else goes by the
 * wall. They are told by their lengths, so nothing else is to have the same.
 *
 * @param chatTimeoutsMs of `chat.timeoutMs`
 */
export function goByOwnTime(...chatTimeoutsMs: readonly number[]): void {
  const lengths = new Set(
    chatTimeoutsMs.map(patienceOf).flatMap(({ deadlineMs, patience }) => [deadlineMs, ...Object.values(patience)]),
  );
  const { setTimeout: byTheWall } = globalThis;
  const byOwnTime = (work: (...given: unknown[]) => void, ms = 0, ...given: unknown[]): NodeJS.Timeout => {
    if (!lengths.has(ms)) return byTheWall(work, ms, ...given);
    let had = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      const isDue = had < ms;
      had += Math.min(now - last, MOST_MS);
      last = now;
      if (isDue && had >= ms) work(...given);
    }, TICK_MS);
    const refresh = timer.refresh.bind(timer);
    timer.refresh = () => {
      had = 0;
      last = performance.now();
      return refresh();
    };
    return timer;
  };
  vi.stubGlobal('setTimeout', Object.assign(byOwnTime, byTheWall));
}
