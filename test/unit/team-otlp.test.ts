// What other tools tell by OpenTelemetry becomes figures of traffic that was not routed, and nothing else of it is kept.
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { otlpRoutes } from '../../src/team/otlp/otlpRoutes.ts';
import { LOGS_REQUEST, METRICS_REQUEST } from '../../src/team/otlp/otlpShapes.ts';
import { ProtobufError, readMessage } from '../../src/team/otlp/protobuf.ts';
import { readLogs, readMetrics } from '../../src/team/otlp/readTelemetry.ts';
import { instruments } from '../../src/usage/sync/otlp/instruments.ts';
import { metricsBody } from '../../src/usage/sync/otlp/metrics.ts';
import { cpuNow } from '../host/cpuTime.ts';
import {
  type Attributes,
  bytesField,
  type LogRecord,
  logsJson,
  logsProtobuf,
  type Metric,
  metricsJson,
  metricsProtobuf,
  type Point,
} from '../host/otlpWire.ts';
import { attempt } from '../host/teamSamples.ts';
import { startTeamStage } from '../host/teamStage.ts';

const NOW = Date.parse('2026-11-23T12:30Z');
const HOUR = 3_600_000;

const point = (value: number, attributes: Attributes, changes: Partial<Point> = {}): Point => ({
  start: NOW - 60_000,
  at: NOW,
  value,
  attributes,
  ...changes,
});

/** What Copilot says of a window, which is nobody's business here. */
const COPILOT: Attributes = {
  'service.name': 'copilot-chat',
  'session.id': 'canary-session',
  'vcs.repository.url.full': 'https://canary.example/secret.git',
  'vcs.ref.head.name': 'canary-branch',
  'vcs.ref.head.revision': 'canarycommit',
  'user.email': 'canary@example.com',
  'host.name': 'canary-host',
};

const stage = await startTeamStage({ now: NOW, parts: (services) => [otlpRoutes(services)] });
afterAll(() => stage?.stop());
const token = await stage?.token();

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

async function send(
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const type = typeof body === 'string' ? 'application/json' : 'application/x-protobuf';
  const response = await fetch(`${stage?.url}/v1/otlp/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': type, authorization: `Bearer ${token}`, ...headers },
    body,
  });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

async function rows(): Promise<readonly unknown[]> {
  const result = await stage?.pool.query(
    `SELECT day, source, provider, model, requests::int, input_tokens::int AS input, cache_read_tokens::int AS read,
       cache_write_tokens::int AS written, output_tokens::int AS output, reasoning_tokens::int AS reasoning,
       cost_nano_usd::float8 AS cost
     FROM unrouted ORDER BY source, model, day`,
  );
  return result?.rows ?? [];
}

const none = { requests: 0, input: 0, read: 0, written: 0, output: 0, reasoning: 0, cost: 0 };

const copilotMetrics: readonly Metric[] = [
  {
    name: 'gen_ai.client.token.usage',
    kind: 'histogram',
    points: [
      point(900, { 'gen_ai.token.type': 'input', 'gen_ai.request.model': 'gpt-5.6', 'gen_ai.provider.name': 'github' }),
      point(70, { 'gen_ai.token.type': 'output', 'gen_ai.request.model': 'gpt-5.6', 'gen_ai.provider.name': 'github' }),
    ],
  },
  {
    name: 'gen_ai.client.operation.duration',
    kind: 'histogram',
    points: [
      point(4.2, { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-5.6' }, { count: 3 }),
      point(9, { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.request.model': 'gpt-5.6' }, { count: 1 }),
    ],
  },
  { name: 'copilot_chat.tool.call.count', kind: 'sum', points: [point(5, { 'gen_ai.tool.name': 'readFile' })] },
];

const claudeMetrics: readonly Metric[] = [
  {
    name: 'claude_code.token.usage',
    kind: 'sum',
    points: (
      [
        ['input', 10],
        ['output', 20],
        ['cacheRead', 3_000],
        ['cacheCreation', 40],
      ] as const
    ).map(([type, value]) => point(value, { type, model: 'claude-sonnet-5', 'user.email': 'canary@example.com' })),
  },
  {
    name: 'claude_code.cost.usage',
    kind: 'sum',
    isDouble: true,
    points: [point(0.0568196, { model: 'claude-sonnet-5' })],
  },
];
const claudeLogs: readonly LogRecord[] = [
  {
    at: NOW,
    body: 'claude_code.api_request',
    attributes: {
      'event.name': 'api_request',
      model: 'claude-sonnet-5',
      input_tokens: '10',
      output_tokens: 20,
      cache_read_tokens: 3_000,
      cache_creation_tokens: 40,
      cost_usd: '0.0568196',
      'user.id': 'canary-user',
    },
  },
  { at: NOW, body: 'claude_code.user_prompt', attributes: { 'event.name': 'user_prompt', prompt: 'canary prompt' } },
];
const codexLogs: readonly LogRecord[] = [
  {
    at: NOW,
    eventName: 'codex.sse_event',
    attributes: {
      'event.kind': 'response.completed',
      model: 'gpt-5.6-codex',
      input_token_count: '1000',
      cached_token_count: '400',
      output_token_count: '50',
      reasoning_token_count: '30',
      'user.account_id': 'canary-account',
    },
  },
  {
    at: NOW,
    eventName: 'codex.sse_event',
    attributes: { 'event.kind': 'response.output_text.delta', model: 'gpt-5.6-codex', input_token_count: '1000' },
  },
];
const geminiMetrics: readonly Metric[] = [
  {
    name: 'gemini_cli.token.usage',
    kind: 'sum',
    points: (
      [
        ['input', 100],
        ['cache', 60],
        ['output', 9],
        ['thought', 5],
        ['tool', 2],
      ] as const
    ).map(([type, value]) => point(value, { type, model: 'gemini-3-pro' })),
  },
  {
    name: 'gemini_cli.api.request.count',
    kind: 'sum',
    points: [point(2, { model: 'gemini-3-pro', status_code: 200 })],
  },
  {
    name: 'gen_ai.client.token.usage',
    kind: 'histogram',
    points: [point(100, { 'gen_ai.token.type': 'input', 'gen_ai.request.model': 'gemini-3-pro' })],
  },
];

describe.runIf(stage !== undefined)('what other tools tell', () => {
  beforeEach(async () => {
    await stage?.pool.query('TRUNCATE unrouted_signals, otlp_streams');
  });

  const copilotRow = { ...none, requests: 3, input: 900, output: 70 };
  const claudeRow = { ...none, input: 10, output: 20, read: 3_000, written: 40, cost: 56_819_600 };

  test.each<[string, string, readonly [string, string | Uint8Array<ArrayBuffer>], object]>([
    ['Copilot, JSON', 'copilot-chat copilot gpt-5.6', ['metrics', metricsJson(COPILOT, copilotMetrics)], copilotRow],
    [
      'Copilot, Protocol Buffers',
      'copilot-chat copilot gpt-5.6',
      ['metrics', metricsProtobuf(COPILOT, copilotMetrics)],
      copilotRow,
    ],
    [
      'Claude Code, metrics',
      'claude-code anthropic claude-sonnet-5',
      ['metrics', metricsProtobuf({ 'service.name': 'claude-code' }, claudeMetrics)],
      claudeRow,
    ],
    [
      'Claude Code, events',
      'claude-code anthropic claude-sonnet-5',
      ['logs', logsJson({ 'service.name': 'claude-code' }, claudeLogs)],
      { ...claudeRow, requests: 1 },
    ],
    [
      'Codex',
      'codex openai gpt-5.6-codex',
      ['logs', logsProtobuf({ 'service.name': 'codex_cli_rs' }, codexLogs)],
      { ...none, requests: 1, input: 600, read: 400, output: 50, reasoning: 30 },
    ],
    [
      'Gemini CLI',
      'gemini-cli gemini gemini-3-pro',
      ['metrics', metricsJson({ 'service.name': 'gemini-cli' }, geminiMetrics)],
      { ...none, requests: 2, input: 42, read: 60, output: 14, reasoning: 5 },
    ],
  ])('%s', async (_what, named, [path, body], figures) => {
    const packed = gzipSync(typeof body === 'string' ? body : body);
    const type = typeof body === 'string' ? 'application/json' : 'application/x-protobuf';
    expect(await send(path, body)).toMatchObject({ status: 200, text: typeof body === 'string' ? '{}' : '' });
    const [source, provider, model] = named.split(' ');
    expect(await rows()).toEqual([{ day: '2026-11-23', source, provider, model, ...figures }]);
    await stage?.pool.query('TRUNCATE unrouted_signals');
    expect(
      await send(path, new Uint8Array(packed), { 'content-type': type, 'content-encoding': 'gzip' }),
    ).toMatchObject({ status: 200, type });
    expect(await rows()).toHaveLength(1);
  });

  test('what a tool tells by metrics and by events is counted once', async () => {
    const resource = { 'service.name': 'claude-code' };
    await send('metrics', metricsJson(resource, claudeMetrics));
    await send('logs', logsJson(resource, claudeLogs));
    expect(await rows()).toMatchObject([{ ...claudeRow, requests: 1 }]);
  });

  test('nothing is kept of who, where and on what', async () => {
    await send('metrics', metricsJson(COPILOT, copilotMetrics));
    await send('logs', logsJson({ ...COPILOT, 'service.name': 'claude-code' }, claudeLogs));
    await send(
      'metrics',
      metricsJson({ 'service.name': 'canary-service' }, [
        {
          name: 'gen_ai.client.token.usage',
          kind: 'sum',
          temporality: 2,
          points: [
            point(5, {
              'gen_ai.token.type': 'input',
              'gen_ai.request.model': 'canary-model',
              'gen_ai.provider.name': 'canary-provider',
              'user.id': 'canary-user',
            }),
          ],
        },
      ]),
    );
    for (const table of ['unrouted_signals', 'otlp_streams']) {
      const kept = JSON.stringify((await stage?.pool.query(`SELECT * FROM ${table}`))?.rows);
      expect(kept.length).toBeGreaterThan(50);
      expect(kept).not.toContain('canary');
    }
    expect(stage?.logged.join('\n')).not.toContain('canary');
    expect(await rows()).toContainEqual({
      day: '2026-11-23',
      source: 'other',
      provider: 'other',
      model: 'other',
      ...none,
      input: 5,
    });
  });

  test('a running count adds by how much it has grown, and anew after a restart', async () => {
    const resource = { 'service.name': 'gemini-cli', 'session.id': 'one' };
    const at = (minutes: number, value: number, start = NOW, attributes: Attributes = { type: 'input' }): string =>
      metricsJson(resource, [
        {
          name: 'gemini_cli.token.usage',
          kind: 'sum',
          temporality: 2,
          points: [point(value, { model: 'gemini-3-pro', ...attributes }, { start, at: NOW + minutes * 60_000 })],
        },
      ]);
    const input = async (): Promise<unknown> => (await rows()).map((row) => (row as { input: number }).input);
    await send('metrics', at(1, 100));
    expect(await input()).toEqual([100]);
    await send('metrics', at(2, 150));
    await send('metrics', at(2, 150));
    expect(await input()).toEqual([150]);
    // One that was overtaken says nothing new.
    await send('metrics', at(1, 100));
    expect(await input()).toEqual([150]);
    // The process was started again.
    await send('metrics', at(10, 30, NOW + 9 * 60_000));
    expect(await input()).toEqual([180]);
    // Another count of a process that is known.
    await send('metrics', at(11, 5, NOW - 10 * HOUR, { type: 'tool' }));
    expect(await input()).toEqual([185]);
  });

  test('a running count of long ago that nobody knows begins where it is', async () => {
    const of = (minutes: number, value: number): string =>
      metricsJson({ 'service.name': 'gemini-cli', 'session.id': 'long' }, [
        {
          name: 'gemini_cli.token.usage',
          kind: 'sum',
          temporality: 2,
          points: [
            point(
              value,
              { model: 'gemini-3-pro', type: 'input' },
              { start: NOW - 5 * HOUR, at: NOW + minutes * 60_000 },
            ),
          ],
        },
      ]);
    await send('metrics', of(0, 1_000_000));
    await send('metrics', of(1, 1_000_007));
    expect(await rows()).toMatchObject([{ input: 7 }]);
  });

  test('what cannot be counted is told, and the rest is taken', async () => {
    const metrics: readonly Metric[] = [
      ...claudeMetrics,
      {
        name: 'claude_code.token.usage',
        kind: 'gauge',
        points: [point(5, { type: 'input', model: 'claude-sonnet-5' })],
      },
      {
        name: 'claude_code.token.usage',
        kind: 'sum',
        points: [
          point(-5, { type: 'input', model: 'claude-sonnet-5' }),
          point(5, { type: 'input', model: 'claude-sonnet-5' }, { at: NOW - 40 * 24 * HOUR }),
          point(5, { type: 'input', model: 'claude-sonnet-5' }, { at: NOW + 2 * 24 * HOUR }),
        ],
      },
    ];
    const resource = { 'service.name': 'claude-code' };
    const json = JSON.parse((await send('metrics', metricsJson(resource, metrics))).text) as object;
    expect(json).toMatchObject({ partialSuccess: { rejectedDataPoints: '4' } });
    expect(await rows()).toMatchObject([claudeRow]);
    const { text, type } = await send('metrics', metricsProtobuf(resource, metrics));
    expect(type).toBe('application/x-protobuf');
    // Field 1, four of them; field 2, so many bytes of text.
    expect([...text.slice(2, 5)].map((character) => character.charCodeAt(0))).toEqual([0x08, 4, 0x12]);
    expect(text.slice(6)).toMatch(/^A point of claude_code\.token\.usage/);
  });

  test.each<[string, () => Promise<Answer>, number]>([
    ['no token', () => send('metrics', '{}', { authorization: 'Bearer x' }), 401],
    ['broken JSON', () => send('metrics', '{'), 400],
    ['broken bytes', () => send('logs', new Uint8Array([0x0a, 0xff])), 400],
    ['another type', () => send('metrics', '{}', { 'content-type': 'text/plain' }), 415],
    [
      'a bomb',
      () => send('logs', new Uint8Array(gzipSync(Buffer.alloc(80_000_000))), { 'content-encoding': 'gzip' }),
      413,
    ],
    ['an empty request', () => send('metrics', '{}'), 200],
  ])('is answered as the protocol says: %s', async (_what, request, status) => {
    expect((await request()).status).toBe(status);
  });
});

const read = { now: NOW, key: 'key' };

test('of both vintages of the conventions at once, one is counted', () => {
  const call = attempt({ inputTokens: 100, cacheReadTokens: 40, outputTokens: 9, reasoningTokens: 4 });
  const body = metricsBody([call], { from: NOW - HOUR, to: NOW, instance: 'one' });
  // What we send ourselves was routed.
  expect(readMetrics(JSON.parse(body), read).rows).toEqual([]);
  const told = readMetrics(JSON.parse(body.replace('"routing-policy"', '"another-tool"')), read);
  expect(told.rows).toMatchObject([
    {
      source: 'other',
      provider: 'anthropic',
      model: 'claude-haiku-5-5',
      figures: { requests: 1, input_tokens: 100, cache_read_tokens: 40, output_tokens: 9, reasoning_tokens: 4 },
    },
  ]);
  const older = JSON.parse(body.replace('"routing-policy"', '"another-tool"')) as {
    resourceMetrics: { scopeMetrics: { metrics: { name: string }[] }[] }[];
  };
  const [scope] = older.resourceMetrics[0]?.scopeMetrics ?? [];
  if (scope) scope.metrics = scope.metrics.filter(({ name }) => !name.startsWith('gen_ai.client.inference'));
  expect(readMetrics(older, read).rows).toMatchObject([
    { figures: { requests: 1, input_tokens: 140, cache_read_tokens: 0, output_tokens: 9 } },
  ]);
  expect(instruments.filter(({ name }) => name.startsWith('gen_ai.')).length).toBe(8);
});

test('any bytes are read, or said to be no message', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, isLogs) => {
      try {
        const message = readMessage(bytes, isLogs ? LOGS_REQUEST : METRICS_REQUEST);
        const told = isLogs ? readLogs(message, read) : readMetrics(message, read);
        return told.rows.every(({ figures }) => Object.values(figures).every(Number.isFinite));
      } catch (error) {
        return error instanceof ProtobufError;
      }
    }),
    { numRuns: 3_000 },
  );
});

test('bytes that were changed are read, or said to be no message', () => {
  const good = [metricsProtobuf(COPILOT, [...copilotMetrics, ...claudeMetrics]), logsProtobuf(COPILOT, codexLogs)];
  fc.assert(
    fc.property(
      fc.constantFrom(0, 1),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
      fc.nat(),
      (which, changes, cut) => {
        const bytes = Uint8Array.from(good[which] ?? []);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        try {
          const message = readMessage(
            bytes.subarray(0, cut % 2 ? cut % bytes.length : bytes.length),
            which ? LOGS_REQUEST : METRICS_REQUEST,
          );
          readMetrics(message, read);
          readLogs(message, read);
          return true;
        } catch (error) {
          return error instanceof ProtobufError;
        }
      },
    ),
    { numRuns: 3_000 },
  );
});

test('any JSON is read', () => {
  const any = fc.anything({ maxDepth: 4, withNullPrototype: false });
  const metric = fc.record(
    { name: fc.oneof(any, fc.constant('claude_code.token.usage')), sum: any, histogram: any },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(any, metric, any, (resource, one, records) => {
      readMetrics({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [one] }] }, resource] }, read);
      readLogs({ resourceLogs: [{ resource, scopeLogs: [{ logRecords: [records] }] }, records] }, read);
    }),
    { numRuns: 1_000 },
  );
});

test('a value that stands a thousand deep in itself is no message, and not a full stack', () => {
  let nested: readonly number[] = [];
  for (let depth = 0; depth < 1_000; depth += 1) nested = bytesField(1, nested);
  expect(readMessage(new Uint8Array(nested), METRICS_REQUEST)).toBeDefined();
  const itself = { 1: { name: 'it', kind: 'message', shape: () => itself } } as const;
  expect(() => readMessage(new Uint8Array(nested), itself as never)).toThrow(ProtobufError);
});

test.each<[string, (size: number) => Uint8Array]>([
  ['empty groups', (size) => new Uint8Array(size).map((_, at) => (at % 2 === 0 ? 0x0a : 0))],
  [
    'points of one metric',
    (size) =>
      metricsProtobuf({}, [
        {
          name: 'claude_code.token.usage',
          kind: 'sum',
          points: Array.from({ length: size / 64 }, () => point(1, { type: 'input' })),
        },
      ]),
  ],
  [
    'attributes of one point',
    (size) =>
      metricsProtobuf({ 'service.name': 'claude-code' }, [
        {
          name: 'claude_code.token.usage',
          kind: 'sum',
          temporality: 2,
          points: [
            point(1, {
              type: 'input',
              ...Object.fromEntries(Array.from({ length: size / 64 }, (_, n) => [`attribute-number-${n}`, 'value'])),
            }),
          ],
        },
      ]),
  ],
])('twice as many bytes take about twice as long: %s', (_what, bytesOf) => {
  const timeOf = (bytes: Uint8Array): number => {
    const times = Array.from({ length: 5 }, () => {
      const before = cpuNow();
      readMetrics(readMessage(bytes, METRICS_REQUEST), read);
      return cpuNow() - before;
    });
    return Math.min(...times);
  };
  const [small, large] = [bytesOf(200_000), bytesOf(800_000)];
  timeOf(small);
  // Four times as many, with room for what else happens in a process: squared it would be sixteen times.
  expect(timeOf(large)).toBeLessThan(Math.max(40, timeOf(small) * 9));
});
