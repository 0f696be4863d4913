import type { BigIntStats } from 'node:fs';

/** How something is looked at: what stands at a path, a link itself, or where a path leads. */
export type LookedAs = 'file' | 'link' | 'way';

/** What a look showed; undefined where nothing is there, or it is not ours to see. */
export type Shown = BigIntStats | string | undefined;

/** One look, and what it showed. */
export interface Look {
  readonly as: LookedAs;
  readonly path: string;
  readonly shown: Shown;
}

/** Everything that some work has looked at. */
export type Looks = readonly Look[];

/** The work that is taken down; a second one at the same time would have the first one's looks among its own. */
let taken: Map<string, Look> | undefined;
let isSpoilt = false;
let underWay = 0;

/** Tells of a look. */
export function tellLook(as: LookedAs, path: string, shown: Shown): void {
  const key = `${as} ${path}`;
  const before = taken?.get(key);
  // It has changed in between, so what was made of the first look is not what the second would tell.
  if (before !== undefined && !isSameShown(before.shown, shown)) isSpoilt = true;
  taken?.set(key, { as, path, shown });
}

/** Tells that what is under way rests on something else than its own looks, such as another's that it waits for. */
export function spoilLooks(): void {
  isSpoilt = true;
}

/**
 * Does some work and takes down what it looks at. Done again while all that looks the same, and nothing in memory has been
 * changed by others, it would come to the same.
 *
 * @returns no looks where that cannot be said of it: it had to wait for something (a file that was read, another process),
 *   or other such work went on at the same time
 */
export async function withLooks<Result>(
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly looks: Looks | undefined }> {
  underWay += 1;
  if (underWay > 1) isSpoilt = true;
  else {
    taken = new Map();
    isSpoilt = false;
    // It comes when nothing is left that can go on without waiting.
    process.nextTick(spoilLooks);
  }
  try {
    const result = await work();
    return { result, looks: isSpoilt || taken === undefined ? undefined : eachOnce(taken) };
  } finally {
    underWay -= 1;
    if (underWay === 0) taken = undefined;
  }
}

/** Of what is no link, looking at it and at what it leads to are one. */
function eachOnce(looks: ReadonlyMap<string, Look>): Looks {
  return [...looks.values()].filter(({ as, path, shown }) => {
    const link = as === 'file' ? looks.get(`link ${path}`) : undefined;
    return link === undefined || !isSameShown(link.shown, shown);
  });
}

/** Whether two looks at the same place show the same: the same thing, of the same size, untouched in between. */
export function isSameShown(one: Shown, other: Shown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object') return one === other;
  return (
    one.ino === other.ino &&
    one.size === other.size &&
    one.mtimeNs === other.mtimeNs &&
    one.ctimeNs === other.ctimeNs &&
    one.mode === other.mode &&
    one.dev === other.dev
  );
}
