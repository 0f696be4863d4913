// What events add up to, in SQL, for counting all that is there again. Taking in adds up what has just come in the server
// ({@link ./addUp.ts}); that both say the same is what a recount is for. Each takes the name of a relation that has the columns
// of `usage_events`.
import { bucketsSql } from './latency.ts';
import {
  type AttemptSum,
  attemptSums,
  attemptWords,
  epochSql,
  type RouteWord,
  routeWords,
  type TaskSum,
  taskSums,
  taskWords,
  type Word,
} from './rollups.ts';

const REFUSED = "outcome IN ('blocked', 'unserved')";
const total = (column: string): string => `COALESCE(sum(${column}), 0)`;
const where = (condition: string): string => `count(*) FILTER (WHERE ${condition})`;

/** What stand-ins ask for is no money, whatever an older client says that it is billed. */
const BILLED = 'CASE WHEN simulated THEN 0 ELSE COALESCE(billed_nano_usd, cost_nano_usd) END';

/** What the roll-up of attempts adds up, by its column; durations are added up apart from these. */
const sumsSql: Readonly<Record<AttemptSum, string>> = {
  attempts: 'count(*)',
  refusals: where(REFUSED),
  failures: where("outcome = 'failed'"),
  cut: where("outcome = 'cut'"),
  cancelled: where("outcome = 'cancelled'"),
  fallbacks: where('failed_model IS NOT NULL'),
  overrides_person: where("overridden = 'person'"),
  overrides_client: where("overridden = 'client'"),
  input_tokens: total('input_tokens'),
  cache_read_tokens: total('cache_read_tokens'),
  cache_write_tokens: total('cache_write_tokens'),
  output_tokens: total('output_tokens'),
  reasoning_tokens: total('reasoning_tokens'),
  estimated: where('estimated'),
  cost_nano_usd: total('cost_nano_usd'),
  billed_nano_usd: total(BILLED),
  unpriced: where('cost_nano_usd IS NULL AND input_tokens IS NOT NULL'),
};

/** From how many input tokens on a task is of the next size: as the client's own report has it. */
const sizeSteps = [1_000, 4_000, 16_000, 64_000];

/** A hash that tells cells apart, also those of one roll-up from those of another. No column may be null. */
function cellSql(rollup: string, columns: readonly string[]): string {
  return `md5(concat_ws(E'\\x1f', '${rollup}', ${columns.join(', ')}))::uuid`;
}

const attemptCellSql = cellSql('attempts', attemptWords);
const routeCellSql = cellSql('routes', routeWords);

/** Attempts with the words of their cell: what is not there is an empty text. */
export function attemptsSql(events: string): string {
  return `
    SELECT team_id, day, person, class, kind, surface, COALESCE(provider, '') AS provider, COALESCE(model, '') AS model,
      COALESCE(policy, '') AS policy, COALESCE(labels, '{}'::jsonb) AS labels, simulated, COALESCE(billing, '') AS billing,
      rule, outcome, failed_provider, failed_model, overridden, failure, input_tokens, cache_read_tokens,
      cache_write_tokens, output_tokens, reasoning_tokens, estimated, cost_nano_usd, billed_nano_usd, latency_ms,
      first_token_ms
    FROM ${events} WHERE event = 'attempt'`;
}

/** Cells of attempts. @param attempts a relation as {@link attemptsSql} makes it */
export function attemptCellsSql(attempts: string): string {
  const keys = ['team_id', 'day', ...attemptWords].join(', ');
  const sums = attemptSums.map((name) => `${sumsSql[name]} AS ${name}`);
  return `
    SELECT ${keys}, ${attemptCellSql} AS cell, ${attemptSums.join(', ')},
      ${bucketsSql('latencies')} AS latency, ${bucketsSql('first_tokens')} AS first_token
    FROM (
      SELECT ${keys}, ${sums.join(', ')}, array_agg(latency_ms) FILTER (WHERE latency_ms IS NOT NULL) AS latencies,
        array_agg(first_token_ms) FILTER (WHERE first_token_ms IS NOT NULL) AS first_tokens
      FROM ${attempts} GROUP BY ${keys}
    ) AS grouped`;
}

/** What did not go straight, a row for each that an attempt is. @param attempts as {@link attemptsSql} makes it */
export function routesSql(attempts: string): string {
  const row = (values: Readonly<Partial<Record<RouteWord, string>>>, condition: string): string =>
    `SELECT team_id, day, person, ${routeWords.map((key) => `${values[key] ?? "''"} AS ${key}`).join(', ')}
     FROM ${attempts} WHERE ${condition}`;
  const all = { class: 'class', simulated: 'simulated' };
  const target = { provider: 'provider', model: 'model' };
  return `
    ${row({ ...all, what: "'refusal'", rule: "COALESCE(rule, '')", outcome: 'outcome' }, REFUSED)}
    UNION ALL
    ${row(
      {
        ...all,
        ...target,
        what: "'fallback'",
        failed_provider: "COALESCE(failed_provider, '')",
        failed_model: 'failed_model',
      },
      'failed_model IS NOT NULL',
    )}
    UNION ALL
    ${row({ ...all, ...target, what: "'failure'", failure: 'failure' }, 'failure IS NOT NULL')}`;
}

/** Cells of what did not go straight. @param routes as {@link routesSql} makes it */
export function routeCellsSql(routes: string): string {
  const keys = ['team_id', 'day', ...routeWords].join(', ');
  return `
    SELECT *, ${routeCellSql} AS cell FROM (SELECT ${keys}, count(*) AS attempts FROM ${routes} GROUP BY ${keys}) AS grouped`;
}

/**
 * Who is in cells.
 *
 * @param attempts as {@link attemptsSql} makes it
 * @param routes as {@link routesSql} makes it
 */
export function presenceSql(attempts: string, routes: string): string {
  const people = (from: string, words: readonly Word[], cell: string): string =>
    `SELECT team_id, day, ${cell} AS cell, ${epochSql('day')} AS epoch, person
     FROM (SELECT DISTINCT team_id, day, person, ${words.join(', ')} FROM ${from}) AS people`;
  return `${people(attempts, attemptWords, attemptCellSql)} UNION ALL ${people(routes, routeWords, routeCellSql)}`;
}

/** What an outcome tells, in the order in which the newest is found: of two of one revision the same one is, anywhere. */
const toldElements: Readonly<Record<string, string>> = {
  revision: "lpad(revision::text, 2, '0')",
  told_by: 'id::text',
  outcome: 'outcome',
  ...Object.fromEntries(taskWords.map((key) => [key, `COALESCE(${key}::text, '')`])),
  labels: "COALESCE(labels, '{}'::jsonb)::text",
};
const toldTypes: Readonly<Record<string, string>> = {
  revision: '::smallint',
  told_by: '::uuid',
  labels: '::jsonb',
  simulated: '::boolean',
};

/**
 * What became of tasks, and what their attempts took, as far as these events tell: in one pass, because what a join of two would
 * take depends on how many events PostgreSQL believes there to be.
 */
export function tasksSql(events: string): string {
  const attempt = "event = 'attempt'";
  const told = Object.keys(toldElements).map((name, index) => `told[${index + 1}]${toldTypes[name] ?? ''} AS ${name}`);
  return `
    SELECT *, CASE WHEN outcome IS NOT NULL THEN ${cellSql('tasks', taskWords)} END AS cell FROM (
      SELECT team_id, task, person, seen, day, attempts, input_tokens, output_tokens, cost_nano_usd, billed_nano_usd, unpriced,
        ${told.join(', ')}
      FROM (
        SELECT team_id, task, min(person) AS person, max(day) AS seen, min(day) FILTER (WHERE ${attempt}) AS day,
          ${where(attempt)} AS attempts,
          COALESCE(sum(COALESCE(input_tokens::bigint, 0) + COALESCE(cache_read_tokens, 0) + COALESCE(cache_write_tokens, 0))
            FILTER (WHERE ${attempt}), 0) AS input_tokens,
          sum(output_tokens) FILTER (WHERE ${attempt}) AS output_tokens,
          COALESCE(sum(cost_nano_usd) FILTER (WHERE ${attempt}), 0) AS cost_nano_usd,
          COALESCE(sum(${BILLED}) FILTER (WHERE ${attempt}), 0) AS billed_nano_usd,
          ${where(`${attempt} AND cost_nano_usd IS NULL AND input_tokens IS NOT NULL`)} AS unpriced,
          max(ARRAY[${Object.values(toldElements).join(', ')}]) FILTER (WHERE event = 'outcome') AS told
        FROM ${events} WHERE task IS NOT NULL GROUP BY team_id, task
      ) AS grouped
    ) AS named`;
}

/** A task is counted once there is something that it took and something that came of it. */
export const isCounted = 'attempts > 0 AND outcome IS NOT NULL';

/**
 * What a task is in its cell, as the roll-up's sums.
 *
 * @param sign `-` takes it out
 * @param prefix of the columns: what it is now, or what it was
 */
export function taskFiguresSql(sign: '' | '-', prefix: '' | 'was_'): string {
  const input = `${prefix}input_tokens`;
  const cost = `${prefix}cost_nano_usd`;
  const within = (index: number): string =>
    [
      ...(index > 0 ? [`${input} >= ${sizeSteps[index - 1]}`] : []),
      ...(index < sizeSteps.length ? [`${input} < ${sizeSteps[index]}`] : []),
    ].join(' AND ');
  const figures: Readonly<Record<TaskSum, string>> = {
    tasks: '1',
    attempts: `${prefix}attempts`,
    cost_nano_usd: cost,
    squared_cost: `(${cost} * ${cost})`,
    unpriced: `${prefix}unpriced`,
    size_0: `(${within(0)})::int`,
    size_1: `(${within(1)})::int`,
    size_2: `(${within(2)})::int`,
    size_3: `(${within(3)})::int`,
    size_4: `(${within(4)})::int`,
  };
  return taskSums.map((name) => `${sign}${figures[name]} AS ${name}`).join(', ');
}
