import type { AttemptOutcome } from '../../usage/attempt.ts';
import type { UsageEvent } from '../../usage/sync/event.ts';
import { cellOf, cellText, labelsText, type Words } from './cell.ts';
import type { IncomingEvent } from './eventColumns.ts';
import { bucketOf } from './latency.ts';
import { type AttemptSum, type AttemptWord, attemptSums, attemptWords, type RouteWord, routeWords } from './rollups.ts';
import { addToTask, isUnpriced, type SeenTask, seenTask } from './seenTask.ts';
import { type Sum, sumOf } from './sum.ts';

type AttemptEvent = Extract<UsageEvent, { event: 'attempt' }>;

/** What some of the events of a team's day add up to. */
interface CellOfDay<Of extends AttemptWord | RouteWord> {
  readonly teamId: number;
  readonly day: string;
  readonly cell: string;
  readonly words: Words<Of>;
  /** Who is in it. */
  readonly people: Set<string>;
}

export interface AttemptCell extends CellOfDay<AttemptWord> {
  readonly sums: Record<AttemptSum, Sum>;
  /** How many durations lie in each bucket. */
  readonly latency: Record<string, number>;
  readonly firstToken: Record<string, number>;
}

export interface RouteCell extends CellOfDay<RouteWord> {
  attempts: number;
}

/** What events add up to that nobody has counted yet. */
export interface AddedUp {
  readonly attempts: readonly AttemptCell[];
  readonly routes: readonly RouteCell[];
  readonly tasks: readonly SeenTask[];
}

/**
 * Adds up events in the server, which is less work than having the database do it. That each of them is new is for the caller to
 * know. The same is said in SQL, for counting again: {@link ./rollupSql.ts}.
 */
export function addUp(incoming: readonly IncomingEvent[]): AddedUp {
  const attempts = new Map<string, AttemptCell>();
  const routes = new Map<string, RouteCell>();
  const tasks = new Map<string, SeenTask>();
  const taskCells = new Map<string, string>();
  for (const one of incoming) {
    const { event } = one;
    if (event.event === 'attempt') {
      addAttempt(attemptCellOf(attempts, one, event), event);
      for (const words of routesOf(event)) routeCellOf(routes, one, words).attempts += 1;
    }
    if (event.task !== undefined) addToTask(seenTask(tasks, one, event.task), one, taskCells);
  }
  return {
    attempts: [...attempts.values()],
    routes: [...routes.values()],
    tasks: [...tasks.values()],
  };
}

function attemptCellOf(
  cells: Map<string, AttemptCell>,
  { teamId, day }: IncomingEvent,
  event: AttemptEvent,
): AttemptCell {
  const words = {
    class: event.class,
    kind: event.kind,
    surface: event.surface,
    provider: event.provider ?? '',
    model: event.model ?? '',
    policy: event.policy ?? '',
    labels: labelsText(event.labels),
    simulated: event.simulated === true,
    billing: event.billing ?? '',
  };
  const text = cellText(words, attemptWords);
  const key = `${teamId} ${day} ${text}`;
  const known = cells.get(key);
  if (known !== undefined) {
    known.people.add(event.person);
    return known;
  }
  const made: AttemptCell = {
    ...{ teamId, day, cell: cellOf('attempts', text), words, people: new Set([event.person]) },
    ...{ sums: noSums(), latency: {}, firstToken: {} },
  };
  cells.set(key, made);
  return made;
}

function noSums(): Record<AttemptSum, Sum> {
  // Each name is there by then.
  return Object.fromEntries(attemptSums.map((name) => [name, 0])) as Record<AttemptSum, Sum>;
}

const isRefused = (outcome: AttemptOutcome | 'other'): boolean => outcome === 'blocked' || outcome === 'unserved';

function addAttempt({ sums, latency, firstToken }: AttemptCell, event: AttemptEvent): void {
  const add = (name: AttemptSum, value: number | undefined): void => {
    if (value !== undefined && value !== 0) sums[name] = sumOf(sums[name], value);
  };
  const addOne = (name: AttemptSum, isSo: boolean): void => {
    if (isSo) sums[name] = sumOf(sums[name], 1);
  };
  addOne('attempts', true);
  addOne('refusals', isRefused(event.outcome));
  addOne('failures', event.outcome === 'failed');
  addOne('cut', event.outcome === 'cut');
  addOne('cancelled', event.outcome === 'cancelled');
  addOne('fallbacks', event.failedModel !== undefined);
  addOne('overrides_person', event.overridden === 'person');
  addOne('overrides_client', event.overridden === 'client');
  add('input_tokens', event.inputTokens);
  add('cache_read_tokens', event.cacheReadTokens);
  add('cache_write_tokens', event.cacheWriteTokens);
  add('output_tokens', event.outputTokens);
  add('reasoning_tokens', event.reasoningTokens);
  addOne('estimated', event.estimated === true);
  add('cost_nano_usd', event.costNanoUsd);
  // What stand-ins ask for is no money, whatever an older client says that it is billed.
  add('billed_nano_usd', event.simulated === true ? 0 : (event.billedNanoUsd ?? event.costNanoUsd));
  addOne('unpriced', isUnpriced(event));
  countIn(latency, event.latencyMs);
  countIn(firstToken, event.firstTokenMs);
}

function countIn(buckets: Record<string, number>, ms: number | undefined): void {
  if (ms === undefined) return;
  const bucket = bucketOf(ms);
  buckets[bucket] = (buckets[bucket] ?? 0) + 1;
}

/** What of an attempt did not go straight. */
function routesOf(event: AttemptEvent): readonly Words<RouteWord>[] {
  const { class: ofClass, provider = '', model = '', failedModel, failure } = event;
  if (failedModel === undefined && failure === undefined && !isRefused(event.outcome)) return straight;
  const nothing = {
    rule: '',
    outcome: '',
    failed_provider: '',
    failed_model: '',
    provider: '',
    model: '',
    failure: '',
  };
  const all = { ...nothing, class: ofClass, simulated: event.simulated === true };
  const target = { provider, model };
  const told: Words<RouteWord>[] = [];
  if (isRefused(event.outcome)) told.push({ ...all, what: 'refusal', rule: event.rule, outcome: event.outcome });
  if (failedModel !== undefined) {
    const failed = { failed_provider: event.failedProvider ?? '', failed_model: failedModel };
    told.push({ ...all, ...target, ...failed, what: 'fallback' });
  }
  if (failure !== undefined) told.push({ ...all, ...target, what: 'failure', failure });
  return told;
}

const straight: readonly Words<RouteWord>[] = [];

function routeCellOf(
  cells: Map<string, RouteCell>,
  { teamId, day, event: { person } }: IncomingEvent,
  words: Words<RouteWord>,
): RouteCell {
  const text = cellText(words, routeWords);
  const key = `${teamId} ${day} ${text}`;
  const known = cells.get(key);
  if (known !== undefined) {
    known.people.add(person);
    return known;
  }
  const made = { teamId, day, cell: cellOf('routes', text), words, people: new Set([person]), attempts: 0 };
  cells.set(key, made);
  return made;
}
