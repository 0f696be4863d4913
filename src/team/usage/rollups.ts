// Which columns each roll-up has, said once: taking in, counting again, folding and the benchmark's own events go by it.
import type { Column } from './relation.ts';

/** A table of what events add up to, by team, day, span and cell. */
export interface Rollup {
  readonly table: 'attempt_rollups' | 'route_rollups' | 'task_rollups' | 'attempt_presence' | 'task_presence';
  /** What else tells rows apart. */
  readonly keys: readonly string[];
  /** What is the same in all rows of a cell, and makes the cell. */
  readonly words: readonly Word[];
  /** What is added up. */
  readonly sums: readonly string[];
  /** What is added up bucket by bucket: see {@link ./latency.ts}. */
  readonly histograms: readonly string[];
}

/** A word of a cell: in a roll-up what is not there is an empty text, and no labels are `{}`. */
export type Word = AttemptWord | RouteWord | TaskWord;
export type AttemptWord = (typeof attemptWords)[number];
export type RouteWord = (typeof routeWords)[number];
export type TaskWord = (typeof taskWords)[number];
export type AttemptSum = (typeof attemptSums)[number];
export type TaskSum = (typeof taskSums)[number];

export const attemptWords = [
  'class',
  'kind',
  'surface',
  'provider',
  'model',
  'policy',
  'labels',
  'simulated',
  'billing',
] as const;
export const routeWords = [
  'what',
  'class',
  'rule',
  'outcome',
  'failed_provider',
  'failed_model',
  'provider',
  'model',
  'failure',
  'simulated',
] as const;
export const taskWords = [
  'class',
  'kind',
  'surface',
  'provider',
  'model',
  'policy',
  'trial',
  'arm',
  'labels',
  'simulated',
] as const;

export const attemptSums = [
  'attempts',
  'refusals',
  'failures',
  'cut',
  'cancelled',
  'fallbacks',
  'overrides_person',
  'overrides_client',
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
  'estimated',
  'cost_nano_usd',
  'billed_nano_usd',
  'unpriced',
] as const;
export const histograms = ['latency', 'first_token'] as const;
export const taskSums = [
  'tasks',
  'attempts',
  'cost_nano_usd',
  'squared_cost',
  'unpriced',
  'size_0',
  'size_1',
  'size_2',
  'size_3',
  'size_4',
] as const;

export const attemptRollup = {
  table: 'attempt_rollups',
  keys: [],
  words: attemptWords,
  sums: attemptSums,
  histograms,
} as const;
export const routeRollup = {
  table: 'route_rollups',
  keys: [],
  words: routeWords,
  sums: ['attempts'],
  histograms: [],
} as const;
/** A task's outcome is not in its cell: who did the work does not change by it. */
export const taskRollup = {
  table: 'task_rollups',
  keys: ['outcome'],
  words: taskWords,
  sums: taskSums,
  histograms: [],
} as const;
export const attemptPresence = {
  table: 'attempt_presence',
  keys: ['epoch', 'person'],
  words: [],
  sums: [],
  histograms: [],
} as const;
export const taskPresence = {
  table: 'task_presence',
  keys: ['epoch', 'person'],
  words: [],
  sums: ['tasks'],
  histograms: [],
} as const;

export const rollups: readonly Rollup[] = [attemptRollup, routeRollup, taskRollup, attemptPresence, taskPresence];

/** What events tell of a task: its columns in `tasks`, without the organisation and what it was counted as before. */
export const taskColumns = [
  'team_id',
  'task',
  'person',
  'seen',
  'day',
  'attempts',
  'input_tokens',
  'output_tokens',
  'cost_nano_usd',
  'billed_nano_usd',
  'unpriced',
  'revision',
  'told_by',
  'outcome',
  ...taskWords,
  'cell',
] as const;

/** The columns of a roll-up's rows, without the organisation and the span. */
export function columnsOf({ keys, words, sums, histograms: kept }: Rollup): readonly string[] {
  return ['team_id', 'day', 'cell', ...keys, ...words, ...sums, ...kept];
}

export function typeOfWord(word: Word): Column<never>['type'] {
  if (word === 'labels') return 'jsonb';
  return word === 'simulated' ? 'boolean' : 'text';
}

/** A person has one name in each 28 days since the epoch: which of them a day is in. @param day an expression in SQL */
export function epochSql(day: string): string {
  return `(${day} - DATE '1970-01-01') / 28`;
}
