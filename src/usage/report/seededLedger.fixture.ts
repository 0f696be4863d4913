import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { migrate } from '../ledgerSchema.ts';
import type { TaskOutcome } from '../task.ts';

const DAY_MS = 86_400_000;

export interface Seed {
  readonly attempts: number;
  readonly days: number;
  /** Milliseconds since the epoch; the newest attempt is just before. */
  readonly until: number;
}

/** Numbers from 0 to 1, the same every time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const targets = [
  ['anthropic', 'claude-opus-5', 25_000, 0.9],
  ['anthropic', 'claude-sonnet-5-5', 6_000, 0.8],
  ['anthropic', 'claude-haiku-5-5', 1_500, 0.6],
  ['openai', 'gpt-6-sol', 20_000, 0.85],
  ['openai', 'gpt-6-sol-mini', 2_000, 0.65],
  ['mistral', 'codestral-2', 400, 0.5],
] as const;
const classes = ['tests', 'docs', 'front-end', 'migrations', 'security', 'routine', 'default'];
const surfaces = [
  'completion',
  'completion',
  'completion',
  'completion',
  'completion',
  'completion',
  'completion',
  'completion',
  'completion',
  'agent',
  'chat',
  'gateway',
] as const;
const kinds = { completion: 'completion', agent: 'agent', chat: 'chat', gateway: 'edit' } as const;
const unsuccessful: readonly TaskOutcome[] = ['rejected', 'undone', 'failed', 'unknown', 'unknown', 'accepted'];

/**
 * A ledger as months of work leave it: made-up figures, the same every time. Three of four attempts are completions, each a
 * task; the others share tasks, fall back now and then, and some are refused.
 */
export function seedLedger(file: string, { attempts, days, until }: Seed): void {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
  migrate(database);
  const random = numbers(20_261_123);
  const one = <Item>(list: readonly Item[]): Item => list[Math.floor(random() * list.length)] as Item;
  const id = (): string =>
    `${hex(random(), 8)}-${hex(random(), 4)}-4${hex(random(), 3)}-a${hex(random(), 3)}-${hex(random(), 8)}${hex(random(), 4)}`;
  const insertAttempt = inserting(database, 'attempts', [
    ...['id', 'request_id', 'task_id', 'at', 'surface', 'kind', 'class', 'rule', 'policy_hash', 'provider', 'model'],
    ...['place', 'fallback_from', 'input_tokens', 'cache_read_tokens', 'cache_write_tokens', 'output_tokens'],
    ...['usage_estimated', 'cost_nano_usd', 'price_source', 'price_as_of', 'latency_ms', 'outcome', 'failure'],
    ...['repo_key', 'conversation', 'client', 'billing', 'billed_nano_usd', 'trial', 'arm'],
  ]);
  const insertTask = inserting(database, 'tasks', [
    ...['id', 'conversation', 'repo_key', 'opened_at', 'last_at', 'closed_at', 'surface', 'kind', 'class'],
    ...['policy_hash', 'provider', 'model', 'trial', 'arm', 'outcome', 'outcome_at', 'settled'],
  ]);
  const charge = database.prepare(
    `UPDATE tasks SET attempts = attempts + 1, input_tokens = input_tokens + ?, cost_nano_usd = cost_nano_usd + ?
     WHERE id = ?`,
  );
  const count = database.prepare('INSERT INTO attempt_classes (attempt_id, class) VALUES (?, ?)');
  const repositories = Array.from({ length: 8 }, () => hex(random(), 8).repeat(3));
  database.exec('BEGIN');
  let task:
    | { id: string; class: string; surface: (typeof surfaces)[number]; target: (typeof targets)[number] }
    | undefined;
  for (let made = 0; made < attempts; made++) {
    const at = Math.round(until - days * DAY_MS * (1 - made / attempts));
    const repo = one(repositories);
    if (task === undefined || task.surface === 'completion' || random() < 0.3) {
      task = { id: id(), class: one(classes), surface: one(surfaces), target: one(targets) };
      const [provider, model, , share] = task.target;
      const outcome = task.surface === 'chat' ? 'unverified' : random() < share ? 'kept' : one(unsuccessful);
      const trial = task.class === 'tests' ? ['small-tests', random() < 0.5 ? 'trial' : 'control'] : [null, null];
      insertTask(
        task.id,
        null,
        repo,
        at,
        at,
        at,
        task.surface,
        kinds[task.surface],
        task.class,
        'abcdef0123456789',
        ...[provider, model, ...trial, outcome, at, 1],
      );
    }
    const [provider, model, rate] = task.target;
    const isRefused = random() < 0.005;
    const isFailed = !isRefused && random() < 0.02;
    const tokens = Math.round(Math.exp(4 + 6 * random()));
    const output = Math.round(tokens * 0.1);
    const cost = Math.round((tokens * rate) / 5 + output * rate);
    const attempt = id();
    insertAttempt(
      ...[attempt, id(), isRefused ? null : task.id, at, task.surface, kinds[task.surface], task.class, task.class],
      ...['abcdef0123456789', isRefused ? null : provider, isRefused ? null : model, 0],
      ...[random() < 0.02 ? 'openai/gpt-6-sol' : null, isRefused ? null : tokens, isRefused ? null : tokens * 2, 0],
      ...[isRefused ? null : output, 0, isRefused ? null : cost, 'overlay', '2026-11-10', 900],
      ...[isRefused ? 'blocked' : isFailed ? 'failed' : 'served', isFailed ? 'overloaded' : null, repo, null, 'vscode'],
      ...[provider === 'openai' ? 'seat' : 'metered', isRefused ? null : provider === 'openai' ? 0 : cost, null, null],
    );
    count.run(attempt, task.class);
    if (!isRefused) charge.run(tokens * 3, cost, task.id);
  }
  database.exec('COMMIT');
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}

function inserting(database: DatabaseSync, table: string, columns: readonly string[]) {
  const insert = database.prepare(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  return (...values: readonly SQLInputValue[]): void => {
    insert.run(...values);
  };
}

function hex(number: number, digits: number): string {
  return Math.floor(number * 16 ** digits)
    .toString(16)
    .padStart(digits, '0');
}
