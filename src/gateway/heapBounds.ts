import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Both halves of the space for new objects, in bytes. Left to itself V8 lets it grow to four times as much; half of this takes more processor time than the memory is worth. */
const YOUNG_BYTES = 32 * 1024 * 1024;
/** How much the old objects may grow between two looks at all of them, in percent; left to itself V8 goes to three times. */
const GROWTH_PERCENT = 50;

/**
 * Keeps this process's heap close to what is in use: a router lives as long as an editor is open, beside it, and a burst of
 * big requests would leave it with some 200 MB that it does not need.
 *
 * Flags of the command line would say the same, but what starts this process is an editor, or a person's own shell. These
 * two are read by V8 at each collection, so they can be set, and set back, while it runs.
 */
export function boundHeap(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
  let grows = true;
  // Told after collections alone: an idle process is not woken.
  const collections = new PerformanceObserver(() => {
    const mayGrow = youngBytes() < YOUNG_BYTES;
    if (mayGrow === grows) return;
    grows = mayGrow;
    // V8 makes it small while nothing happens, and it has to be able to grow again.
    setFlagsFromString(`--semi-space-growth-factor=${grows ? 2 : 1}`);
  });
  collections.observe({ entryTypes: ['gc'] });
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
}
