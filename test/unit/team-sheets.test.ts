// What pages read is added up ahead. It is what a plain sum of the published atoms is, under any view and at any time: nothing
// that was withheld is in it, and nothing that came later.
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FigureSource } from '../../src/team/figures/atomSource.ts';
import { queryPolicies, readPolicies } from '../../src/team/figures/beforeAfter.ts';
import { daysWithOutcomes, queryDaysWithOutcomes } from '../../src/team/figures/daysWithOutcomes.ts';
import { decideAtoms } from '../../src/team/figures/decideAtoms.ts';
import { publishFigures } from '../../src/team/figures/keepFigures.ts';
import { type LatencyColumn, queryHistograms, sumHistograms } from '../../src/team/figures/latencyFigures.ts';
import { setLeastPersons } from '../../src/team/figures/leastPersons.ts';
import { queryRoutedByMonth, routedByMonth } from '../../src/team/figures/routedByMonth.ts';
import { makeSheets } from '../../src/team/figures/sheets/makeSheets.ts';
import { sumTaskSheets } from '../../src/team/figures/sheets/taskSums.ts';
import { queryTaskSums, type TaskColumn } from '../../src/team/figures/taskFigures.ts';
import { daysOfView, type TeamView, viewWeeks } from '../../src/team/figures/teamView.ts';
import { queryTrouble, sumTrouble } from '../../src/team/figures/trouble.ts';
import { dayNumber, SETTLE_MS } from '../../src/team/figures/weeks.ts';
import { type OpenDatabase, openDatabase } from '../../src/team/store/database.ts';
import type { IncomingEvent } from '../../src/team/usage/eventColumns.ts';
import { EventWriter } from '../../src/team/usage/eventWriter.ts';
import { makePartitions } from '../../src/team/usage/partitions.ts';
import { recount } from '../../src/team/usage/recount.ts';
import { repairRollups } from '../../src/team/usage/repair.ts';
import { tidyUsage } from '../../src/team/usage/upkeep.ts';
import { DAY_MS, dayName } from '../../src/usage/report/dayRange.ts';
import { newEventId } from '../../src/usage/sync/eventId.ts';
import { seedTeam } from '../bench/teamSeed.ts';
import { ORG, startTeamStage } from '../host/teamStage.ts';

/** A Sunday: the last week is not over. */
const UNTIL = '2026-11-22';
const DAYS = 24;
const TEAMS = 3;
const LEAST = 5;
const RUNS = 25;

const stage = await startTeamStage({ parts: () => [] });
/** As another server has them, which shares nothing in memory with the first. */
let other: OpenDatabase | undefined;
afterAll(async () => {
  await other?.close();
  await stage?.stop();
});

const settled = (day: string): number => (dayNumber(day) + 1) * DAY_MS + SETTLE_MS;
const daysBefore = (days: number): string => dayName(dayNumber(UNTIL) - days);
const NOW = settled(UNTIL);

const taskColumns: readonly TaskColumn[] = [
  'team',
  'class',
  'work',
  'provider',
  'model',
  'simulated',
  'week',
  'day',
  'policy',
  'labels',
  'trial',
  'arm',
];
const latencyColumns: readonly LatencyColumn[] = ['team', 'class', 'work', 'provider', 'target'];

const someDay = fc.nat(DAYS + 8).map(daysBefore);
const someView: fc.Arbitrary<TeamView> = fc.record(
  {
    days: fc.oneof(
      fc.constantFrom(...viewWeeks).map((weeks) => ({ kind: 'weeks', weeks }) as const),
      fc.tuple(someDay, someDay).map((days) => {
        const [from = '', to = ''] = days.toSorted();
        return { kind: 'custom', from, to } as const;
      }),
    ),
    team: fc.integer({ min: 1, max: TEAMS + 1 }),
    class: fc.constantFrom('docs', 'tests', 'ui', 'none'),
    label: fc.nat(3).map((n) => ({ key: 'cost-center', value: `R-${n}` })),
  },
  { requiredKeys: ['days'] },
);
const someQuestion = fc.record({
  view: someView,
  // Most pages ask for all that tells tasks apart, or for little.
  by: fc.subarray([...taskColumns], { minLength: 1 }),
  latencyBy: fc.subarray([...latencyColumns], { minLength: 1 }),
});

describe.runIf(stage !== undefined)('what is added up ahead', () => {
  const there = () => stage as NonNullable<typeof stage>;
  const from = (leastPersons = LEAST, database = there().database): FigureSource => ({
    database,
    orgId: ORG,
    now: NOW,
    leastPersons,
  });

  /** Rows in an order of their own, with numbers as far as adding in another order may leave them alike. */
  function inOrder(rows: readonly object[]): readonly string[] {
    const exact = (_: string, value: unknown): unknown =>
      typeof value === 'number' ? Number(value.toPrecision(12)) : sorted(value);
    return rows.map((row) => JSON.stringify(row, exact)).sort();
  }

  function sorted(value: unknown): unknown {
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  }

  /** @returns how many rows there were to compare */
  async function compare(
    { view, by, latencyBy }: { view: TeamView; by: readonly TaskColumn[]; latencyBy: readonly LatencyColumn[] },
    source: FigureSource,
  ): Promise<number> {
    const asked = JSON.stringify({ view, by, latencyBy });
    const plain = inOrder(await queryTaskSums(source, view, by));
    expect(inOrder(await sumTaskSheets(source, view, by)), asked).toEqual(plain);
    const histograms = inOrder(await queryHistograms(source, view, latencyBy));
    expect(inOrder(await sumHistograms(source, view, latencyBy)), asked).toEqual(histograms);
    expect(inOrder(await sumTrouble(source, view)), asked).toEqual(inOrder(await queryTrouble(source, view)));
    expect(await readPolicies(source, view), asked).toEqual(await queryPolicies(source, view));
    expect(await daysWithOutcomes(source, view), asked).toBe(await queryDaysWithOutcomes(source, view));
    const days = { kind: 'custom', ...daysOfView(view, NOW) } as const;
    expect(await routedByMonth(source, days), asked).toEqual(await queryRoutedByMonth(source, days));
    return plain.length + histograms.length;
  }

  async function compareAll(source = from()): Promise<void> {
    let rows = 0;
    await fc.assert(
      fc.asyncProperty(someQuestion, async (question) => {
        rows += await compare(question, source);
      }),
      { numRuns: RUNS },
    );
    expect(rows).toBeGreaterThan(RUNS);
  }

  const everything: TeamView = { days: { kind: 'weeks', weeks: 26 } };
  const published = async (source = from()): Promise<readonly unknown[]> => [
    inOrder(await sumTaskSheets(source, everything, taskColumns)),
    inOrder(await sumHistograms(source, everything, latencyColumns)),
    inOrder(await sumTrouble(source, everything)),
  ];

  beforeAll(async () => {
    const { pool, postgres } = there();
    other = openDatabase(postgres.address);
    await seedTeam(pool, { events: 30_000, days: DAYS, teams: TEAMS, peoplePerTeam: 9, until: UNTIL });
    // Some of the work was done by stand-ins, some in a trial.
    await sql`UPDATE tasks SET simulated = true, cell = md5(cell::text)::uuid WHERE team_id = 2 AND kind = 'completion'`.execute(
      there().database,
    );
    await sql`UPDATE tasks SET trial = 't', arm = arms.arm, cell = md5(cell::text || arms.arm)::uuid
      FROM (VALUES ('trial', 0), ('control', 1)) AS arms (arm, n)
      WHERE team_id = 3 AND kind = 'completion' AND arms.n = (task < '8')::int`.execute(there().database);
  }, 120_000);

  test('is a plain sum of what is published, day after day', async () => {
    for (const ago of [9, 5, 4, 0]) {
      await publishFigures(there().database, settled(daysBefore(ago)));
      await compareAll();
    }
    const [all] = await published();
    const rows = (all as readonly string[]).map((row) => JSON.parse(row) as Readonly<Record<string, unknown>>);
    expect(rows.length).toBeGreaterThan(100);
    for (const told of ['tasks_success', 'tasks_failure', 'simulated', 'trial', 'policy', 'team']) {
      expect(rows.filter((row) => Boolean(row[told])).length, told).toBeGreaterThan(0);
    }
  }, 240_000);

  test('is so where nobody has added it up yet, and on another server', async () => {
    await sql`DELETE FROM figure_sheets`.execute(there().database);
    await compareAll(from(LEAST, other?.database));
    // The first one has it in memory.
    await compareAll();
  }, 120_000);

  test('has nothing of fewer persons than are asked for later, and all of it again after that', async () => {
    const before = await published();
    const few = await sql<{ atoms: number }>`
      SELECT count(*)::float8 AS atoms FROM task_atoms WHERE persons = ${LEAST}`.execute(there().database);
    expect(few.rows[0]?.atoms).toBeGreaterThan(0);
    try {
      for (const source of [from(LEAST + 2), from(LEAST + 2, other?.database)]) {
        await setLeastPersons(there().database, ORG, LEAST + 2);
        await compareAll(source);
        expect(await published(source)).not.toEqual(before);
      }
    } finally {
      await setLeastPersons(there().database, ORG, LEAST);
    }
    await publishFigures(there().database, NOW);
    expect(await published()).toEqual(before);
    await compareAll();
  }, 240_000);

  test('is not changed by late outcomes, a recount that repairs, nor by what is forgotten and folded', async () => {
    const { pool, database } = there();
    const before = await published();
    await makePartitions(pool, [dayName(dayNumber(UNTIL) + 1)]);
    const { rows } = await pool.query<Record<string, string>>(
      `SELECT team_id, task, person, surface, kind, class, policy, outcome, day FROM usage_events
       WHERE event = 'outcome' AND day > $1 ORDER BY id LIMIT 400`,
      [daysBefore(6)],
    );
    const late = rows.map((row): IncomingEvent => {
      const { team_id: team, task = '', person = '', class: ofClass = '', policy = '', outcome = 'kept' } = row;
      const hour = `${UNTIL}T20:00Z`;
      const event = {
        event: 'outcome',
        id: newEventId(hour),
        hour,
        person,
        surface: 'agent',
        kind: 'agent',
        class: ofClass,
        policy,
        task,
        revision: 1,
        previous: outcome,
        outcome: 'undone',
      };
      return { teamId: Number(team), day: UNTIL, event: event as IncomingEvent['event'] };
    });
    expect(await new EventWriter(pool).write(ORG, late)).toMatchObject({ kind: 'written', accepted: 400 });
    await publishFigures(database, NOW);
    expect(await published()).toEqual(before);
    await sql`UPDATE task_rollups SET tasks = tasks + 1 WHERE team_id = 1`.execute(database);
    expect((await repairRollups(pool, ORG)).some(({ written }) => written > 0)).toBe(true);
    expect((await recount(pool, ORG)).every(({ differences }) => differences === 0)).toBe(true);
    await publishFigures(database, NOW);
    expect(await published()).toEqual(before);
    await tidyUsage(pool, NOW + 150 * DAY_MS, there().services.signal);
    expect((await sql`SELECT FROM task_rollups WHERE span = 'month'`.execute(database)).rows.length).toBeGreaterThan(0);
    await sql`DELETE FROM figure_sheets`.execute(database);
    expect(await published(from(LEAST, other?.database))).toEqual(before);
    await compareAll();
  }, 240_000);

  test('two servers that add up at once leave what is published last', async () => {
    const [one, two] = [there().database, (other as OpenDatabase).database];
    await sql`DELETE FROM figure_sheets`.execute(one);
    await Promise.all([publishFigures(one, NOW), publishFigures(two, NOW), decideAtoms(two, NOW)]);
    expect(await published(from(LEAST, two))).toEqual(await published());
    const { rows } = await sql`SELECT FROM figure_weeks AS w LEFT JOIN figure_sheets AS s USING (org_id, week, version)
      WHERE s.week IS NULL`.execute(one);
    expect(rows).toEqual([]);
  });

  test('is of one organisation alone, also where another’s teams, atoms and weeks are called alike', async () => {
    const { database } = there();
    const theirs = ORG + 1;
    const before = await published();
    await sql`INSERT INTO orgs (name) VALUES ('Others')`.execute(database);
    // The same as ours but for how much it is, versions among it: what is told apart is told so by the organisation.
    for (const [table, changed] of [
      ['task_atoms', { tasks: 'tasks * 3', cost: 'cost * 5' }],
      ['outcome_atoms', { tasks_success: 'tasks_success * 3 + 1' }],
      ['trouble_atoms', { times: 'times * 3' }],
      ['latency_atoms', { latency: 'first_token', first_token: 'latency' }],
      ['figure_weeks', {}],
    ] as const) {
      const { rows } = await sql<{ column: string }>`SELECT column_name AS column FROM information_schema.columns
        WHERE table_name = ${table} AND table_schema = current_schema()`.execute(database);
      const of: Readonly<Record<string, string>> = { ...changed, org_id: String(theirs) };
      const columns = rows.map(({ column }) => column);
      await sql`INSERT INTO ${sql.table(table)} (${sql.raw(columns.join(', '))})
        SELECT ${sql.raw(columns.map((column) => of[column] ?? column).join(', '))} FROM ${sql.table(table)}
        WHERE org_id = ${ORG}`.execute(database);
    }
    // Made ahead, read by a server that knows none, and made by whoever misses them.
    for (const ahead of [true, false]) {
      await sql`DELETE FROM figure_sheets`.execute(database);
      if (ahead) await makeSheets(database);
      const server = openDatabase(there().postgres.address);
      try {
        const [ours, others] = [from(LEAST, server.database), { ...from(LEAST, server.database), orgId: theirs }];
        await compareAll(others);
        await compareAll(ours);
        expect(await published(ours)).toEqual(before);
        const all = await published(others);
        for (const [place, rows] of before.entries()) expect(all[place], String(place)).not.toEqual(rows);
      } finally {
        await server.close();
      }
    }
  }, 240_000);
});
