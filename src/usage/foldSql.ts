import { dayOf, sum } from './spend.ts';

/** A list of names in one column, sorted, a line each. */
const namesOf = (table: string, column: string): string =>
  `COALESCE((SELECT group_concat(${column}, char(10) ORDER BY ${column}) FROM ${table} WHERE attempt_id = attempts.id), '')`;

const attemptKeys = ['day', 'class', 'counted_as', 'conditions', 'provider', 'model', 'surface', 'kind', 'repo_key'];
const attemptSums = {
  attempts: 'COUNT(*)',
  // The first attempt stands for its request, so that it is counted once, in whichever rows and steps the others are.
  requests: 'COUNT(CASE WHEN place = 0 THEN 1 END)',
  fallbacks: 'COUNT(fallback_from)',
  overridden: 'COUNT(overridden)',
  input_tokens: sum('input_tokens'),
  cache_read_tokens: sum('cache_read_tokens'),
  cache_write_tokens: sum('cache_write_tokens'),
  output_tokens: sum('output_tokens'),
  reasoning_tokens: sum('reasoning_tokens'),
  cost_nano_usd: sum('cost_nano_usd'),
  simulated_nano_usd: sum('CASE WHEN simulated = 1 THEN cost_nano_usd END'),
  // What stand-ins ask for is never billed.
  billed_nano_usd: sum('CASE WHEN simulated IS NOT 1 THEN billed_nano_usd END'),
  unpriced: 'COUNT(CASE WHEN cost_nano_usd IS NULL AND input_tokens IS NOT NULL THEN 1 END)',
};

/** Adds attempts to their days. Takes their row numbers, as a list in JSON. */
export const foldAttemptsSql = foldSql({
  table: 'days',
  keys: [...attemptKeys, 'team', 'billing', 'outcome'],
  sums: attemptSums,
  from: `SELECT attempts.*, ${dayOf('at')} AS day, ${namesOf('attempt_classes', 'class')} AS counted_as,
    ${namesOf('attempt_conditions', 'condition')} AS conditions
    FROM attempts WHERE rowid IN (SELECT value FROM json_each(?))`,
});

/** Adds tasks to the days that they were opened on. Takes their ids, as a list in JSON. */
export const foldTasksSql = foldSql({
  table: 'task_days',
  keys: ['day', 'class', 'provider', 'model', 'surface', 'kind', 'repo_key', 'trial', 'arm', 'outcome'],
  sums: {
    tasks: 'COUNT(*)',
    attempts: sum('attempts'),
    input_tokens: sum('input_tokens'),
    cost_nano_usd: sum('cost_nano_usd'),
    simulated_nano_usd: sum('simulated_nano_usd'),
    billed_nano_usd: sum('billed_nano_usd'),
    unpriced: sum('unpriced'),
    // With the sum and the count, how far the cost of a task usually is from its mean.
    squared_cost_usd: 'TOTAL((cost_nano_usd / 1e9) * (cost_nano_usd / 1e9))',
  },
  from: `SELECT *, ${dayOf('opened_at')} AS day FROM tasks WHERE id IN (SELECT value FROM json_each(?))`,
});

function foldSql(fold: {
  readonly table: string;
  readonly keys: readonly string[];
  readonly sums: Readonly<Record<string, string>>;
  readonly from: string;
}): string {
  const names = Object.keys(fold.sums);
  const add = (name: string): string =>
    name === 'squared_cost_usd'
      ? `${name} = ${name} + excluded.${name}`
      : `${name} = MIN(${name} + excluded.${name}, ${Number.MAX_SAFE_INTEGER})`;
  return `
    INSERT INTO ${fold.table} (${[...fold.keys, ...names].join(', ')})
    SELECT ${fold.keys.map((key) => `COALESCE(${key}, '')`).join(', ')}, ${Object.values(fold.sums).join(', ')}
    FROM (${fold.from}) WHERE true
    GROUP BY ${fold.keys.map((_, index) => index + 1).join(', ')}
    ON CONFLICT DO UPDATE SET ${names.map(add).join(', ')}`;
}
