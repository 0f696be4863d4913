import type { ColumnType, Generated } from 'kysely';

/** A `bigint` or a `numeric`: read as a text, because a number may be too small for it. `sum(…)::float8` reads as a number. */
type Big = ColumnType<string, string | number | bigint, string | number | bigint>;
/** A day, `2026-11-23`, UTC. */
type Day = ColumnType<string, string, string>;
/** JSON, which is written as a text. */
type Json<Value> = ColumnType<Value, string, string>;
type Labels = Readonly<Record<string, string>>;

/**
 * Durations as an exponential histogram of OpenTelemetry, of scale 3: how many lie in each bucket. Bucket `i` goes from
 * 2^(i/8) milliseconds, exclusively, to 2^((i+1)/8); `zero` counts those of 0. See {@link ./latency.ts}.
 */
export type Buckets = Readonly<Record<string, number>>;

/**
 * An event as it was received, under the names of the wire. A partition for each day, which is dropped when it is too old; the
 * same event twice has the same key.
 */
export interface UsageEventTable {
  org_id: number;
  team_id: number;
  /** Of {@link at}. */
  day: Day;
  id: string;
  event: 'attempt' | 'outcome';
  /** A whole hour. */
  at: Date;
  person: string;
  surface: string;
  kind: string;
  class: string;
  policy: string | null;
  provider: string | null;
  model: string | null;
  trial: string | null;
  arm: string | null;
  labels: Json<Labels> | null;
  simulated: boolean;
  task: string | null;
  outcome: string;
  /** From here on of attempts alone. */
  rule: string | null;
  place: number | null;
  asked: string | null;
  failed_provider: string | null;
  failed_model: string | null;
  client: string | null;
  overridden: string | null;
  failure: string | null;
  input_tokens: number | null;
  cache_read_tokens: number | null;
  cache_write_tokens: number | null;
  output_tokens: number | null;
  reasoning_tokens: number | null;
  estimated: boolean;
  cost_nano_usd: Big | null;
  price: string | null;
  billing: string | null;
  billed_nano_usd: Big | null;
  latency_ms: number | null;
  first_token_ms: number | null;
  /** From here on of outcomes alone. */
  revision: number | null;
  previous: string | null;
  survival: number | null;
}

/**
 * A task: what its attempts cost, and what its newest outcome says of it. It is in the roll-up of tasks once both an attempt and
 * an outcome are there. What begins with `was_` is what it is in the roll-up as, so that a change takes that out and puts the
 * new in.
 */
export interface TaskTable {
  org_id: number;
  team_id: number;
  task: string;
  person: string;
  /** The newest day that anything of it is of. */
  seen: Day;
  /** Of its first attempt: when it was begun. null: none has come yet. */
  day: Day | null;
  attempts: number;
  /** Of all attempts, caches included. */
  input_tokens: Big;
  /** null: no attempt told any. */
  output_tokens: Big | null;
  cost_nano_usd: Big;
  /** What is billed: the list price where an attempt does not say otherwise. */
  billed_nano_usd: Big;
  unpriced: number;
  /** The highest revision holds, whenever it came; null: nothing was told of it yet. */
  revision: number | null;
  /** The event that said so. */
  told_by: string | null;
  outcome: string | null;
  class: string | null;
  kind: string | null;
  surface: string | null;
  provider: string | null;
  model: string | null;
  policy: string | null;
  trial: string | null;
  arm: string | null;
  labels: Json<Labels> | null;
  simulated: boolean | null;
  cell: string | null;
  /** null: {@link person} was the same. */
  was_person: string | null;
  was_day: Day | null;
  was_cell: string | null;
  was_outcome: string | null;
  was_attempts: number | null;
  was_input_tokens: Big | null;
  was_cost_nano_usd: Big | null;
  was_unpriced: number | null;
}

/** What a row of a roll-up is of. In roll-ups what is not there is an empty text, and labels are `{}`. */
interface RollupKey {
  org_id: number;
  team_id: number;
  /**
   * Of a month, its first day. A month stands for its days when they are old. What changes after that is told by a day of its own,
   * which may be less than nothing, until it is added to the month within the hour: sums are those of both.
   */
  day: Day;
  span: Generated<'day' | 'month'>;
  /** A hash of the columns that follow, up to the sums: what {@link PresenceTable} goes by. */
  cell: string;
}

/** Calls and refusals. A row where at least one of them is, in no order. */
export interface AttemptRollupTable extends RollupKey {
  class: string;
  kind: string;
  surface: string;
  provider: string;
  model: string;
  policy: string;
  labels: Json<Labels>;
  simulated: boolean;
  billing: string;
  /** All of them: calls and refusals. */
  attempts: number;
  /** Of them, those that were refused before a model was called (`blocked`, `unserved`). */
  refusals: number;
  /** Calls that ended `failed`; that were `cut`; that were `cancelled`. */
  failures: number;
  cut: number;
  cancelled: number;
  /** Calls because another target had failed. `attempts - fallbacks` is the number of requests. */
  fallbacks: number;
  /** Calls of models that a person, or a client, asked for instead of the policy's own choice. */
  overrides_person: number;
  overrides_client: number;
  input_tokens: Big;
  cache_read_tokens: Big;
  cache_write_tokens: Big;
  output_tokens: Big;
  reasoning_tokens: Big;
  /** Calls whose tokens were counted by the client, because the provider did not say. */
  estimated: number;
  /** At list price, of those that have one. */
  cost_nano_usd: Big;
  /** What will be billed; where nothing is said of that, the list price. */
  billed_nano_usd: Big;
  /** Calls with tokens and without a price. */
  unpriced: number;
  latency: Json<Buckets>;
  first_token: Json<Buckets>;
}

/** Tasks by what became of them. Their target is the one that they were first routed to, whoever served them. */
export interface TaskRollupTable extends RollupKey {
  class: string;
  kind: string;
  surface: string;
  provider: string;
  model: string;
  policy: string;
  trial: string;
  arm: string;
  labels: Json<Labels>;
  simulated: boolean;
  /** A word of the wire: a task's newest. It is not in {@link cell}: who did the work does not change by it. */
  outcome: string;
  tasks: number;
  attempts: number;
  /** Of all attempts of these tasks, whoever served them and however they ended. */
  cost_nano_usd: Big;
  /** The sum of the tasks' squared costs, in squared nano-dollars. */
  squared_cost: Big;
  unpriced: number;
  /** Tasks by the input tokens of all their attempts: below 1,000; below 4,000; below 16,000; below 64,000; more. */
  size_0: number;
  size_1: number;
  size_2: number;
  size_3: number;
  size_4: number;
}

/**
 * What did not go straight: which rule refused, from which target to which calls fell, what calls failed with. One attempt may
 * be in more than one row.
 */
export interface RouteRollupTable extends RollupKey {
  what: 'refusal' | 'fallback' | 'failure';
  class: string;
  /** Of a refusal. */
  rule: string;
  outcome: string;
  /** Of a fallback: where it came from. */
  failed_provider: string;
  failed_model: string;
  /** Who was called. */
  provider: string;
  model: string;
  /** Of a failure: its code. */
  failure: string;
  simulated: boolean;
  attempts: number;
}

/**
 * Who is in a cell of a roll-up. A person has another name in each 28 days since the epoch (`floor(ms / 28 d)`), so the distinct
 * persons of a range are at least as many as the most of any one such period in it; names of two of them are never added up.
 */
export interface PresenceTable {
  org_id: number;
  team_id: number;
  day: Day;
  span: Generated<'day' | 'month'>;
  cell: string;
  /** The number of the 28 days that the name is of. */
  epoch: number;
  person: string;
}

/** As tasks move from cell to cell, how many of a person's are there: 0 is nobody. */
export interface TaskPresenceTable extends PresenceTable {
  tasks: number;
}

/**
 * What other tools say they have used, by OpenTelemetry: traffic that was not routed. Nothing of it says whose it was. A view of
 * {@link UnroutedSignalTable}: of what a tool tells by metrics and by logs, the larger figure.
 */
export interface UnroutedView {
  org_id: number;
  team_id: number;
  day: Day;
  /** Which tool: `copilot-chat`, `claude-code`, `codex`, `gemini-cli`, or `other`. */
  source: string;
  provider: string;
  model: string;
  requests: Big;
  input_tokens: Big;
  cache_read_tokens: Big;
  cache_write_tokens: Big;
  output_tokens: Big;
  reasoning_tokens: Big;
  /** As the tool itself says. */
  cost_nano_usd: Big;
}

export interface UnroutedSignalTable extends UnroutedView {
  signal: 'metrics' | 'logs';
}

/** A count of another tool that goes on from request to request, as it was last; `was_…`, as it was before. */
export interface OtlpStreamTable {
  org_id: number;
  team_id: number;
  /** A hash of all that tells it apart, keyed with the token that it came with. */
  stream: string;
  start: Date;
  at: Date;
  value: Big;
  was_start: Date | null;
  was_value: Big | null;
}

/** Tables of what was used. */
export interface UsageTables {
  usage_events: UsageEventTable;
  tasks: TaskTable;
  attempt_rollups: AttemptRollupTable;
  task_rollups: TaskRollupTable;
  route_rollups: RouteRollupTable;
  /** Of {@link AttemptRollupTable} and {@link RouteRollupTable}. */
  attempt_presence: PresenceTable;
  task_presence: TaskPresenceTable;
  unrouted: UnroutedView;
  unrouted_signals: UnroutedSignalTable;
  otlp_streams: OtlpStreamTable;
}
