import { isUtf8 } from 'node:buffer';
import { Hono } from 'hono';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { readBody, requireMachine } from '../access/guards.ts';
import { refuse } from '../http/refusal.ts';
import type { Machine, TeamEnv, TeamServices } from '../services.ts';
import { EventWriter, type WriterLimits } from './eventWriter.ts';
import { readEvents } from './readEvents.ts';

/** A client's bodies are of a megabyte at most before they are packed; a thousand of the largest events are of four. */
const BODY = { mostBytes: 2_000_000, mostInflated: 4_000_000 };
/** In seconds: while much waits, and while the database does not answer. */
const BUSY_SECONDS = 5;
const FAILED_SECONDS = 10;
/** What a request takes of a team's allowance beside its events. */
const REQUEST_POINTS = 10;

export interface UsageLimits {
  /**
   * Of a team, in a minute: an event is a point and a request ten more. It is counted in this process's memory: of several
   * servers each allows it, and a new start begins anew.
   */
  readonly pointsPerMinute: number;
  readonly writer: Partial<WriterLimits>;
}

/** As much as 2,000 developers make in their busiest minute. */
export const usageLimits: UsageLimits = { pointsPerMinute: 120_000, writer: {} };

/** `POST /v1/ingest`: takes in what installations send, each event once. */
export function usageRoutes(services: TeamServices, limits: Partial<UsageLimits> = {}): Hono<TeamEnv> {
  const { pointsPerMinute, writer: writerLimits } = { ...usageLimits, ...limits };
  const writer = new EventWriter(services.pool, writerLimits);
  const allowance = new Allowance(pointsPerMinute);
  const app = new Hono<TeamEnv>();
  app.post('/v1/ingest', requireMachine(services, 'ingest'), async (context) => {
    const machine = context.get('machine');
    const early = await allowance.take(machine, REQUEST_POINTS);
    if (early !== undefined) return early;
    const isJson = /^application\/json\b/i.test(context.req.header('content-type') ?? '');
    if (!isJson) return refuse(415, 'A batch is JSON: send content-type: application/json.');
    const body = await readBody(context, BODY);
    if (body.kind === 'refused') return body.response;
    const value = jsonOf(body.bytes);
    if (value === undefined) return refuse(400, 'The body is not JSON.');
    const read = readEvents(value, machine.teamId, services.now());
    if (read.kind === 'unreadable') return refuse(read.status, read.sentence);
    const tooMany = await allowance.take(machine, read.incoming.length);
    if (tooMany !== undefined) return tooMany;
    const result = await writer.write(machine.orgId, read.incoming);
    switch (result.kind) {
      case 'written': {
        const { accepted, duplicate } = result;
        return Response.json({ accepted, duplicate, refused: read.refused });
      }
      case 'busy':
        return later('More is waiting than can be written just now: send it again later.', BUSY_SECONDS);
      case 'failed':
        services.log('warn', `Events were not written (${result.code}); their senders keep them.`);
        return later('The database did not take it: send it again later, and it counts once.', FAILED_SECONDS);
      default:
        return result satisfies never;
    }
  });
  return app;
}

/** How deep it is does not matter: events are flat, and what is not is refused without being looked into. */
function jsonOf(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined; // told by the caller
  }
}

function later(sentence: string, seconds: number): Response {
  return refuse(503, sentence, { 'retry-after': String(seconds) });
}

/** What each team may send. */
class Allowance {
  readonly #limiter: RateLimiterMemory;

  constructor(points: number) {
    this.#limiter = new RateLimiterMemory({ points, duration: 60 });
  }

  /** @returns the answer to give where there is nothing left */
  async take({ orgId, teamId }: Machine, points: number): Promise<Response | undefined> {
    if (points === 0) return undefined;
    try {
      await this.#limiter.consume(`${orgId}/${teamId}`, points);
      return undefined;
    } catch (reached) {
      if (!(reached instanceof RateLimiterRes)) throw reached;
      return refuse(429, 'The team sends more than this server takes in a minute: send it again later.', {
        'retry-after': String(Math.max(1, Math.ceil(reached.msBeforeNext / 1000))),
      });
    }
  }
}
