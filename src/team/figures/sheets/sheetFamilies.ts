import { verdictColumns } from '../wordsSql.ts';

/** What a sheet adds up: atoms of one table, by what tells them apart. */
export interface SheetFamily {
  readonly name: 'task' | 'outcome' | 'trouble' | 'latency';
  readonly table: 'task_atoms' | 'outcome_atoms' | 'trouble_atoms' | 'latency_atoms';
  /** Columns that tell its rows apart beside the days. */
  readonly keys: readonly string[];
  /** Columns of numbers. */
  readonly sums: readonly string[];
  /** Columns of {@link ../../usage/usageTables.ts Buckets}. */
  readonly histograms: readonly string[];
}

const taskKeys = [
  'team_id',
  'class',
  'work',
  'provider',
  'model',
  'simulated',
  'policy',
  'trial',
  'arm',
  'labels',
] as const;

export const taskSheets: SheetFamily = {
  name: 'task',
  table: 'task_atoms',
  keys: taskKeys,
  sums: ['tasks', 'cost', 'unpriced'],
  histograms: [],
};

export const outcomeSheets: SheetFamily = {
  name: 'outcome',
  table: 'outcome_atoms',
  keys: taskKeys,
  sums: verdictColumns,
  histograms: [],
};

export const troubleSheets: SheetFamily = {
  name: 'trouble',
  table: 'trouble_atoms',
  keys: ['team_id', 'simulated', 'what', 'class', 'rule', 'outcome', 'failed_target', 'target', 'failure'],
  sums: ['times'],
  histograms: [],
};

export const latencySheets: SheetFamily = {
  name: 'latency',
  table: 'latency_atoms',
  keys: ['team_id', 'class', 'work', 'provider', 'model', 'simulated'],
  sums: [],
  histograms: ['latency', 'first_token'],
};

export const sheetFamilies: readonly SheetFamily[] = [taskSheets, outcomeSheets, troubleSheets, latencySheets];
