/**
 * What returned usage teaches about our token estimates: per model, the mean of the logarithm of actual ÷ estimated and
 * how far it scatters, both weighted towards the recent (an exponentially weighted mean and variance, after West 1979
 * and Finch 2009). Plain data, so that it can be kept as JSON.
 */
export interface ModelCalibration {
  readonly model: string;
  readonly count: number;
  readonly mean: number;
  readonly variance: number;
}

export type Calibration = readonly ModelCalibration[];

export interface TokenRange {
  readonly low: number;
  readonly high: number;
}

/** Below this, framing that we do not see outweighs the text. */
const SMALLEST_TELLING_ESTIMATE = 50;
/** A report further off than this is about something else than the text that we counted. */
const LARGEST_TELLING_RATIO = 4;
/** The weight of the newest observation, once there are many. */
const NEWEST_WEIGHT = 0.1;
/** What is believed before anything was seen: no bias, and errors of a fifth either way; worth this many observations. */
const PRIOR = { variance: 0.2 ** 2, weight: 2 } as const;
/** However well a model is known, the next text may be of another kind. */
const SMALLEST_DEVIATION = 0.02;
/** Standard deviations on either side: nine of ten actual counts fall inside. */
const SPREAD = 1.645;
/** Names come from providers: the least recently seen are forgotten. */
const MOST_MODELS = 200;

/** Learns from one answer: `estimated` is {@link ./tokens.ts our count}, `actual` the input that was reported. */
export function observe(calibration: Calibration, model: string, estimated: number, actual: number): Calibration {
  const ratio = actual / estimated;
  const telling =
    estimated >= SMALLEST_TELLING_ESTIMATE && ratio <= LARGEST_TELLING_RATIO && ratio >= 1 / LARGEST_TELLING_RATIO;
  if (!telling) return calibration;
  const before = calibration.find((known) => known.model === model) ?? { model, count: 0, mean: 0, variance: 0 };
  const weight = Math.max(1 / (before.count + 1), NEWEST_WEIGHT);
  const difference = Math.log(ratio) - before.mean;
  const after = {
    model,
    count: before.count + 1,
    mean: before.mean + weight * difference,
    variance: (1 - weight) * (before.variance + weight * difference * difference),
  };
  return [...calibration.filter((known) => known !== before), after].slice(-MOST_MODELS);
}

/**
 * The tokens that a model will probably report for a text that we count as `estimated`: nine times of ten within the
 * range. Wide for a model that was never seen, narrow after a dozen answers.
 */
export function tokenRange(calibration: Calibration, model: string, estimated: number): TokenRange {
  const known = calibration.find((other) => other.model === model) ?? { count: 0, mean: 0, variance: 0 };
  // A running mean with this newest weight remembers about this many observations.
  const seen = Math.min(known.count, 2 / NEWEST_WEIGHT - 1);
  const total = seen + PRIOR.weight;
  const mean = (known.mean * seen) / total;
  const variance = (known.variance * seen + PRIOR.variance * PRIOR.weight) / total;
  const deviation = Math.max(SMALLEST_DEVIATION, Math.sqrt(variance));
  return {
    low: Math.floor(estimated * Math.exp(mean - SPREAD * deviation)),
    high: Math.ceil(estimated * Math.exp(mean + SPREAD * deviation)),
  };
}

/** A calibration read back from storage; entries that make no sense are left out. */
export function calibrationFrom(stored: unknown): Calibration {
  if (!Array.isArray(stored)) return [];
  return stored.filter(isModelCalibration).slice(-MOST_MODELS);
}

function isModelCalibration(value: unknown): value is ModelCalibration {
  if (typeof value !== 'object' || value === null) return false;
  const { model, count, mean, variance } = value as Readonly<Record<string, unknown>>;
  const limit = Math.log(LARGEST_TELLING_RATIO);
  return (
    typeof model === 'string' &&
    typeof count === 'number' &&
    Number.isSafeInteger(count) &&
    count > 0 &&
    isWithin(mean, -limit, limit) &&
    isWithin(variance, 0, limit * limit)
  );
}

function isWithin(value: unknown, low: number, high: number): boolean {
  return typeof value === 'number' && value >= low && value <= high;
}
