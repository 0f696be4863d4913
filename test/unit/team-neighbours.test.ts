// Two organisations in one database whose teams, leases, events and policies are called alike: nothing of one shows in the
// other, nor changes it.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forgetPerson } from '../../src/team/access/forget.ts';
import { createToken, listTokens, machineOf, revokeToken } from '../../src/team/access/machineTokens.ts';
import { judgeClaim, takeLeaseBack, waitingClaims } from '../../src/team/budgets/leaseClaims.ts';
import { listLeases } from '../../src/team/budgets/leaseList.ts';
import { listTeamBudgets, setTeamBudget } from '../../src/team/budgets/teamBudgets.ts';
import { decideAtoms } from '../../src/team/figures/decideAtoms.ts';
import { seedTasks } from '../../src/team/figures/seededTasks.fixture.ts';
import { policyHistory } from '../../src/team/policies/policyHistory.ts';
import { newestVersion, publishPolicy, rollBackPolicy } from '../../src/team/policies/publishPolicy.ts';
import { readSigningKeys } from '../../src/team/policies/signingKeys.ts';
import { recount } from '../../src/team/usage/recount.ts';
import type { LeaseAnswer } from '../../src/usage/leases/wire.ts';
import { attempt, keyed, outcome } from '../host/teamSamples.ts';
import { ORG, startTeamStage, TEAM, type TeamStage } from '../host/teamStage.ts';

const USD = 1e9;
const NOON = Date.parse('2026-11-23T12:30Z');
const THEIRS = ORG + 1;
const both = [ORG, THEIRS] as const;
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'team-neighbours-')));
const keys = readSigningKeys(join(folder, 'policy-signing.pem'), true);

let stage: TeamStage;
const started = await startTeamStage({ now: NOON });
if (started) stage = started;

describe.skipIf(started === undefined)('two organisations of one server', () => {
  const tokens = new Map<string, { readonly id: string; readonly token: string }>();
  const tokenOf = (orgId: number, scope: 'ingest' | 'lease') => tokens.get(`${orgId} ${scope}`)?.token ?? '';

  beforeAll(async () => {
    await stage.database.insertInto('orgs').values({ name: 'Others' }).execute();
    // Of the same number as ours.
    await sql`INSERT INTO teams (org_id, id, name) VALUES (${THEIRS}, ${TEAM}, 'Search')`.execute(stage.database);
    for (const orgId of both) {
      for (const scope of ['ingest', 'lease'] as const) {
        tokens.set(`${orgId} ${scope}`, await createToken(stage.database, { orgId, teamId: TEAM, scope }, NOON));
      }
    }
  });
  beforeEach(async () => {
    await sql`TRUNCATE usage_events, tasks, attempt_rollups, task_rollups, route_rollups, attempt_presence, task_presence,
      team_budgets, policy_budgets, budget_periods, budget_leases, policy_versions, audit_log, task_atoms, outcome_atoms,
      untold_outcomes, latency_atoms, trouble_atoms, decided_cells, figure_weeks`.execute(stage.database);
  });
  afterAll(async () => {
    await stage.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function post<Answer>(path: string, body: unknown, bearer: string): Promise<Answer> {
    const response = await fetch(`${stage.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
    return (await response.json()) as Answer;
  }
  const send = (orgId: number, events: readonly unknown[]) =>
    post<{ accepted: number; duplicate: number }>('/v1/ingest', { version: 1, events }, tokenOf(orgId, 'ingest'));
  const count = async (table: string, orgId: number): Promise<number> => {
    const { rows } = await stage.pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM ${table} WHERE org_id = $1`,
      [orgId],
    );
    return rows[0]?.n ?? 0;
  };

  it('take the same event in once each, also where another one of the request is there already', async () => {
    const [one, other] = [attempt(), attempt()];
    expect(await send(ORG, [one])).toMatchObject({ accepted: 1, duplicate: 0 });
    expect(await send(THEIRS, [other])).toMatchObject({ accepted: 1, duplicate: 0 });
    expect(await send(THEIRS, [one, other])).toMatchObject({ accepted: 1, duplicate: 1 });
    for (const orgId of both) {
      expect((await recount(stage.pool, orgId)).filter(({ differences }) => differences > 0)).toEqual([]);
    }
    expect([await count('usage_events', ORG), await count('usage_events', THEIRS)]).toEqual([1, 2]);
  });

  it('add up tasks of one name by themselves, and forget one’s person alone', async () => {
    const events = [attempt({ task: keyed('task') }), outcome({ task: keyed('task') })];
    for (const orgId of both) await send(orgId, events);
    await send(THEIRS, [attempt({ task: keyed('task') })]);
    const tasks = await stage.database.selectFrom('tasks').select(['org_id', 'attempts']).orderBy('org_id').execute();
    expect(tasks).toEqual([
      { org_id: ORG, attempts: 1 },
      { org_id: THEIRS, attempts: 2 },
    ]);
    expect(await forgetPerson(stage.database, ORG, keyed('person'))).toEqual({ events: 2, tasks: 1 });
    const left = ['usage_events', 'tasks', 'attempt_presence', 'task_presence'];
    for (const table of left) expect([table, await count(table, ORG)]).toEqual([table, 0]);
    for (const table of left) expect([table, (await count(table, THEIRS)) > 0]).toEqual([table, true]);
  });

  describe('lease from budgets of one name', () => {
    const ask = (orgId: number, needUsd: number, changes: object = {}) =>
      post<LeaseAnswer>(
        '/v1/leases',
        {
          ...{ request: randomUUID(), budget: 'all', per: 'team', period: 'month', evenEmpty: true },
          ...{ needNanoUsd: needUsd * USD, wantedNanoUsd: needUsd * USD, mostNanoUsd: 100 * USD },
          ...changes,
        },
        tokenOf(orgId, 'lease'),
      );
    const sums = async (orgId: number) => {
      const [budget] = await listTeamBudgets(stage.services, orgId);
      return [(budget?.spentNanoUsd ?? 0) / USD, (budget?.outNanoUsd ?? 0) / USD];
    };
    const set = (orgId: number, usd: number) =>
      setTeamBudget(stage.services, { orgId, teamId: TEAM, name: 'all', period: 'month' }, usd * USD, 'Ada');

    it('each from its own amount', async () => {
      await set(THEIRS, 10);
      await sql`INSERT INTO policy_budgets (org_id, policy, name, per, period, amount_nano)
        VALUES (${THEIRS}, 'base', 'all', 'team', 'month', ${5 * USD}), (${ORG}, 'base', 'all', 'team', 'month', ${80 * USD})`.execute(
        stage.database,
      );
      const request = randomUUID();
      expect((await ask(THEIRS, 6, { request })).lease?.amountNanoUsd).toBe(6 * USD);
      expect((await ask(ORG, 60, { request })).lease?.amountNanoUsd).toBe(60 * USD);
      expect((await ask(THEIRS, 6)).lease?.amountNanoUsd).toBe(0);
      expect((await ask(ORG, 20)).lease?.amountNanoUsd).toBe(20 * USD);
      expect([await sums(ORG), await sums(THEIRS)]).toEqual([
        [0, 80],
        [0, 6],
      ]);
      const listed = await Promise.all(both.map((orgId) => listTeamBudgets(stage.services, orgId)));
      expect(listed.map((budgets) => budgets.map(({ team, amountNanoUsd }) => [team?.name, amountNanoUsd]))).toEqual([
        [['Payments', 80 * USD]],
        [['Search', 10 * USD]],
      ]);
    });

    it('and judge claims of leases of one name by themselves', async () => {
      for (const orgId of both) {
        await set(orgId, 100);
        const { lease } = await ask(orgId, 4);
        await post(`/v1/leases/${lease?.id}/settle`, { spentNanoUsd: 40 * USD }, tokenOf(orgId, 'lease'));
      }
      const [mine] = (await listLeases(stage.services, ORG, { kind: 'claims' }, { most: 9 })).leases;
      const lease = mine?.id ?? '';
      await sql`UPDATE budget_leases SET id = ${lease}::uuid, token_id = ${mine?.tokenId ?? ''}::uuid,
        settled_by = ${mine?.settledBy ?? ''}::uuid WHERE org_id = ${THEIRS}`.execute(stage.database);
      const lists = [{ kind: 'claims' }, { kind: 'of-token', tokenId: mine?.tokenId ?? '' }] as const;
      for (const [orgId, team] of [
        [ORG, 'Payments'],
        [THEIRS, 'Search'],
      ] as const) {
        for (const asked of lists) {
          const { leases, inAll } = await listLeases(stage.services, orgId, asked, { most: 9 });
          expect([inAll, leases.map((one) => one.team)]).toEqual([1, [team]]);
        }
        expect(await waitingClaims(stage.services, orgId)).toBe(1);
      }
      const judgement = { orgId: ORG, lease, who: 'Grace' };
      expect(await judgeClaim(stage.services, judgement, 'accepted')).toEqual({ kind: 'done' });
      expect([await sums(ORG), await sums(THEIRS)]).toEqual([
        [40, 0],
        [33, 0],
      ]);
      expect([await waitingClaims(stage.services, ORG), await waitingClaims(stage.services, THEIRS)]).toEqual([0, 1]);
      expect(await takeLeaseBack(stage.services, { ...judgement, orgId: THEIRS })).toEqual({ kind: 'done' });
      expect([await sums(ORG), await sums(THEIRS)]).toEqual([
        [40, 0],
        [0, 0],
      ]);
      expect(await takeLeaseBack(stage.services, judgement)).toEqual({ kind: 'done' });
    });
  });

  it('list their own tokens, and revoke no other', async () => {
    const lists = await Promise.all(both.map((orgId) => listTokens(stage.database, orgId)));
    expect(lists.map((list) => [...new Set(list.map(({ team }) => team))])).toEqual([['Payments'], ['Search']]);
    expect(lists.map((list) => list.length)).toEqual([2, 2]);
    const { id = '', token = '' } = tokens.get(`${ORG} ingest`) ?? {};
    expect(await revokeToken(stage.database, THEIRS, id, NOON)).toBe(false);
    expect(await machineOf(stage.database, token, 'ingest', NOON)).toMatchObject({ orgId: ORG, teamId: TEAM });
  });

  it('hand out policies of one name apart', async () => {
    const text = (usd: number) =>
      Buffer.from(
        `{"version":1,"default":"openai/gpt-6-sol","budgets":[{"id":"shared","per":"team","period":"month","usd":${usd},"then":"block"}]}`,
      );
    const publish = (orgId: number, usd: number) =>
      publishPolicy(stage.services, keys, { orgId, name: 'base', bytes: text(usd), who: 'Ada' });
    expect(await publish(ORG, 50)).toMatchObject({ kind: 'published' });
    expect(await publish(THEIRS, 70)).toMatchObject({ kind: 'published' });
    const serials = [];
    for (const orgId of both) {
      const newest = await newestVersion(stage.services, orgId, 'base');
      expect(newest?.text.equals(text(orgId === ORG ? 50 : 70))).toBe(true);
      expect(await policyHistory(stage.services, orgId, 'base')).toHaveLength(1);
      expect(await listTeamBudgets(stage.services, orgId)).toMatchObject([
        { amountNanoUsd: (orgId === ORG ? 50 : 70) * USD },
      ]);
      serials.push(Number(newest?.serial));
    }
    // Both were published within the same second.
    expect(serials).toEqual([Math.floor(NOON / 1_000), Math.floor(NOON / 1_000)]);
    expect(await publish(ORG, 60)).toMatchObject({ kind: 'published', serial: (serials[0] ?? 0) + 1 });
    const back = { orgId: THEIRS, name: 'base', serial: (serials[0] ?? 0) + 1, who: 'Grace' };
    expect(await rollBackPolicy(stage.services, keys, back)).toBeUndefined();
    expect(await listTeamBudgets(stage.services, THEIRS)).toMatchObject([{ amountNanoUsd: 70 * USD }]);
  });

  it('publish of the same work what each did', async () => {
    const people = Array.from({ length: 6 }, (_, n) => `p${n}`);
    const tasks = people.flatMap((person) =>
      ['kept', 'undone'].map((told) => ({
        ...{ person, day: '2026-11-19', outcome: told, latencyMs: 900, firstTokenMs: 90 },
        trouble: { failure: 'overload' },
      })),
    );
    for (const orgId of both) await seedTasks(stage.database, tasks, orgId);
    const expectOneEach = async (...tables: readonly string[]): Promise<void> => {
      for (const table of tables) {
        expect([table, await count(table, ORG), await count(table, THEIRS)]).toEqual([table, 1, 1]);
      }
    };
    await decideAtoms(stage.database, NOON);
    await expectOneEach('task_atoms', 'latency_atoms', 'trouble_atoms');
    await decideAtoms(stage.database, NOON + 7 * 86_400_000);
    await expectOneEach('task_atoms', 'latency_atoms', 'trouble_atoms', 'outcome_atoms');
    const { rows } = await stage.pool.query(`SELECT a.org_id, a.tasks::int, a.persons, o.tasks_failure::int AS failed
      FROM task_atoms AS a JOIN outcome_atoms AS o USING (org_id) ORDER BY 1`);
    expect(rows).toEqual(both.map((org_id) => ({ org_id, tasks: 12, persons: 6, failed: 6 })));
  });
});
