// Metrics as a collector takes them: over HTTP, strictly by the shape that OTLP's JSON has.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Ledger } from '../../src/usage/ledger.ts';
import { openLedger } from '../../src/usage/ledgerFile.ts';
import type { SyncGates } from '../../src/usage/sync/standing.ts';
import { Sync } from '../../src/usage/sync/sync.ts';
import { decide, declarePolicy, madeAttempt, madeTask } from '../host/syncSamples.ts';

const uint64 = z.string().regex(/^\d{1,20}$/);
const attribute = z.strictObject({
  key: z.string().min(1),
  value: z.union([z.strictObject({ stringValue: z.string() }), z.strictObject({ boolValue: z.boolean() })]),
});
const times = { attributes: z.array(attribute), startTimeUnixNano: uint64, timeUnixNano: uint64 };
const numberPoint = z.union([
  z.strictObject({ ...times, asInt: z.string().regex(/^-?\d+$/) }),
  z.strictObject({ ...times, asDouble: z.number() }),
]);
const histogramPoint = z
  .strictObject({
    ...times,
    count: uint64,
    sum: z.number(),
    min: z.number(),
    max: z.number(),
    bucketCounts: z.array(uint64),
    explicitBounds: z.array(z.number()),
  })
  .refine(({ bucketCounts, explicitBounds }) => bucketCounts.length === explicitBounds.length + 1)
  .refine(({ bucketCounts, count }) => bucketCounts.reduce((sum, one) => sum + Number(one), 0) === Number(count));
const head = { name: z.string(), unit: z.string(), description: z.string() };
const DELTA = z.literal(1);
const metric = z.union([
  z.strictObject({
    ...head,
    sum: z.strictObject({
      dataPoints: z.array(numberPoint).min(1),
      aggregationTemporality: DELTA,
      isMonotonic: z.boolean(),
    }),
  }),
  z.strictObject({
    ...head,
    histogram: z.strictObject({ dataPoints: z.array(histogramPoint).min(1), aggregationTemporality: DELTA }),
  }),
]);
const request = z.strictObject({
  resourceMetrics: z
    .array(
      z.strictObject({
        resource: z.strictObject({ attributes: z.array(attribute) }),
        scopeMetrics: z.array(
          z.strictObject({ scope: z.strictObject({ name: z.string() }), metrics: z.array(metric) }),
        ),
      }),
    )
    .length(1),
});

let folder: string;
let server: Server;
let address: string;
let bodies: unknown[];
let connections: number;
let answer: { status: number; body: string };
/** Of the next requests, instead of that. */
let answers: { status: number; body: string }[];
let ledger: Ledger;
let sync: Sync;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sync-otlp-'));
  bodies = [];
  connections = 0;
  answer = { status: 200, body: '{}' };
  answers = [];
  server = createServer((incoming, response) => {
    const pieces: Buffer[] = [];
    incoming.on('data', (piece: Buffer) => pieces.push(piece));
    incoming.on('end', () => {
      expect(incoming.url).toBe('/v1/metrics');
      expect(incoming.headers['content-type']).toBe('application/json');
      bodies.push(JSON.parse(gunzipSync(Buffer.concat(pieces)).toString()));
      const { status, body } = answers.shift() ?? answer;
      response.writeHead(status).end(body);
    });
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const opened = await openLedger(folder, Date.now());
  if (opened.kind !== 'open') throw new Error(opened.reason);
  ({ ledger } = opened);
  sync = new Sync({
    store: ledger.sync,
    folder,
    managedFolders: [],
    common: { providers: new Set(['anthropic', 'openai']) },
    fetch,
    now: () => Date.now(),
    log: () => undefined,
    times: { everyMs: 30_000, soonMs: 20_000, leaseMs: 5_000, deadlineMs: 50_000, firstMs: 1, longestMs: 5 },
  });
  const database = new DatabaseSync(join(folder, 'ledger.sqlite'));
  declarePolicy(database, ['docs']);
  database.close();
});

afterEach(async () => {
  await sync.dispose();
  ledger.close();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const gates = (): SyncGates => ({ trusted: true, telemetry: true, enabled: true, otlp: address });

/** Everything that was exported of one metric: its kind, and its points' values by what tells them apart. */
function exported(name: string): Record<string, number> {
  const found: Record<string, number> = {};
  for (const body of bodies) {
    for (const one of request.parse(body).resourceMetrics[0]?.scopeMetrics[0]?.metrics ?? []) {
      if (one.name !== name) continue;
      const points = 'sum' in one ? one.sum.dataPoints : one.histogram.dataPoints;
      for (const point of points) {
        const named = point.attributes
          .filter(({ key }) =>
            ['gen_ai.request.model', 'gen_ai.token.type', 'routing.outcome', 'error.type'].includes(key),
          )
          .map(({ value }) => ('stringValue' in value ? value.stringValue : ''))
          .join(' ');
        const value = 'asInt' in point ? Number(point.asInt) : 'asDouble' in point ? point.asDouble : point.sum;
        found[named] = (found[named] ?? 0) + value;
      }
    }
  }
  return found;
}

function record(serial: number, changes: Parameters<typeof madeAttempt>[1] = {}): void {
  const attempt = madeAttempt(serial, changes);
  sync.recording(attempt.id);
  ledger.record(attempt);
}

describe('metrics', () => {
  test('go nowhere before they are agreed to', async () => {
    sync.configure(gates());
    expect(sync.standing().otlp.state).toBe('unasked');
    record(1);
    await sync.flush();
    expect(connections).toBe(0);
  });

  test('add up to what happened, under both vintages of names', async () => {
    sync.configure(gates());
    decide(sync, 'otlp', true);
    record(101, { latencyMs: 2_000 });
    record(203, { model: 'gpt-6-sol', provider: 'openai', cacheReadTokens: 40, latencyMs: 500 });
    record(301, { model: 'gpt-6-sol', provider: 'openai', fallbackFrom: 'anthropic/claude-haiku-5-5', latencyMs: 500 });
    record(410, { outcome: 'failed', failure: 'overload', latencyMs: 100 });
    const database = new DatabaseSync(join(folder, 'ledger.sqlite'), { timeout: 5_000 });
    madeTask(database, 410);
    await sync.flush();
    madeTask(database, 410, 'committed');
    await sync.flush();
    database.close();

    const input = { 'claude-haiku-5-5': 101, 'gpt-6-sol': 203 + 40 + 301, 'overload claude-haiku-5-5': 410 };
    expect(exported('gen_ai.client.inference.usage.input_tokens')).toEqual(input);
    expect(exported('gen_ai.client.inference.usage.cache_read.input_tokens')).toEqual({ 'gpt-6-sol': 40 });
    expect(exported('gen_ai.client.token.usage')).toMatchObject({
      'claude-haiku-5-5 input': 101,
      'gpt-6-sol input': 203 + 40 + 301,
      'gpt-6-sol output': 14,
    });
    const seconds = { 'claude-haiku-5-5': 2, 'gpt-6-sol': 1, 'overload claude-haiku-5-5': 0.1 };
    expect(exported('gen_ai.client.inference.duration')).toEqual(seconds);
    expect(exported('gen_ai.client.operation.duration')).toEqual(seconds);
    const cost = exported('routing.cost');
    expect(Object.values(cost).reduce((sum, one) => sum + one, 0)).toBeCloseTo((101 + 203 + 301 + 410) / 1e6, 6);
    expect(exported('routing.fallbacks')).toEqual({ 'gpt-6-sol': 1 });
    expect(exported('routing.tasks')).toEqual({ 'claude-haiku-5-5 kept': 0, 'claude-haiku-5-5 committed': 1 });
  });

  test('are each of a time after the one before, and tell no moment but the hour', async () => {
    sync.configure(gates());
    decide(sync, 'otlp', true);
    for (const serial of [1, 2, 3]) {
      record(serial);
      await sync.flush();
    }
    const spans = bodies.map((body) => {
      const one = request.parse(body).resourceMetrics[0]?.scopeMetrics[0]?.metrics[0];
      const point = one && ('sum' in one ? one.sum.dataPoints[0] : one.histogram.dataPoints[0]);
      return [BigInt(point?.startTimeUnixNano ?? 0), BigInt(point?.timeUnixNano ?? 0)] as const;
    });
    expect(spans).toHaveLength(3);
    for (const [index, [start, end]] of spans.entries()) {
      expect(end > start).toBe(true);
      const before = spans[index - 1];
      if (before) expect(start >= before[1]).toBe(true);
      // An hour, and how many exports there were in it.
      expect(Number((end / 1_000_000n) % 3_600_000n)).toBeLessThanOrEqual(3);
      expect(Number((start / 1_000_000n) % 3_600_000n)).toBeLessThanOrEqual(3);
    }
  });

  test('that a collector takes in part are counted, and not sent again', async () => {
    sync.configure(gates());
    decide(sync, 'otlp', true);
    answer = { status: 200, body: '{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"no"}}' };
    record(1);
    await sync.flush();
    await sync.flush();
    expect(bodies).toHaveLength(1);
    expect(sync.standing().otlp.counts).toMatchObject({ waiting: 0, refused: { 'left-out': 3 } });
  });

  test('of one editor do not end with another that has no collector set', async () => {
    sync.configure(gates());
    decide(sync, 'otlp', true);
    await sync.flush();
    const other = new Sync({
      store: ledger.sync,
      folder,
      managedFolders: [],
      common: { providers: new Set() },
      fetch,
      now: () => Date.now(),
      log: () => undefined,
    });
    record(1);
    // As an editor without that setting starts: the address is another one's to give.
    ledger.sync.facts.set('address.otlp', undefined);
    other.configure({ trusted: true, telemetry: true, enabled: true });
    await other.flush();
    await other.dispose();
    await sync.flush();
    expect(bodies).toHaveLength(1);
    expect(sync.standing().otlp.counts).toMatchObject({ waiting: 0, sent: 1 });
  });

  test('wait while the collector is away, and one that takes none of it does not hold up the rest', async () => {
    sync.configure(gates());
    decide(sync, 'otlp', true);
    answer = { status: 503, body: '' };
    record(1);
    await sync.flush();
    expect(sync.standing().otlp).toMatchObject({ state: 'failing', counts: { waiting: 1 } });
    answer = { status: 400, body: '' };
    await new Promise((resolve) => setTimeout(resolve, 20));
    await sync.flush();
    expect(sync.standing().otlp).toMatchObject({ state: 'failing', counts: { waiting: 1, refused: {} } });
    const took = bodies.length;
    answers = [{ status: 200, body: '{}' }];
    record(2);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await sync.flush();
    expect(sync.standing().otlp.counts).toMatchObject({ waiting: 1, sent: 1, refused: {} });
    expect(bodies).toHaveLength(took + 2);
    // Between two that were taken it was not.
    answers = [{ status: 200, body: '{}' }];
    record(3);
    await sync.flush();
    expect(sync.standing().otlp.counts).toMatchObject({ waiting: 0, sent: 2, refused: { invalid: 1 } });
    expect(bodies).toHaveLength(took + 3);
  });

  test.each([
    'ftp://collector',
    'http://collector.example.com',
    'https://user:pass@collector.example.com',
    'collector',
  ])('go to no address that could be read on the way or is none: %s', (otlp) => {
    sync.configure({ ...gates(), otlp });
    expect(sync.standing().otlp.state).toBe('unusable');
  });
});
