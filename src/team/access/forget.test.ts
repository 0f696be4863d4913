import { afterAll, describe, expect, test } from 'vitest';
import { attempt } from '../../../test/host/teamSamples.ts';
import { ORG, startTeamStage, TEAM, type TeamStage } from '../../../test/host/teamStage.ts';
import { forgetPerson } from './forget.ts';

const ADA = 'a'.repeat(16);
const BEN = 'b'.repeat(16);
const stage = await startTeamStage();

afterAll(() => stage?.stop());

describe.skipIf(stage === undefined)('somebody who is forgotten', () => {
  const here = stage as TeamStage;
  const counted = async (): Promise<Record<string, number>> => {
    const found: Record<string, number> = {};
    for (const table of ['usage_events', 'tasks', 'attempt_presence', 'task_presence']) {
      const { rows } = await here.pool.query<{ who: string; count: number }>(
        `SELECT team_id || ' ' || person AS who, count(*)::int AS count FROM ${table} GROUP BY 1`,
      );
      for (const { who, count } of rows) found[`${table} ${who}`] = count;
    }
    return found;
  };

  test('is in no table of that team any more, and everybody else is', async () => {
    const other = await here.addTeam('Search');
    await here.pool.query(
      `CREATE TABLE forget_day PARTITION OF usage_events FOR VALUES FROM ('2020-01-01') TO ('2020-01-02')`,
    );
    for (const [team, person] of [
      [TEAM, ADA],
      [TEAM, BEN],
      [other, ADA],
    ] as const) {
      await here.pool.query(
        `INSERT INTO usage_events (org_id, team_id, day, id, event, at, person, surface, kind, class, simulated, outcome, estimated)
         SELECT $1, $2, '2020-01-01', gen_random_uuid(), 'attempt', '2020-01-01T10:00Z', $3, 's', 'k', 'c', false, 'o', false FROM generate_series(1, 3)`,
        [ORG, team, person],
      );
      await here.pool.query(
        `INSERT INTO tasks (org_id, team_id, task, person, seen, attempts, unpriced, cost_nano_usd, billed_nano_usd, input_tokens) VALUES ($1, $2, $3, $3, '2020-01-01', 1, 0, 1, 1, 1)`,
        [ORG, team, person],
      );
      await here.pool.query(
        `INSERT INTO attempt_presence (org_id, team_id, day, cell, epoch, person) VALUES ($1, $2, '2020-01-01', gen_random_uuid(), 1, $3)`,
        [ORG, team, person],
      );
      await here.pool.query(
        `INSERT INTO task_presence (org_id, team_id, day, cell, epoch, person, tasks) VALUES ($1, $2, '2020-01-01', gen_random_uuid(), 1, $3, 1)`,
        [ORG, team, person],
      );
    }
    const before = await counted();
    expect(Object.keys(before)).toHaveLength(12);
    const ask = async (name: string, token: string): Promise<unknown> => {
      const answer = await fetch(`${here.url}/v1/people/${encodeURIComponent(name)}`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${token}` },
      });
      return [answer.status, await answer.json()];
    };
    const token = await here.token('ingest');
    for (const name of ['ada', "' OR '1'='1", '%', ADA.toUpperCase(), `${ADA}a`]) {
      expect(await ask(name, token)).toEqual([400, { error: expect.any(String) }]);
    }
    expect(await ask(ADA, await here.token('lease'))).toEqual([401, { error: expect.any(String) }]);
    expect(await counted()).toEqual(before);
    expect(await ask(ADA, token)).toEqual([200, { events: 3, tasks: 1 }]);
    expect(await ask(ADA, token)).toEqual([200, { events: 0, tasks: 0 }]);
    const left = Object.fromEntries(Object.entries(before).filter(([who]) => !who.endsWith(`${TEAM} ${ADA}`)));
    expect(await counted()).toEqual(left);
    expect(Object.keys(left)).toHaveLength(8);
  });

  test('is gone from a task that came under another name as well, and with it where it was counted by this one before', async () => {
    const [late, early] = ['f'.repeat(16), '0'.repeat(16)];
    const token = await here.token('ingest');
    const hour = `${new Date(here.services.now()).toISOString().slice(0, 13)}:00Z`;
    const send = async (task: string, person: string): Promise<void> => {
      const answer = await fetch(`${here.url}/v1/ingest`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ version: 1, events: [attempt({ task, person, hour })] }),
      });
      expect(await answer.json()).toMatchObject({ accepted: 1 });
    };
    const rows = async (table: 'tasks' | 'usage_events'): Promise<readonly string[]> => {
      const { rows: found } = await here.pool.query<{ who: string }>(
        `SELECT left(task, 1) || ' ' || left(person, 1) AS who FROM ${table} WHERE person IN ($1, $2) ORDER BY 1`,
        [late, early],
      );
      return found.map(({ who }) => who);
    };
    // A task is counted by the lowest of its names: the first had another before, the second has not.
    for (const person of [late, early]) await send('1'.repeat(16), person);
    for (const person of [early, late]) await send('2'.repeat(16), person);
    await send('3'.repeat(16), early);
    expect(await rows('tasks')).toEqual(['1 0', '2 0', '3 0']);
    expect(await rows('usage_events')).toEqual(['1 0', '1 f', '2 0', '2 f', '3 0']);
    expect(await forgetPerson(here.database, ORG, late)).toEqual({ events: 2, tasks: 1 });
    expect(await rows('tasks')).toEqual(['2 0', '3 0']);
    expect(await rows('usage_events')).toEqual(['1 0', '2 0', '3 0']);
    expect(await forgetPerson(here.database, ORG, early)).toEqual({ events: 3, tasks: 2 });
    expect([await rows('tasks'), await rows('usage_events')]).toEqual([[], []]);
    expect((await here.pool.query(`SELECT 1 FROM tasks WHERE '${late}' IN (person, was_person)`)).rowCount).toBe(0);
  });
});
