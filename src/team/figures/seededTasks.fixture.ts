import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../store/tables.ts';
import { dayNumber, weekOf } from './weeks.ts';

/** A task of somebody's, as the server knows it once its outcome was told; what a test does not say is alike for all. */
export interface SeededTask {
  readonly team?: number;
  /** Who; their name is another one in each 28 days. */
  readonly person: string;
  /** `2026-11-23`. */
  readonly day: string;
  readonly class?: string;
  readonly kind?: string;
  /** `provider/model`. */
  readonly target?: string;
  readonly policy?: string;
  readonly trial?: string;
  readonly arm?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly outcome?: string;
  readonly attempts?: number;
  readonly costNanoUsd?: number;
  /** What its provider will ask for; unless told, the list price. */
  readonly billedNanoUsd?: number;
  /** Of its attempts, those without a price. */
  readonly unpriced?: number;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly latencyMs?: number;
  readonly firstTokenMs?: number;
  /** So many calls that took as long. */
  readonly calls?: number;
  readonly simulated?: boolean;
  /** The attempt that it had went wrong like this. */
  readonly trouble?: Readonly<
    Partial<Record<'failure' | 'overridden' | 'failedProvider' | 'failedModel' | 'rule' | 'outcome', string>>
  >;
}

let made = 0;

const taskColumns = sql.raw(
  `org_id, team_id, task, person, seen, day, attempts, input_tokens, output_tokens, cost_nano_usd, billed_nano_usd, unpriced, revision, outcome, class, kind,
  surface, provider, model, policy, trial, arm, labels, simulated, cell`,
);

/** Writes tasks, an attempt of each, who they are of, and the roll-ups of the tasks. */
export async function seedTasks(database: Kysely<Tables>, tasks: readonly SeededTask[], orgId = 1): Promise<void> {
  await sql`CREATE TABLE IF NOT EXISTS usage_events_seeded PARTITION OF usage_events DEFAULT`.execute(database);
  const rows = tasks.map((task) => rowOf(task, orgId));
  for (let from = 0; from < rows.length; from += 5_000) {
    const json = JSON.stringify(rows.slice(from, from + 5_000));
    await sql`
      INSERT INTO teams (org_id, id, name)
      SELECT DISTINCT org_id, team_id, 'Team ' || team_id FROM jsonb_populate_recordset(null::tasks, ${json}::jsonb)
      ON CONFLICT DO NOTHING`.execute(database);
    await sql`
      INSERT INTO tasks (${taskColumns})
      SELECT ${taskColumns} FROM jsonb_populate_recordset(null::tasks, ${json}::jsonb)`.execute(database);
    await sql`
      INSERT INTO usage_events (org_id, team_id, day, id, event, at, person, surface, kind, class, provider, model, simulated,
        outcome, rule, failed_provider, failed_model, overridden, failure, estimated, task, input_tokens,
        output_tokens, cost_nano_usd, billed_nano_usd, latency_ms, first_token_ms)
      SELECT (row ->> 'org_id')::int, (row ->> 'team_id')::int, (row ->> 'day')::date, gen_random_uuid(), 'attempt',
        (row ->> 'day')::date, row ->> 'person', 'agent', row ->> 'kind', row ->> 'class', row ->> 'provider', row ->> 'model',
        (row ->> 'simulated')::boolean, coalesce(row -> 'trouble' ->> 'outcome', 'served'), row -> 'trouble' ->> 'rule',
        row -> 'trouble' ->> 'failedProvider', row -> 'trouble' ->> 'failedModel', row -> 'trouble' ->> 'overridden',
        row -> 'trouble' ->> 'failure', false, row ->> 'task', (row ->> 'input_tokens')::int, (row ->> 'output_tokens')::int,
        (row ->> 'cost_nano_usd')::bigint, (row ->> 'billed_nano_usd')::bigint, (row ->> 'latency_ms')::int,
        (row ->> 'first_token_ms')::int
      FROM jsonb_array_elements(${json}::jsonb) AS row, generate_series(1, (row ->> 'calls')::int)`.execute(database);
    await sql`
      INSERT INTO attempt_presence (org_id, team_id, day, cell, epoch, person)
      SELECT DISTINCT (row ->> 'org_id')::int, (row ->> 'team_id')::int, (row ->> 'day')::date, (row ->> 'cell')::uuid,
        (row ->> 'epoch')::int, row ->> 'person'
      FROM jsonb_array_elements(${json}::jsonb) AS row ON CONFLICT DO NOTHING`.execute(database);
    await sql`
      INSERT INTO task_rollups (org_id, team_id, day, cell, class, kind, surface, provider, model, policy, trial, arm, labels,
        simulated, outcome, tasks, attempts, cost_nano_usd, squared_cost, unpriced, size_0, size_1, size_2, size_3, size_4)
      SELECT org_id, team_id, day, cell, class, kind, surface, coalesce(provider, ''), coalesce(model, ''),
        coalesce(policy, ''), coalesce(trial, ''), coalesce(arm, ''), labels, simulated, outcome, count(*), sum(attempts),
        sum(cost_nano_usd), sum(cost_nano_usd * cost_nano_usd), sum(unpriced), count(*), 0, 0, 0, 0
      FROM jsonb_populate_recordset(null::tasks, ${json}::jsonb)
      GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
      ON CONFLICT (org_id, team_id, day, span, cell, outcome) DO UPDATE SET
        tasks = task_rollups.tasks + excluded.tasks, attempts = task_rollups.attempts + excluded.attempts,
        cost_nano_usd = task_rollups.cost_nano_usd + excluded.cost_nano_usd,
        squared_cost = task_rollups.squared_cost + excluded.squared_cost,
        unpriced = task_rollups.unpriced + excluded.unpriced`.execute(database);
  }
}

/** The number of the 28 days that a week is of. */
export function epochOfWeek(week: number): number {
  return Math.floor(week / 4);
}

function rowOf(task: SeededTask, orgId: number): Readonly<Record<string, unknown>> {
  const { team = 1, day, target = 'anthropic/claude-haiku-5-5', labels = {}, costNanoUsd = 1_000_000 } = task;
  const ofClass = task.class ?? 'docs';
  const kind = task.kind ?? 'agent';
  const { policy = 'p1', trial, arm, simulated = false } = task;
  const epoch = epochOfWeek(weekOf(dayNumber(day)));
  const [provider, model] = target.split('/');
  const cell = [ofClass, kind, target, policy, trial, arm, JSON.stringify(labels), simulated].join('|');
  made += 1;
  return {
    org_id: orgId,
    team_id: team,
    task: hex(`task ${made}`, 16),
    person: hex(`${task.person} ${epoch}`, 16),
    epoch,
    day,
    seen: day,
    attempts: task.attempts ?? 1,
    input_tokens: task.inputTokens ?? 500,
    output_tokens: task.outputTokens ?? 100,
    billed_nano_usd: simulated ? 0 : (task.billedNanoUsd ?? costNanoUsd),
    latency_ms: task.latencyMs,
    first_token_ms: task.firstTokenMs,
    calls: task.calls ?? 1,
    cost_nano_usd: costNanoUsd,
    unpriced: task.unpriced ?? 0,
    revision: 0,
    outcome: task.outcome ?? 'kept',
    class: ofClass,
    kind,
    surface: 'agent',
    provider,
    model,
    policy,
    trial,
    arm,
    labels,
    simulated,
    cell: uuid(cell),
    trouble: task.trouble,
  };
}

function hex(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

function uuid(text: string): string {
  return hex(text, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
