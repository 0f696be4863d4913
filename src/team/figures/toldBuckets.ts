import type { Buckets } from '../usage/usageTables.ts';

/** What one person's calls took. */
export type PersonBuckets = readonly [person: string, buckets: Buckets];

const place = (bucket: string): number => (bucket === 'zero' ? Number.NEGATIVE_INFINITY : Number(bucket));

/**
 * A histogram of several persons in which no bucket is of fewer than are asked for: from the shortest on, buckets are put
 * together until enough persons are in them, all of their calls in the one that the middle call lies in; what is left at the end
 * goes with those before it. So the slowest call of a few persons is not to be seen, and the ends are drawn towards the middle.
 *
 * @returns none where all of them together are too few
 */
export function toldBuckets(all: readonly PersonBuckets[], leastPersons: number): Buckets {
  const calls = new Map<string, { persons: Set<string>; n: number }>();
  for (const [person, buckets] of all) {
    for (const [bucket, n] of Object.entries(buckets)) {
      const own = calls.get(bucket) ?? { persons: new Set(), n: 0 };
      own.persons.add(person);
      own.n += Number(n);
      calls.set(bucket, own);
    }
  }
  const groups: Group[] = [];
  let open: Group = { persons: new Set(), buckets: [] };
  for (const [bucket, { persons, n }] of [...calls].sort(([a], [b]) => place(a) - place(b))) {
    open = { persons: new Set([...open.persons, ...persons]), buckets: [...open.buckets, [bucket, n]] };
    if (open.persons.size < leastPersons) continue;
    groups.push(open);
    open = { persons: new Set(), buckets: [] };
  }
  const last = groups.pop();
  if (last === undefined) return {};
  groups.push({ persons: last.persons, buckets: [...last.buckets, ...open.buckets] });
  return Object.fromEntries(groups.map(({ buckets }) => [middleOf(buckets), totalOf(buckets)]));
}

interface Group {
  readonly persons: ReadonlySet<string>;
  /** The shortest first. */
  readonly buckets: readonly (readonly [bucket: string, n: number])[];
}

function totalOf(buckets: Group['buckets']): number {
  return buckets.reduce((sum, [, n]) => sum + n, 0);
}

/** The bucket in which the middle one of the calls lies. */
function middleOf(buckets: Group['buckets']): string {
  const half = totalOf(buckets) / 2;
  let before = 0;
  for (const [bucket, n] of buckets) {
    before += n;
    if (before >= half) return bucket;
  }
  return 'zero';
}
