import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { WHOLE_ORG } from '../../src/team/budgets/budgetTables.ts';
import { LEASE_MS } from '../../src/team/budgets/grantLease.ts';
import { forgetOldLeases, listTeamBudgets } from '../../src/team/budgets/teamBudgets.ts';
import { startLeaseStage, USD } from '../host/leaseStage.ts';
import { ORG, TEAM, type TeamStage } from '../host/teamStage.ts';

const NOON = Date.UTC(2026, 10, 23, 12);
const budget = await startLeaseStage(NOON);

describe.skipIf(budget === undefined)('leases of a team’s budget', () => {
  if (budget === undefined) return;
  const { stage, token, set, wish, post, ask, settle, standing } = budget;
  afterAll(() => stage.stop(), 60_000);
  beforeEach(() => budget.begin());

  it('grants what is wanted, and counts all of it as spent until it is settled', async () => {
    const answer = await ask();
    expect(answer.lease).toMatchObject({ amountNanoUsd: 4 * USD, validForMs: LEASE_MS });
    expect(await standing()).toMatchObject({ spentNanoUsd: 0, outNanoUsd: 4 * USD });
    expect((await settle(answer, USD)).status).toBe(200);
    expect(await standing()).toMatchObject({ spentNanoUsd: USD, outNanoUsd: 0 });
  });

  it('tells installations in steps of a twentieth how a budget stands: what one of them has spent does not show', async () => {
    const nothing = { limitNanoUsd: 100 * USD, settledNanoUsd: 0, committedNanoUsd: 0 };
    const look = async () => (await ask({ needNanoUsd: 0, wantedNanoUsd: 0 })).standing;
    expect(await look()).toEqual(nothing);
    expect(await (await settle(await ask(), 123_456_789)).json()).toEqual({ standing: nothing });
    expect(await look()).toEqual(nothing);
    await settle(await ask({ needNanoUsd: 6 * USD }), 6 * USD);
    expect(await look()).toEqual({ limitNanoUsd: 100 * USD, settledNanoUsd: 5 * USD, committedNanoUsd: 5 * USD });
  });

  it('answers the same request with the same lease, and grants it once', async () => {
    const same = { request: randomUUID() };
    const [first, ...others] = await Promise.all([ask(same), ask(same), ask(same), ask(same)]);
    const again = await ask(same);
    expect([...others, again].map(({ lease }) => lease?.id)).toEqual(Array(4).fill(first?.lease?.id));
    expect(await standing()).toMatchObject({ outNanoUsd: 4 * USD });
  });

  it('answers a request whose lease is settled without one: it cannot be spent again', async () => {
    const same = { request: randomUUID() };
    await settle(await ask(same), USD);
    expect((await ask(same)).lease).toBeUndefined();
  });

  it('never grants more than there is, to however many at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => ask({ needNanoUsd: 3 * USD, wantedNanoUsd: 7 * USD })),
    );
    const granted = answers.reduce((sum, { lease }) => sum + (lease?.amountNanoUsd ?? 0), 0);
    expect(granted).toBeLessThanOrEqual(100 * USD);
    expect(granted).toBeGreaterThan(97 * USD);
    expect(await standing()).toMatchObject({ spentNanoUsd: 0, outNanoUsd: granted });
  });

  it('leaves of the last for others: beyond its need one lease has an eighth of what is left', async () => {
    expect((await ask({ needNanoUsd: 0, wantedNanoUsd: 90 * USD })).lease?.amountNanoUsd).toBe(12.5 * USD);
    expect((await ask({ needNanoUsd: 80 * USD, wantedNanoUsd: 80 * USD })).lease?.amountNanoUsd).toBe(80 * USD);
  });

  it('grants nothing where less is left than the request needs, and says what is left', async () => {
    const answer = await ask({ needNanoUsd: 101 * USD, wantedNanoUsd: 101 * USD });
    expect(answer).toEqual({ standing: { limitNanoUsd: 100 * USD, settledNanoUsd: 0, committedNanoUsd: 0 } });
  });

  it('gives an empty lease where one is wanted, and counts what was spent beyond', async () => {
    await ask({ needNanoUsd: 100 * USD, wantedNanoUsd: 100 * USD });
    const answer = await ask({ evenEmpty: true });
    expect(answer.lease?.amountNanoUsd).toBe(0);
    await settle(answer, 2 * USD);
    expect(await standing()).toMatchObject({ spentNanoUsd: 2 * USD, outNanoUsd: 100 * USD });
  });

  it('goes by the lower of its own limit and the router’s', async () => {
    expect((await ask({ mostNanoUsd: 2 * USD, needNanoUsd: 2 * USD })).lease?.amountNanoUsd).toBe(2 * USD);
    expect((await ask({ mostNanoUsd: 2 * USD })).lease).toBeUndefined();
    expect(
      (await ask({ mostNanoUsd: 9_000 * USD, needNanoUsd: 98 * USD, wantedNanoUsd: 98 * USD })).lease,
    ).toBeDefined();
    expect((await ask({ mostNanoUsd: 9_000 * USD })).lease).toBeUndefined();
  });

  it('takes the first word of what a lease came to, and counts it once', async () => {
    const answer = await ask();
    const said = await Promise.all([settle(answer, USD), settle(answer, USD), settle(answer, USD)]);
    expect(said.map(({ status }) => status)).toEqual([200, 200, 200]);
    await settle(answer, 3 * USD);
    expect(await standing()).toMatchObject({ spentNanoUsd: USD, outNanoUsd: 0 });
  });

  it('counts what was spent beyond a lease', async () => {
    await settle(await ask(), 5 * USD);
    expect(await standing()).toMatchObject({ spentNanoUsd: 5 * USD, outNanoUsd: 0 });
  });

  it('counts a lease that ran out as spent in full until it is settled, however late', async () => {
    const answer = await ask();
    stage.setNow(NOON + 2 * 86_400_000);
    expect(await standing()).toMatchObject({ spentNanoUsd: 0, outNanoUsd: 4 * USD });
    await settle(answer, USD);
    expect(await standing()).toMatchObject({ spentNanoUsd: USD, outNanoUsd: 0 });
  });

  it('counts a lease in the period that it was granted in, and lets none last beyond', async () => {
    const last = Date.UTC(2026, 11, 1) - 60_000;
    stage.setNow(last);
    const answer = await ask();
    expect(answer.lease?.validForMs).toBe(60_000);
    stage.setNow(last + 120_000);
    await settle(answer, 3 * USD);
    expect(await standing()).toMatchObject({ since: '2026-12-01', spentNanoUsd: 0, outNanoUsd: 0 });
    await ask();
    expect(await standing()).toMatchObject({ outNanoUsd: 4 * USD });
  });

  it('grants no more of a period that its clock comes back to', async () => {
    await ask({ needNanoUsd: 90 * USD, wantedNanoUsd: 90 * USD });
    stage.setNow(Date.UTC(2027, 0, 5));
    await ask({ needNanoUsd: 90 * USD, wantedNanoUsd: 90 * USD });
    stage.setNow(NOON);
    expect((await ask({ needNanoUsd: 20 * USD })).lease).toBeUndefined();
    stage.setNow(Date.UTC(2027, 0, 5));
    expect((await ask({ needNanoUsd: 20 * USD })).lease).toBeUndefined();
  });

  it('keeps teams apart, and counts the organisation’s budget across them', async () => {
    const other = await stage.addTeam(`Team ${randomUUID().slice(0, 8)}`);
    const theirs = await stage.token('lease', other);
    await set(10 * USD, WHOLE_ORG);
    const mine = await ask();
    expect((await settle(mine, 0, theirs)).status).toBe(404);
    expect((await post('/v1/leases', wish(), theirs)).status).toBe(404);
    const whole = { per: 'org', needNanoUsd: 6 * USD, wantedNanoUsd: 6 * USD } as const;
    expect((await ask(whole)).lease).toBeDefined();
    expect((await ask(whole, theirs)).lease).toBeUndefined();
  });

  it('has a budget that a policy of this server declares, unless an admin says otherwise', async () => {
    await set(undefined);
    expect((await post('/v1/leases', wish())).status).toBe(404);
    await sql`INSERT INTO policy_budgets (org_id, policy, name, per, period, amount_nano) VALUES
      (1, 'base', 'all', 'team', 'month', ${50 * USD}), (1, 'strict', 'all', 'team', 'month', ${40 * USD})`.execute(
      stage.database,
    );
    expect((await ask()).standing.limitNanoUsd).toBe(40 * USD);
    expect(await standing()).toMatchObject({ by: { kind: 'policy' }, amountNanoUsd: 40 * USD });
    await set(70 * USD);
    expect((await ask()).standing.limitNanoUsd).toBe(70 * USD);
    expect(await standing()).toMatchObject({ by: { kind: 'person', name: 'Ada' }, team: { id: TEAM } });
  });

  it('has a limit that was lowered hold for what is granted from then on', async () => {
    await ask({ needNanoUsd: 50 * USD, wantedNanoUsd: 50 * USD });
    await set(20 * USD);
    expect((await ask()).lease).toBeUndefined();
  });

  it('forgets settled leases after a while, and keeps what they came to', async () => {
    await settle(await ask(), USD);
    await ask();
    stage.setNow(NOON + 120 * 86_400_000);
    expect(await forgetOldLeases(stage.services)).toBe(1);
    const { rows } = await sql<{
      settled: number;
    }>`SELECT SUM(settled_nano)::float8 AS settled FROM budget_periods`.execute(stage.database);
    expect(rows[0]?.settled).toBe(USD);
  });

  it.each([
    ['no token', '', wish(), 401],
    ['a token for usage', 'ingest', wish(), 401],
    ['no JSON object', 'lease', 'x', 422],
    ['an unknown key', 'lease', { ...wish(), repository: 'x' }, 422],
    ['a negative amount', 'lease', wish({ wantedNanoUsd: -1 }), 422],
    ['a part of a nano-dollar', 'lease', wish({ wantedNanoUsd: 0.5 }), 422],
    ['more than any budget', 'lease', wish({ wantedNanoUsd: 1e16 }), 422],
    ['a name of a request that is none', 'lease', wish({ request: "x'; DROP TABLE orgs; --" }), 422],
    ['a budget of another name', 'lease', wish({ budget: "all' OR '1'='1" }), 404],
    ['another period', 'lease', wish({ period: 'day' }), 404],
    ['a body that is too large', 'lease', { ...wish(), budget: 'x'.repeat(9_000) }, 413],
  ] as const)('refuses %s', async (_what, scope, body, status) => {
    const by = scope === '' ? 'x'.repeat(40) : scope === 'lease' ? token : await stage.token(scope);
    expect((await post('/v1/leases', body, by)).status).toBe(status);
  });

  describe('on its page', () => {
    const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
    async function send(
      by: Awaited<ReturnType<TeamStage['signIn']>>,
      fields: Record<string, string>,
    ): Promise<Response> {
      return fetch(`${stage.url}/budgets`, {
        method: 'POST',
        redirect: 'manual',
        headers: { ...by.headers, origin: stage.url, 'content-type': 'application/x-www-form-urlencoded' },
        body: form({ csrf: by.csrfToken, ...fields }),
      });
    }

    it('an admin sets and takes away amounts, and that is written down', async () => {
      const admin = await stage.signIn('admin', 'Grace');
      const fields = { team: String(TEAM), name: 'night', period: 'day', usd: '12.50' };
      expect((await send(admin, fields)).status).toBe(303);
      expect(await listTeamBudgets(stage.services, ORG)).toContainEqual(
        expect.objectContaining({
          name: 'night',
          period: 'day',
          amountNanoUsd: 12.5 * USD,
          by: { kind: 'person', name: 'Grace' },
        }),
      );
      const page = await (await fetch(`${stage.url}/budgets`, { headers: admin.headers })).text();
      expect(page).toContain('night');
      expect((await send(admin, { ...fields, usd: '' })).status).toBe(303);
      expect(await listTeamBudgets(stage.services, ORG)).toHaveLength(1);
      const log = await stage.database.selectFrom('audit_log').select(['who', 'what']).orderBy('id').execute();
      expect(log.slice(-2)).toEqual([
        { who: 'Grace', what: 'set a budget' },
        { who: 'Grace', what: 'took a budget away' },
      ]);
    });

    it.each([
      ['an amount that is none', { usd: '1e9' }],
      ['an amount below nothing', { usd: '-1' }],
      ['an id that no policy has', { name: '<script>' }],
      ['an unknown period', { period: 'year' }],
      ['a team of nobody', { team: '99' }],
    ])('refuses %s', async (_what, changes) => {
      const admin = await stage.signIn('admin');
      const fields = { team: String(TEAM), name: 'night', period: 'day', usd: '1', ...changes };
      expect((await send(admin, fields)).status).toBe(400);
    });

    it('is not changed by a viewer, nor from another page', async () => {
      const fields = { team: String(TEAM), name: 'night', period: 'day', usd: '1' };
      expect((await send(await stage.signIn('viewer'), fields)).status).toBe(403);
      const admin = await stage.signIn('admin');
      expect((await send({ ...admin, csrfToken: 'another' }, fields)).status).toBe(403);
      expect((await fetch(`${stage.url}/budgets`)).status).toBe(401);
    });
  });
});
