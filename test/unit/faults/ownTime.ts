// Deadlines that go by the time which this process was given, and not by the wall: a machine with other things to do gives it
// little, and then nothing that answers at once may pass for silent.
import { vi } from 'vitest';
import { patienceOf } from '../../../src/router/patience.ts';

const TICK_MS = 5;
/** What counts of the time between two ticks. Where more has passed, this process was not asked. */
const MOST_MS = 2 * TICK_MS;
const FAR_MS = 2 ** 31 - 1;

/**
 * Has a provider's deadlines of these lengths go by own time, on an idle machine as long as they say; all else goes by the
 * wall. They are told by their lengths, so nothing else is to have the same.
 *
 * @param chatTimeoutMs of `chat.timeoutMs`
 * @returns what has all go by the wall again
 */
export function goByOwnTime(chatTimeoutMs: number): () => void {
  const { deadlineMs, patience } = patienceOf(chatTimeoutMs);
  const lengths = new Set([deadlineMs, ...Object.values(patience)]);
  const { setTimeout: byTheWall, clearTimeout: clearByTheWall } = globalThis;
  const timers = new Map<NodeJS.Timeout, { readonly due: number; readonly work: () => void }>();
  let had = 0;
  let last = performance.now();
  // One clock for all, so that they end in the order in which they were set.
  const ticking = setInterval(() => {
    const now = performance.now();
    had += Math.min(now - last, MOST_MS);
    last = now;
    const over = [...timers].filter(([, { due }]) => due <= had).sort(([, one], [, other]) => one.due - other.due);
    for (const [timer, { work }] of over) if (timers.delete(timer)) work();
  }, TICK_MS).unref();
  const set = (work: (...given: unknown[]) => void, ms = 0, ...given: unknown[]): NodeJS.Timeout => {
    if (!lengths.has(ms)) return byTheWall(work, ms, ...given);
    const timer = byTheWall(() => undefined, FAR_MS);
    timer.refresh = () => {
      timers.set(timer, { due: had + ms, work: () => work(...given) });
      return timer;
    };
    return timer.refresh();
  };
  const clear = (timer: NodeJS.Timeout | undefined): void => {
    if (timer !== undefined) timers.delete(timer);
    clearByTheWall(timer);
  };
  vi.stubGlobal('setTimeout', Object.assign(set, byTheWall));
  vi.stubGlobal('clearTimeout', clear);
  return () => {
    clearInterval(ticking);
    vi.unstubAllGlobals();
  };
}
