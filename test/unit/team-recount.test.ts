// `routing-policy team recount`: whether roll-ups are what single events add up to, and what becomes of those that are not.
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { recount } from '../../src/team/usage/recount.ts';
import { usageRoutes } from '../../src/team/usage/usageRoutes.ts';
import { teamCommand } from '../host/teamCommand.ts';
import { keyed, teamEvents } from '../host/teamSamples.ts';
import { ORG, startTeamStage } from '../host/teamStage.ts';

const NOW = Date.parse('2026-11-23T12:30Z');
const started = await startTeamStage({ now: NOW, parts: (services) => [usageRoutes(services)] });

afterAll(() => started?.stop());

describe.skipIf(started === undefined)('a recount', () => {
  const stage = started as NonNullable<typeof started>;
  const { pool } = stage;
  const run = teamCommand(stage.postgres.address, () => NOW);
  const command = (values: Parameters<typeof run>[1] = {}) => run(['recount'], values);
  const differing = async (): Promise<readonly string[]> =>
    (await recount(pool, ORG)).filter(({ differences }) => differences > 0).map(({ table }) => table);
  /** All rows of all that is counted, as they stand. */
  async function contents(): Promise<string> {
    const tables = ['attempt_rollups', 'route_rollups', 'attempt_presence', 'tasks', 'task_rollups', 'task_presence'];
    const all: unknown[] = [];
    for (const table of tables) {
      const row = "to_jsonb(t) - '{was_person,was_day,was_cell,was_outcome}'::text[]";
      const { rows } = await pool.query(
        `SELECT ${row} - '{was_attempts,was_input_tokens,was_cost_nano_usd,was_unpriced}'::text[] AS row FROM ${table} AS t ORDER BY 1`,
      );
      all.push(table, rows);
    }
    return JSON.stringify(all);
  }

  beforeEach(async () => {
    await pool.query(
      'TRUNCATE usage_events, tasks, attempt_rollups, route_rollups, attempt_presence, task_rollups, task_presence, audit_log',
    );
    const token = await stage.token('ingest');
    const events = teamEvents({ seed: 7, count: 600, people: 6, days: 5, until: '2026-11-22' });
    const answer = await fetch(`${stage.url}/v1/ingest`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ version: 1, events }),
    });
    expect(await answer.json()).toMatchObject({ accepted: events.length });
  });

  test('of what adds up says so, writes nothing, and ends well', async () => {
    const before = await contents();
    for (const values of [{}, { repair: true }]) {
      const { code, out } = await command(values);
      expect([code, out.match(/as events add up/g)?.length, out.includes(' not as ')]).toEqual([0, 6, false]);
    }
    expect(await contents()).toBe(before);
    expect((await pool.query('SELECT 1 FROM audit_log')).rowCount).toBe(0);
  });

  test.each<[what: string, statement: string, tables: readonly string[]]>([
    ['a sum is another', 'UPDATE attempt_rollups SET cost_nano_usd = cost_nano_usd + 1', ['attempt_rollups']],
    ['a histogram is another', `UPDATE attempt_rollups SET latency = '{"1":1}'`, ['attempt_rollups']],
    ['rows are gone', 'DELETE FROM route_rollups', ['route_rollups']],
    [
      'somebody was never there',
      `UPDATE attempt_presence SET person = '${keyed('nobody')}' WHERE ctid = (SELECT min(ctid) FROM attempt_presence)`,
      ['attempt_presence'],
    ],
    [
      'a task has another outcome than was told',
      `UPDATE tasks SET outcome = 'open', cost_nano_usd = 0 WHERE outcome = 'kept'`,
      ['tasks'],
    ],
    [
      'a task is counted that nobody had',
      `INSERT INTO tasks SELECT (jsonb_populate_record(t, '{"task": "${keyed('none')}"}')).* FROM tasks AS t
        WHERE outcome IS NOT NULL AND attempts > 0 LIMIT 1`,
      ['tasks'],
    ],
    ['tasks are gone', 'DELETE FROM tasks WHERE outcome IS NOT NULL AND attempts > 0', ['tasks']],
    [
      'tasks and all that is counted of them are gone',
      'DELETE FROM tasks; DELETE FROM task_rollups; DELETE FROM task_presence',
      ['tasks', 'task_rollups', 'task_presence'],
    ],
    ['tasks are in another cell', 'UPDATE task_rollups SET cell = gen_random_uuid()', ['task_rollups']],
    ['tasks are counted as none', 'UPDATE task_rollups SET tasks = 0', ['task_rollups']],
    ['a person has more tasks', 'UPDATE task_presence SET tasks = tasks + 1', ['task_presence']],
  ])('of roll-ups where %s ends with 1, and once they are written anew with 0', async (_what, statement, tables) => {
    const before = await contents();
    await pool.query(statement);
    expect(await differing()).toEqual(tables);
    const found = await command();
    expect(found.code).toBe(1);
    for (const table of tables) expect(found.out).toMatch(new RegExp(`${table} .*\\d not as events add up`));
    expect(await differing()).toEqual(tables);

    const repaired = await command({ repair: true });
    expect(repaired).toMatchObject({ code: 0, out: expect.stringContaining('written anew, and add up') });
    expect(await differing()).toEqual([]);
    expect(await contents()).toBe(before);
    const { rows: log } = await pool.query('SELECT who, what, details FROM audit_log');
    expect(log).toEqual([
      {
        who: 'command line',
        what: 'wrote roll-ups anew',
        details: Object.fromEntries(tables.map((table) => [table, expect.any(Number)])),
      },
    ]);
    expect((await command()).code).toBe(0);
  });

  test('is told to programs as one document', async () => {
    await pool.query('DELETE FROM route_rollups');
    const { code, out } = await command({ json: true, repair: true });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      found: expect.arrayContaining([expect.objectContaining({ table: 'route_rollups' })]),
      repaired: expect.arrayContaining([
        expect.objectContaining({ table: 'tasks', removed: 0, written: 0 }),
        expect.objectContaining({ table: 'route_rollups', removed: 0 }),
      ]),
      after: expect.arrayContaining([expect.objectContaining({ table: 'route_rollups', differences: 0 })]),
    });
  });

  test('that writes anew loses no event that comes meanwhile', async () => {
    await pool.query('UPDATE attempt_rollups SET cost_nano_usd = 0');
    const token = await stage.token('ingest');
    const batches = Array.from({ length: 12 }, (_, n) =>
      teamEvents({ seed: 100 + n, count: 60, people: 6, days: 5, until: '2026-11-22' }),
    );
    const sending = batches.map(async (events) => {
      const answer = await fetch(`${stage.url}/v1/ingest`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ version: 1, events }),
      });
      return ((await answer.json()) as { accepted?: number }).accepted;
    });
    const [{ code }, ...accepted] = await Promise.all([command({ repair: true }), ...sending]);
    expect([code, ...accepted]).toEqual([0, ...batches.map((events) => events.length)]);
    expect(await differing()).toEqual([]);
  });

  test('takes no more words', async () => {
    expect(await run(['recount', 'all'])).toEqual({ code: 2, out: expect.stringMatching(/takes 0 more, not 1/) });
  });
});
