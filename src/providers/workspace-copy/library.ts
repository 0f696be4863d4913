import type { Lexicon } from './lexicon.ts';
import { Shelf } from './shelf.ts';
import { END_OF_LINE, MOST_WORDS, NO_TOKEN, TokenBuffer } from './token.ts';
import { tokenizeLines } from './tokenize.ts';

/** A full shelf is never grown or rebuilt whole with the others: this bounds the longest pause of a change. */
const SHELF_TOKENS = 1 << 19;
/** Files begin at multiples of this, so that a position's file is found by a shift. */
const BLOCK_BITS = 5;
const BLOCK = 1 << BLOCK_BITS;

/** One indexed file: where its tokens stand. */
export interface Volume {
  readonly id: number;
  readonly path: string;
  readonly folder: number;
  readonly shelf: LibraryShelf;
  readonly start: number;
  readonly length: number;
}

export interface LibraryShelf {
  tokens: Shelf;
  /** By block: the id of the volume that stands there. */
  owners: Int32Array;
  erased: number;
}

export type ShelvingOutcome =
  | { readonly kind: 'indexed'; readonly tokens: number }
  | { readonly kind: 'unchanged'; readonly tokens: number }
  | { readonly kind: 'full' };

/** The files of a workspace as tokens, each replaced or taken out alone. */
export class Library {
  readonly shelves: LibraryShelf[] = [];
  /** By volume id: the number of its folder, for the vote. */
  folders = new Int32Array(1 << 8);
  readonly #volumes = new Map<string, Volume>();
  readonly #byId: (Volume | undefined)[] = [];
  readonly #freeIds: number[] = [];
  readonly #folderNumbers = new Map<string, number>();
  readonly #buffer = new TokenBuffer();
  readonly #lexicon: Lexicon;
  readonly #maxTokens: number;
  #tokens = 0;

  constructor(lexicon: Lexicon, maxTokens: number) {
    this.#lexicon = lexicon;
    this.#maxTokens = maxTokens;
  }

  get tokens(): number {
    return this.#tokens;
  }

  get files(): number {
    return this.#volumes.size;
  }

  get bytes(): number {
    return this.shelves.reduce((sum, shelf) => sum + shelf.tokens.bytes + shelf.owners.byteLength, 0);
  }

  find(path: string): Volume | undefined {
    return this.#volumes.get(path);
  }

  /** The number of the folder that `path` is in; the same for every file of that folder. */
  folderOf(path: string): number {
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const known = this.#folderNumbers.get(folder);
    if (known !== undefined) return known;
    const number = this.#folderNumbers.size;
    this.#folderNumbers.set(folder, number);
    return number;
  }

  /** Puts `text` in the place of what stood under `path`. When there is no room left, `path` stands nowhere. */
  put(path: string, text: string): ShelvingOutcome {
    const buffer = this.#buffer;
    buffer.clear();
    // Lines are likest at their start: the first line of a file needs a line end before it like any other.
    buffer.push(END_OF_LINE);
    tokenizeLines(text, 0, '', this.#lexicon, buffer);
    const tokens = buffer.view();
    const old = this.#volumes.get(path);
    if (old !== undefined && sameTokens(old, tokens)) return { kind: 'unchanged', tokens: tokens.length };
    this.remove(path);
    if (this.#tokens + tokens.length > this.#maxTokens || this.#lexicon.size > MOST_WORDS) return { kind: 'full' };
    const id = this.#freeIds.pop() ?? this.#byId.length;
    if (id >= this.folders.length) {
      const folders = new Int32Array(this.folders.length * 2);
      folders.set(this.folders);
      this.folders = folders;
    }
    const folder = this.folderOf(path);
    this.folders[id] = folder;
    this.#place({ id, path, folder }, tokens, this.#shelfFor(tokens.length));
    this.#tokens += tokens.length;
    return { kind: 'indexed', tokens: tokens.length };
  }

  remove(path: string): boolean {
    const volume = this.#volumes.get(path);
    if (volume === undefined) return false;
    this.#volumes.delete(path);
    this.#byId[volume.id] = undefined;
    this.#freeIds.push(volume.id);
    this.#tokens -= volume.length;
    const { shelf } = volume;
    shelf.tokens.erase(volume.start, volume.start + volume.length);
    shelf.erased += volume.length;
    if (shelf.erased * 2 > shelf.tokens.length) this.#compact(shelf);
    return true;
  }

  #shelfFor(length: number): LibraryShelf {
    const last = this.shelves.at(-1);
    if (last !== undefined && last.tokens.length + length + BLOCK <= SHELF_TOKENS) return last;
    const shelf: LibraryShelf = { tokens: new Shelf(), owners: new Int32Array(1 << 8), erased: 0 };
    this.shelves.push(shelf);
    return shelf;
  }

  #place(file: Pick<Volume, 'id' | 'path' | 'folder'>, tokens: Int32Array, shelf: LibraryShelf): void {
    // At least one separator, then on to the next block.
    do shelf.tokens.push(NO_TOKEN);
    while (shelf.tokens.length % BLOCK !== 0);
    const start = shelf.tokens.length;
    shelf.tokens.pushAll(tokens);
    const lastBlock = shelf.tokens.length >> BLOCK_BITS;
    if (lastBlock >= shelf.owners.length) {
      const owners = new Int32Array(Math.max(shelf.owners.length * 2, lastBlock + 1));
      owners.set(shelf.owners);
      shelf.owners = owners;
    }
    shelf.owners.fill(file.id, start >> BLOCK_BITS, lastBlock + 1);
    const volume: Volume = { ...file, shelf, start, length: tokens.length };
    this.#volumes.set(file.path, volume);
    this.#byId[file.id] = volume;
  }

  /** Writes a shelf anew without what was erased: at most SHELF_TOKENS tokens, or one file if it is longer. */
  #compact(shelf: LibraryShelf): void {
    const old = shelf.tokens.tokens;
    const kept = this.#byId.filter((volume) => volume?.shelf === shelf).filter((volume) => volume !== undefined);
    shelf.tokens = new Shelf();
    shelf.erased = 0;
    for (const volume of kept.sort((a, b) => a.start - b.start)) {
      this.#place(volume, old.subarray(volume.start, volume.start + volume.length), shelf);
    }
    if (kept.length === 0) this.shelves.splice(this.shelves.indexOf(shelf), 1);
  }
}

/** The volume that stands at `position`. */
export function ownerAt(shelf: LibraryShelf, position: number): number {
  return shelf.owners[position >> BLOCK_BITS] ?? -1;
}

function sameTokens(volume: Volume, tokens: Int32Array): boolean {
  if (volume.length !== tokens.length) return false;
  const shelved = volume.shelf.tokens.tokens;
  for (let i = 0; i < tokens.length; i++) if (shelved[volume.start + i] !== tokens[i]) return false;
  return true;
}
