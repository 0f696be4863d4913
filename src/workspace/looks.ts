import type { BigIntStats } from 'node:fs';
import { dirname } from 'node:path';

/** How something is looked at: what stands at a path, a link itself, or where a path leads. */
export type LookedAs = 'file' | 'link' | 'way';

/** What a look showed: what is there, where a path leads, or why neither can be seen; undefined where nothing is there. */
export type Shown = BigIntStats | string | undefined;

/** One look, and what it showed. */
export interface Look {
  readonly as: LookedAs;
  readonly path: string;
  readonly shown: Shown;
}

/** Everything that some work has looked at. */
export type Looks = readonly Look[];

/** Work that is taken down. A second one at the same time would have the first one's looks among its own. */
interface Taken {
  readonly looks: Map<string, Look>;
  isSpoilt: boolean;
}

let taken: Taken | undefined;

/**
 * What a look shows. Work that is taken down looks at each thing once: nothing else has happened in this process since it began,
 * and all of it is to rest on the same.
 */
export function lookOnce<As extends LookedAs, Found extends Shown>(
  as: As,
  path: string,
  look: (as: As, path: string) => Found,
): Found {
  if (taken === undefined) return look(as, path);
  const key = `${as} ${path}`;
  const before = taken.looks.get(key);
  // What such a look shows, and nothing else, is kept by its name.
  if (before !== undefined) return before.shown as Found;
  const shown = look(as, path);
  taken.looks.set(key, { as, path, shown });
  return shown;
}

/** Tells that what is under way rests on something else than its own looks, such as another's that it waits for. */
export function spoilLooks(): void {
  if (taken !== undefined) taken.isSpoilt = true;
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
  spoilLooks();
  const mine: Taken = { looks: new Map(), isSpoilt: taken !== undefined };
  if (taken === undefined) {
    taken = mine;
    // It comes when nothing is left that can go on without waiting: for however long it waits, it is in nobody's way.
    process.nextTick(leave, mine);
  }
  try {
    const result = await work();
    return { result, looks: mine.isSpoilt ? undefined : eachOnce(mine.looks) };
  } finally {
    leave(mine);
  }
}

/** What it looks at from now on is not taken down. */
function leave(mine: Taken): void {
  mine.isSpoilt = true;
  if (taken === mine) taken = undefined;
}

/**
 * What two works have looked at together, the second after the first.
 * @returns undefined where they have not seen the same
 */
export function joinLooks(first: Looks, second: Looks): Looks | undefined {
  const all = new Map(first.map((look) => [`${look.as} ${look.path}`, look]));
  for (const look of second) {
    const key = `${look.as} ${look.path}`;
    const before = all.get(key);
    if (before === undefined) all.set(key, look);
    else if (!isSameShown(before.shown, look.shown)) return undefined;
  }
  return eachOnce(all);
}

type LookAt = (as: LookedAs, path: string) => Look | undefined;

/** Those that the others do not tell already. */
function eachOnce(looks: ReadonlyMap<string, Look>): Looks {
  const lookAt: LookAt = (as, path) => looks.get(`${as} ${path}`);
  return [...looks.values()].filter((look) => {
    if (look.as === 'way') return !isStraight(look, lookAt);
    if (look.shown === undefined && isBelowNothing(look.path, lookAt)) return false;
    const link = look.as === 'file' ? lookAt('link', look.path) : undefined;
    // Of what is no link, looking at it and at what it leads to are one.
    return link === undefined || !isSameShown(link.shown, look.shown);
  });
}

/** Whether a folder on the way was looked at and is not there. */
function isBelowNothing(path: string, lookAt: LookAt): boolean {
  for (let at = path, folder = dirname(at); folder !== at; at = folder, folder = dirname(at)) {
    const look = lookAt('link', folder);
    if (look !== undefined) return look.shown === undefined;
  }
  return false;
}

/**
 * Whether it follows that a folder is where its path says: those on the way to it were looked at and are no links, below one
 * whose own way was followed. Elsewhere than on Linux, following tells the letter case of the disk too.
 */
function isStraight({ path, shown }: Look, lookAt: LookAt): boolean {
  if (process.platform !== 'linux' || shown !== path) return false;
  for (let folder = path; ; folder = dirname(folder)) {
    if (folder !== path && lookAt('way', folder)?.shown === folder) return true;
    const found = lookAt('link', folder)?.shown;
    if (typeof found !== 'object' || !found.isDirectory()) return false;
  }
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
