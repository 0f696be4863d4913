import { type ErrorRate, type HealthWindow, tooManyBad, withSample } from './healthWindow.ts';

/**
 * What the last attempts say about providers and models, folded from events so that it can be replayed. A target that
 * fails, in a row or in half of its last attempts, is left alone for a pause that doubles while it keeps failing; after
 * the pause the next request tries it again (half-open): one success forgets everything, one more failure starts the
 * next pause at once.
 */
export interface Health {
  /** By provider, or by `provider/model` where the failure is one model's. */
  readonly records: ReadonlyMap<string, HealthRecord>;
  /** By `provider/model`. */
  readonly windows: ReadonlyMap<string, HealthWindow>;
}

export interface HealthRecord {
  /** Failures since the last success. */
  readonly failures: number;
  /** How many pauses have begun since the last success. */
  readonly pauses: number;
  /** Milliseconds since the epoch. */
  readonly lastFailureAt: number;
  /** Left alone until then, in milliseconds since the epoch; undefined: not enough failures yet. */
  readonly until?: number;
  readonly failure: CountedFailure;
  /** The provider itself said how long to wait. */
  readonly asked?: true;
  /** Where it was not one failure after the other, but too many among the last attempts. */
  readonly rate?: ErrorRate;
}

/** One finished attempt. `failure` left out: it was served. */
export interface HealthEvent {
  readonly provider: string;
  readonly model: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly failure?: CountedFailure | RequestFailure;
  /** What the provider asked for, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Until the answer began, in milliseconds. */
  readonly firstTokenMs?: number;
}

/** Failures that say something about a provider or a model. */
export type CountedFailure =
  | 'authentication'
  | 'permission'
  | 'quota'
  | 'rate-limit'
  | 'overload'
  | 'server'
  | 'not-found'
  | 'network'
  | 'timeout'
  | 'cut'
  | 'malformed';

/** Failures that are the request's own doing, or nobody's: they say nothing about health. */
export type RequestFailure = 'bad-request' | 'context-too-long' | 'content-refused' | 'cancelled';

interface Manner {
  readonly concerns: 'provider' | 'model';
  /** Failures in a row before it is left alone. */
  readonly tolerated: number;
  /** The first pause, in milliseconds; each further one is twice as long. */
  readonly pauseMs: number;
  /** For people: "anthropic …". */
  readonly words: string;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** No pause that we choose is longer; a provider may ask for more, up to {@link LONGEST_RETRY_AFTER}. */
const LONGEST_PAUSE = 10 * MINUTE;
/** Nothing a provider says may put it away for longer: the header is untrusted. */
const LONGEST_RETRY_AFTER = 60 * MINUTE;
/** Failures further apart than this are not in a row. */
const WINDOW = 10 * MINUTE;
/** Records kept; the oldest go first. A policy can name any number of targets. */
const MOST_RECORDS = 500;

const MANNERS: Readonly<Record<CountedFailure, Manner>> = {
  authentication: { concerns: 'provider', tolerated: 0, pauseMs: MINUTE, words: 'refused our credentials' },
  permission: { concerns: 'model', tolerated: 0, pauseMs: 5 * MINUTE, words: 'does not allow us this model' },
  quota: { concerns: 'provider', tolerated: 0, pauseMs: 5 * MINUTE, words: 'says that its quota is used up' },
  'rate-limit': { concerns: 'model', tolerated: 0, pauseMs: 20 * SECOND, words: 'limits our rate' },
  overload: { concerns: 'model', tolerated: 0, pauseMs: 10 * SECOND, words: 'is overloaded' },
  server: { concerns: 'model', tolerated: 2, pauseMs: 30 * SECOND, words: 'answered with errors' },
  'not-found': { concerns: 'model', tolerated: 0, pauseMs: 5 * MINUTE, words: 'does not have this model' },
  network: { concerns: 'provider', tolerated: 1, pauseMs: 15 * SECOND, words: 'could not be reached' },
  timeout: { concerns: 'model', tolerated: 1, pauseMs: 30 * SECOND, words: 'did not answer in time' },
  cut: { concerns: 'model', tolerated: 2, pauseMs: 30 * SECOND, words: 'cut its answers off' },
  malformed: { concerns: 'model', tolerated: 2, pauseMs: MINUTE, words: 'answered in a form we cannot read' },
};

/** The pause of a target that fails too often, though not in a row. */
const RATE_PAUSE = 30 * SECOND;

export const healthy: Health = { records: new Map(), windows: new Map() };

/** Health after one more attempt. */
export function recordHealth(health: Health, event: HealthEvent): Health {
  const { provider, model, failure } = event;
  if (failure !== undefined && !isCounted(failure)) return health;
  const target = `${provider}/${model}`;
  const wasPaused =
    health.records.size > 0 && [provider, target].some((key) => health.records.get(key)?.until !== undefined);
  const before = failure === undefined && wasPaused ? [] : (health.windows.get(target) ?? []);
  const window = withSample(before, {
    at: event.at,
    failed: failure !== undefined,
    ...(event.firstTokenMs === undefined ? {} : { firstTokenMs: event.firstTokenMs }),
  });
  const windows = bounded(health.windows, target, window);
  const rate = tooManyBad(window);
  if (failure === undefined) {
    const records = without(health.records, [provider, target]);
    // Served, but so late that it counts as one of too many bad ones.
    return { windows, records: rate === undefined ? records : paused(records, target, event, 'timeout', rate) };
  }
  const manner = MANNERS[failure];
  const key = manner.concerns === 'provider' ? provider : target;
  return { windows, records: paused(health.records, key, event, failure, rate) };
}

function paused(
  earlier: Health['records'],
  key: string,
  event: HealthEvent,
  failure: CountedFailure,
  rate: ErrorRate | undefined,
): Health['records'] {
  const manner = MANNERS[failure];
  const before = earlier.get(key);
  const isInRow = before !== undefined && event.at - (before.until ?? before.lastFailureAt) <= WINDOW;
  const failures = (isInRow ? before.failures : 0) + 1;
  const earlierPauses = isInRow ? before.pauses : 0;
  const isManner = failures > manner.tolerated || event.retryAfterMs !== undefined;
  const byRate = isManner ? undefined : rate;
  const firstPause = byRate === undefined ? manner.pauseMs : RATE_PAUSE;
  const chosen = Math.min(firstPause * 2 ** Math.min(earlierPauses, 10), LONGEST_PAUSE);
  const asked = Math.min(Math.max(event.retryAfterMs ?? 0, 0), LONGEST_RETRY_AFTER);
  const until = Math.max(event.at + (event.retryAfterMs === undefined ? chosen : asked), before?.until ?? 0);
  const isPaused = isManner || byRate !== undefined;
  return bounded(earlier, key, {
    failures,
    pauses: earlierPauses + (isPaused ? 1 : 0),
    lastFailureAt: event.at,
    failure,
    ...(isPaused ? { until } : {}),
    ...(byRate === undefined ? {} : { rate: byRate }),
    ...(event.retryAfterMs === undefined ? {} : { asked: true as const }),
  });
}

/** With this entry as the newest, and the oldest gone where there would be too many. */
function bounded<Value>(map: ReadonlyMap<string, Value>, key: string, value: Value): ReadonlyMap<string, Value> {
  const next = new Map(map);
  next.delete(key);
  next.set(key, value);
  const [oldest] = next.keys();
  if (next.size > MOST_RECORDS && oldest !== undefined) next.delete(oldest);
  return next;
}

const NONE: readonly string[] = [];

/** The records, by key, whose pause is over at `now` without a success since: the target is to be tried once. */
export function pausesOver(health: Health, now: number, provider: string, model: string): readonly string[] {
  if (health.records.size === 0) return NONE;
  return [provider, `${provider}/${model}`].filter((key) => {
    const until = health.records.get(key)?.until;
    return until !== undefined && now >= until;
  });
}

/** Why a target is to be left alone at `now`, for people; undefined when it is healthy or its pause is over. */
export function isUnhealthy(health: Health, now: number, provider: string, model: string): string | undefined {
  if (health.records.size === 0) return undefined;
  for (const key of [provider, `${provider}/${model}`]) {
    const record = health.records.get(key);
    if (record?.until !== undefined && now < record.until) {
      const seconds = Math.ceil((record.until - now) / SECOND);
      const { rate } = record;
      const words =
        rate === undefined
          ? MANNERS[record.failure].words
          : `failed, or was far too slow, in ${rate.bad} of its last ${rate.of} requests`;
      return `${provider} ${words}; tried again in ${seconds} s`;
    }
  }
  return undefined;
}

/** Why a target is not even to be tried for want of another: its provider asked for a pause that is not over yet. */
export function asksToWait(health: Health, now: number, provider: string, model: string): string | undefined {
  const asked = new Map([...health.records].filter(([, record]) => record.asked === true));
  return isUnhealthy({ ...health, records: asked }, now, provider, model);
}

/** When a target that is left alone at `now` is tried again, in milliseconds since the epoch; undefined where it is not. */
export function pausedUntil(health: Health, now: number, provider: string, model: string): number | undefined {
  const pauses = [provider, `${provider}/${model}`].map((key) => health.records.get(key)?.until ?? 0);
  const until = Math.max(...pauses);
  return until > now ? until : undefined;
}

function isCounted(failure: CountedFailure | RequestFailure): failure is CountedFailure {
  return Object.hasOwn(MANNERS, failure);
}

function without(records: Health['records'], keys: readonly string[]): Health['records'] {
  if (!keys.some((key) => records.has(key))) return records;
  return new Map([...records].filter(([key]) => !keys.includes(key)));
}
