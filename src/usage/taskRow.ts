// A task as a row of the ledger: how an attempt is noted in it, and how it is read back.
import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';
import type { RequestKind } from '../policy/schema.ts';
import type { Attempt, Surface } from './attempt.ts';
import { storedName } from './attemptColumns.ts';
import type { Task, TaskOutcome } from './task.ts';
import { type judge, type Signal, type SignalName, type SignalSource, signalNames } from './taskOutcome.ts';

export type Row = Readonly<Record<string, SQLOutputValue>>;

/** What is waiting for its outcome goes on waiting; a fallback that delivered makes good what failed before it. */
export const noteSql = `
  INSERT INTO tasks (
    id, conversation, repo_key, opened_at, last_at, delivered_at, surface, kind, class, policy_hash, provider, model,
    trial, arm, outcome, attempts, input_tokens, cost_nano_usd, simulated_nano_usd, billed_nano_usd, unpriced)
  VALUES (
    ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
    ?, ?, ?, 1, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET
    last_at = MAX(last_at, excluded.last_at),
    delivered_at = COALESCE(delivered_at, excluded.delivered_at),
    provider = COALESCE(provider, excluded.provider),
    model = COALESCE(model, excluded.model),
    settled = 0,
    outcome = CASE
      WHEN outcome IN ('open', 'failed') OR (outcome = 'unseen' AND delivered_at IS NULL) THEN excluded.outcome
      ELSE outcome END,
    attempts = attempts + 1,
    input_tokens = MIN(input_tokens + excluded.input_tokens, ${Number.MAX_SAFE_INTEGER}),
    cost_nano_usd = MIN(cost_nano_usd + excluded.cost_nano_usd, ${Number.MAX_SAFE_INTEGER}),
    simulated_nano_usd = MIN(simulated_nano_usd + excluded.simulated_nano_usd, ${Number.MAX_SAFE_INTEGER}),
    billed_nano_usd = MIN(billed_nano_usd + excluded.billed_nano_usd, ${Number.MAX_SAFE_INTEGER}),
    unpriced = unpriced + excluded.unpriced`;

/** The values of {@link noteSql}, in order: by their names SQLite takes twice the time for them. */
export function noted(attempt: Attempt, id: string): readonly SQLInputValue[] {
  const { costNanoUsd, inputTokens, surface, outcome } = attempt;
  const endedAt = endOf(attempt);
  const isDelivered = surface === 'completion' ? outcome === 'shown' : outcome === 'served';
  const input = (inputTokens ?? 0) + (attempt.cacheReadTokens ?? 0) + (attempt.cacheWriteTokens ?? 0);
  return Object.values({
    id,
    conversation: attempt.conversation ?? null,
    repoKey: attempt.repoKey ?? null,
    openedAt: whole(attempt.at),
    lastAt: endedAt,
    deliveredAt: isDelivered ? endedAt : null,
    surface,
    kind: attempt.kind,
    class: storedName(attempt.class),
    policyHash: storedName(attempt.policyHash),
    provider: attempt.provider === undefined ? null : storedName(attempt.provider),
    model: attempt.model === undefined ? null : storedName(attempt.model),
    trial: attempt.trial === undefined ? null : storedName(attempt.trial),
    arm: attempt.arm ?? null,
    outcome: firstOutcome(attempt, isDelivered),
    inputTokens: whole(input),
    cost: whole(costNanoUsd ?? 0),
    simulated: attempt.simulated === true ? whole(costNanoUsd ?? 0) : 0,
    billed: attempt.simulated === true ? 0 : whole(attempt.billedNanoUsd ?? 0),
    unpriced: costNanoUsd === undefined && inputTokens !== undefined ? 1 : 0,
  });
}

/** Of a completion nobody knows yet whether it was seen; one that was stopped or had nothing to say was not. */
function firstOutcome({ surface, outcome }: Attempt, isDelivered: boolean): TaskOutcome {
  if (surface !== 'completion') return isDelivered ? 'delivered' : 'open';
  return outcome === 'failed' || outcome === 'cut' ? 'failed' : 'unseen';
}

/** When an attempt had ended, in milliseconds since the epoch. */
export function endOf({ at, latencyMs = 0 }: Attempt): number {
  return whole(at + latencyMs);
}

/** As the ledger's columns hold it: a whole number that is not negative. */
export function whole(value: number): number {
  return Number.isFinite(value) ? Math.min(Math.max(Math.round(value), 0), Number.MAX_SAFE_INTEGER) : 0;
}

/** What a task is judged by, without its signals. */
export function evidenceOf(row: Row): Omit<Parameters<typeof judge>[0], 'signals'> {
  const { surface, kind, outcome, lastAt } = taskOf(row);
  const deliveredAt = row['delivered_at'];
  return { surface, kind, outcome, lastAt, ...(deliveredAt === null ? {} : { deliveredAt: Number(deliveredAt) }) };
}

/** Only {@link noteSql} has written the rows, so the fields have the types that it took. */
export function taskOf(row: Row): Task {
  const name = (column: string): string | undefined => {
    const value = row[column];
    return typeof value === 'string' ? value : undefined;
  };
  const number = (column: string): number | undefined => {
    const value = row[column];
    return typeof value === 'number' ? value : undefined;
  };
  const fields = {
    id: name('id'),
    openedAt: number('opened_at'),
    lastAt: number('last_at'),
    closedAt: number('closed_at'),
    surface: name('surface') as Surface,
    kind: name('kind') as RequestKind,
    class: name('class'),
    provider: name('provider'),
    model: name('model'),
    trial: name('trial'),
    arm: name('arm') as Task['arm'],
    outcome: name('outcome') as TaskOutcome,
    outcomeAt: number('outcome_at'),
    survival: number('survival'),
    repoKey: name('repo_key'),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as unknown as Task;
}

/** The signal of a row, if this version knows it. */
export function signalOf(row: Row): readonly Signal[] {
  const signal = signalNames.find((name) => name === row['signal']);
  if (signal === undefined) return []; // a newer version's, which this one cannot judge by
  const { age_ms: ageMs, survival } = row;
  return [
    {
      at: Number(row['at']),
      signal: signal satisfies SignalName,
      source: String(row['source']) as SignalSource,
      ...(typeof ageMs === 'number' ? { ageMs } : {}),
      ...(typeof survival === 'number' ? { survival } : {}),
    },
  ];
}
