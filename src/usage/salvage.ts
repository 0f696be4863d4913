import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';

/** The name under which the new ledger remembers what of a damaged one is still to be copied. */
export const SALVAGE = 'salvage';

/** What was copied of a damaged ledger. */
export interface Salvaged {
  readonly attempts: number;
  /** When the oldest of them was, in milliseconds since the epoch; undefined: there is none. */
  readonly since: number | undefined;
  /** Nothing is left that could still be read. */
  readonly isWhole: boolean;
}

/** Sums of old days, the names in policies, and what is not yet in the tables: few rows, which are copied at once. */
const SMALL_TABLES = ['days', 'task_days', 'policies', 'intake'];
/** An editor's first request waits for it. */
const LONGEST_MS = 2_000;
/** Attempts that are copied in one transaction: some ten milliseconds. */
const AT_ONCE = 100;

/** Where copying goes on: from the newest attempt down to the damage, then from the oldest one up to it. */
interface Rest {
  /** The damaged ledger. */
  readonly file: string;
  readonly goes: 'down' | 'up';
  /** The row that was copied last. */
  readonly after: number;
  /** Going up, the row that was copied last going down. */
  readonly until: number;
}

/** Handed in: an editor's Node may have none. */
type Database = typeof DatabaseSync;
type Row = Readonly<Record<string, SQLOutputValue>>;

/**
 * Copies what SQLite still reads of a damaged ledger into a new one: sums of old days first, then attempts with all that
 * belongs to them, the newest first, because budgets count by them. What lies behind the damage in both directions is lost
 * here, and is in the damaged file. What was being sent is not copied: it would be sent twice. After a while it ends, and
 * {@link salvageMore} does the rest.
 *
 * @param file the damaged ledger
 */
export function salvage(Database: Database, file: string, fresh: DatabaseSync, longestMs = LONGEST_MS): Salvaged {
  const until = performance.now() + longestMs;
  let attempts = 0;
  let rest: Rest | undefined;
  withDamaged(Database, file, (damaged) => {
    const isReadable = sharedColumns('attempts', damaged, fresh).length > 0;
    rest = isReadable ? { file, goes: 'down', after: Number.MAX_SAFE_INTEGER, until: 0 } : undefined;
    atomically(fresh, () => {
      for (const table of SMALL_TABLES) copyWhole(table, damaged, fresh);
      remember(fresh, rest);
    });
    const copier = rest && new Copier(damaged, fresh);
    while (copier !== undefined && rest !== undefined && performance.now() < until) {
      const step: Step = copier.step(rest);
      attempts += step.attempts;
      rest = step.rest;
    }
  });
  const oldest = fresh.prepare('SELECT MIN(at) AS since FROM attempts').get()?.['since'];
  return { attempts, since: typeof oldest === 'number' ? oldest : undefined, isWhole: rest === undefined };
}

/** A step of what {@link salvage} has not finished. */
export interface MoreSalvaged {
  readonly attempts: number;
  readonly goesOn: boolean;
}

/**
 * Copies some more of a ledger that {@link salvage} has not finished, for some ten milliseconds; of several processes each may.
 *
 * @returns undefined where nothing is left to be copied
 * @throws where the damaged file is gone, once
 */
export async function salvageMore(fresh: DatabaseSync): Promise<MoreSalvaged | undefined> {
  const rest = restOf(fresh);
  if (rest === undefined) return undefined;
  const { DatabaseSync: Database } = await import('node:sqlite');
  try {
    return withDamaged(Database, rest.file, (damaged) => {
      const step = new Copier(damaged, fresh).step(rest);
      return { attempts: step.attempts, goesOn: step.rest !== undefined };
    });
  } catch (error) {
    remember(fresh, undefined);
    throw error;
  }
}

interface Step {
  readonly attempts: number;
  /** undefined: that was all. */
  readonly rest: Rest | undefined;
}

/** Copies attempts, each with its classes, conditions and task. */
class Copier {
  readonly #fresh: DatabaseSync;
  readonly #down: StatementSync;
  readonly #up: StatementSync;
  readonly #insert: StatementSync;
  readonly #columns: readonly string[];
  readonly #belongings: readonly Belonging[];
  readonly #class: StatementSync;

  constructor(damaged: DatabaseSync, fresh: DatabaseSync) {
    this.#fresh = fresh;
    this.#columns = sharedColumns('attempts', damaged, fresh);
    const names = this.#columns.join(', ');
    const read = `SELECT rowid AS row_number, ${names} FROM attempts NOT INDEXED`;
    this.#down = damaged.prepare(`${read} WHERE rowid < ? ORDER BY rowid DESC LIMIT ${AT_ONCE}`);
    this.#up = damaged.prepare(`${read} WHERE rowid > ? AND rowid < ? ORDER BY rowid LIMIT ${AT_ONCE}`);
    // Before all that is recorded since: rows are told apart from older ones by their numbers.
    this.#insert = fresh.prepare(
      `INSERT INTO attempts (rowid, ${names})
       VALUES (COALESCE((SELECT MIN(rowid) FROM attempts) - 1, 0), ${placesFor(this.#columns)}) ON CONFLICT DO NOTHING`,
    );
    this.#class = fresh.prepare(
      `INSERT INTO attempt_classes (attempt_id, class) SELECT id, class FROM attempts
       WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM attempt_classes WHERE attempt_id = ?1)`,
    );
    this.#belongings = [
      belonging('attempt_classes', { by: 'attempt_id', from: 'id' }, damaged, fresh),
      belonging('attempt_conditions', { by: 'attempt_id', from: 'id' }, damaged, fresh),
      belonging('tasks', { by: 'id', from: 'task_id' }, damaged, fresh),
      belonging('task_conversations', { by: 'task_id', from: 'task_id' }, damaged, fresh),
      belonging('signals', { by: 'task_id', from: 'task_id' }, damaged, fresh),
    ].filter((one) => one !== undefined);
  }

  step(rest: Rest): Step {
    const { rows, isDamaged } = this.#read(rest);
    const next = restAfter(rest, rows, isDamaged);
    let attempts = 0;
    atomically(this.#fresh, () => {
      for (const row of rows) attempts += this.#copy(row);
      remember(this.#fresh, next);
    });
    return { attempts, rest: next };
  }

  #read({ goes, after, until }: Rest): { readonly rows: readonly Row[]; readonly isDamaged: boolean } {
    const rows: Row[] = [];
    try {
      const found = goes === 'down' ? this.#down.iterate(after) : this.#up.iterate(after, until);
      for (const row of found) rows.push(row);
      return { rows, isDamaged: false };
    } catch {
      return { rows, isDamaged: true };
    }
  }

  /** @returns how many attempts were copied: one, or none where the damage has made it senseless */
  #copy(row: Row): number {
    try {
      if (this.#insert.run(...valuesOf(row, this.#columns)).changes === 0) return 0;
    } catch {
      return 0; // the damage has made it senseless
    }
    for (const one of this.#belongings) copyBelonging(one, row);
    // Counted by its winning class where nothing says better: one that no class counts would open a budget.
    this.#class.run(String(row['id']));
    return 1;
  }
}

function restAfter(rest: Rest, rows: readonly Row[], isDamaged: boolean): Rest | undefined {
  const after = Number(rows.at(-1)?.['row_number'] ?? rest.after);
  if (isDamaged && rest.goes === 'down') return { ...rest, goes: 'up', after: Number.MIN_SAFE_INTEGER, until: after };
  if (isDamaged || rows.length < AT_ONCE) return undefined;
  return { ...rest, after };
}

/** Rows of another table that belong to an attempt. */
interface Belonging {
  /** The attempt's column that they go by. */
  readonly from: string;
  readonly columns: readonly string[];
  readonly read: StatementSync;
  readonly insert: StatementSync;
}

function belonging(
  table: string,
  { by, from }: { readonly by: string; readonly from: string },
  damaged: DatabaseSync,
  fresh: DatabaseSync,
): Belonging | undefined {
  const columns = sharedColumns(table, damaged, fresh);
  if (columns.length === 0) return undefined;
  const read = damaged.prepare(`SELECT ${columns.join(', ')} FROM ${table} WHERE ${by} = ?`);
  return { from, columns, read, insert: insertInto(table, columns, fresh) };
}

function copyBelonging({ from, columns, read, insert }: Belonging, attempt: Row): void {
  const key = attempt[from];
  if (typeof key !== 'string') return;
  try {
    for (const row of read.iterate(key)) insert.run(...valuesOf(row, columns));
  } catch {
    // The damage is here, too: what is known of the attempt by itself is copied all the same.
  }
}

function copyWhole(table: string, damaged: DatabaseSync, fresh: DatabaseSync): void {
  const columns = sharedColumns(table, damaged, fresh);
  if (columns.length === 0) return;
  const insert = insertInto(table, columns, fresh);
  try {
    for (const row of damaged.prepare(`SELECT ${columns.join(', ')} FROM ${table} NOT INDEXED`).iterate())
      insert.run(...valuesOf(row, columns));
  } catch {
    // The damage, or a row that it has made senseless: what came before it is copied.
  }
}

function insertInto(table: string, columns: readonly string[], fresh: DatabaseSync): StatementSync {
  return fresh.prepare(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${placesFor(columns)}) ON CONFLICT DO NOTHING`,
  );
}

const placesFor = (columns: readonly string[]): string => columns.map(() => '?').join(', ');

function valuesOf(row: Row, columns: readonly string[]): SQLInputValue[] {
  return columns.map((column): SQLInputValue => row[column] ?? null);
}

function sharedColumns(table: string, damaged: DatabaseSync, fresh: DatabaseSync): readonly string[] {
  const known = new Set(columnsOf(table, fresh));
  try {
    return columnsOf(table, damaged).filter((name) => known.has(name));
  } catch {
    return []; // not even its list of tables can be read
  }
}

function columnsOf(table: string, database: DatabaseSync): readonly string[] {
  return database
    .prepare('SELECT name FROM pragma_table_info(?)')
    .all(table)
    .map(({ name }) => String(name));
}

function withDamaged<Result>(Database: Database, file: string, work: (damaged: DatabaseSync) => Result): Result {
  const damaged = new Database(file, { readOnly: true });
  try {
    return work(damaged);
  } finally {
    damaged.close();
  }
}

function atomically(fresh: DatabaseSync, work: () => void): void {
  fresh.exec('BEGIN IMMEDIATE');
  try {
    work();
    fresh.exec('COMMIT');
  } catch (error) {
    fresh.exec('ROLLBACK');
    throw error;
  }
}

function remember(fresh: DatabaseSync, rest: Rest | undefined): void {
  fresh.prepare('INSERT INTO sync (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value').run(
    SALVAGE,
    // Kept when it is done: sums that were made before that are known by it.
    JSON.stringify(rest ?? null),
  );
}

function restOf(fresh: DatabaseSync): Rest | undefined {
  const value = fresh.prepare('SELECT value FROM sync WHERE name = ?').get(SALVAGE)?.['value'];
  return typeof value === 'string' ? ((JSON.parse(value) as Rest | null) ?? undefined) : undefined;
}
