import { type Context, Hono } from 'hono';
import type { Pool } from 'pg';
import { readBody, readJson, requireMachine } from '../access/guards.ts';
import { refuse } from '../http/refusal.ts';
import type { TeamEnv, TeamServices } from '../services.ts';
import { LOGS_REQUEST, METRICS_REQUEST } from './otlpShapes.ts';
import { type MessageShape, ProtobufError, readMessage } from './protobuf.ts';
import { type ReadOptions, readLogs, readMetrics, type Telemetry } from './readTelemetry.ts';
import { addUnrouted } from './unroutedSql.ts';

const BODY = { mostBytes: 4_000_000, mostInflated: 16_000_000, mostDepth: 32 };
const AGAIN_SECONDS = 10;

interface Signal {
  readonly name: 'metrics' | 'logs';
  readonly shape: MessageShape;
  /** What JSON calls those that were left out. */
  readonly rejected: string;
  read(body: unknown, options: ReadOptions): Telemetry;
}

const signals: readonly Signal[] = [
  { name: 'metrics', shape: METRICS_REQUEST, rejected: 'rejectedDataPoints', read: readMetrics },
  { name: 'logs', shape: LOGS_REQUEST, rejected: 'rejectedLogRecords', read: readLogs },
];

/**
 * OTLP over HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp) at `/v1/otlp`: other tools tell what they have used, for
 * which no policy was asked. Of all that they send, only the tool, the provider, the model, the day and the figures are kept.
 */
export function otlpRoutes(services: TeamServices): Hono<TeamEnv> {
  const app = new Hono<TeamEnv>();
  for (const signal of signals) {
    app.post(`/v1/otlp/v1/${signal.name}`, requireMachine(services, 'ingest'), async (context) => {
      const isProtobuf = /^application\/x-protobuf\b/i.test(context.req.header('content-type') ?? '');
      const body = isProtobuf ? await readProtobuf(context, signal.shape) : await readJson(context, BODY);
      if (body.kind === 'refused') return body.response;
      // The token is the key: what is hashed with it cannot be guessed by whoever has the database.
      const key = context.req.header('authorization') ?? '';
      const told = signal.read(body.value, { now: services.now(), key });
      if (!(await isAdded(services, services.pool, context.get('machine'), signal.name, told))) {
        return refuse(503, 'The database did not take it: send it again later.', {
          'retry-after': String(AGAIN_SECONDS),
        });
      }
      return isProtobuf ? protobufAnswer(told) : jsonAnswer(signal, told);
    });
  }
  return app;
}

async function readProtobuf(
  context: Context<TeamEnv>,
  shape: MessageShape,
): Promise<
  { readonly kind: 'read'; readonly value: unknown } | { readonly kind: 'refused'; readonly response: Response }
> {
  const body = await readBody(context, BODY);
  if (body.kind === 'refused') return body;
  try {
    return { kind: 'read', value: readMessage(body.bytes, shape) };
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    return { kind: 'refused', response: refuse(400, `The body is no such message: ${error.message}.`) };
  }
}

async function isAdded(
  { log }: TeamServices,
  pool: Pool,
  machine: { readonly orgId: number; readonly teamId: number },
  signal: Signal['name'],
  told: Telemetry,
): Promise<boolean> {
  try {
    await addUnrouted(pool, machine, signal, told);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    log('warn', `What another tool has told was not written${code}; it is asked to send it again.`);
    return false;
  }
}

function jsonAnswer({ rejected }: Signal, told: Telemetry): Response {
  if (told.rejected === 0) return Response.json({});
  return Response.json({ partialSuccess: { [rejected]: String(told.rejected), errorMessage: told.reason ?? '' } });
}

/** `ExportMetricsServiceResponse` and `ExportLogsServiceResponse` look alike: how many were left out, and why. */
function protobufAnswer({ rejected, reason = '' }: Telemetry): Response {
  const headers = { 'content-type': 'application/x-protobuf' };
  if (rejected === 0) return new Response(new Uint8Array(), { headers });
  const text = new TextEncoder().encode(reason);
  const partial = [0x08, ...varint(rejected), 0x12, ...varint(text.length), ...text];
  return new Response(new Uint8Array([0x0a, ...varint(partial.length), ...partial]), { headers });
}

function varint(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(Math.floor(value / 0x80))];
}
