/**
 * What the last attempts say about providers and models, folded from events so that it can be replayed. A target that
 * fails is left alone for a pause that doubles while it keeps failing; after the pause the next request tries it again
 * (half-open): one success forgets everything, one more failure starts the next pause at once.
 */
export interface Health {
  /** By provider, or by `provider/model` where the failure is one model's. */
  readonly records: ReadonlyMap<string, HealthRecord>;
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

export const healthy: Health = { records: new Map() };

/** Health after one more attempt. */
export function recordHealth(health: Health, event: HealthEvent): Health {
  const { provider, model, failure } = event;
  if (failure === undefined) return without(health, [provider, `${provider}/${model}`]);
  if (!isCounted(failure)) return health;
  const manner = MANNERS[failure];
  const key = manner.concerns === 'provider' ? provider : `${provider}/${model}`;
  const before = health.records.get(key);
  const isInRow = before !== undefined && event.at - (before.until ?? before.lastFailureAt) <= WINDOW;
  const failures = (isInRow ? before.failures : 0) + 1;
  const earlierPauses = isInRow ? before.pauses : 0;
  const isPaused = failures > manner.tolerated || event.retryAfterMs !== undefined;
  const chosen = Math.min(manner.pauseMs * 2 ** Math.min(earlierPauses, 10), LONGEST_PAUSE);
  const asked = Math.min(Math.max(event.retryAfterMs ?? 0, 0), LONGEST_RETRY_AFTER);
  const until = Math.max(event.at + (event.retryAfterMs === undefined ? chosen : asked), before?.until ?? 0);
  const records = new Map(health.records);
  records.delete(key);
  records.set(key, {
    failures,
    pauses: earlierPauses + (isPaused ? 1 : 0),
    lastFailureAt: event.at,
    failure,
    ...(isPaused ? { until } : {}),
  });
  const [oldest] = records.keys();
  if (records.size > MOST_RECORDS && oldest !== undefined) records.delete(oldest);
  return { records };
}

/** The records, by key, whose pause is over at `now` without a success since: the target is to be tried once. */
export function pausesOver(health: Health, now: number, provider: string, model: string): readonly string[] {
  return [provider, `${provider}/${model}`].filter((key) => {
    const until = health.records.get(key)?.until;
    return until !== undefined && now >= until;
  });
}

/** Why a target is to be left alone at `now`, for people; undefined when it is healthy or its pause is over. */
export function isUnhealthy(health: Health, now: number, provider: string, model: string): string | undefined {
  for (const key of [provider, `${provider}/${model}`]) {
    const record = health.records.get(key);
    if (record?.until !== undefined && now < record.until) {
      const seconds = Math.ceil((record.until - now) / SECOND);
      return `${provider} ${MANNERS[record.failure].words}; tried again in ${seconds} s`;
    }
  }
  return undefined;
}

function isCounted(failure: CountedFailure | RequestFailure): failure is CountedFailure {
  return Object.hasOwn(MANNERS, failure);
}

function without(health: Health, keys: readonly string[]): Health {
  if (!keys.some((key) => health.records.has(key))) return health;
  return { records: new Map([...health.records].filter(([key]) => !keys.includes(key))) };
}
