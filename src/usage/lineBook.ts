import { appendFileSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, failed, type WriteResult, written } from './writeResult.ts';

const KEPT_MS = 30 * 86_400_000;
/** Beyond it what is older than {@link KEPT_MS} is taken out. */
const SWEPT_BYTES = 256 * 1024;
/** Entries that are remembered where they cannot be written; of more, the oldest are forgotten. */
const MOST_UNWRITTEN = 10_000;

export interface LineBookOptions<Entry> {
  /** The file's name within the state folder. */
  readonly file: string;
  isEntry(value: unknown): value is Entry;
  /** What could not be done, where an entry cannot be written. */
  readonly unwritten: string;
}

/**
 * What one person has said, shared by all windows: a line each, appended, in a file that only its owner can read. Read anew
 * when it has changed; lines of more than 30 days ago are taken out when the file has grown.
 */
export class LineBook<Entry extends { readonly at: number }> {
  readonly #file: string | undefined;
  readonly #options: LineBookOptions<Entry>;
  #read: { readonly key: string; readonly entries: readonly Entry[] } = { key: '', entries: [] };
  /** Without a state folder they are remembered here alone. */
  readonly #unwritten: Entry[] = [];

  /** @param folder the state folder; undefined where there is none */
  constructor(folder: string | undefined, options: LineBookOptions<Entry>) {
    this.#file = folder === undefined ? undefined : join(folder, options.file);
    this.#options = options;
  }

  append(entry: Entry): WriteResult {
    if (this.#file === undefined) {
      this.#rememberUnwritten(entry);
      return written;
    }
    try {
      this.#sweep(this.#file, entry.at);
      // A line of its own, even behind one that a killed process left half written.
      appendFileSync(this.#file, `\n${JSON.stringify(entry)}\n`, { mode: 0o600 });
      return written;
    } catch (error) {
      this.#rememberUnwritten(entry);
      return failed(this.#options.unwritten, error);
    }
  }

  /** The oldest first. */
  entries(): readonly Entry[] {
    const file = this.#file;
    if (file === undefined) return this.#unwritten;
    try {
      const found = statSync(file, { throwIfNoEntry: false });
      if (found === undefined) return this.#unwritten;
      const { mtimeMs, size, ino } = found;
      const key = `${ino} ${mtimeMs} ${size}`;
      if (key !== this.#read.key)
        this.#read = {
          key,
          entries: readFileSync(file, 'utf8')
            .split('\n')
            .flatMap((line) => this.#parsed(line)),
        };
      return this.#unwritten.length === 0 ? this.#read.entries : [...this.#read.entries, ...this.#unwritten];
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return this.#unwritten;
      // What cannot be read must not give anybody a day's number anew: what was read last counts on.
      return [...this.#read.entries, ...this.#unwritten];
    }
  }

  #rememberUnwritten(entry: Entry): void {
    this.#unwritten.push(entry);
    if (this.#unwritten.length > MOST_UNWRITTEN) this.#unwritten.shift();
  }

  /** A line that a killed process left half written is none. */
  #parsed(line: string): readonly Entry[] {
    try {
      const value: unknown = JSON.parse(line);
      return this.#options.isEntry(value) ? [value] : [];
    } catch {
      return []; // not JSON: the half of a line, or the empty one at the end
    }
  }

  #sweep(file: string, now: number): void {
    const kept = this.entries().filter(({ at }) => at > now - KEPT_MS);
    if (this.#read.key === '' || statSync(file).size < SWEPT_BYTES) return;
    const next = `${file}.new`;
    writeFileSync(next, kept.map((entry) => `${JSON.stringify(entry)}\n`).join(''), { mode: 0o600 });
    renameSync(next, file);
  }
}
