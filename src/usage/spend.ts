import type { SQLOutputValue } from 'node:sqlite';
import type { AttemptOutcome } from './attempt.ts';
import { storedName } from './attemptColumns.ts';

/** Which attempts to add up; a field left out takes all. */
export interface SpendFilter {
  /** A class that some policy in force counts the attempt as: see {@link ./ledger.ts Ledger.record}. */
  readonly class?: string;
  readonly repoKey?: string;
  readonly team?: string;
  /** The name of a budget's condition that the attempt met: see {@link ./ledger.ts Ledger.record}. */
  readonly condition?: string;
}

/** What a number of attempts cost. */
export interface Cost {
  readonly costNanoUsd: number;
  /** The part of it that stand-ins asked for: not money. */
  readonly simulatedNanoUsd: number;
  /** Attempts that used tokens whose price is unknown: the cost is then a lower bound. */
  readonly unpriced: number;
}

/** What a number of attempts came to. */
export interface Spend extends Cost {
  readonly attempts: number;
  readonly requests: number;
}

/** What one model did for one class of work. */
export interface ClassModelSpend extends Spend {
  readonly class: string;
  /** undefined, like the model: refused before one was chosen. */
  readonly provider?: string;
  readonly model?: string;
  /** Cached tokens included. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly outcomes: { readonly [Outcome in AttemptOutcome]: number };
}

/** A sum that SQLite cannot make overflow, and that JavaScript holds exactly. */
export const sum = (expression: string): string =>
  `CAST(MIN(TOTAL(${expression}), ${Number.MAX_SAFE_INTEGER}) AS INTEGER)`;

/** The columns of a {@link Cost}. */
export const costColumns = `
  ${sum('cost_nano_usd')} AS cost,
  ${sum('CASE WHEN simulated = 1 THEN cost_nano_usd END')} AS simulated,
  COUNT(CASE WHEN cost_nano_usd IS NULL AND input_tokens IS NOT NULL THEN 1 END) AS unpriced`;

const spendColumns = `${costColumns},
  COUNT(*) AS attempts,
  COUNT(DISTINCT request_id) AS requests`;

const outcomes = Object.keys({
  served: true,
  shown: true,
  accepted: true,
  rejected: true,
  cancelled: true,
  failed: true,
  cut: true,
  blocked: true,
  unserved: true,
} satisfies Record<AttemptOutcome, true>);

/** Takes the fields of a {@link SpendFilter}, null for all. */
export const filterSql = `
    AND (:class IS NULL OR EXISTS (SELECT 1 FROM attempt_classes WHERE attempt_id = id AND attempt_classes.class = :class))
    AND (:condition IS NULL OR EXISTS (
      SELECT 1 FROM attempt_conditions WHERE attempt_id = id AND attempt_conditions.condition IN (:condition, '*')))
    AND (:repoKey IS NULL OR repo_key = :repoKey)
    AND (:team IS NULL OR team = :team)`;

/** One of the names in a column that holds several, a line each. */
const isIn = (name: string, column: string): string =>
  `instr(char(10) || ${column} || char(10), char(10) || ${name} || char(10)) > 0`;

/** What {@link filterSql} is for attempts, for the days that were added up. */
export const dayFilterSql = `
    AND (:class IS NULL OR ${isIn(':class', 'counted_as')})
    AND (:condition IS NULL OR ${isIn(':condition', 'conditions')} OR ${isIn("'*'", 'conditions')})
    AND (:repoKey IS NULL OR repo_key = :repoKey)
    AND (:team IS NULL OR team = :team)`;

/** The UTC day of a moment in milliseconds, as `days` has it. A day that was added up counts whole. */
export const dayOf = (moment: string): string => `date(${moment} / 1000, 'unixepoch')`;

/** The columns of a {@link Cost}, of days. */
export const dayCostColumns = `
  ${sum('cost_nano_usd')} AS cost,
  ${sum('simulated_nano_usd')} AS simulated,
  CAST(TOTAL(unpriced) AS INTEGER) AS unpriced`;

/** @param requests how many, in SQL: see {@link ./ledgerSchema.ts migrate} */
const daySpendColumns = (requests: string): string => `${dayCostColumns},
  CAST(TOTAL(attempts) AS INTEGER) AS attempts,
  CAST(TOTAL(${requests}) AS INTEGER) AS requests`;

/** What attempts and days came to, in one statement: a day that is added up meanwhile is in one or the other. */
function both(keys: string, columns: readonly string[], attempts: string, days: string): string {
  const groups = keys === '' ? '' : `GROUP BY ${keys} ORDER BY ${keys}`;
  const sums = columns.map((column) => `${sum(column)} AS ${column}`).join(', ');
  return `SELECT ${keys === '' ? '' : `${keys}, `}${sums} FROM (${attempts} UNION ALL ${days}) ${groups}`;
}

const spendNames = ['cost', 'simulated', 'unpriced', 'attempts', 'requests'] as const;

/** A filter as {@link filterSql} takes it. */
export function filterValues(filter: SpendFilter): Readonly<Record<keyof SpendFilter, string | null>> {
  const { class: ofClass } = filter;
  return {
    class: ofClass === undefined ? null : storedName(ofClass),
    condition: filter.condition ?? null,
    repoKey: filter.repoKey ?? null,
    team: filter.team ?? null,
  };
}

/** Takes `since` and what {@link filterSql} takes. */
export const spentSql = both(
  '',
  spendNames,
  `SELECT ${spendColumns} FROM attempts WHERE at >= :since ${filterSql}`,
  `SELECT ${daySpendColumns('requests')} FROM days WHERE day >= ${dayOf(':since')} ${dayFilterSql}`,
);

/** Takes the moment since which, and the key of a repository. What went to no model is no request that a class had. */
export const byClassSql = both(
  'class',
  spendNames,
  `SELECT class, ${spendColumns} FROM attempts
   WHERE at >= ?1 AND repo_key = ?2 AND outcome NOT IN ('blocked', 'unserved') GROUP BY class`,
  `SELECT class, ${daySpendColumns('requests')} FROM days
   WHERE day >= ${dayOf('?1')} AND repo_key = ?2 AND outcome NOT IN ('blocked', 'unserved') GROUP BY class`,
);

const outcomeColumns = (count: (outcome: string) => string): string =>
  outcomes.map((outcome) => `${count(outcome)} AS outcome_${outcome}`).join(', ');

/** Takes the moment since which. Of a model that was asked once for a request, each attempt of a day is a request. */
export const byClassAndModelSql = both(
  'class, provider, model',
  [...spendNames, 'input', 'output', ...outcomes.map((outcome) => `outcome_${outcome}`)],
  `SELECT class, provider, model, ${spendColumns},
     ${sum('COALESCE(input_tokens, 0) + COALESCE(cache_read_tokens, 0) + COALESCE(cache_write_tokens, 0)')} AS input,
     ${sum('output_tokens')} AS output,
     ${outcomeColumns((outcome) => `COUNT(CASE WHEN outcome = '${outcome}' THEN 1 END)`)}
   FROM attempts WHERE at >= ?1 GROUP BY class, provider, model`,
  `SELECT class, NULLIF(provider, ''), NULLIF(model, ''), ${daySpendColumns('attempts')},
     ${sum('input_tokens + cache_read_tokens + cache_write_tokens')} AS input,
     ${sum('output_tokens')} AS output,
     ${outcomeColumns((outcome) => `CAST(TOTAL(CASE WHEN outcome = '${outcome}' THEN attempts END) AS INTEGER)`)}
   FROM days WHERE day >= ${dayOf('?1')} GROUP BY class, provider, model`,
);

type Row = Readonly<Record<string, SQLOutputValue>>;

export function spendOf(row: Row): Spend {
  return {
    costNanoUsd: Number(row['cost']),
    simulatedNanoUsd: Number(row['simulated']),
    unpriced: Number(row['unpriced']),
    attempts: Number(row['attempts']),
    requests: Number(row['requests']),
  };
}

export function classModelSpendOf(row: Row): ClassModelSpend {
  const { provider, model } = row;
  return {
    ...spendOf(row),
    class: String(row['class']),
    ...(typeof provider === 'string' && { provider }),
    ...(typeof model === 'string' && { model }),
    inputTokens: Number(row['input']),
    outputTokens: Number(row['output']),
    outcomes: Object.fromEntries(
      outcomes.map((outcome) => [outcome, Number(row[`outcome_${outcome}`])]),
    ) as ClassModelSpend['outcomes'],
  };
}
