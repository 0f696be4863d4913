import type { DatabaseSync } from 'node:sqlite';

/**
 * Each entry brings a ledger from one version to the next; entries are never changed once released. `user_version`
 * holds the number of entries that a file has been through.
 */
const migrations: readonly string[] = [
  `CREATE TABLE attempts (
     id TEXT NOT NULL PRIMARY KEY,
     request_id TEXT NOT NULL,
     task_id TEXT,
     at INTEGER NOT NULL,
     surface TEXT NOT NULL,
     kind TEXT NOT NULL,
     class TEXT NOT NULL,
     rule TEXT NOT NULL,
     policy_hash TEXT NOT NULL,
     requested_model TEXT,
     provider TEXT,
     model TEXT,
     served_model TEXT,
     place INTEGER NOT NULL,
     fallback_from TEXT,
     input_tokens INTEGER,
     cache_read_tokens INTEGER,
     cache_write_tokens INTEGER,
     output_tokens INTEGER,
     reasoning_tokens INTEGER,
     usage_estimated INTEGER,
     cost_nano_usd INTEGER,
     price_source TEXT,
     price_as_of TEXT,
     latency_ms INTEGER,
     first_token_ms INTEGER,
     outcome TEXT NOT NULL,
     failure TEXT,
     simulated INTEGER,
     repo_key TEXT,
     team TEXT
   ) STRICT;
   CREATE INDEX attempts_at ON attempts (at);
   CREATE INDEX attempts_task ON attempts (task_id) WHERE task_id IS NOT NULL;
   CREATE TABLE reservations (
     id TEXT NOT NULL PRIMARY KEY,
     budget_key TEXT NOT NULL,
     nano_usd INTEGER NOT NULL,
     expires_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX reservations_budget ON reservations (budget_key);`,
  // What was counted by the winning class until then goes on being counted by it.
  `CREATE TABLE attempt_classes (
     attempt_id TEXT NOT NULL,
     class TEXT NOT NULL,
     PRIMARY KEY (attempt_id, class)
   ) STRICT, WITHOUT ROWID;
   INSERT INTO attempt_classes (attempt_id, class) SELECT id, class FROM attempts;`,
  `CREATE TABLE sessions (
     id TEXT NOT NULL PRIMARY KEY,
     at INTEGER NOT NULL,
     target TEXT NOT NULL,
     class TEXT NOT NULL,
     wished INTEGER NOT NULL,
     cached_tokens INTEGER NOT NULL,
     estimated_tokens INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX sessions_at ON sessions (at);`,
  // Of what was recorded until then nobody knows which conditions it met: budgets of all of them go on counting it.
  `CREATE TABLE attempt_conditions (
     attempt_id TEXT NOT NULL,
     condition TEXT NOT NULL,
     PRIMARY KEY (attempt_id, condition)
   ) STRICT, WITHOUT ROWID;
   INSERT INTO attempt_conditions (attempt_id, condition) SELECT id, '*' FROM attempts;`,
];

/**
 * Brings a database to the newest version, whichever process comes first.
 * @throws when a newer version of the extension has already changed it, or when it cannot be written.
 */
export function migrate(database: DatabaseSync): void {
  if (versionOf(database) === migrations.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = versionOf(database);
    if (version > migrations.length) {
      throw new Error('a newer version of Routing Policy has changed it; update this one');
    }
    for (const sql of migrations.slice(version)) database.exec(sql);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}
