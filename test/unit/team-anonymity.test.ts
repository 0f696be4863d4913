// What can be found out by asking for one view after another, and adding and subtracting what they show: never what fewer
// persons did than the operator asks for.
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { forgetPerson } from '../../src/team/access/forget.ts';
import type { FigureSource } from '../../src/team/figures/atomSource.ts';
import { decideAtoms } from '../../src/team/figures/decideAtoms.ts';
import { setLeastPersons } from '../../src/team/figures/leastPersons.ts';
import { seedTasks } from '../../src/team/figures/seededTasks.fixture.ts';
import {
  readTaskCells,
  readTaskLabels,
  readTaskParts,
  readTeamCells,
  readTrialCells,
  type TeamTaskCell,
} from '../../src/team/figures/taskFigures.ts';
import type { TeamView } from '../../src/team/figures/teamView.ts';
import { readTrouble } from '../../src/team/figures/trouble.ts';
import { dayNumber, firstDayOf, lastDayOf, SETTLE_MS, weekOf } from '../../src/team/figures/weeks.ts';
import { type OpenDatabase, openDatabase } from '../../src/team/store/database.ts';
import { migrate } from '../../src/team/store/migrate.ts';
import { DAY_MS, dayName } from '../../src/usage/report/dayRange.ts';
import { grouped } from '../../src/usage/report/grouped.ts';
import { type Postgres, startPostgres } from '../host/postgres.ts';
import { toldApart } from './differencing.ts';

let postgres: Postgres | undefined;
let open: OpenDatabase;

beforeAll(async () => {
  postgres = await startPostgres();
  if (postgres === undefined) return;
  open = openDatabase(postgres.address);
  await migrate(open.database);
  await open.database.insertInto('orgs').values({ name: 'Acme' }).execute();
});
afterAll(async () => {
  await open?.close();
  await postgres?.stop();
});

beforeEach(async ({ skip }) => {
  if (postgres === undefined) return skip('there is no PostgreSQL for this machine');
  await empty();
});

async function empty(): Promise<void> {
  await sql`TRUNCATE tasks, usage_events, attempt_presence, task_rollups, task_atoms, outcome_atoms, untold_outcomes, latency_atoms, trouble_atoms, decided_cells, figure_weeks`.execute(
    open.database,
  );
}

/** A Thursday, with which a week begins; and one with which 28 days begin. */
const WEEK = weekOf(dayNumber('2026-11-05'));
const day = (week: number, ofWeek: number): string => dayName(firstDayOf(week) + ofWeek);
/** When a day has just been settled. */
const settled = (name: string): number => (dayNumber(name) + 1) * DAY_MS + SETTLE_MS;
const weekSettled = (week: number): number => settled(dayName(lastDayOf(week)));

const source = (now: number, leastPersons: number): FigureSource => ({
  database: open.database,
  orgId: 1,
  now,
  leastPersons,
});

const all: TeamView = { days: { kind: 'custom', from: '2026-10-01', to: '2027-01-31' } };
const sum = (cells: readonly TeamTaskCell[], of: 'tasks' | 'costNanoUsd'): number =>
  cells.reduce((total, cell) => total + cell[of], 0);

describe('the differencing attack', () => {
  const LEAST = 3;
  /** Teams of five, of two and of two: the small ones can never be told by themselves. */
  const teams = { ana: 1, bo: 1, cy: 1, di: 1, ed: 1, fay: 2, gus: 2, hal: 3, ina: 3 } as const;
  const people = Object.keys(teams) as (keyof typeof teams)[];
  const TASKS = 40;
  const DAYS = 8;

  const someTask = fc.record({
    person: fc.constantFrom(...people),
    ofDay: fc.nat(DAYS - 1),
    class: fc.constantFrom('docs', 'docs', 'docs', 'tests'),
    kind: fc.constantFrom('agent', 'agent', 'agent', 'agent', 'agent', 'completion'),
    target: fc.constantFrom('a/one', 'a/one', 'a/one', 'b/two'),
    policy: fc.constantFrom('p1', 'p1', 'p1', 'p1', 'p2'),
    labels: fc.constantFrom({}, {}, {}, { cost: 'red' }),
    outcome: fc.oneof(
      { weight: 30, arbitrary: fc.constantFrom('kept', 'rejected') },
      { weight: 1, arbitrary: fc.constant('unknown') },
    ),
    load: fc.nat(3),
  });
  const someView = fc.record(
    {
      days: fc.tuple(fc.nat(DAYS - 1), fc.nat(DAYS - 1)),
      team: fc.constantFrom(1, 2, 3),
      class: fc.constantFrom('docs', 'tests'),
      label: fc.constant({ key: 'cost', value: 'red' }),
    },
    { requiredKeys: ['days'] },
  );
  const someUsage = fc.record({
    week: fc.nat(3).map((later) => WEEK + later),
    tasks: fc.array(someTask, { minLength: TASKS, maxLength: TASKS }),
    views: fc.array(someView, { minLength: 16, maxLength: 16 }),
  });

  /** What every task costs, beside a bit of its own: so a sum of costs says which tasks it is of, and nobody has nearly all. */
  const BASE = 2 ** 44;
  const tasksIn = (tasks: number, costNanoUsd: number): number => costNanoUsd - tasks * BASE;

  /** Every figure that a view shows, as the tasks that it is of. */
  async function shown(from: FigureSource, view: TeamView): Promise<readonly number[]> {
    const parts = [
      [await readTaskCells(from, view)],
      [await readTeamCells(from, view)],
      [await readTrialCells(from, view)],
      [...(await readTaskParts(from, view, 'week')).values()],
      [...(await readTaskParts(from, view, 'day')).values()],
      [...(await readTaskParts(from, view, 'policy')).values()],
      [...(await readTaskLabels(from, view)).values()],
    ].flat();
    const figure = ({ team, class: ofClass, work, target }: TeamTaskCell): string =>
      JSON.stringify([team, ofClass, work, target]);
    return parts.flatMap((cells) =>
      [cells, ...grouped(cells, figure).values()].flatMap((own) => [
        tasksIn(sum(own, 'tasks'), sum(own, 'costNanoUsd')),
        // What became of them, each by itself.
        ...own
          .filter(({ verdict }) => verdict !== 'untold')
          .map(({ tasks, costNanoUsd }) => tasksIn(tasks, costNanoUsd)),
      ]),
    );
  }

  test('no sums and differences of views, however many and whenever they are asked for, are of fewer persons', async () => {
    let [told, judged, rounds] = [0, 0, 0];
    await fc.assert(
      fc.asyncProperty(someUsage, async ({ week, tasks, views }) => {
        await empty();
        await setLeastPersons(open.database, 1, LEAST);
        const seeded = tasks.map((task, bit) => ({
          ...task,
          team: teams[task.person],
          day: day(week, task.ofDay),
          costNanoUsd: BASE + 2 ** bit,
        }));
        const viewOf = ({ days: [one, other], ...rest }: (typeof views)[number]): TeamView => ({
          days: { kind: 'custom', from: day(week, Math.min(one, other)), to: day(week, Math.max(one, other)) },
          ...rest,
        });
        const figures: number[] = [];
        // They arrive in four loads, some of them late; the server decides, and somebody looks, after each.
        for (const [load, until] of [1, 3, 5, 7].entries()) {
          await seedTasks(
            open.database,
            seeded.filter((task) => task.load === load),
          );
          const now = settled(day(week, until));
          await decideAtoms(open.database, now);
          for (const view of views.slice(load * 4, load * 4 + 4)) {
            figures.push(...(await shown(source(now, LEAST), viewOf(view))));
          }
        }
        const end = source(weekSettled(week + 2), LEAST);
        figures.push(...(await shown(end, all)));
        const owners = seeded.map(({ person }) => person);
        expect(toldApart(figures, owners, LEAST)).toBeUndefined();
        const cells = await readTaskCells(end, all);
        told += sum(cells, 'tasks');
        judged += sum(
          cells.filter(({ verdict }) => verdict !== 'untold'),
          'tasks',
        );
        rounds += 1;
      }),
      { numRuns: fc.readConfigureGlobal().numRuns ?? 24, endOnFailure: true },
    );
    expect(told / (rounds * TASKS), 'and most of the work is shown').toBeGreaterThan(0.5);
    expect(judged / (rounds * TASKS), 'and what became of some of it').toBeGreaterThan(0.05);
  });
});

describe('what is kept back', () => {
  const five = ['a', 'b', 'c', 'd', 'e'];

  test('two views whose difference is one person differ by nothing', async () => {
    await setLeastPersons(open.database, 1, 5);
    const docs = five.map((person) => ({ person, day: day(WEEK, 0) }));
    const withSixth = [...docs, { person: 'f', day: day(WEEK, 0), class: 'tests', costNanoUsd: 77_000_000 }];
    await seedTasks(open.database, withSixth);
    const now = weekSettled(WEEK);
    await decideAtoms(open.database, now);
    const whole = await readTaskCells(source(now, 5), all);
    const ofDocs = await readTaskCells(source(now, 5), { ...all, class: 'docs' });
    expect(sum(whole, 'costNanoUsd')).toBe(sum(ofDocs, 'costNanoUsd'));
    expect(sum(whole, 'tasks')).toBe(5);
  });

  test('a look after one person’s batch shows what the look before it did', async () => {
    await setLeastPersons(open.database, 1, 5);
    await seedTasks(
      open.database,
      five.map((person) => ({ person, day: day(WEEK, 0) })),
    );
    const now = settled(day(WEEK, 0));
    await decideAtoms(open.database, now);
    const before = await readTaskCells(source(now, 5), all);
    await seedTasks(open.database, [
      { person: 'a', day: day(WEEK, 0) },
      { person: 'a', day: day(WEEK, 1) },
    ]);
    await decideAtoms(open.database, settled(day(WEEK, 1)));
    expect(await readTaskCells(source(settled(day(WEEK, 1)), 5), all)).toEqual(before);
    expect(sum(before, 'tasks')).toBe(5);
  });

  test('a team of four is in no figure of its own, and its work is in the organisation’s', async () => {
    await setLeastPersons(open.database, 1, 5);
    const small = five.slice(0, 4).map((person) => ({ person: `s${person}`, team: 2, day: day(WEEK, 1) }));
    await seedTasks(open.database, [...five.map((person) => ({ person, day: day(WEEK, 2) })), ...small]);
    await seedTasks(open.database, [{ person: 'sz', team: 3, day: day(WEEK, 3) }]);
    const now = weekSettled(WEEK);
    await decideAtoms(open.database, now);
    expect(sum(await readTaskCells(source(now, 5), { ...all, team: 2 }), 'tasks')).toBe(0);
    expect(sum(await readTaskCells(source(now, 5), { ...all, team: 1 }), 'tasks')).toBe(5);
    expect(sum(await readTaskCells(source(now, 5), all), 'tasks'), 'theirs with that of another small team').toBe(10);
  });

  test('a person with two names, on both sides of a change of names, counts once', async () => {
    await setLeastPersons(open.database, 1, 5);
    const epochEnds = WEEK + (3 - (WEEK % 4));
    const four = five.slice(0, 4);
    await seedTasks(open.database, [
      ...four.map((person) => ({ person, day: day(epochEnds, 6) })),
      ...four.map((person) => ({ person, day: day(epochEnds + 1, 0) })),
    ]);
    const now = weekSettled(epochEnds + 1);
    await decideAtoms(open.database, now);
    expect(sum(await readTaskCells(source(now, 5), all), 'tasks')).toBe(0);
  });

  test('what nearly all is one person’s is not shown: the other four could subtract theirs', async () => {
    await setLeastPersons(open.database, 1, 5);
    await seedTasks(
      open.database,
      five.map((person) => ({ person, day: day(WEEK, 0), costNanoUsd: person === 'a' ? 99_000_000 : 1_000_000 })),
    );
    const now = weekSettled(WEEK);
    await decideAtoms(open.database, now);
    expect(await readTaskCells(source(now, 5), all)).toEqual([]);
  });

  test('nor where it costs nothing, and nearly all of the number is one person’s', async () => {
    await setLeastPersons(open.database, 1, 5);
    const free = { day: day(WEEK, 0), costNanoUsd: 0 };
    await seedTasks(open.database, [
      ...five.map((person) => ({ person, ...free })),
      ...Array.from({ length: 60 }, () => ({ person: 'a', ...free })),
    ]);
    const now = weekSettled(WEEK);
    await decideAtoms(open.database, now);
    expect(await readTaskCells(source(now, 5), all)).toEqual([]);
  });

  test('a task that goes to an earlier day or to another cell after it was published is not published again', async () => {
    await setLeastPersons(open.database, 1, 5);
    const others = five.slice(1);
    await seedTasks(open.database, [
      // One person too few, so that the day's work waits.
      ...others.map((person) => ({ person, day: day(WEEK, 0) })),
      ...five.map((person) => ({ person, day: day(WEEK, 1), policy: 'p2' })),
    ]);
    await decideAtoms(open.database, settled(day(WEEK, 1)));
    expect(sum(await readTaskCells(source(settled(day(WEEK, 1)), 5), all), 'tasks')).toBe(5);
    await sql`UPDATE tasks AS t SET day = other.day, cell = other.cell, policy = other.policy FROM tasks AS other
      WHERE t.policy = 'p2' AND t.person NOT IN (SELECT person FROM tasks WHERE policy = 'p1') AND other.policy = 'p1'`.execute(
      open.database,
    );
    await decideAtoms(open.database, weekSettled(WEEK));
    expect(sum(await readTaskCells(source(weekSettled(WEEK), 5), all), 'tasks')).toBe(5);
  });

  /** What became of tasks, as far as it is told. */
  const toldOf = async (view: TeamView): Promise<readonly (readonly [string, number])[]> =>
    (await readTaskCells(source(weekSettled(WEEK), 5), view))
      .filter(({ verdict }) => verdict !== 'untold')
      .map(({ verdict, tasks }) => [verdict, tasks] as const)
      .toSorted();

  test('an outcome that too few of a team had is told with those of other teams', async () => {
    await setLeastPersons(open.database, 1, 5);
    const work = (team: number, failing: number) =>
      five.flatMap((name, place) => [
        { person: `${name}${team}`, team, day: day(WEEK, 0) },
        { person: `${name}${team}`, team, day: day(WEEK, 0), outcome: place < failing ? 'rejected' : 'kept' },
      ]);
    await seedTasks(open.database, [...work(1, 2), ...work(2, 3)]);
    await decideAtoms(open.database, weekSettled(WEEK));
    for (const team of [1, 2]) expect(await toldOf({ ...all, team })).toEqual([]);
    expect(sum(await readTaskCells(source(weekSettled(WEEK), 5), { ...all, team: 1 }), 'tasks')).toBe(10);
    expect(await toldOf(all)).toEqual([
      ['failure', 5],
      ['success', 15],
    ]);
  });

  test('and not with those of a team that had no other: the first team’s total less all successes would be its failures', async () => {
    await setLeastPersons(open.database, 1, 5);
    await seedTasks(open.database, [
      ...five.map((name) => ({ person: `${name}1`, day: day(WEEK, 0) })),
      { person: 'a1', day: day(WEEK, 0), outcome: 'rejected' },
      ...five.map((name) => ({ person: `${name}2`, team: 2, day: day(WEEK, 0), outcome: 'rejected' })),
    ]);
    await decideAtoms(open.database, weekSettled(WEEK));
    expect(await toldOf(all)).toEqual([]);
  });

  test('an outcome that everyone had is not told by itself', async () => {
    await setLeastPersons(open.database, 1, 5);
    await seedTasks(
      open.database,
      five.map((person) => ({ person, day: day(WEEK, 0), outcome: 'rejected' })),
    );
    await decideAtoms(open.database, weekSettled(WEEK));
    expect(await toldOf(all)).toEqual([]);
  });

  test.each([
    ['by number', 60, 1, []],
    ['by money', 1, 60, []],
    [
      'but one that others had a good part in is',
      6,
      1,
      [
        ['failure', 11],
        ['success', 60],
      ],
    ],
  ] as const)('nor one of which nearly all is one person’s: %s', async (_what, failing, dollars, expected) => {
    await setLeastPersons(open.database, 1, 5);
    // Of all that the six of them did nobody has nearly all.
    const work = [...five, 'f'].flatMap((person, place) => [
      ...Array.from({ length: 10 }, () => ({ person, outcome: 'kept', costNanoUsd: 60e9 })),
      ...Array.from({ length: place === 0 ? failing : 1 }, () => ({
        person,
        outcome: 'rejected',
        costNanoUsd: place === 0 ? (dollars * 6e9) / failing : 6e9,
      })),
    ]);
    await seedTasks(
      open.database,
      work.map((task) => ({ ...task, day: day(WEEK, 0) })),
    );
    await decideAtoms(open.database, weekSettled(WEEK));
    const [tasks] = await readTaskCells(source(weekSettled(WEEK), 5), all);
    expect(tasks).toBeDefined();
    expect(await toldOf(all)).toEqual(expected);
  });

  test('of atoms that somebody is forgotten of it is never told what became', async () => {
    await setLeastPersons(open.database, 1, 5);
    await seedTasks(
      open.database,
      [...five, 'f'].flatMap((person) =>
        ['kept', 'rejected'].map((outcome) => ({ person, day: day(WEEK, 0), outcome })),
      ),
    );
    await decideAtoms(open.database, settled(day(WEEK, 0)));
    const { person } = await open.database.selectFrom('tasks').select('person').executeTakeFirstOrThrow();
    await forgetPerson(open.database, 1, person);
    await decideAtoms(open.database, weekSettled(WEEK));
    expect(await toldOf(all)).toEqual([]);
    expect(sum(await readTaskCells(source(weekSettled(WEEK), 5), all), 'tasks')).toBe(12);
  });

  test('what five persons met is told, what one met is not', async () => {
    await setLeastPersons(open.database, 1, 5);
    await seedTasks(open.database, [
      ...five.map((person) => ({ person, day: day(WEEK, 0), trouble: { failure: 'timeout' } })),
      { person: 'a', day: day(WEEK, 0), trouble: { failure: 'quota' } },
      { person: 'a', day: day(WEEK, 0), trouble: { overridden: 'person' } },
    ]);
    const now = weekSettled(WEEK);
    await decideAtoms(open.database, now);
    const trouble = await readTrouble(source(now, 5), all);
    expect(trouble.failures).toEqual([{ target: 'anthropic/claude-haiku-5-5', failure: 'timeout', times: 5 }]);
    expect(trouble.overrides).toEqual([]);
  });

  test('an operator who asks for one person sees everything at once', async () => {
    await setLeastPersons(open.database, 1, 1);
    await seedTasks(open.database, [{ person: 'a', day: day(WEEK, 0), trouble: { overridden: 'person' } }]);
    expect(sum(await readTaskCells(source(settled(day(WEEK, 0)) - DAY_MS, 1), all), 'tasks')).toBe(1);
  });

  test('more persons asked for later hide what was published for fewer', async () => {
    await setLeastPersons(open.database, 1, 5);
    await seedTasks(
      open.database,
      five.map((person) => ({ person, day: day(WEEK, 0) })),
    );
    const now = weekSettled(WEEK);
    await decideAtoms(open.database, now);
    expect(sum(await readTaskCells(source(now, 5), all), 'tasks')).toBe(5);
    expect(await readTaskCells(source(now, 6), all)).toEqual([]);
  });

  test('what is decided twice, or by two servers at once, is decided once', async () => {
    await setLeastPersons(open.database, 1, 5);
    await seedTasks(
      open.database,
      five.map((person) => ({ person, day: day(WEEK, 0) })),
    );
    const now = weekSettled(WEEK);
    await Promise.all([decideAtoms(open.database, now), decideAtoms(open.database, now)]);
    await decideAtoms(open.database, now + DAY_MS);
    expect(sum(await readTaskCells(source(now, 5), all), 'tasks')).toBe(5);
  });
});
