import type { Mention } from './mention.ts';
import { shortPath } from './pathWords.ts';

/** Bounds on what is looked up, for each kind of proof: a conversation is a client's text and may be anything. */
const mostMentions = 5_000;
/** Words of what was merely asked for, of which there are most by far. */
const mostWords = 1_500;
/** Bound on what is held against the guarded files alone, which costs no look at the disk. */
const mostMore = 500_000;

/** A mention with its path as it is looked up; undefined where that is too long. */
export interface Noted {
  readonly mention: Mention;
  readonly path: string | undefined;
  /** All of it but the folders that it may be meant in. One string for each, so that its hash is made once. */
  readonly key: string;
}

export function noted(mention: Mention): Noted {
  const { role, proof, reach } = mention;
  const path = shortPath(mention.path);
  const key = path === undefined ? '' : `${role} ${proof} ${reach} ${path}`;
  return { mention: path === undefined || path === mention.path ? mention : { ...mention, path }, path, key };
}

const NOTHING: ReadonlyMap<string, never> = new Map<string, never>();

/** Mentions once each, as many as are looked at. */
export class Gathering {
  readonly #before: ReadonlyMap<string, Mention>;
  readonly #foldersBefore: ReadonlyMap<string, number>;
  readonly #known = new Map<string, Mention>();
  readonly #counts: Map<string, number>;
  readonly #folders = new Map<string, number>();
  #lately: { readonly folders: readonly string[]; readonly number: number } | undefined;
  readonly #later = new Map<string, Mention>();
  incomplete = false;
  opaque = false;

  /** @param before what was gathered before, which this one goes on from: not one that {@link hasMore}, nor goes on itself */
  constructor(before?: Gathering) {
    this.#before = before === undefined ? NOTHING : before.#known;
    this.#foldersBefore = before === undefined ? NOTHING : before.#folders;
    this.#counts = new Map(before === undefined ? NOTHING : before.#counts);
  }

  addAll(mentions: readonly Noted[]): void {
    for (const mention of mentions) this.add(mention);
  }

  mentions(): readonly Mention[] {
    return [...this.#before.values(), ...this.#known.values()];
  }

  more(): readonly Mention[] {
    return [...this.#later.values()];
  }

  /** There were more than are looked up. */
  get hasMore(): boolean {
    return this.#later.size > 0 || this.incomplete || this.opaque;
  }

  add({ mention, path, key: ownKey }: Noted): void {
    if (path === undefined) {
      // Too long to be looked up; what a client or a model asks for may still be some file.
      if (mention.proof === 'nothing' || mention.proof === 'place') this.incomplete = true;
      return;
    }
    const key = mention.within === undefined ? ownKey : `${this.#numberOf(mention.within)} ${ownKey}`;
    if (this.#before.has(key) || this.#known.has(key) || this.#later.has(key)) return;
    const areWords = mention.role === 'read' && mention.proof === 'place';
    const kind = areWords ? 'words' : mention.proof;
    const count = this.#counts.get(kind) ?? 0;
    if (count < (areWords ? mostWords : mostMentions)) {
      this.#counts.set(kind, count + 1);
      this.#known.set(key, mention);
    } else if (this.#later.size < mostMore) this.#later.set(key, mention);
    else if (mention.proof === 'nothing' || mention.proof === 'place') this.incomplete = true;
    else this.opaque = true;
  }

  /** A short number: the words of a command have their folders in common. */
  #numberOf(folders: readonly string[]): number {
    if (this.#lately?.folders === folders) return this.#lately.number;
    const all = folders.join(':');
    const before = this.#foldersBefore.get(all);
    const number = before ?? this.#folders.get(all) ?? this.#foldersBefore.size + this.#folders.size;
    if (before === undefined) this.#folders.set(all, number);
    this.#lately = { folders, number };
    return number;
  }
}
