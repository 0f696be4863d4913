import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { LEASE_MS } from '../../src/team/budgets/grantLease.ts';
import { judgeClaim, takeLeaseBack } from '../../src/team/budgets/leaseClaims.ts';
import { type ListedLease, listLeases } from '../../src/team/budgets/leaseList.ts';
import type { LeaseAnswer } from '../../src/usage/leases/wire.ts';
import { startLeaseStage, USD } from '../host/leaseStage.ts';
import { teamCommand } from '../host/teamCommand.ts';
import { ORG, TEAM, type TeamStage } from '../host/teamStage.ts';

const NOON = Date.UTC(2026, 10, 23, 12);
const budget = await startLeaseStage(NOON);

describe.skipIf(budget === undefined)('a lease that is said to have come to more than it may', () => {
  if (budget === undefined) return;
  const { stage, tokenId, ask, settle, standing } = budget;
  afterAll(() => stage.stop(), 60_000);
  beforeEach(() => budget.begin());

  const entries = async () =>
    (await stage.database.selectFrom('audit_log').select(['who', 'what', 'details']).orderBy('id').execute()).filter(
      ({ what }) => what !== 'set a budget',
    );
  const claims = async () => (await listLeases(stage.services, ORG, { kind: 'claims' }, { most: 100 })).leases;
  /** What leases came to beyond their amounts, in dollars. */
  const beyond = async () => {
    const { rows } = await sql<{ beyond: number }>`
      SELECT beyond_nano::float8 AS beyond FROM budget_periods`.execute(stage.database);
    return rows.map((row) => row.beyond / USD);
  };
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
    for (let n = 0; n < 5; n += 1) await settle(await ask({ needNanoUsd: 0, wantedNanoUsd: 0, evenEmpty: true }), 1e15);
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
    expect(await beyond()).toEqual([36 + 29]);
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

  it('is judged once, however many do at once', async () => {
    const answer = await ask();
    await settle(answer, 40 * USD);
    const judged = await Promise.all(
      Array.from({ length: 8 }, () => judgeClaim(stage.services, judgement(answer), 'accepted')),
    );
    expect(judged.filter(({ kind }) => kind === 'done')).toHaveLength(1);
    expect([await sums(), await beyond()]).toEqual([[40, 0], [36]]);
  });

  it('leaves as much less room to others beyond their leases as was accepted', async () => {
    const first = await ask();
    await settle(first, 80 * USD);
    expect(await judgeClaim(stage.services, judgement(first), 'accepted')).toEqual({ kind: 'done' });
    expect([await sums(), await beyond()]).toEqual([[80, 0], [76]]);
    await settle(await ask({ needNanoUsd: 4 * USD }), 1e15);
    expect([await sums(), await beyond()]).toEqual([[80 + 4 + 24, 0], [100]]);
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
    const { leases: rows } = await listLeases(stage.services, ORG, { kind: 'of-token', tokenId }, { most: 100 });
    expect(rows.filter(({ takenBackAt }) => takenBackAt !== null).map(({ id }) => id)).toEqual([answer.lease?.id]);
    for (const nobody of [randomUUID(), 'none']) {
      expect(await listLeases(stage.services, ORG, { kind: 'of-token', tokenId: nobody }, { most: 100 })).toEqual({
        leases: [],
        inAll: 0,
        older: undefined,
      });
    }
    const theirs = await listLeases(stage.services, ORG + 1, { kind: 'of-token', tokenId }, { most: 100 });
    expect(theirs.leases).toEqual([]);
    expect((await entries()).at(-1)).toMatchObject({ who: 'Grace', what: 'took a lease back', details: { usd: 33 } });
    // What was beyond leases and taken back leaves its room to others.
    expect(await beyond()).toEqual([25]);
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
      const listed: ListedLease[] = [];
      for (let before: string | undefined; ; ) {
        const { leases, inAll, older } = await listLeases(stage.services, ORG, asked, { most: 200, before });
        expect(inAll).toBe(601);
        listed.push(...leases);
        if (older === undefined) break;
        before = older;
        // The one that the next page begins behind does not wait any more: none is missed, and none comes twice.
        const lease = leases.at(-1)?.id ?? '';
        await judgeClaim(stage.services, { orgId: ORG, lease, who: 'Grace' }, 'refused');
      }
      const waiting = listed.filter(({ claim }) => claim === 'waiting');
      expect(new Set(listed.map(({ id }) => id)).size).toBe(601);
      expect(waiting[0]?.id).toBe(genuine.lease?.id);
      const later = waiting.slice(1).map(({ settledAt }) => settledAt?.getTime() ?? 0);
      expect(later).toEqual(later.toSorted((one, other) => other - one));
    }
    const text = await page();
    expect(text.includes('These are 100 of 601 claims')).toBe(true);
    expect(text.includes(genuine.lease?.id ?? '?')).toBe(true);
    const ids = new Set<string>();
    let pages = 0;
    for (let at: string | undefined = '/budgets/claims'; at !== undefined; pages += 1) {
      const one: string = await (await fetch(`${stage.url}${at}`, { headers: admin.headers })).text();
      for (const [, id = ''] of one.matchAll(/claims\/([0-9a-f-]{36})\/take-back/g)) ids.add(id);
      at = /href="(\/budgets\/claims\?before=[\w-]+)"/.exec(one)?.[1];
    }
    expect([ids.size, pages]).toEqual([601, 7]);
    for (const none of ['1', '1_2_3_x', '2_0_0_00000000-0000-0000-0000-000000000000']) {
      const { status } = await fetch(`${stage.url}/budgets/claims?before=${none}`, { headers: admin.headers });
      expect(status).toBe(404);
    }
    const { out } = await command(['budget', 'leases']);
    expect(out.split('\n')[0]).toContain(genuine.lease?.id);
    const last = out.trim().split('\n').at(-1) ?? '';
    expect(last).toMatch(/^These are 500 of 601: .* --before [\w-]+$/);
    const before = last.split(' ').at(-1) ?? '';
    const json = async (values: Record<string, string | boolean>) =>
      JSON.parse((await command(['budget', 'leases'], { json: true, ...values })).out) as Record<string, unknown>;
    expect(await json({})).toMatchObject({
      inAll: 601,
      older: before,
      leases: expect.arrayContaining([expect.objectContaining({ id: genuine.lease?.id })]),
    });
    const rest = await json({ before });
    expect([rest['inAll'], rest['older'], (rest['leases'] as unknown[]).length]).toEqual([601, undefined, 101]);
    expect(await command(['budget', 'leases'], { before: 'x' })).toEqual({
      code: 2,
      out: expect.stringMatching(/--before/),
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
