import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createToken } from '../../src/team/access/machineTokens.ts';
import { WHOLE_ORG } from '../../src/team/budgets/budgetTables.ts';
import { LEASE_MS } from '../../src/team/budgets/grantLease.ts';
import { judgeClaim, listLeases, takeLeaseBack } from '../../src/team/budgets/leaseClaims.ts';
import { forgetOldLeases, listTeamBudgets, setTeamBudget } from '../../src/team/budgets/teamBudgets.ts';
import type { LeaseAnswer, LeaseWish } from '../../src/usage/leases/wire.ts';
import { teamCommand } from '../host/teamCommand.ts';
import { ORG, startTeamStage, TEAM, type TeamStage } from '../host/teamStage.ts';

const USD = 1e9;
const NOON = Date.UTC(2026, 10, 23, 12);

let stage: TeamStage;
let token: string;
let tokenId: string;
const missing = await startTeamStage({ now: NOON });
if (missing) stage = missing;

describe.skipIf(missing === undefined)('leases of a team’s budget', () => {
  beforeAll(async () => {
    const of = { orgId: ORG, teamId: TEAM, scope: 'lease', label: 'the link of spring' } as const;
    ({ token, id: tokenId } = await createToken(stage.database, of, NOON));
  });
  afterAll(() => stage.stop(), 60_000);
  beforeEach(async () => {
    stage.setNow(NOON);
    await sql`TRUNCATE team_budgets, policy_budgets, budget_periods, budget_leases, audit_log`.execute(stage.database);
    await set(100 * USD);
  });

  const set = (amount: number | undefined, teamId = TEAM, period: 'day' | 'month' | 'ever' = 'month') =>
    setTeamBudget(stage.services, { orgId: ORG, teamId, name: 'all', period }, amount, 'Ada');

  function wish(changes: Partial<LeaseWish> = {}): LeaseWish {
    return {
      request: randomUUID(),
      budget: 'all',
      per: 'team',
      period: 'month',
      needNanoUsd: USD,
      wantedNanoUsd: 4 * USD,
      mostNanoUsd: 100 * USD,
      evenEmpty: false,
      ...changes,
    };
  }

  function post(path: string, body: unknown, by = token): Promise<Response> {
    return fetch(`${stage.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${by}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  async function ask(changes: Partial<LeaseWish> = {}, by = token): Promise<LeaseAnswer> {
    const response = await post('/v1/leases', wish(changes), by);
    expect(response.status).toBe(200);
    return (await response.json()) as LeaseAnswer;
  }

  function settle(answer: LeaseAnswer, spentNanoUsd: number, by = token): Promise<Response> {
    return post(`/v1/leases/${answer.lease?.id}/settle`, { spentNanoUsd }, by);
  }

  const standing = async () => (await listTeamBudgets(stage.services, ORG))[0];

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

  describe('said to have come to more than it may', () => {
    const entries = async () =>
      (await stage.database.selectFrom('audit_log').select(['who', 'what', 'details']).orderBy('id').execute()).filter(
        ({ what }) => what !== 'set a budget',
      );
    const claims = async () => (await listLeases(stage.services, ORG, { kind: 'claims' })).leases;
    const sums = async () => {
      const { spentNanoUsd = 0, outNanoUsd = 0 } = (await standing()) ?? {};
      return [spentNanoUsd / USD, outNanoUsd / USD];
    };
    const judgement = (answer: LeaseAnswer) => ({ orgId: ORG, lease: answer.lease?.id ?? '', who: 'Grace' });

    it('counts up to its bound; the rest waits for an admin, with the token that said it', async () => {
      const answer = await ask();
      const said = await Promise.all([settle(answer, 1e15), settle(answer, 1e15)]);
      expect(said.map(({ status }) => status)).toEqual([200, 200]);
      expect(await sums()).toEqual([33, 0]);
      const lease = answer.lease?.id;
      const details = { token: tokenId, team: TEAM, lease, budget: 'all', leaseUsd: 4, saidUsd: 1e6, countedUsd: 33 };
      const who = `token ${tokenId}`;
      expect(await entries()).toEqual([{ who, what: 'claimed more than a lease may come to', details }]);
      const [claim, ...others] = await claims();
      expect(others).toEqual([]);
      expect(claim).toMatchObject({
        id: lease,
        tokenId,
        settledBy: tokenId,
        label: 'the link of spring',
        claim: 'waiting',
      });
    });

    it('does not use a budget up beyond as much again, however many leases somebody makes up', async () => {
      const answers = await Promise.all(Array.from({ length: 30 }, () => ask({ needNanoUsd: 0, evenEmpty: true })));
      for (const answer of answers) await settle(answer, 1e15);
      expect((await sums())[0]).toBeLessThanOrEqual(200);
      expect(await claims()).toHaveLength(30);
      for (let n = 0; n < 5; n += 1)
        await settle(await ask({ needNanoUsd: 0, wantedNanoUsd: 0, evenEmpty: true }), 1e15);
      expect((await sums())[0]).toBeLessThanOrEqual(200);
    });

    it('counts in full once it is accepted, and no more where it is refused', async () => {
      const [one, other] = [await ask(), await ask()];
      await settle(one, 40 * USD);
      await settle(other, 50 * USD);
      expect(await sums()).toEqual([66, 0]);
      expect(await judgeClaim(stage.services, judgement(one), 'accepted')).toEqual({ kind: 'done' });
      expect(await sums()).toEqual([73, 0]);
      expect(await judgeClaim(stage.services, judgement(other), 'refused')).toEqual({ kind: 'done' });
      expect(await sums()).toEqual([73, 0]);
      for (const again of ['accepted', 'refused'] as const) {
        expect(await judgeClaim(stage.services, judgement(one), again)).toMatchObject({ kind: 'mistake' });
      }
      expect(await judgeClaim(stage.services, { ...judgement(one), orgId: 2 }, 'accepted')).toMatchObject({
        kind: 'mistake',
      });
      expect((await entries()).slice(2)).toEqual([
        {
          who: 'Grace',
          what: 'accepted a claim',
          details: { lease: one.lease?.id, token: tokenId, team: TEAM, budget: 'all', usd: 7 },
        },
        {
          who: 'Grace',
          what: 'refused a claim',
          details: { lease: other.lease?.id, token: tokenId, team: TEAM, budget: 'all', usd: 17 },
        },
      ]);
    });

    it('is taken back with all that counted of it, and gives the budget back to others', async () => {
      const answer = await ask();
      await settle(answer, 1e15);
      await settle(await ask({ needNanoUsd: 0, wantedNanoUsd: 0, evenEmpty: true }), 1e15);
      expect(await sums()).toEqual([58, 0]);
      expect(await takeLeaseBack(stage.services, judgement(answer))).toEqual({ kind: 'done' });
      expect(await sums()).toEqual([25, 0]);
      expect(await takeLeaseBack(stage.services, judgement(answer))).toMatchObject({ kind: 'mistake' });
      expect(await judgeClaim(stage.services, judgement(answer), 'accepted')).toMatchObject({ kind: 'mistake' });
      await settle(answer, 1e15);
      expect(await sums()).toEqual([25, 0]);
      const { leases: rows } = await listLeases(stage.services, ORG, { kind: 'of-token', tokenId });
      expect(rows.filter(({ takenBackAt }) => takenBackAt !== null).map(({ id }) => id)).toEqual([answer.lease?.id]);
      expect(await listLeases(stage.services, ORG, { kind: 'of-token', tokenId: randomUUID() })).toEqual({
        leases: [],
        inAll: 0,
      });
      expect((await entries()).at(-1)).toMatchObject({ who: 'Grace', what: 'took a lease back', details: { usd: 33 } });
      // What was beyond leases and taken back leaves its room to others.
      const { rows: periods } = await sql<{ beyond: number }>`
        SELECT beyond_nano::float8 AS beyond FROM budget_periods`.execute(stage.database);
      expect(periods).toEqual([{ beyond: 25 * USD }]);
    });

    it('nor is one that nobody settles lost: it is taken back once it has run out, and what is told later is a claim', async () => {
      const answer = await ask();
      expect(await takeLeaseBack(stage.services, judgement(answer))).toMatchObject({ kind: 'mistake' });
      stage.setNow(NOON + LEASE_MS);
      expect(await takeLeaseBack(stage.services, judgement(answer))).toEqual({ kind: 'done' });
      expect(await sums()).toEqual([0, 0]);
      await settle(answer, 3 * USD);
      expect(await sums()).toEqual([0, 0]);
      expect(await judgeClaim(stage.services, judgement(answer), 'accepted')).toEqual({ kind: 'done' });
      expect(await sums()).toEqual([3, 0]);
    });

    it('is judged on the command line too, where all leases of a token are told', async () => {
      const command = teamCommand(stage.postgres.address, stage.services.now);
      const [one, other, third] = [await ask(), await ask(), await ask()];
      await settle(one, 1e15);
      await settle(other, 1e15);
      const { out } = await command(['budget', 'leases']);
      expect(out.trim().split('\n')).toHaveLength(2);
      expect(out).toMatch(
        new RegExp(`${one.lease?.id}.*all.*Payments.*token ${tokenId}.*lease \\$4.*counts \\$33.*waiting`),
      );
      const all = (await command(['budget', 'leases'], { token: tokenId })).out;
      expect(all).toMatch(new RegExp(`${third.lease?.id}.*not settled`));
      for (const [what, answer, said] of [
        ['accept', one, /Accepted/],
        ['refuse', other, /Refused/],
        ['take-back', one, /Taken back/],
      ] as const) {
        const judged = await command(['budget', what, answer.lease?.id ?? '']);
        expect(judged).toEqual({ code: 0, out: expect.stringMatching(said) });
        expect((await command(['budget', what, answer.lease?.id ?? ''])).code).toBe(2);
      }
      expect(await command(['budget', 'accept', 'x'])).toEqual({ code: 2, out: expect.stringMatching(/no claim/) });
      expect(await sums()).toEqual([33, 4]);
      const log = (await entries()).filter(({ who }) => who === 'command line').map(({ what }) => what);
      expect(log).toEqual(['accepted a claim', 'refused a claim', 'took a lease back']);
    });

    it('is not hidden by however many claims of leases of nothing, and it is said how many there are', async () => {
      const genuine = await ask();
      await settle(genuine, 40 * USD);
      const command = teamCommand(stage.postgres.address, stage.services.now);
      const admin = await stage.signIn('admin', 'Grace');
      const page = async () => (await fetch(`${stage.url}/budgets/claims`, { headers: admin.headers })).text();
      expect(await page()).not.toContain('These are');
      expect((await command(['budget', 'leases'])).out).not.toContain('These are');
      // Later ones, of which more is said.
      await sql`
        INSERT INTO budget_leases (org_id, team_id, id, request_id, budget_team_id, name, period, period_start, amount_nano,
          granted_at, expires_at, spent_nano, settled_at, token_id, settled_by, claimed_nano, claim)
        SELECT ${ORG}, ${TEAM}, gen_random_uuid(), gen_random_uuid(), ${TEAM}, 'all', 'month', '2026-11-01', 0, at, at, 0, at,
          ${tokenId}::uuid, ${tokenId}::uuid, 1000000000000000, 'waiting'
        FROM generate_series(1, 600) AS n, LATERAL (SELECT ${new Date(NOON)}::timestamptz + n * interval '1 second' AS at) AS later`.execute(
        stage.database,
      );
      for (const asked of [{ kind: 'claims' }, { kind: 'of-token', tokenId }] as const) {
        const { leases, inAll } = await listLeases(stage.services, ORG, asked);
        expect([leases.length, inAll]).toEqual([500, 601]);
        expect(leases[0]?.id).toBe(genuine.lease?.id);
        const [second = 0, last = 0] = [leases[1], leases.at(-1)].map((lease) => lease?.settledAt?.getTime());
        expect(second).toBeGreaterThan(last);
      }
      const text = await page();
      expect(text.includes('These are 500 of 601 claims')).toBe(true);
      expect(text.includes(genuine.lease?.id ?? '?')).toBe(true);
      const { out } = await command(['budget', 'leases']);
      expect(out.split('\n')[0]).toContain(genuine.lease?.id);
      expect(out.trim().split('\n').at(-1)).toMatch(/^These are 500 of 601: /);
      const json = JSON.parse((await command(['budget', 'leases'], { json: true })).out) as Record<string, unknown>;
      expect(json).toMatchObject({
        inAll: 601,
        leases: expect.arrayContaining([expect.objectContaining({ id: genuine.lease?.id })]),
      });
    });

    it('is judged by admins on a page, and by nobody else', async () => {
      const [one, other, third] = [await ask(), await ask(), await ask()];
      for (const answer of [one, other, third]) await settle(answer, 1e15);
      const post = (by: Awaited<ReturnType<TeamStage['signIn']>>, answer: LeaseAnswer, what: string) =>
        fetch(`${stage.url}/budgets/claims/${answer.lease?.id}/${what}`, {
          method: 'POST',
          redirect: 'manual',
          headers: by.changing,
        });
      for (const role of ['viewer', 'reviewer'] as const) {
        const somebody = await stage.signIn(role);
        expect((await post(somebody, one, 'accept')).status).toBe(403);
        expect((await fetch(`${stage.url}/budgets/claims`, { headers: somebody.headers })).status).toBe(403);
      }
      const admin = await stage.signIn('admin', 'Grace');
      expect((await post({ ...admin, changing: admin.headers }, one, 'accept')).status).toBe(403);
      const before = await (await fetch(`${stage.url}/budgets`, { headers: admin.headers })).text();
      expect(before).toContain('3 wait for an admin');
      for (const [answer, what] of [
        [one, 'accept'],
        [other, 'refuse'],
        [third, 'take-back'],
      ] as const) {
        expect((await post(admin, answer, what)).status).toBe(303);
      }
      expect((await post(admin, one, 'accept')).status).toBe(409);
      const page = await (await fetch(`${stage.url}/budgets/claims`, { headers: admin.headers })).text();
      for (const said of [tokenId, 'the link of spring', 'accepted', 'refused', 'taken back', one.lease?.id]) {
        expect(page).toContain(said);
      }
      expect(await sums()).toEqual([1_000_033, 0]);
    });
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
