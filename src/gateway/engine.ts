import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Both halves of the space for new objects, in bytes. Left to itself V8 lets it grow to eight times as much; half of this takes more processor time than the memory is worth. */
const YOUNG_BYTES = 16 * 1024 * 1024;
/**
 * How much the old objects may grow between two looks at all of them, in percent; left to itself V8 goes to three times. With
 * half of this a fifth of what a big request takes went into looking at all of them; it saved 24 MB.
 */
const GROWTH_PERCENT = 100;
/** The first V8, by its major version, that knows the flags of its compilers; one before tells standard error that it does not. */
const KNOWS_COMPILERS = 12;
/** What only starts runs once: its functions would be compiled for nothing, 20 ms of them. In milliseconds. */
const STARTS_MS = 1_000;
/** After so many calls a function is compiled to fast code. Left to itself V8 waits for 400, and for 500 where it still learns. */
const CALLS_UNTIL_COMPILED = 60;

/**
 * Has V8 run this process for what it is. A router lives as long as an editor is open, beside it: its memory stays close to
 * what is in use, where a burst of big requests would leave it with some 200 MB that it does not need. And it does the same
 * few hundred things for each request, of which a day may have a few hundred: V8's own patience is for loops.
 *
 * Flags of the command line would say the same, but what starts this process is an editor, or a person's own shell. These
 * are read by V8 whenever it collects or compiles, so they can be set, and set back, while it runs.
 */
export function tuneEngine(): void {
  boundHeap();
  const [major] = process.versions.v8.split('.', 1);
  if (Number(major) >= KNOWS_COMPILERS) tuneCompilers();
}

function boundHeap(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
  // What is new is little, and dies together: threads that share the work take longer to agree on it than to do it.
  setFlagsFromString('--no-parallel-scavenge');
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
function tuneCompilers(): void {
  setFlagsFromString('--no-maglev-destroy-on-background');
  const compileEarly = (): void => {
    setFlagsFromString(`--invocation-count-for-maglev=${CALLS_UNTIL_COMPILED}`);
    setFlagsFromString(`--minimum-invocations-after-ic-update=${CALLS_UNTIL_COMPILED}`);
  };
  setTimeout(compileEarly, STARTS_MS).unref();
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
}
