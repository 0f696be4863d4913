import type { DatabaseSync } from 'node:sqlite';

/** Without what changes while a task is only looked at. */
const taskColumnsInReports = `OF class, provider, model, kind, surface, trial, arm, outcome, settled, opened_at,
  input_tokens, cost_nano_usd, simulated_nano_usd, unpriced`;

/** Spans whose sums are not of 1, 8 or 32 days, which begin on certain days. */
const IS_RECENT = 'days NOT IN (1, 8, 32)';

/**
 * Takes away the sums that a change to a table makes wrong: of the spans ({@link ./report/spans.ts}) that have the row's day,
 * and of those that have the next one, because what an attempt failed with is told with the fallback that followed it.
 *
 * @param day of a row, in days since the epoch
 * @param columns whose change is one
 * @param when what must be so for a change to make any sum wrong, by the day that it is about
 */
function changesOf(table: string, day: string, columns = '', when?: (day: string) => string): readonly string[] {
  const dayIn = (row: 'NEW' | 'OLD'): string => day.replace(/\b(at|opened_at|day)\b/, `${row}.$1`);
  const drop = (row: 'NEW' | 'OLD'): string => {
    const of = dayIn(row);
    // A recent span that has the next day but not this one begins on it, and goes with those that do.
    const starts = [of, `${of} + 1`].flatMap((one) => [one, `(${one}) / 8 * 8`, `(${one}) / 32 * 32`]);
    return `
      DELETE FROM span_sums WHERE first_day IN (${starts.join(', ')}) AND first_day + days > ${of};
      DELETE FROM span_sums WHERE ${IS_RECENT} AND first_day <= ${of} AND first_day + days > ${of};`;
  };
  const only = (of: string): string => (when ? `WHEN ${when(of)}` : '');
  const either = `MIN(${dayIn('OLD')}, ${dayIn('NEW')})`;
  return [
    `CREATE TRIGGER ${table}_added AFTER INSERT ON ${table} ${only(dayIn('NEW'))} BEGIN ${drop('NEW')} END;`,
    `CREATE TRIGGER ${table}_gone AFTER DELETE ON ${table} ${only(dayIn('OLD'))} BEGIN ${drop('OLD')} END;`,
    `CREATE TRIGGER ${table}_changed AFTER UPDATE ${columns} ON ${table} ${only(either)} BEGIN ${drop('OLD')} ${drop('NEW')} END;`,
  ];
}

/** Of today there are no sums, and nearly all that is written is of today: that is one look at an index. */
const areSumsFrom = (day: string): string => `(SELECT MAX(first_day + days) FROM span_sums) > ${day}`;

const dropChangesOf = (table: string): string =>
  ['added', 'gone', 'changed'].map((change) => `DROP TRIGGER ${table}_${change};`).join('');

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
  // Until then a task was a conversation: what was recorded goes on being counted by it, and has no outcome.
  // What a task cost is kept with it, so that it outlives its attempts; task_conversations says which task a conversation is
  // at, when it is not the one that it began. task_days and days are tasks and attempts of whole days, added up once they
  // are old: each sum is what it was. A list of names in one column is sorted, a line each. In days, a request is counted
  // where its first attempt is.
  `ALTER TABLE attempts ADD COLUMN conversation TEXT;
   ALTER TABLE attempts ADD COLUMN client TEXT;
   ALTER TABLE attempts ADD COLUMN billing TEXT;
   ALTER TABLE attempts ADD COLUMN billed_nano_usd INTEGER;
   ALTER TABLE attempts ADD COLUMN trial TEXT;
   ALTER TABLE attempts ADD COLUMN arm TEXT;
   ALTER TABLE attempts ADD COLUMN overridden TEXT;
   CREATE TABLE tasks (
     id TEXT NOT NULL PRIMARY KEY,
     conversation TEXT,
     repo_key TEXT,
     opened_at INTEGER NOT NULL,
     last_at INTEGER NOT NULL,
     delivered_at INTEGER,
     closed_at INTEGER,
     settled INTEGER NOT NULL DEFAULT 0,
     surface TEXT NOT NULL,
     kind TEXT NOT NULL,
     class TEXT NOT NULL,
     policy_hash TEXT NOT NULL,
     provider TEXT,
     model TEXT,
     trial TEXT,
     arm TEXT,
     outcome TEXT NOT NULL,
     outcome_at INTEGER,
     survival REAL,
     attempts INTEGER NOT NULL DEFAULT 0,
     input_tokens INTEGER NOT NULL DEFAULT 0,
     cost_nano_usd INTEGER NOT NULL DEFAULT 0,
     simulated_nano_usd INTEGER NOT NULL DEFAULT 0,
     billed_nano_usd INTEGER NOT NULL DEFAULT 0,
     unpriced INTEGER NOT NULL DEFAULT 0
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX tasks_opened ON tasks (opened_at);
   CREATE INDEX tasks_unsettled ON tasks (last_at) WHERE settled = 0;
   CREATE TABLE task_conversations (
     conversation TEXT NOT NULL PRIMARY KEY,
     task_id TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX task_conversations_task ON task_conversations (task_id);
   CREATE TABLE task_files (
     task_id TEXT NOT NULL,
     file_key TEXT NOT NULL,
     at INTEGER NOT NULL,
     PRIMARY KEY (task_id, file_key)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX task_files_key ON task_files (file_key, at);
   CREATE TABLE signals (
     task_id TEXT NOT NULL,
     at INTEGER NOT NULL,
     signal TEXT NOT NULL,
     source TEXT NOT NULL,
     age_ms INTEGER,
     survival REAL
   ) STRICT;
   CREATE UNIQUE INDEX signals_once ON signals (task_id, signal, source, at, ifnull(age_ms, -1));
   CREATE TABLE policies (
     hash TEXT NOT NULL PRIMARY KEY,
     at INTEGER NOT NULL,
     names TEXT NOT NULL,
     labels TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE days (
     day TEXT NOT NULL,
     class TEXT NOT NULL,
     counted_as TEXT NOT NULL,
     conditions TEXT NOT NULL,
     provider TEXT NOT NULL,
     model TEXT NOT NULL,
     surface TEXT NOT NULL,
     kind TEXT NOT NULL,
     repo_key TEXT NOT NULL,
     team TEXT NOT NULL,
     billing TEXT NOT NULL,
     outcome TEXT NOT NULL,
     attempts INTEGER NOT NULL,
     requests INTEGER NOT NULL,
     fallbacks INTEGER NOT NULL,
     overridden INTEGER NOT NULL,
     input_tokens INTEGER NOT NULL,
     cache_read_tokens INTEGER NOT NULL,
     cache_write_tokens INTEGER NOT NULL,
     output_tokens INTEGER NOT NULL,
     reasoning_tokens INTEGER NOT NULL,
     cost_nano_usd INTEGER NOT NULL,
     simulated_nano_usd INTEGER NOT NULL,
     billed_nano_usd INTEGER NOT NULL,
     unpriced INTEGER NOT NULL,
     PRIMARY KEY (
       day, class, counted_as, conditions, provider, model, surface, kind, repo_key, team, billing, outcome)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE task_days (
     day TEXT NOT NULL,
     class TEXT NOT NULL,
     provider TEXT NOT NULL,
     model TEXT NOT NULL,
     surface TEXT NOT NULL,
     kind TEXT NOT NULL,
     repo_key TEXT NOT NULL,
     trial TEXT NOT NULL,
     arm TEXT NOT NULL,
     outcome TEXT NOT NULL,
     tasks INTEGER NOT NULL,
     attempts INTEGER NOT NULL,
     input_tokens INTEGER NOT NULL,
     cost_nano_usd INTEGER NOT NULL,
     simulated_nano_usd INTEGER NOT NULL,
     billed_nano_usd INTEGER NOT NULL,
     unpriced INTEGER NOT NULL,
     squared_cost_usd REAL NOT NULL,
     PRIMARY KEY (day, class, provider, model, surface, kind, repo_key, trial, arm, outcome)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE sync (
     name TEXT NOT NULL PRIMARY KEY,
     value TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE sync_tasks (
     task_id TEXT NOT NULL PRIMARY KEY,
     at INTEGER NOT NULL,
     place INTEGER NOT NULL,
     simulated INTEGER NOT NULL,
     told TEXT,
     revision INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE withheld (
     attempt_id TEXT NOT NULL PRIMARY KEY,
     at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE outbox (
     sink TEXT NOT NULL,
     id TEXT NOT NULL,
     at INTEGER NOT NULL,
     body TEXT NOT NULL,
     state TEXT NOT NULL,
     refusal TEXT,
     PRIMARY KEY (sink, id)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX outbox_state ON outbox (sink, state, at);`,
  // What a report adds up, in the order in which it does: nothing is sorted for it, and no row is looked at beside these.
  `CREATE INDEX attempts_by_day ON attempts (
     at / 86400000, provider, model, billing, outcome, at, fallback_from, simulated, cost_nano_usd, billed_nano_usd,
     input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens);
   CREATE INDEX attempts_failed ON attempts (at, request_id, provider, model, failure) WHERE failure IS NOT NULL;
   CREATE INDEX attempts_fallen ON attempts (at, request_id, provider, model, fallback_from)
     WHERE fallback_from IS NOT NULL;
   CREATE INDEX attempts_refused ON attempts (at, rule, outcome) WHERE outcome IN ('blocked', 'unserved');
   CREATE INDEX tasks_by_class ON tasks (
     class, provider, model, kind, surface, trial, arm, outcome, settled, opened_at, input_tokens, cost_nano_usd,
     simulated_nano_usd, unpriced);
   CREATE INDEX tasks_succeeded ON tasks (opened_at / 86400000, opened_at, outcome)
     WHERE outcome IN ('kept', 'committed');`,
  // What a team's server lets this user spend, shared by all processes of theirs. A hold is what a request that is under way
  // may come to, with what its attempts have come to so far; without one, a lease is only a number.
  `CREATE TABLE lease_accounts (
     account TEXT NOT NULL PRIMARY KEY,
     request TEXT,
     asked_at INTEGER,
     heard_at INTEGER,
     refused TEXT,
     trouble TEXT,
     trouble_at INTEGER,
     used_up INTEGER NOT NULL DEFAULT 0,
     limit_nano_usd INTEGER NOT NULL DEFAULT 0,
     settled_nano_usd INTEGER NOT NULL DEFAULT 0,
     others_nano_usd INTEGER NOT NULL DEFAULT 0
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE leases (
     id TEXT NOT NULL PRIMARY KEY,
     account TEXT NOT NULL,
     nano_usd INTEGER NOT NULL,
     spent_nano_usd INTEGER NOT NULL DEFAULT 0,
     taken_at INTEGER NOT NULL,
     ends_at INTEGER NOT NULL,
     used_at INTEGER NOT NULL,
     used_by TEXT NOT NULL,
     closed_at INTEGER
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX leases_account ON leases (account, closed_at);
   CREATE TABLE lease_holds (
     request TEXT NOT NULL,
     lease TEXT NOT NULL,
     nano_usd INTEGER NOT NULL,
     spent_nano_usd INTEGER NOT NULL DEFAULT 0,
     is_unpriced INTEGER NOT NULL DEFAULT 0,
     at INTEGER NOT NULL,
     PRIMARY KEY (request, lease)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX lease_holds_lease ON lease_holds (lease, nano_usd);`,
  // What has come in and is not yet in the tables. Reservations lie in one tree, because each request writes there twice.
  `CREATE TABLE intake (n INTEGER PRIMARY KEY, attempt_id TEXT NOT NULL, body TEXT NOT NULL) STRICT;
   ALTER TABLE reservations RENAME TO old_reservations;
   CREATE TABLE reservations (
     budget_key TEXT NOT NULL,
     id TEXT NOT NULL,
     nano_usd INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     PRIMARY KEY (budget_key, id)
   ) STRICT, WITHOUT ROWID;
   INSERT INTO reservations (budget_key, id, nano_usd, expires_at)
     SELECT budget_key, id, nano_usd, expires_at FROM old_reservations;
   DROP TABLE old_reservations;`,
  // What reports ask of spans of days that are over, made ahead. A span's sums go with the first change to one of its days, in
  // the same transaction, whoever makes it: no process can forget to.
  `CREATE TABLE span_sums (
     first_day INTEGER NOT NULL,
     days INTEGER NOT NULL,
     body TEXT NOT NULL,
     PRIMARY KEY (first_day, days)
   ) STRICT;
   CREATE INDEX span_sums_recent ON span_sums (first_day) WHERE ${IS_RECENT};
   ${changesOf('attempts', 'at / 86400000').join('')}
   ${changesOf('tasks', 'opened_at / 86400000', taskColumnsInReports).join('')}
   ${changesOf('days', 'unixepoch(day) / 86400').join('')}
   ${changesOf('task_days', 'unixepoch(day) / 86400').join('')}`,
  // Sums are looked for only where a change is about a day of which there may be some.
  `CREATE INDEX span_sums_end ON span_sums (first_day + days);
   ${dropChangesOf('attempts')}
   ${dropChangesOf('tasks')}
   ${changesOf('attempts', 'at / 86400000', '', areSumsFrom).join('')}
   ${changesOf('tasks', 'opened_at / 86400000', taskColumnsInReports, areSumsFrom).join('')}`,
];

/**
 * Brings a database to the newest version, whichever process comes first.
 * @param to the version to stop at, for a ledger as an older version of the extension left it
 * @throws when a newer version of the extension has already changed it, or when it cannot be written.
 */
export function migrate(database: DatabaseSync, to = migrations.length): void {
  if (versionOf(database) === migrations.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = versionOf(database);
    if (version > migrations.length) {
      throw new Error('a newer version of Routing Policy has changed it; update this one');
    }
    for (const sql of migrations.slice(version, to)) database.exec(sql);
    database.exec(`PRAGMA user_version = ${to}`);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}
