// Attempts and tasks that can be told apart when they arrive: each has its serial number as its input tokens.
import type { DatabaseSync } from 'node:sqlite';
import type { Attempt } from '../../src/usage/attempt.ts';
import { openLedger } from '../../src/usage/ledgerFile.ts';
import { linkOf } from '../../src/usage/sync/membership.ts';
import type { Sink } from '../../src/usage/sync/outbox.ts';
import { Sync } from '../../src/usage/sync/sync.ts';

export const POLICY_HASH = 'c0ffee00c0ffee00c0ffee00';

/** An attempt of the class `docs` under {@link POLICY_HASH}; every tenth is of a task of its own. */
export function madeAttempt(serial: number, changes: Partial<Attempt> = {}): Attempt {
  return {
    id: `attempt-${serial}`,
    requestId: `request-${serial}`,
    at: Date.now(),
    surface: 'agent',
    kind: 'agent',
    class: 'docs',
    rule: 'docs',
    policyHash: POLICY_HASH,
    provider: 'anthropic',
    model: 'claude-haiku-5-5',
    place: 0,
    inputTokens: serial,
    outputTokens: 7,
    costNanoUsd: serial * 1_000 + 7,
    latencyMs: 1_234,
    outcome: 'served',
    ...(serial % 10 === 0 ? { taskId: `task-${serial}` } : {}),
    ...changes,
  };
}

/** A person's answer to the question about the place that there is now. */
export function decide(sync: Sync, sink: Sink, agreed: boolean): void {
  sync.answer(sink, agreed, sync.standing()[sink].place ?? '');
}

/** The ledger in `folder` belongs to the team at `url` from now on, and its person has agreed to send. */
export async function agreeTo(folder: string, url: string, token: string): Promise<void> {
  const opened = await openLedger(folder, Date.now());
  if (opened.kind !== 'open') throw new Error(opened.reason);
  const { ledger } = opened;
  const sync = new Sync({
    store: ledger.sync,
    folder,
    managedFolders: [],
    common: { providers: new Set() },
    fetch,
    now: () => Date.now(),
    log: () => undefined,
  });
  sync.join(linkOf({ endpoint: url, token, salt: 'salt-of-a-team-in-a-test' }));
  decide(sync, 'team', true);
  await sync.dispose();
  ledger.close();
}

/** Writes a closed task down, whose text was kept. */
export function madeTask(database: DatabaseSync, serial: number, outcome = 'kept'): void {
  const now = Date.now();
  database
    .prepare(
      `INSERT INTO tasks (id, opened_at, last_at, closed_at, surface, kind, class, policy_hash, provider, model, outcome, outcome_at)
       VALUES (?, ?, ?, ?, 'agent', 'agent', 'docs', ?, 'anthropic', 'claude-haiku-5-5', ?, ?)
       ON CONFLICT (id) DO UPDATE SET closed_at = excluded.closed_at, outcome = excluded.outcome, outcome_at = excluded.outcome_at`,
    )
    .run(`task-${serial}`, now, now, now, POLICY_HASH, outcome, now);
}

/** Writes down what the policy of {@link madeAttempt} declares. */
export function declarePolicy(database: DatabaseSync, names: unknown = ['docs'], labels: unknown = {}): void {
  database
    .prepare('INSERT INTO policies (hash, at, names, labels) VALUES (?, 0, ?, ?) ON CONFLICT DO NOTHING')
    .run(POLICY_HASH, JSON.stringify(names), JSON.stringify(labels));
}
