import { appendFileSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { utcDay } from './periods.ts';
import { errorCode, failed, type WriteResult, written } from './writeResult.ts';

/** A person's wish to have another model for a while, in one repository. */
export interface OverrideEntry {
  readonly kind: 'begun';
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The repository: a keyed hash. */
  readonly repoKey: string;
  /** `provider/model`. */
  readonly target: string;
  readonly by: 'person' | 'client';
  /** In the person's own words; it stays on this machine. */
  readonly reason?: string;
  /** Milliseconds since the epoch; a client's counts for its own task alone. */
  readonly until: number;
  readonly taskId?: string;
}

interface EndEntry {
  readonly kind: 'ended';
  readonly at: number;
  readonly repoKey: string;
}

type Entry = OverrideEntry | EndEntry;

const FILE = 'overrides.jsonl';
const KEPT_MS = 30 * 86_400_000;
/** Beyond it what is older than {@link KEPT_MS} is taken out. */
const SWEPT_BYTES = 256 * 1024;

/**
 * The overrides of one person, shared by all windows: a line each, appended, in a file that only its owner can read. It is
 * what "a day's number" is counted on, and the record of who wanted what and why.
 */
export class OverrideBook {
  readonly #file: string | undefined;
  #read: { readonly key: string; readonly entries: readonly Entry[] } = { key: '', entries: [] };
  /** Without a state folder they are remembered here alone. */
  readonly #unwritten: Entry[] = [];

  /** @param folder the state folder; undefined where there is none */
  constructor(folder: string | undefined) {
    this.#file = folder === undefined ? undefined : join(folder, FILE);
  }

  /** The override in force in a repository, or of a task. */
  active(repoKey: string, now: number, taskId?: string): OverrideEntry | undefined {
    const entries = this.#entries();
    const own = entries.findLast(
      (entry) => entry.repoKey === repoKey && (entry.kind === 'ended' || isFor(entry, taskId)),
    );
    return own?.kind === 'begun' && own.at <= now && now < own.until ? own : undefined;
  }

  /** How many were begun on the UTC day of `now`, in all repositories. */
  begunOn(now: number): number {
    const day = utcDay(now);
    return this.#entries().filter((entry) => entry.kind === 'begun' && utcDay(entry.at) === day).length;
  }

  /** Those begun from `since` on and before `until`, in all repositories, the newest first. */
  begunBetween(since: number, until: number): readonly OverrideEntry[] {
    return this.#entries()
      .flatMap((entry) => (entry.kind === 'begun' && since <= entry.at && entry.at < until ? entry : []))
      .sort((a, b) => b.at - a.at);
  }

  begin(entry: Omit<OverrideEntry, 'kind'>): WriteResult {
    return this.#append({ kind: 'begun', ...entry }, entry.at);
  }

  end(repoKey: string, now: number): WriteResult {
    return this.#append({ kind: 'ended', at: now, repoKey }, now);
  }

  #append(entry: Entry, now: number): WriteResult {
    if (this.#file === undefined) {
      this.#unwritten.push(entry);
      return written;
    }
    try {
      this.#sweep(this.#file, now);
      // A line of its own, even behind one that a killed process left half written.
      appendFileSync(this.#file, `\n${JSON.stringify(entry)}\n`, { mode: 0o600 });
      return written;
    } catch (error) {
      this.#unwritten.push(entry);
      return failed('The override was not written down', error);
    }
  }

  #entries(): readonly Entry[] {
    const file = this.#file;
    if (file === undefined) return this.#unwritten;
    try {
      const found = statSync(file, { throwIfNoEntry: false });
      if (found === undefined) return this.#unwritten;
      const { mtimeMs, size, ino } = found;
      const key = `${ino} ${mtimeMs} ${size}`;
      if (key !== this.#read.key) this.#read = { key, entries: readFileSync(file, 'utf8').split('\n').flatMap(parsed) };
      return this.#unwritten.length === 0 ? this.#read.entries : [...this.#read.entries, ...this.#unwritten];
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return this.#unwritten;
      // What cannot be read must not give anybody a day's number anew: what was read last counts on.
      return [...this.#read.entries, ...this.#unwritten];
    }
  }

  #sweep(file: string, now: number): void {
    const kept = this.#entries().filter(({ at }) => at > now - KEPT_MS);
    if (this.#read.key === '' || statSync(file).size < SWEPT_BYTES) return;
    const next = `${file}.new`;
    writeFileSync(next, kept.map((entry) => `${JSON.stringify(entry)}\n`).join(''), { mode: 0o600 });
    renameSync(next, file);
  }
}

function isFor(entry: OverrideEntry, taskId: string | undefined): boolean {
  return entry.taskId === undefined || entry.taskId === taskId;
}

/** A line that a killed process left half written is none. */
function parsed(line: string): readonly Entry[] {
  try {
    const value: unknown = JSON.parse(line);
    return isEntry(value) ? [value] : [];
  } catch {
    return []; // not JSON: the half of a line, or the empty one at the end
  }
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false;
  const field = (name: string): unknown => Reflect.get(value, name);
  if (typeof field('at') !== 'number' || typeof field('repoKey') !== 'string') return false;
  return (
    field('kind') === 'ended' ||
    (field('kind') === 'begun' && typeof field('target') === 'string' && typeof field('until') === 'number')
  );
}
