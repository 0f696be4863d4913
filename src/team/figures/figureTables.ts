import type { ColumnType, Generated } from 'kysely';
import type { WorkKind } from '../../usage/report/usageReport.ts';
import type { Buckets } from '../usage/usageTables.ts';

/** A `bigint`: read as a text, because a number may be too small for it. */
type Big = ColumnType<string, string | number, string | number>;
/** JSON, which is written as a text. */
type Json<Value> = ColumnType<Value, string, string>;
type Labels = Json<Readonly<Record<string, string>>>;

/**
 * A published atom is work of at least as many persons as the operator asks for, decided once and never changed: see
 * {@link ./decideAtoms.ts}. What an atom does not tell apart is an empty text, labels `{}`, and team 0.
 */
interface AtomKey {
  org_id: number;
  atom: string;
  /** 0: of more than one team, or of one that is too small to be told by itself. */
  team_id: number;
  /** All of it is of these days, both included. */
  from_day: string;
  to_day: string;
  /** How many persons it is of; for comparing with how many are asked for, and shown to nobody. */
  persons: number;
  simulated: boolean;
}

/** What tells tasks apart beside the team and the days. */
interface TaskKey extends AtomKey {
  class: string;
  work: WorkKind | '';
  /** Of the target that the tasks were first routed to. */
  provider: string;
  model: string;
  policy: string;
  trial: string;
  arm: string;
  labels: Labels;
}

/** Tasks and what they took. What became of them is told by {@link OutcomeAtomTable}. */
export interface TaskAtomTable extends TaskKey {
  tasks: Big;
  /** At list price, in nano-dollars. */
  cost: Big;
  /** Calls without a price; 0 also where fewer than are asked for had such, or had others. */
  unpriced: Big;
  /** Caches included. null: too few had any. */
  input_tokens: Big | null;
  output_tokens: Big | null;
  /** In nano-dollars. null: of too few it is the list price, or of too few it is not. */
  billed: Big | null;
}

/** Sums of tasks by what became of them. */
interface ByVerdict {
  tasks_success: Big;
  tasks_failure: Big;
  tasks_unknown: Big;
  tasks_unjudged: Big;
  /** In nano-dollars. */
  cost_success: Big;
  cost_failure: Big;
  cost_unknown: Big;
  cost_unjudged: Big;
  /** The sums of their squared costs, in squared nano-dollars. */
  squared_success: number;
  squared_failure: number;
  squared_unknown: number;
  squared_unjudged: number;
}

/**
 * What became of the tasks of one atom or more of {@link TaskAtomTable}, all of them: see {@link ./tellOutcomes.ts}. An atom is
 * part of one of these at most.
 */
export interface OutcomeAtomTable extends TaskKey, ByVerdict {}

/** What became of the tasks of atoms of weeks that are not final, which is not told yet, by person. */
export interface UntoldOutcomeTable extends ByVerdict {
  org_id: number;
  atom: string;
  person: string;
}

/** How long calls took, in {@link Buckets} of as many persons as are asked for: see {@link ./toldBuckets.ts}. */
export interface LatencyAtomTable extends AtomKey {
  class: string;
  work: WorkKind | '';
  /** Of the model that was called. */
  provider: string;
  model: string;
  latency: Json<Buckets>;
  /** Until the first token. */
  first_token: Json<Buckets>;
}

/** What did not go straight, as often as `times`. */
export interface TroubleAtomTable extends AtomKey {
  what: 'refusal' | 'fallback' | 'failure' | 'override';
  class: string;
  /** Of a refusal. */
  rule: string;
  /** Of a refusal: how; of an override: who asked. */
  outcome: string;
  /** Of a fallback: `provider/model` that had failed. */
  failed_target: string;
  /** `provider/model` that was asked. */
  target: string;
  failure: string;
  times: number;
}

/** What is in an atom already, of weeks that are not final. A cell is of one team and one day. */
export interface DecidedCellTable {
  org_id: number;
  family: 'task' | 'trouble' | 'latency';
  team_id: number;
  day: string;
  cell: string;
  /** Which tasks it had then, a space between two: one of them may move to another cell, or to an earlier day. */
  tasks: string | null;
}

/** How far a week of an organisation is decided. */
export interface FigureWeekTable {
  org_id: number;
  /** See {@link ./weeks.ts weekOf}. */
  week: number;
  decided_through: string;
  is_final: boolean;
  /** Another one each time that more is published of the week. */
  version: Generated<string>;
}

/**
 * All that is published of a week in one kind of atoms, added up ahead and in columns: see {@link ./sheets/makeSheets.ts}. It is
 * what pages read, and nothing that is not in the atoms as well.
 */
export interface FigureSheetTable {
  org_id: number;
  week: number;
  family: 'task' | 'outcome' | 'trouble' | 'latency';
  /** Of {@link FigureWeekTable}. */
  version: string;
  /** Of the atoms that are in it, at least. */
  least_persons: number;
  /** JSON: see {@link ./sheets/sheet.ts}. */
  keys: string;
  whole: string;
  by_day: string;
}

export interface FigureTables {
  task_atoms: TaskAtomTable;
  outcome_atoms: OutcomeAtomTable;
  untold_outcomes: UntoldOutcomeTable;
  trouble_atoms: TroubleAtomTable;
  latency_atoms: LatencyAtomTable;
  decided_cells: DecidedCellTable;
  figure_weeks: FigureWeekTable;
  figure_sheets: FigureSheetTable;
}
