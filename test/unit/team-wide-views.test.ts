// However many look at however many weeks, whoever asks for a lease meanwhile is answered, and what is read is read once.
import { setImmediate as turn } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FigureSource } from '../../src/team/figures/atomSource.ts';
import { sumTaskSheets } from '../../src/team/figures/sheets/taskSums.ts';
import type { TeamView } from '../../src/team/figures/teamView.ts';
import { firstDayOf, weekOf } from '../../src/team/figures/weeks.ts';
import { DAY_MS, dayName } from '../../src/usage/report/dayRange.ts';
import { startLeaseStage } from '../host/leaseStage.ts';
import { ORG } from '../host/teamStage.ts';

const NOON = Date.UTC(2026, 10, 23, 12);
const LAST_WEEK = weekOf(Math.floor(NOON / DAY_MS)) - 1;
const WEEKS = 50;
const ATOMS = 300;
const VIEWS = 8;
/** Of the ten that there are. */
const MOST_BUSY = 4;
/** Of tasks, and of what became of them. */
const FAMILIES = 2;

const leases = await startLeaseStage(NOON);

describe.skipIf(leases === undefined)('wide views', () => {
  if (leases === undefined) return;
  const { stage, ask } = leases;
  const source: FigureSource = { database: stage.database, orgId: ORG, now: NOON, leastPersons: 5 };
  afterAll(() => stage.stop(), 60_000);

  beforeAll(async () => {
    await leases.begin();
    await sql`INSERT INTO figure_weeks (org_id, week, decided_through, is_final)
      SELECT ${ORG}, week, '1970-01-01'::date + week * 7 + 6, true
      FROM generate_series(${LAST_WEEK - WEEKS + 1}::int, ${LAST_WEEK}::int) AS week`.execute(stage.database);
    await sql`INSERT INTO task_atoms (org_id, atom, team_id, from_day, to_day, persons, simulated, class, work, provider, model,
        policy, trial, arm, labels, tasks, cost, unpriced)
      SELECT ${ORG}, gen_random_uuid(), n % 9 + 1, decided_through - n % 7, decided_through - n % 7, 6, false, 'class-' || n % 12,
        'completion', 'p', 'm-' || n % 5, md5((n % 40)::text), '', '', '{}', 7, 1000, 0
      FROM figure_weeks, generate_series(1, ${ATOMS}::int) AS n`.execute(stage.database);
    await look(WEEKS);
  });

  /** As many weeks of days. */
  async function look(weeks: number): Promise<void> {
    const [from, to] = [firstDayOf(LAST_WEEK - weeks + 1), firstDayOf(LAST_WEEK) + 6].map(dayName);
    const view: TeamView = { days: { kind: 'custom', from: from ?? '', to: to ?? '' } };
    const rows = await sumTaskSheets(source, view, ['day', 'class']);
    expect(rows.length).toBe(weeks * 7 * 12);
    expect(rows.reduce((sum, { tasks }) => sum + tasks, 0)).toBe(weeks * ATOMS * 7);
  }

  /** A lease that is asked for when so many have begun to look, and who of them had ended when it was there; connections at work at once. */
  async function leaseBeside(): Promise<{ readonly ended: number; readonly busy: number }> {
    let [ended, busy] = [0, 0];
    const views = Array.from({ length: VIEWS }, async (_, place) => {
      await look(WEEKS - place);
      ended += 1;
    });
    const asked = ask().then(({ lease }) => {
      expect(lease).toBeDefined();
      return ended;
    });
    let isDone = false;
    const all = Promise.all(views).finally(() => (isDone = true));
    while (!isDone) {
      busy = Math.max(busy, stage.pool.totalCount - stage.pool.idleCount);
      await turn();
    }
    await all;
    return { ended: await asked, busy };
  }

  test('leave connections and turns to a lease, whether sheets are read or in memory', async () => {
    await ask();
    for (const isRead of [false, true]) {
      // Of another version each is read anew.
      if (!isRead) await sql`UPDATE figure_weeks SET version = gen_random_uuid()`.execute(stage.database);
      const { ended, busy } = await leaseBeside();
      expect(ended).toBe(0);
      // Two for all who look, and what a lease takes.
      expect(busy).toBeLessThanOrEqual(MOST_BUSY);
    }
  }, 120_000);

  test('give way after each sheet, also where all are in memory', async () => {
    await look(WEEKS);
    let [turns, isDone] = [0, false];
    const looked = look(WEEKS).finally(() => (isDone = true));
    for (; !isDone; turns += 1) await turn();
    await looked;
    expect(turns).toBeGreaterThan(WEEKS * FAMILIES);
  });
});
