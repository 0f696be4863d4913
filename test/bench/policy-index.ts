// How long it takes to find the glob lists that match a path among 10,000: the index against asking every list, on the
// same paths, none of which the index remembers.
import { indexPaths, matchNaively } from '../../src/policy/pathIndex.ts';
import { microseconds, milliseconds, type Report, type Row, ratio } from './report.ts';
import { median, race, timeEach, timesAsLong, typical } from './timing.ts';

const RULES = 10_000;
const ROUNDS = 5;
const INDEXED_PATHS = 4_000;
const NAIVE_PATHS = 30;
const WARM_UP = 20;

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

export async function measure(): Promise<Report> {
  const lists = Array.from({ length: RULES }, (_, number) => rule(number));
  const build = Array.from({ length: ROUNDS }, () => timeEach(1, () => indexPaths(lists))[0] ?? Number.NaN);
  const index = indexPaths(lists);
  const rows: Row[] = [{ what: `index ${RULES} lists`, figures: { 'to build': milliseconds(median(build) / 1000) } }];
  for (const [what, pathOf] of [
    ['a path that nothing matches', pathThatMatchesNothing],
    ['a path that a list matches', pathThatMatches],
  ] as const) {
    for (let number = 0; number < WARM_UP; number++) {
      const path = pathOf(number);
      if (String(index.match(path)) !== String(matchNaively(index.sets, path))) {
        throw new Error(`The index and the naive loop do not agree on ${path}.`);
      }
    }
    const ask = (times: number, find: (path: string) => unknown) => (round: number) => {
      const paths = Array.from({ length: times }, (_, n) => pathOf(WARM_UP + round * INDEXED_PATHS + n));
      return timeEach(times, (n) => find(paths[n] ?? ''));
    };
    const { indexed, naive } = await race(ROUNDS, {
      indexed: ask(INDEXED_PATHS, (path) => index.match(path)),
      naive: ask(NAIVE_PATHS, (path) => matchNaively(index.sets, path)),
    });
    const { p50, p99 } = typical(indexed);
    rows.push({
      what,
      figures: {
        p50: microseconds(p50),
        p99: microseconds(p99),
        'naive p50': microseconds(typical(naive).p50),
        'naive takes': ratio(timesAsLong(naive, indexed)),
      },
    });
  }
  return {
    rows,
    notes: [`${ROUNDS} rounds of ${INDEXED_PATHS} paths by the index and ${NAIVE_PATHS} by the naive loop, in turn.`],
    broken: [],
  };
}
