import type { BigIntStats } from 'node:fs';
import type { RequestKind } from '../policy/schema.ts';
import { areAsSeen } from '../workspace/look.ts';
import { joinLooks, type Looks, withLooks } from '../workspace/looks.ts';
import type { Head } from '../workspace/repository.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { Evidence } from './evidence/evidence.ts';
import type { Mention } from './evidence/mention.ts';
import { resolveMentions } from './evidence/resolve.ts';
import { type FoundFiles, withReads } from './facts.ts';
import type { PolicyInForce } from './policies/inForce.ts';

/** How long it is believed that nothing but what was looked at has changed, in milliseconds. */
const believedMs = 60_000;
/** Conversations whose surroundings are remembered. */
const most = 64;

/** What a request finds around it: its repository, what is in force there, and what both tell of the files that it names. */
export interface Surroundings {
  readonly workspace: Workspace;
  readonly inForce: PolicyInForce;
  readonly found: FoundFiles;
  /** Undefined where it is not known. */
  readonly head: Head | undefined;
}

/** The same where all of it was known, with the plain files among what was looked at, by their absolute paths. */
export interface SeenSurroundings extends Surroundings {
  readonly files: ReadonlyMap<string, BigIntStats>;
}

/** What surroundings are found by. */
export interface Asked {
  readonly uri: string;
  readonly kind: RequestKind;
  readonly mentions: Evidence['mentions'];
  /** {@link ./workspaces.ts Workspaces.timesOpened}. */
  readonly timesOpened: number;
}

/** What was found, and what it rests on. */
interface Remembered {
  readonly asked: Asked;
  readonly surroundings: SeenSurroundings;
  readonly looks: Looks;
  /** In milliseconds of the monotonic clock. */
  readonly until: number;
}

/**
 * What requests have found around them, with everything that was looked at for it. The next one that names the same files
 * looks at all of that again, in one go, and where it looks the same has found the same: nothing need be put together anew.
 */
export class KnownSurroundings {
  readonly #now: () => number;
  #known: Remembered[] = [];

  /** @param now a clock that nobody sets, in milliseconds: one that is set back would make all this last longer */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** What a request would find now; undefined where that has to be found out. */
  async recall(asked: Asked): Promise<SeenSurroundings | undefined> {
    let more: readonly Mention[] | undefined;
    const place = this.#known.findIndex((one) => {
      more = moreThan(one, asked);
      return more !== undefined;
    });
    const known = this.#known[place];
    if (known === undefined || more === undefined) return undefined;
    this.#known.splice(place, 1);
    if (this.#now() >= known.until || !areAsSeen(known.looks)) return undefined;
    this.#known.unshift(known);
    return more.length === 0 ? known.surroundings : this.#withMore(known, asked, more);
  }

  /** The same with what else is mentioned, where that tells nothing, or of files that are only read: an agent reads one after the other. */
  async #withMore(known: Remembered, asked: Asked, more: readonly Mention[]): Promise<SeenSurroundings | undefined> {
    const { surroundings } = known;
    const { workspace, found } = surroundings;
    const { result: told, looks } = await withLooks(() =>
      resolveMentions(workspace, { mentions: more, more: [] }, found.guarded),
    );
    if (told.telling.size === 0) return surroundings;
    if (told.worked.length > 0 || told.current.length > 0 || !more.every(isPlain)) return undefined;
    const place = this.#known.indexOf(known);
    const joined = looks && joinLooks(known.looks, looks);
    // Forgotten meanwhile, or changed.
    if (place < 0 || (looks !== undefined && joined === undefined)) return undefined;
    const telling = new Set(told.telling);
    moreThan(known, asked, (before, now) => found.telling.has(before) && telling.add(now));
    const files = joined === undefined ? surroundings.files : plainFiles(joined);
    const now = { ...surroundings, found: withReads(found, told, telling), files };
    // What had to be waited for is looked for anew by the next.
    if (joined !== undefined) this.#known[place] = { asked, surroundings: now, looks: joined, until: known.until };
    return now;
  }

  /**
   * Finds out, and remembers it where that rests on looks alone.
   *
   * @param find undefined in what it gives: it rests on more
   */
  async find<Result>(
    asked: Asked,
    find: () => Promise<{ readonly result: Result; readonly surroundings: Surroundings | undefined }>,
  ): Promise<Result> {
    const now = this.#now();
    const { result: found, looks } = await withLooks(find);
    const { result, surroundings } = found;
    if (looks === undefined || surroundings === undefined) return result;
    const listed = surroundings.found.guarded?.present.until ?? Number.POSITIVE_INFINITY;
    this.#known = this.#known.filter(({ until }) => until > now);
    this.#known.unshift({
      asked,
      surroundings: { ...surroundings, files: plainFiles(looks) },
      looks,
      until: Math.min(now + believedMs, listed),
    });
    this.#known.length = Math.min(this.#known.length, most);
    return result;
  }

  /** Something else has changed that they rest on: settings, or which folders are open. */
  clear(): void {
    this.#known = [];
  }
}

function plainFiles(looks: Looks): ReadonlyMap<string, BigIntStats> {
  const files = new Map<string, BigIntStats>();
  for (const { as, path, shown } of looks) {
    if (as === 'link' && typeof shown === 'object' && shown.isFile()) files.set(path, shown);
  }
  return files;
}

/** Further mentions than are looked at one by one. */
const mostMore = 100;

/**
 * What a request mentions beside what was known to be mentioned. That something is not mentioned any more changes nothing
 * where it told nothing.
 *
 * @param alike told of each that was known, as it was and as it is mentioned now
 * @returns undefined where it is another place, or something is missing
 */
function moreThan(
  { asked: known, surroundings }: Remembered,
  asked: Asked,
  alike?: (before: Mention, now: Mention) => void,
): readonly Mention[] | undefined {
  if (known.kind !== asked.kind || known.uri !== asked.uri || known.timesOpened !== asked.timesOpened) return undefined;
  const { telling } = surroundings.found;
  const more: Mention[] = [];
  let at = 0;
  for (const mention of asked.mentions) {
    let before = known.mentions[at];
    // What told nothing is passed over up to where the two go on alike.
    const start = at;
    while (before !== undefined && !telling.has(before) && !isSameMention(before, mention)) {
      at += 1;
      before = known.mentions[at];
    }
    if (before !== undefined && isSameMention(before, mention)) {
      alike?.(before, mention);
      at += 1;
    } else {
      at = start;
      more.push(mention);
      if (more.length > mostMore) return undefined;
    }
  }
  return known.mentions.slice(at).some((mention) => telling.has(mention)) ? undefined : more;
}

/** Found on the disk or not at all: of patterns and of guarded names so many are told for all mentions together. */
function isPlain({ path, proof }: Mention): boolean {
  return proof !== 'name' && proof !== 'guarded' && !/[*?[{]/.test(path);
}

function isSameMention(one: Mention, other: Mention): boolean {
  if (one === other) return true;
  return (
    one.path === other.path &&
    one.role === other.role &&
    one.proof === other.proof &&
    one.reach === other.reach &&
    (one.within === other.within ||
      isSameList(one.within ?? [], other.within ?? [], (first, second) => first === second))
  );
}

function isSameList<Item>(
  one: readonly Item[],
  other: readonly Item[],
  isSame: (one: Item, other: Item) => boolean,
): boolean {
  return one.length === other.length && one.every((item, at) => isSame(item, other[at] as Item));
}

/**
 * Whether what is known of a place rests on files alone: of what lies on the network another part of this program keeps count,
 * and a repository that git refuses to read it may read a moment later.
 */
export function restsOnFiles({ place }: Pick<Workspace, 'place'>, inForce: PolicyInForce): boolean {
  if (place.kind === 'folder' && place.unread !== undefined) return false;
  if (inForce.kind === 'none') return true;
  const areFresh = inForce.layers.every(({ state }) => state.kind === 'fresh');
  return inForce.kind === 'in-force' && areFresh && inForce.ofNetwork !== true;
}
