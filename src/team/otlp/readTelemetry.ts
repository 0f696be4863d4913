import { createHmac } from 'node:crypto';
import { dayAt, dayFrom, KEPT_DAYS, MOST_AHEAD_MS } from '../usage/retention.ts';
import { type Attributes, attributesOf, fieldOf, listOf, momentOf, numberOf, textOf } from './document.ts';
import {
  eventFigures,
  type FigureName,
  figureNames,
  isSaidTwice,
  metricMeaning,
  modelOf,
  type Parts,
  providerOf,
  type Source,
  toolOf,
} from './tools.ts';

/** What was used of a model on a day, as a tool says. */
export interface UnroutedRow {
  readonly day: string;
  readonly source: Source;
  readonly provider: string;
  readonly model: string;
  readonly figures: Readonly<Record<FigureName, number>>;
}

/** A count that goes on from request to request: what it adds is what it is more than before. */
export interface RunningCount {
  /** Which count it is, and of which process: hashes that are keyed with what the server does not keep. */
  readonly stream: string;
  readonly instance: string;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly at: number;
  readonly value: number;
  /** Of {@link Telemetry.rows}: what it adds to, and as what. */
  readonly row: number;
  readonly parts: Parts;
}

/** What one request says. */
export interface Telemetry {
  readonly rows: readonly UnroutedRow[];
  readonly running: readonly RunningCount[];
  /** Of what could be of use, how many points or records could not be used, and why. */
  readonly rejected: number;
  readonly reason: string | undefined;
}

export interface ReadOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What hashes are keyed with. */
  readonly key: string;
}

/** Of one request. A tool has some dozens. */
const MOST_RUNNING = 2_000;
const DELTA = 1;
const CUMULATIVE = 2;
/** The flag of a point that has no value. */
const NO_VALUE = 1;
/** No figure of one point is larger: a trillion tokens, a million dollars. */
const LARGEST: Readonly<Record<FigureName, number>> = {
  requests: 1e9,
  input_tokens: 1e12,
  cache_read_tokens: 1e12,
  cache_write_tokens: 1e12,
  output_tokens: 1e12,
  reasoning_tokens: 1e12,
  cost_nano_usd: 1e15,
};

/** Adds up what a request says, and remembers nothing of it but what is in a row. */
class Tally {
  readonly #oldest: string;
  readonly #latest: number;
  readonly #now: number;
  readonly #places = new Map<string, number>();
  readonly #rows: (UnroutedRow & { readonly figures: Record<FigureName, number> })[] = [];
  readonly #running = new Map<string, RunningCount>();
  #rejected = 0;
  #reason: string | undefined;

  constructor(now: number) {
    this.#now = now;
    this.#oldest = dayFrom(dayAt(now), 1 - KEPT_DAYS);
    this.#latest = now + MOST_AHEAD_MS;
  }

  reject(reason: string): void {
    this.#rejected += 1;
    this.#reason ??= reason;
  }

  /** @returns the row's place; undefined where its day is none that is taken */
  place(at: number | undefined, named: Pick<UnroutedRow, 'source' | 'provider' | 'model'>): number | undefined {
    const moment = at ?? this.#now;
    const day = moment > this.#latest ? undefined : dayAt(moment);
    if (day === undefined || day < this.#oldest) {
      this.reject('It is of a day that is not taken any more, or not yet.');
      return undefined;
    }
    const key = [day, named.source, named.provider, named.model].join(' ');
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const figures = Object.fromEntries(figureNames.map((name) => [name, 0])) as Record<FigureName, number>;
    this.#places.set(key, this.#rows.length);
    this.#rows.push({ day, ...named, figures });
    return this.#rows.length - 1;
  }

  add(row: number, parts: Parts, times = 1): void {
    const figures = this.#rows[row]?.figures;
    if (figures === undefined) return;
    for (const name of figureNames) figures[name] += (parts[name] ?? 0) * times;
  }

  /** Of two points of one count the later one holds. */
  follow(count: RunningCount): void {
    const before = this.#running.get(count.stream);
    if (before === undefined && this.#running.size >= MOST_RUNNING) {
      this.reject(`A request has ${MOST_RUNNING} running counts at most.`);
    } else if (before === undefined || before.at < count.at) this.#running.set(count.stream, count);
  }

  done(): Telemetry {
    return { rows: this.#rows, running: [...this.#running.values()], rejected: this.#rejected, reason: this.#reason };
  }
}

/** Reads `ExportMetricsServiceRequest`. Attributes other than those that name the tool, the model and what is counted go no further. */
export function readMetrics(body: unknown, { now, key }: ReadOptions): Telemetry {
  const tally = new Tally(now);
  for (const group of listOf(body, 'resourceMetrics')) {
    const resource = attributesOf(fieldOf(group, 'resource'));
    const tool = toolOf(resource);
    if (tool === undefined) continue;
    const metrics = listOf(group, 'scopeMetrics').flatMap((scope) => listOf(scope, 'metrics'));
    const names = new Set(metrics.map((metric) => String(fieldOf(metric, 'name'))));
    for (const metric of metrics) {
      const name = String(fieldOf(metric, 'name'));
      const meaning = metricMeaning(tool, name);
      if (meaning === undefined || isSaidTwice(name, names)) continue;
      const { kind, data } = dataOf(metric);
      const temporality = temporalityOf(fieldOf(data, 'aggregationTemporality'));
      for (const point of listOf(data, 'dataPoints')) {
        if (((numberOf(fieldOf(point, 'flags')) ?? 0) & NO_VALUE) !== 0) continue;
        const attributes = attributesOf(point);
        const parts = meaning.parts(attributes);
        if (parts === undefined) continue;
        const value = measured(point, kind, meaning.takes);
        const scaled = value === undefined ? undefined : Math.round(value * (meaning.scale ?? 1));
        if (scaled === undefined || scaled < 0 || isTooLarge(parts, scaled)) {
          tally.reject(`A point of ${name} has no value that can be counted.`);
          continue;
        }
        if (temporality !== DELTA && temporality !== CUMULATIVE) {
          tally.reject(`${name} does not say whether it is counted from its start on or from the last time.`);
          continue;
        }
        const at = momentOf(fieldOf(point, 'timeUnixNano'));
        const row = tally.place(at, {
          source: tool.source,
          provider: providerOf(tool, attributes),
          model: modelOf(tool, attributes),
        });
        if (row === undefined) continue;
        if (temporality === DELTA) tally.add(row, parts, scaled);
        else {
          const instance = hashOf(key, [resource]);
          const stream = hashOf(key, [resource, attributes], name);
          const start = momentOf(fieldOf(point, 'startTimeUnixNano')) ?? 0;
          tally.follow({ stream, instance, start, at: at ?? now, value: scaled, row, parts });
        }
      }
    }
  }
  return tally.done();
}

/** Reads `ExportLogsServiceRequest`: events of calls, and nothing else of it. */
export function readLogs(body: unknown, { now }: ReadOptions): Telemetry {
  const tally = new Tally(now);
  for (const group of listOf(body, 'resourceLogs')) {
    const tool = toolOf(attributesOf(fieldOf(group, 'resource')));
    if (tool === undefined) continue;
    for (const record of listOf(group, 'scopeLogs').flatMap((scope) => listOf(scope, 'logRecords'))) {
      const attributes = attributesOf(record);
      const figures = eventFigures(tool, nameOf(record, attributes), attributes);
      if (figures === undefined) continue;
      if (figureNames.some((name) => (figures[name] ?? 0) > LARGEST[name])) {
        tally.reject('An event has a figure that cannot be.');
        continue;
      }
      const at = momentOf(fieldOf(record, 'timeUnixNano')) ?? momentOf(fieldOf(record, 'observedTimeUnixNano'));
      const row = tally.place(at, {
        source: tool.source,
        provider: providerOf(tool, attributes),
        model: modelOf(tool, attributes),
      });
      if (row !== undefined) tally.add(row, figures);
    }
  }
  return tally.done();
}

function nameOf(record: unknown, attributes: Attributes): string {
  const name = fieldOf(record, 'eventName');
  if (typeof name === 'string' && name !== '') return name;
  const told = textOf(attributes, 'event.name') ?? fieldOf(fieldOf(record, 'body'), 'stringValue');
  return typeof told === 'string' ? told : '';
}

type Kind = 'number' | 'histogram' | 'none';

function dataOf(metric: unknown): { readonly kind: Kind; readonly data: unknown } {
  const sum = fieldOf(metric, 'sum');
  if (sum !== undefined) return { kind: 'number', data: sum };
  const histogram = fieldOf(metric, 'histogram') ?? fieldOf(metric, 'exponentialHistogram');
  if (histogram !== undefined) return { kind: 'histogram', data: histogram };
  // What is now is no sum of what was used.
  return { kind: 'none', data: fieldOf(metric, 'gauge') ?? fieldOf(metric, 'summary') };
}

function temporalityOf(value: unknown): number | undefined {
  if (value === 'AGGREGATION_TEMPORALITY_DELTA') return DELTA;
  return value === 'AGGREGATION_TEMPORALITY_CUMULATIVE' ? CUMULATIVE : numberOf(value);
}

function measured(point: unknown, kind: Kind, takes: 'sum' | 'count'): number | undefined {
  if (kind === 'histogram') return numberOf(fieldOf(point, takes));
  return kind === 'number' ? numberOf(fieldOf(point, 'asInt') ?? fieldOf(point, 'asDouble')) : undefined;
}

function isTooLarge(parts: Parts, value: number): boolean {
  return figureNames.some((name) => parts[name] !== undefined && value > LARGEST[name]);
}

/** As the database writes such a number of 128 bits. */
function hashOf(key: string, attributes: readonly Attributes[], name = ''): string {
  const hash = createHmac('sha256', key).update(name);
  for (const one of attributes) hash.update(JSON.stringify([...one].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))));
  return hash
    .digest('hex')
    .slice(0, 32)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
