import type { UsageEvent } from '../event.ts';
import { type Aggregation, type Attributes, type Instrument, instruments, type Measurement } from './instruments.ts';
import type { Window } from './window.ts';

/** DELTA in OpenTelemetry's protocol: what happened since the last export, so that nothing need be remembered here. */
const DELTA = 1;
const NANO_PER_MS = 1_000_000n;

/** What an export is of. */
export interface Export extends Window {
  /** Tells the streams of installations apart. */
  readonly instance: string;
}

/**
 * Events as the body of an OTLP/HTTP request in JSON (opentelemetry-proto, ExportMetricsServiceRequest): whole numbers of 64
 * bits are texts there.
 */
export function metricsBody(events: readonly UsageEvent[], { from, to, instance }: Export): string {
  const times = { startTimeUnixNano: nanoOf(from), timeUnixNano: nanoOf(Math.max(from, to)) };
  const metrics = instruments.flatMap((instrument) => {
    const dataPoints = pointsOf(instrument, events).map((point) => ({ ...times, ...point }));
    return dataPoints.length === 0 ? [] : [metricOf(instrument, dataPoints)];
  });
  const document = {
    resourceMetrics: [
      {
        resource: {
          attributes: attributesOf({ 'service.name': 'routing-policy', 'service.instance.id': instance }),
        },
        scopeMetrics: [{ scope: { name: 'routing-policy' }, metrics }],
      },
    ],
  };
  return `${JSON.stringify(document, undefined, 1)}\n`;
}

function nanoOf(ms: number): string {
  return String(BigInt(Math.max(0, Math.round(ms))) * NANO_PER_MS);
}

function metricOf({ name, unit, description, aggregation }: Instrument, dataPoints: readonly object[]): object {
  const head = { name, unit, description };
  switch (aggregation.kind) {
    case 'sum':
      return { ...head, sum: { dataPoints, aggregationTemporality: DELTA, isMonotonic: aggregation.falls !== true } };
    case 'histogram':
      return { ...head, histogram: { dataPoints, aggregationTemporality: DELTA } };
    default:
      return aggregation satisfies never;
  }
}

function pointsOf({ measure, aggregation }: Instrument, events: readonly UsageEvent[]): readonly object[] {
  const groups = new Map<string, { readonly attributes: readonly object[]; readonly values: number[] }>();
  for (const { value, attributes } of events.flatMap((event): readonly Measurement[] => measure(event))) {
    const listed = attributesOf(attributes);
    const name = JSON.stringify(listed);
    const group = groups.get(name) ?? { attributes: listed, values: [] };
    group.values.push(value);
    groups.set(name, group);
  }
  return [...groups.values()].map(({ attributes, values }) => ({ attributes, ...aggregated(aggregation, values) }));
}

function aggregated(aggregation: Aggregation, values: readonly number[]): object {
  const sum = values.reduce((total, value) => total + value, 0);
  if (aggregation.kind === 'sum') return aggregation.fraction ? { asDouble: sum } : { asInt: String(sum) };
  const { bounds } = aggregation;
  const buckets = new Array<number>(bounds.length + 1).fill(0);
  for (const value of values) {
    const place = bounds.findIndex((bound) => value <= bound);
    const index = place < 0 ? bounds.length : place;
    buckets[index] = (buckets[index] ?? 0) + 1;
  }
  return {
    count: String(values.length),
    sum,
    min: Math.min(...values),
    max: Math.max(...values),
    bucketCounts: buckets.map(String),
    explicitBounds: bounds,
  };
}

/** In alphabetical order, so that the same attributes are the same group. */
function attributesOf(attributes: Attributes): readonly object[] {
  return Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => ({
      key,
      value: typeof value === 'boolean' ? { boolValue: value } : { stringValue: value },
    }));
}
