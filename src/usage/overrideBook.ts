import { LineBook } from './lineBook.ts';
import { utcDay } from './periods.ts';
import type { WriteResult } from './writeResult.ts';

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

/**
 * The overrides of one person, shared by all windows. It is what "a day's number" is counted on, and the record of who wanted
 * what and why.
 */
export class OverrideBook {
  readonly #lines: LineBook<Entry>;

  /** @param folder the state folder; undefined where there is none */
  constructor(folder: string | undefined) {
    this.#lines = new LineBook(folder, {
      file: 'overrides.jsonl',
      isEntry,
      unwritten: 'The override was not written down',
    });
  }

  /** The override in force in a repository, or of a task. @param taskId asked for only where there is one of a task */
  active(repoKey: string, now: number, taskId?: () => string): OverrideEntry | undefined {
    const entries = this.#lines.entries();
    const own = entries.findLast(
      (entry) => entry.repoKey === repoKey && (entry.kind === 'ended' || isFor(entry, taskId)),
    );
    return own?.kind === 'begun' && own.at <= now && now < own.until ? own : undefined;
  }

  /** How many were begun on the UTC day of `now`, in all repositories. */
  begunOn(now: number): number {
    const day = utcDay(now);
    return this.#lines.entries().filter((entry) => entry.kind === 'begun' && utcDay(entry.at) === day).length;
  }

  /** Those begun from `since` on and before `until`, in all repositories, the newest first. */
  begunBetween(since: number, until: number): readonly OverrideEntry[] {
    return this.#lines
      .entries()
      .flatMap((entry) => (entry.kind === 'begun' && since <= entry.at && entry.at < until ? entry : []))
      .sort((a, b) => b.at - a.at);
  }

  begin(entry: Omit<OverrideEntry, 'kind'>): WriteResult {
    return this.#lines.append({ kind: 'begun', ...entry });
  }

  end(repoKey: string, now: number): WriteResult {
    return this.#lines.append({ kind: 'ended', at: now, repoKey });
  }
}

function isFor(entry: OverrideEntry, taskId: (() => string) | undefined): boolean {
  return entry.taskId === undefined || entry.taskId === taskId?.();
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
