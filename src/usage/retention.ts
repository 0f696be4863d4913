import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { foldAttemptsSql, foldTasksSql } from './foldSql.ts';
import type { JoinedWrites } from './joinedWrites.ts';
import { FOLDED } from './runningCosts.ts';
import { FILES_MS } from './taskBook.ts';

const DAY_MS = 86_400_000;
/** How long single attempts and tasks are kept; then days are added up. */
export const KEPT_MS = 90 * DAY_MS;
/** How large the file may become before younger days are added up too. */
export const MOST_BYTES = 50 * 1024 * 1024;
/** What waits to be sent is kept for so long, however large the file. */
export const UNSENT_MS = 30 * DAY_MS;
/** It is looked at once in so long, by one process. */
export const INTERVAL_MS = 3_600_000;
/** A process that has died in the middle of it is waited for so long. */
const LEASE_MS = 120_000;
/** What one step may take, in milliseconds; the steps are made as long as that allows. */
const STEP_MS = 10;
const FEWEST = 16;
const MOST = 1_000;
/** Pages that are given back to the disk in one step. */
const PAGES = 64;

const LEASE = 'retention.lease';
const CLOCK = 'retention.clock';
const LAST = 'retention.last';
/** How many attempts went that should have been sent, and never were. */
const DROPPED = 'retention.dropped';

type Row = Readonly<Record<string, SQLOutputValue>>;

export interface RetentionLimits {
  readonly keptMs: number;
  readonly mostBytes: number;
}

/**
 * Keeps the ledger small: single attempts and tasks of days that are old, or that make it too large, become sums of their
 * day, by everything that budgets and reports ask for. Each step is a transaction of a few milliseconds, after which every
 * sum is what it was before; a process that is killed in between leaves nothing half done.
 *
 * A clock that jumps cannot make it throw away what is young: the moment that ages are counted from goes on by a day at
 * most, once in an hour at most.
 */
export class Retention {
  readonly #database: DatabaseSync;
  readonly #writes: JoinedWrites;
  readonly #limits: RetentionLimits;
  readonly #get: StatementSync;
  readonly #set: StatementSync;
  readonly #delete: StatementSync;
  readonly #newest: StatementSync;
  readonly #oldest: StatementSync;
  readonly #attempts: StatementSync;
  readonly #foldAttempts: StatementSync;
  readonly #dropAttempts: readonly StatementSync[];
  readonly #tasks: StatementSync;
  readonly #foldTasks: StatementSync;
  readonly #dropTasks: readonly StatementSync[];
  readonly #dropFiles: StatementSync;
  readonly #takeBack: StatementSync;
  #atOnce = FEWEST;

  constructor(
    database: DatabaseSync,
    writes: JoinedWrites,
    limits: RetentionLimits = { keptMs: KEPT_MS, mostBytes: MOST_BYTES },
  ) {
    this.#database = database;
    this.#writes = writes;
    this.#limits = limits;
    this.#get = database.prepare('SELECT value FROM sync WHERE name = ?');
    this.#set = database.prepare(
      'INSERT INTO sync (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    );
    this.#delete = database.prepare('DELETE FROM sync WHERE name = ?');
    this.#newest = database.prepare('SELECT at FROM attempts WHERE at <= ? ORDER BY at DESC LIMIT 1');
    this.#oldest = database.prepare('SELECT MIN(at) AS at FROM attempts');
    // The last row stays, whatever its age, so that its number is never given to another one.
    this.#attempts = database.prepare(
      `SELECT rowid FROM attempts WHERE at < :end AND rowid < (SELECT MAX(rowid) FROM attempts)
         AND (:cursor IS NULL OR rowid <= :cursor OR at < :unsent) ORDER BY at LIMIT :most`,
    );
    const rows = 'SELECT id FROM attempts WHERE rowid IN (SELECT value FROM json_each(?))';
    this.#foldAttempts = database.prepare(foldAttemptsSql);
    this.#dropAttempts = [
      database.prepare(`DELETE FROM attempt_classes WHERE attempt_id IN (${rows})`),
      database.prepare(`DELETE FROM attempt_conditions WHERE attempt_id IN (${rows})`),
      database.prepare('DELETE FROM attempts WHERE rowid IN (SELECT value FROM json_each(?))'),
    ];
    this.#tasks = database.prepare(
      `SELECT id FROM tasks WHERE opened_at < :end AND last_at < :end AND settled = 1
         AND (:cursor IS NULL OR last_at < :unsent
           OR NOT EXISTS (SELECT 1 FROM sync_tasks WHERE task_id = id AND told IS NOT outcome))
       ORDER BY opened_at LIMIT :most`,
    );
    this.#foldTasks = database.prepare(foldTasksSql);
    this.#dropTasks = [
      ...['task_files', 'task_conversations', 'signals'].map((table) => `${table} WHERE task_id`),
      'tasks WHERE id',
    ].map((which) => database.prepare(`DELETE FROM ${which} IN (SELECT value FROM json_each(?))`));
    this.#dropFiles = database.prepare(
      `DELETE FROM task_files WHERE (task_id, file_key) IN (SELECT task_id, file_key FROM task_files WHERE at < ? LIMIT ?)`,
    );
    this.#takeBack = database.prepare(`PRAGMA incremental_vacuum(${PAGES})`);
  }

  /** Attempts that went before they were sent, since ever. */
  get dropped(): number {
    return this.#number(DROPPED) ?? 0;
  }

  /**
   * Takes the work on, where it is due and nobody else is at it.
   *
   * @param now milliseconds since the epoch
   * @param holder a name for this process
   * @throws where the ledger cannot be written
   */
  begin(now: number, holder: string): boolean {
    if (!this.#isDue(now)) return false;
    return this.#writes.atomically(() => {
      if (!this.#isDue(now) || !this.#isFree(now, holder)) return false;
      this.#hold(now, holder);
      this.#write(CLOCK, this.#nextClock(now));
      return true;
    });
  }

  /**
   * One step of it. To be called until it is done, with pauses in which requests go on.
   *
   * @throws where the ledger cannot be written
   */
  step(now: number, holder: string): 'more' | 'done' {
    const startedAt = performance.now();
    const more = this.#writes.atomically(() => {
      if (!this.#isFree(now, holder)) return false;
      this.#hold(now, holder);
      const clock = Math.min(now, this.#number(CLOCK) ?? now);
      return this.#foldSome(clock) || this.#foldSomeTasks(clock) || this.#forgetFiles(now);
    });
    this.#pace(performance.now() - startedAt);
    if (more || this.#giveBack()) return 'more';
    this.#writes.atomically(() => {
      this.#write(LAST, now);
      this.#delete.run(LEASE);
    });
    return 'done';
  }

  #isDue(now: number): boolean {
    const last = this.#number(LAST);
    return last === undefined || Math.abs(now - last) >= INTERVAL_MS;
  }

  #isFree(now: number, holder: string): boolean {
    const [until, of] = (this.#text(LEASE) ?? '0 ').split(' ');
    // One that ends later than any that is begun now is of a clock that was wrong.
    return of === holder || Number(until) <= now || Number(until) > now + LEASE_MS;
  }

  #hold(now: number, holder: string): void {
    this.#write(LEASE, `${now + LEASE_MS} ${holder}`);
  }

  /** Begins where the newest attempt was, and never goes on faster than a day at a time. */
  #nextClock(now: number): number {
    const before = this.#number(CLOCK) ?? this.#newestBefore(now);
    return before === undefined ? now : Math.max(before, Math.min(now, before + DAY_MS));
  }

  #newestBefore(now: number): number | undefined {
    const at = this.#newest.get(now)?.['at'];
    return typeof at === 'number' ? at : undefined;
  }

  #foldSome(clock: number): boolean {
    const oldest = this.#oldest.get()?.['at'];
    if (typeof oldest !== 'number') return false;
    const endOfOldest = startOfDay(oldest) + DAY_MS;
    const isOld = endOfOldest <= clock - this.#limits.keptMs;
    const isTooMuch = this.#bytes() > this.#limits.mostBytes && endOfOldest <= startOfDay(clock);
    if (!isOld && !isTooMuch) return false;
    const cursor = this.#number('cursor') ?? null;
    const asked = { end: endOfOldest, cursor, unsent: clock - UNSENT_MS, most: this.#atOnce };
    const rows = this.#attempts.all(asked).map(({ rowid }) => Number(rowid));
    if (rows.length === 0) return false;
    const list = JSON.stringify(rows);
    this.#foldAttempts.run(list);
    for (const drop of this.#dropAttempts) drop.run(list);
    this.#write(FOLDED, Math.max(this.#number(FOLDED) ?? 0, ...rows));
    const unsent = cursor === null ? 0 : rows.filter((row) => row > cursor).length;
    if (unsent > 0) this.#write(DROPPED, this.dropped + unsent);
    return true;
  }

  /** Tasks of days of which no attempt is left. */
  #foldSomeTasks(clock: number): boolean {
    const oldest = this.#oldest.get()?.['at'];
    const end = Math.min(startOfDay(typeof oldest === 'number' ? oldest : clock), startOfDay(clock));
    const cursor = this.#number('cursor') ?? null;
    const asked = { end, cursor, unsent: clock - UNSENT_MS, most: this.#atOnce };
    const ids = this.#tasks.all(asked).map(({ id }) => String(id));
    if (ids.length === 0) return false;
    const list = JSON.stringify(ids);
    this.#foldTasks.run(list);
    for (const drop of this.#dropTasks) drop.run(list);
    return true;
  }

  #forgetFiles(now: number): boolean {
    return Number(this.#dropFiles.run(now - FILES_MS, this.#atOnce).changes) > 0;
  }

  /** What was deleted goes back to the disk, where the file was made for that. */
  #giveBack(): boolean {
    const free = this.#pragma('freelist_count');
    if (free === 0 || this.#pragma('auto_vacuum') !== 2) return false;
    this.#takeBack.all();
    return this.#pragma('freelist_count') < free;
  }

  #bytes(): number {
    return (this.#pragma('page_count') - this.#pragma('freelist_count')) * this.#pragma('page_size');
  }

  #pragma(name: string): number {
    return Number(this.#database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
  }

  #pace(tookMs: number): void {
    const fitting = Math.floor(this.#atOnce * (STEP_MS / Math.max(tookMs, 0.1)));
    this.#atOnce = Math.min(Math.max(fitting, FEWEST), this.#atOnce * 2, MOST);
  }

  #text(name: string): string | undefined {
    const value = (this.#get.get(name) as Row | undefined)?.['value'];
    return value === undefined || value === null ? undefined : String(value);
  }

  #number(name: string): number | undefined {
    const value = Number(this.#text(name) ?? Number.NaN);
    return Number.isFinite(value) ? value : undefined;
  }

  #write(name: string, value: string | number): void {
    this.#set.run(name, String(value));
  }
}

function startOfDay(at: number): number {
  return Math.floor(at / DAY_MS) * DAY_MS;
}
