import { Hono, type MiddlewareHandler } from 'hono';
import { expect, it } from 'vitest';
import type { TeamEnv } from '../services.ts';
import { leaseLimit } from './leaseLimit.ts';

it('bounds how often a team asks, says when it may again, and leaves other teams alone', async () => {
  const app = new Hono<TeamEnv>();
  const teamOf: MiddlewareHandler<TeamEnv> = async (context, next) => {
    context.set('machine', { orgId: 1, teamId: Number(context.req.param('team')), tokenId: 'any' });
    await next();
  };
  app.get('/:team', teamOf, leaseLimit(2), (context) => context.text('granted'));
  const ask = async (team: number) => {
    const { status, headers } = await app.request(`/${team}`);
    return [status, Number(headers.get('retry-after'))];
  };
  expect([await ask(1), await ask(1)]).toEqual([
    [200, 0],
    [200, 0],
  ]);
  const [status, seconds] = await ask(1);
  expect(status).toBe(429);
  expect(seconds).toBeGreaterThanOrEqual(1);
  expect(seconds).toBeLessThanOrEqual(60);
  expect(await ask(2)).toEqual([200, 0]);
});
