import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Both halves of the space for new objects, in bytes. Left to itself V8 lets it grow to eight times as much; half of this takes more processor time than the memory is worth. */
const YOUNG_BYTES = 16 * 1024 * 1024;
/** How much the old objects may grow between two looks at all of them, in percent; left to itself V8 goes to three times. */
const GROWTH_PERCENT = 50;
/** The first V8, by its major version, whose middle compiler can be told where to clean up; one before tells standard error that it cannot. */
const CLEANS_WHERE_TOLD = 12;

/**
 * Keeps this process's memory close to what is in use: a router lives as long as an editor is open, beside it, and a burst of
 * big requests would leave it with some 200 MB that it does not need.
 *
 * Flags of the command line would say the same, but what starts this process is an editor, or a person's own shell. These
 * are read by V8 whenever it collects or compiles, so they can be set, and set back, while it runs.
 */
export function boundMemory(): void {
  boundHeap();
  boundCompilers();
}

function boundHeap(): void {
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

/**
 * What runs once a request gets to its turn to be compiled in one and the same request: some hundred functions at once. What
 * compiling them took is given back as each is done, instead of all of it when a thread has time for that: by then it is 40 MB
 * more, which the C library keeps.
 */
function boundCompilers(): void {
  const [major] = process.versions.v8.split('.', 1);
  if (Number(major) >= CLEANS_WHERE_TOLD) setFlagsFromString('--no-maglev-destroy-on-background');
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
}
