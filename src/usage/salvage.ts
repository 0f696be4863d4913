import type { DatabaseSync, SQLInputValue } from 'node:sqlite';

/** What budgets and reports count. What was being sent is not among it: it would be sent twice. */
const TABLES = [
  'attempts',
  'attempt_classes',
  'attempt_conditions',
  'tasks',
  'task_conversations',
  'signals',
  'policies',
  'days',
  'task_days',
] as const;
/** An editor's first request waits for it. */
const LONGEST_MS = 2_000;

/**
 * Copies what SQLite still reads of a damaged ledger into a new one, table by table: the oldest rows first until one cannot
 * be read, then the newest first. What lies behind the damage in both directions is lost here, and is in the damaged file.
 *
 * @param damaged opened for reading
 * @returns how many attempts were copied
 */
export function salvage(damaged: DatabaseSync, fresh: DatabaseSync): number {
  const until = performance.now() + LONGEST_MS;
  let attempts = 0;
  fresh.exec('BEGIN IMMEDIATE');
  try {
    for (const table of TABLES) {
      const copied = copyTable(table, damaged, fresh, until);
      if (table === 'attempts') attempts = copied;
    }
    // Each is counted by its winning class where nothing says better: one that no class counts would open a budget.
    fresh.exec(`INSERT INTO attempt_classes (attempt_id, class) SELECT id, class FROM attempts
      WHERE NOT EXISTS (SELECT 1 FROM attempt_classes WHERE attempt_id = id)`);
    fresh.exec('COMMIT');
    return attempts;
  } catch (error) {
    fresh.exec('ROLLBACK');
    throw error;
  }
}

function copyTable(table: string, damaged: DatabaseSync, fresh: DatabaseSync, until: number): number {
  const columns = sharedColumns(table, damaged, fresh);
  if (columns.length === 0) return 0;
  const names = columns.join(', ');
  const insert = fresh.prepare(
    `INSERT INTO ${table} (${names}) VALUES (${columns.map(() => '?').join(', ')}) ON CONFLICT DO NOTHING`,
  );
  const copy = (order: string): { readonly count: number; readonly isWhole: boolean } => {
    let count = 0;
    try {
      for (const row of damaged.prepare(`SELECT ${names} FROM ${table} NOT INDEXED ${order}`).iterate()) {
        if (performance.now() > until) return { count, isWhole: true };
        count += Number(insert.run(...columns.map((column): SQLInputValue => row[column] ?? null)).changes);
      }
      return { count, isWhole: true };
    } catch {
      return { count, isWhole: false }; // the damage, or a row that it has made senseless
    }
  };
  const forwards = copy('');
  if (forwards.isWhole || !hasRowid(table)) return forwards.count;
  return forwards.count + copy('ORDER BY rowid DESC').count;
}

function hasRowid(table: string): boolean {
  return table === 'attempts' || table === 'signals';
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
