// Deadlines that go by the time which this process was given, and not by the wall: a machine with other things to do gives it
// little, and then nothing that answers at once may pass for silent.
import { vi } from 'vitest';
import { OwnClock } from './ownClock.ts';

const FAR_MS = 2 ** 31 - 1;

/**
 * Has timers of these lengths go by own time, whoever sets them; on an idle machine they are as long as they say. All else goes
 * by the wall. They are told by their lengths, so nothing else is to have the same.
 *
 * @returns what has all go by the wall again
 */
export function haveGoByOwnTime(ofLengths: readonly number[]): () => void {
  const lengths = new Set(ofLengths);
  const { setTimeout: byTheWall, clearTimeout: clearByTheWall } = globalThis;
  const timers = new Map<NodeJS.Timeout, { readonly due: number; readonly work: () => void }>();
  // One clock for all, so that they end in the order in which they were set.
  const clock = new OwnClock((had) => {
    const over = [...timers].filter(([, { due }]) => due <= had).sort(([, one], [, other]) => one.due - other.due);
    for (const [timer, { work }] of over) if (timers.delete(timer)) work();
  });
  const set = (work: (...given: unknown[]) => void, ms = 0, ...given: unknown[]): NodeJS.Timeout => {
    if (!lengths.has(ms)) return byTheWall(work, ms, ...given);
    const timer = byTheWall(() => undefined, FAR_MS);
    timer.refresh = () => {
      timers.set(timer, { due: clock.had + ms, work: () => work(...given) });
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
    clock.stop();
    vi.unstubAllGlobals();
  };
}
