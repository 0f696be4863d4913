import { Hono } from 'hono';
import { leaseSettlement, leaseWish, UNKNOWN_BUDGET, UNKNOWN_LEASE } from '../../usage/leases/wire.ts';
import { readJson, requireMachine } from '../access/guards.ts';
import { refuse } from '../http/refusal.ts';
import type { TeamEnv, TeamServices } from '../services.ts';
import { grantLease } from './grantLease.ts';
import { leaseLimit } from './leaseLimit.ts';
import { settleLease } from './settleLease.ts';

const BODY = { mostBytes: 4_096, mostInflated: 4_096, mostDepth: 3 };
const UUID = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';

/** Where routers take leases, and say what came of them. */
export function leaseRoutes(services: TeamServices): Hono<TeamEnv> {
  const app = new Hono<TeamEnv>();
  const machine = requireMachine(services, 'lease');
  const limit = leaseLimit();

  app.post('/v1/leases', machine, limit, async (context) => {
    const read = await readJson(context, BODY);
    if (read.kind === 'refused') return read.response;
    const wish = leaseWish.safeParse(read.value);
    if (!wish.success) return refuse(422, 'This is no request for a lease.');
    const answer = await grantLease(services, context.get('machine'), wish.data);
    if (answer === undefined) {
      return coded(UNKNOWN_BUDGET, 'There is no such budget for this team and period: an admin sets it.');
    }
    context.header('cache-control', 'no-store');
    return context.json(answer);
  });

  app.post(`/v1/leases/:id{${UUID}}/settle`, machine, limit, async (context) => {
    const read = await readJson(context, BODY);
    if (read.kind === 'refused') return read.response;
    const settlement = leaseSettlement.safeParse(read.value);
    if (!settlement.success) return refuse(422, 'This does not say what was spent.');
    const { spentNanoUsd } = settlement.data;
    const standing = await settleLease(services, context.get('machine'), {
      lease: context.req.param('id'),
      spentNanoUsd,
    });
    if (standing === undefined) return coded(UNKNOWN_LEASE, 'There is no such lease.');
    context.header('cache-control', 'no-store');
    return context.json({ standing });
  });

  return app;
}

/** A refusal that a router does something about. */
function coded(code: string, sentence: string): Response {
  return Response.json({ error: sentence, code }, { status: 404, headers: { 'cache-control': 'no-store' } });
}
