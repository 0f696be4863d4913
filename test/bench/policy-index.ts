// How long it takes to find the glob lists that match a path among 10,000: the index against asking every list, in one
// run and on the same paths, none of which the index remembers. `node test/bench/policy-index.ts`
import { indexPaths, matchNaively } from '../../src/policy/pathIndex.ts';

const RULES = 10_000;
const INDEXED_PATHS = 20_000;
const NAIVE_PATHS = 200;

/** Rules as a large organisation writes them: a folder each, some by kind of file, some by a folder's name anywhere. */
function rule(number: number): readonly string[] {
  const team = `team-${number % 97}`;
  switch (number % 8) {
    case 0:
      return [`services/${team}/svc-${number}/**`];
    case 1:
      return [`services/${team}/svc-${number}/**/*.{ts,tsx}`, `!services/${team}/svc-${number}/gen/**`];
    case 2:
      return [`**/feature-${number}/**`];
    case 3:
      return [`libs/lib-${number}/**/*.test.*`];
    case 4:
      return [`**/*.ext${number}`];
    case 5:
      return [`{apps,packages}/app-${number}/{src,lib}/**`];
    case 6:
      return [`**/config-${number}.{json,yaml}`];
    default:
      return [`docs/${team}/*/page-${number}.md`];
  }
}

function pathThatMatchesNothing(number: number): string {
  return `services/team-${number % 97}/other/src/part-${number}/deep/file-${number}.ts`;
}

function pathThatMatches(number: number): string {
  const rule = (number * 8) % RULES;
  return `services/team-${rule % 97}/svc-${rule}/src/file-${number}.ts`;
}

interface Timing {
  readonly p50: number;
  readonly p99: number;
}

function measure(paths: readonly string[], find: (path: string) => readonly number[]): Timing {
  const times = paths.map((path) => {
    const started = performance.now();
    find(path);
    return (performance.now() - started) * 1_000;
  });
  times.sort((a, b) => a - b);
  return { p50: times[Math.floor(times.length * 0.5)] ?? 0, p99: times[Math.floor(times.length * 0.99)] ?? 0 };
}

const lists = Array.from({ length: RULES }, (_, number) => rule(number));
const started = performance.now();
const index = indexPaths(lists);
console.log(`${RULES} lists indexed in ${(performance.now() - started).toFixed(0)} ms`);

for (const [name, pathOf] of [
  ['matches nothing', pathThatMatchesNothing],
  ['matches', pathThatMatches],
] as const) {
  const numbers = Array.from({ length: INDEXED_PATHS }, (_, number) => number);
  // A few paths that are not measured: both sides get warm, and are seen to agree.
  for (const number of numbers.slice(0, 20)) {
    const path = `${pathOf(number)}x`;
    if (String(index.match(path)) !== String(matchNaively(index.sets, path))) throw new Error(`${path}: not the same`);
  }
  const indexed = measure(numbers.map(pathOf), (path) => index.match(path));
  const naive = measure(numbers.slice(0, NAIVE_PATHS).map(pathOf), (path) => matchNaively(index.sets, path));
  console.log(
    `a path that ${name}: index p50 ${indexed.p50.toFixed(1)} µs, p99 ${indexed.p99.toFixed(1)} µs; ` +
      `naive loop p50 ${naive.p50.toFixed(0)} µs, p99 ${naive.p99.toFixed(0)} µs; ratio ${(naive.p50 / indexed.p50).toFixed(0)}`,
  );
}
