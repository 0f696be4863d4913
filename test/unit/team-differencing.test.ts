// The same attack over real HTTP: whatever pages, exports and metrics say, under many filters and at many times.
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { usagePages } from '../../src/team/dashboard/usagePages.ts';
import { decideAtoms } from '../../src/team/figures/decideAtoms.ts';
import { setLeastPersons } from '../../src/team/figures/leastPersons.ts';
import { type SeededTask, seedTasks } from '../../src/team/figures/seededTasks.fixture.ts';
import { readTaskCells } from '../../src/team/figures/taskFigures.ts';
import { readView } from '../../src/team/figures/teamView.ts';
import { dayNumber, firstDayOf, SETTLE_MS, weekOf } from '../../src/team/figures/weeks.ts';
import { DAY_MS, dayName } from '../../src/usage/report/dayRange.ts';
import { ORG, startTeamStage, type TeamStage } from '../host/teamStage.ts';
import { toldApart } from './differencing.ts';

let stage: TeamStage | undefined;
beforeAll(async () => {
  stage = await startTeamStage();
  await stage?.addTeam('Platform');
});
afterAll(() => stage?.stop());

function there(): TeamStage {
  if (stage === undefined) throw new Error('there is no PostgreSQL for this machine');
  return stage;
}

const WEEK = weekOf(dayNumber('2026-11-05'));
const day = (ofWeek: number): string => dayName(firstDayOf(WEEK) + ofWeek);
const settled = (name: string): number => (dayNumber(name) + 1) * DAY_MS + SETTLE_MS;

async function at(now: number): Promise<(path: string) => Promise<string>> {
  there().setNow(now);
  await decideAtoms(there().database, now);
  const { headers } = await there().signIn('viewer', `Vi of ${now}`);
  return async (path) => {
    const answer = await fetch(`${there().url}${path}`, { headers: { ...headers } });
    expect(answer.status, path).toBe(200);
    return answer.text();
  };
}

async function empty(): Promise<void> {
  await sql`TRUNCATE tasks, usage_events, attempt_presence, task_rollups, task_atoms, outcome_atoms, untold_outcomes,
    latency_atoms, trouble_atoms, decided_cells, figure_weeks`.execute(there().database);
}

function csvRows(text: string): readonly Readonly<Record<string, string>>[] {
  const [head = '', ...lines] = text.trim().split('\r\n');
  const fields = (line: string): readonly string[] =>
    [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, field = '']) => field.replace(/^"|"$/g, ''));
  const names = fields(head);
  return lines.map((line) => Object.fromEntries(fields(line).map((field, place) => [names[place] ?? '', field])));
}

describe('what everything that is shown says of single persons', () => {
  const LEAST = 3;
  const teams = { ana: 1, bo: 1, cy: 1, di: 1, ed: 1, fay: 1, gus: 2, hal: 2, ina: 2 } as const;
  const people = Object.keys(teams) as (keyof typeof teams)[];
  const TASKS = 34;
  /** What every task costs, beside a bit of its own; in nano-dollars that a number holds also as the share of a success. */
  const BASE = 2 ** 36;
  const tasksIn = (tasks: number, costNanoUsd: number): number => Math.round(costNanoUsd) - tasks * BASE;

  const someUsage = fc.record({
    tasks: fc.array(
      fc.record({
        person: fc.constantFrom(...people),
        ofDay: fc.nat(6),
        class: fc.constantFrom('docs', 'docs', 'tests'),
        target: fc.constantFrom('a/one', 'a/one', 'b/two'),
        labels: fc.constantFrom({}, {}, { cost: 'red' }),
        outcome: fc.constantFrom('kept', 'rejected'),
      }),
      { minLength: TASKS, maxLength: TASKS },
    ),
    /** Somebody who is there on the first days alone. */
    leaves: fc.constantFrom(...people),
  });
  const queries = [
    '?weeks=4',
    '?weeks=1',
    '?team=1',
    '?team=2',
    '?class=docs',
    '?team=1&class=tests',
    '?label=cost%3Ared',
    ...[0, 2, 4, 6].map((last) => `?from=${day(0)}&to=${day(last)}`),
    ...[1, 3].map((first) => `?from=${day(first)}&to=${day(6)}&class=docs`),
  ];

  /** All figures of tasks that are shown at a moment, each as the tasks that it is of. */
  async function shown(now: number): Promise<readonly number[]> {
    const get = await at(now);
    const found = metricFigures(await get('/metrics'));
    for (const query of queries) {
      found.push(...jsonFigures(JSON.parse(await get(`/usage/export/json${query}`))));
      found.push(...csvFigures(await get(`/usage/export/focus${query}`), 'x_Tasks', 'ListCost'));
      const csv = await get(`/usage/export/csv${query}`);
      found.push(...csvFigures(csv, 'tasks', 'cost_usd'));
      found.push(...(await successesIn(csv, now, query)));
    }
    return found;
  }

  /** Of a document: wherever tasks stand beside what they cost, and in the table those of which it is told what became. */
  function jsonFigures(value: unknown): readonly number[] {
    if (typeof value !== 'object' || value === null) return [];
    const {
      tasks,
      costNanoUsd,
      untold = 0,
      successes,
      costPerSuccessNanoUsd,
    } = value as Readonly<Record<string, unknown>>;
    const own: number[] = [];
    if (typeof tasks === 'number' && typeof costNanoUsd === 'number' && typeof untold === 'number') {
      own.push(tasksIn(tasks, costNanoUsd));
      const high = (costPerSuccessNanoUsd as { readonly high?: unknown } | undefined)?.high;
      if (typeof high === 'number' && typeof successes === 'number' && 'confidence' in value) {
        own.push(tasksIn(tasks - untold, high * successes));
      }
    }
    return [...own, ...Object.values(value).flatMap(jsonFigures)];
  }

  function csvFigures(text: string, tasks: string, usd: string): readonly number[] {
    return csvRows(text).map((row) => tasksIn(Number(row[tasks]), Number(row[usd]) * 1e9));
  }

  function metricFigures(text: string): number[] {
    const of = (name: string): ReadonlyMap<string, number> =>
      new Map(
        [...text.matchAll(new RegExp(`^${name}(\\{.*\\}) (\\S+)$`, 'gm'))].map(([, labels = '', n]) => [
          labels,
          Number(n),
        ]),
      );
    const costs = of('routing_policy_cost_usd');
    return [...of('routing_policy_tasks')].map(([labels, tasks]) => tasksIn(tasks, (costs.get(labels) ?? 0) * 1e9));
  }

  /** Of how many it is told that they succeeded: no cost stands beside that, so which these are is read where the number is from. */
  async function successesIn(csv: string, now: number, query: string): Promise<readonly number[]> {
    const from = { database: there().database, orgId: ORG, now, leastPersons: LEAST };
    const cells = await readTaskCells(from, readView(new URLSearchParams(query)));
    return csvRows(csv).map((row) => {
      const own = cells.filter(
        (cell) => cell.class === row['class'] && cell.target === row['model'] && cell.verdict === 'success',
      );
      const tasks = own.reduce((sum, cell) => sum + cell.tasks, 0);
      expect(Number(row['successes'])).toBe(tasks);
      return tasksIn(
        tasks,
        own.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0),
      );
    });
  }

  test('no sums and differences of what any export or metric says, at any time, are of fewer persons', async () => {
    await setLeastPersons(there().database, ORG, LEAST);
    let told = 0;
    await fc.assert(
      fc.asyncProperty(someUsage, async ({ tasks, leaves }) => {
        await empty();
        const seeded = tasks.map((task, bit): SeededTask & { ofDay: number } => ({
          ...task,
          ofDay: task.person === leaves ? task.ofDay % 2 : task.ofDay,
          team: teams[task.person],
          day: day(task.person === leaves ? task.ofDay % 2 : task.ofDay),
          costNanoUsd: BASE + 2 ** bit,
        }));
        const figures: number[] = [];
        for (const [from, to] of [
          [0, 2],
          [3, 6],
        ] as const) {
          await seedTasks(
            there().database,
            seeded.filter(({ ofDay }) => ofDay >= from && ofDay <= to),
          );
          figures.push(...(await shown(settled(day(to)))));
        }
        const owners = seeded.map(({ person }) => person);
        expect(figures.every((figure) => Number.isInteger(figure) && figure >= 0 && figure < 2 ** TASKS)).toBe(true);
        expect(toldApart(figures, owners, LEAST)).toBeUndefined();
        told += new Set(figures).size;
      }),
      { numRuns: fc.readConfigureGlobal().numRuns ?? 4, endOnFailure: true },
    );
    expect(told, 'and there is something to add and subtract').toBeGreaterThan(20);
  }, 120_000);
});

describe('with five persons asked for', () => {
  const five = ['a', 'b', 'c', 'd', 'e'];
  const paths = [
    ...usagePages.map(({ path }) => path),
    ...['csv', 'json', 'focus'].map((format) => `/usage/export/${format}`),
    '/metrics',
  ];
  const budget = async (committed: number): Promise<void> => {
    await sql`INSERT INTO team_budgets (org_id, team_id, name, period, amount_nano, set_by, set_at)
      VALUES (1, 0, 'company', 'month', 1000000000000, 'Ada', now()) ON CONFLICT DO NOTHING`.execute(there().database);
    await sql`INSERT INTO budget_periods (org_id, team_id, name, period, period_start, committed_nano, settled_nano, last_grant_nano)
      VALUES (1, 0, 'company', 'month', ${`${day(6).slice(0, 7)}-01`}, ${committed}, ${committed}, 0)
      ON CONFLICT (org_id, team_id, name, period, period_start) DO UPDATE SET committed_nano = excluded.committed_nano,
        settled_nano = excluded.settled_nano`.execute(there().database);
  };

  test('an outcome that one person alone had is told nowhere, nor is that the others had another', async () => {
    await setLeastPersons(there().database, ORG, 5);
    await empty();
    await seedTasks(
      there().database,
      five.map((person) => ({ person, day: day(0), outcome: person === 'a' ? 'kept' : 'rejected' })),
    );
    const get = await at(settled(day(6)));
    const metrics = await get('/metrics');
    expect(metrics).toContain(
      'routing_policy_tasks{team="Payments",class="docs",model="anthropic/claude-haiku-5-5"} 5',
    );
    expect(metrics).not.toContain('outcome="');
    const json = JSON.parse(await get('/usage/export/json'));
    expect(json.totals).toMatchObject({ tasks: 5, successes: 0, byWork: [{ untold: 5, judged: 0 }] });
    expect(await get('/')).toContain('outcomes not told');
    const [head = '', row = ''] = (await get('/usage/export/focus')).split('\r\n');
    expect(row.split(',')[head.split(',').indexOf('x_SuccessfulTasks')]).toBe('');
  });

  test('a look at everything before one person’s request and one after it are the same', async () => {
    await empty();
    await setLeastPersons(there().database, ORG, 5);
    const everyday = [0, 1, 2, 3].flatMap((ofWeek) =>
      [...five, 'f', 'g'].map((person, place) => ({
        person,
        day: day(ofWeek),
        outcome: place % 2 === 0 ? 'kept' : 'rejected',
        latencyMs: 1_000 + place,
        trouble: { failure: 'timeout' },
      })),
    );
    await seedTasks(there().database, everyday);
    await budget(400_000_000_000);
    const now = settled(day(3));
    const get = await at(now);
    const look = async (): Promise<readonly string[]> =>
      Promise.all(paths.map(async (path) => (await get(path)).replaceAll(/nonce="[^"]*"|value="[\w-]{20,}"/g, '')));
    const before = await look();
    await seedTasks(there().database, [
      { person: 'a', day: day(4), latencyMs: 60_000, costNanoUsd: 9e9, trouble: { overridden: 'person' } },
      { person: 'newcomer', day: day(4), class: 'tests' },
      { person: 'a', day: day(3), outcome: 'rejected' },
    ]);
    await budget(409_000_000_000 - 1_000_000_000);
    await decideAtoms(there().database, now);
    const after = await look();
    for (const [place, path] of paths.entries()) {
      if (path !== '/usage/spend') expect(after[place] === before[place], path).toBe(true);
    }
    // 400 of 1,000 dollars is a step by itself; beyond it the next one is told, whatever was spent of that.
    expect(before[paths.indexOf('/usage/spend')]).toContain('$400.00');
    expect(after[paths.indexOf('/usage/spend')]).toContain('$450.00');
  });

  test('one person’s slowest call is in no quantile, and tokens and bills are of enough persons or not told', async () => {
    await empty();
    await setLeastPersons(there().database, ORG, 5);
    const tasks = five.flatMap((person, place) =>
      [0, 1, 2].map((again) => ({
        person,
        day: day(0),
        latencyMs: person === 'a' && again === 0 ? 600_000 : 1_000,
        inputTokens: 1_000 + place,
        outputTokens: person === 'a' ? 7 : 0,
        billedNanoUsd: person === 'b' ? 0 : 1_000_000,
      })),
    );
    await seedTasks(there().database, tasks);
    // Another moment than the others: what was read is remembered for as long as nothing more is decided.
    const get = await at(settled(day(6)) + DAY_MS);
    const { latency } = JSON.parse(await get('/usage/export/json'));
    const [{ latency: whole }] = latency.byModel;
    expect(Math.abs(whole.p99 / 1_000 - 1)).toBeLessThan(latency.relativeError);
    expect(await get('/usage/latency')).toContain('claude-haiku-5-5');
    const [head = '', row = ''] = (await get('/usage/export/focus')).split('\r\n');
    const of = (name: string): string | undefined => row.split(',')[head.split(',').indexOf(name)];
    // What is left of the cost, less the input at its list price, would be the output.
    expect([of('x_InputTokens'), of('x_OutputTokens')]).toEqual(['', '']);
    expect([of('ConsumedQuantity'), of('BilledCost')]).toEqual(['', of('ListCost')]);
  });

  test.each<readonly [string, (isFirst: boolean) => Partial<SeededTask>, readonly string[]]>([
    ['tokens that go in', (isFirst) => ({ inputTokens: isFirst ? 9_000_000 : 1 }), ['', '', '', '0.015']],
    ['tokens that come out', (isFirst) => ({ outputTokens: isFirst ? 9_000_000 : 1 }), ['', '', '', '0.015']],
    ['a bill', (isFirst) => ({ billedNanoUsd: isFirst ? 500e9 : 1 }), ['7500', '1500', '9000', '0.015']],
    ['a discount', (isFirst) => ({ billedNanoUsd: isFirst ? 1_000 : 999_999 }), ['7500', '1500', '9000', '0.015']],
    [
      'but what others have a good part in',
      (isFirst) => ({ inputTokens: isFirst ? 9_000 : 1_000, billedNanoUsd: isFirst ? 100_000 : 900_000 }),
      ['39000', '1500', '40500', '0.0111'],
    ],
  ])('nearly all of which is one person’s is not told: %s', async (_what, ofTask, expected) => {
    await empty();
    await setLeastPersons(there().database, ORG, 5);
    await seedTasks(
      there().database,
      five.flatMap((person) => [0, 1, 2].map(() => ({ person, day: day(0), ...ofTask(person === 'a') }))),
    );
    const get = await at(settled(day(6)) + DAY_MS);
    const rows = csvRows(await get('/usage/export/focus'));
    const names = ['x_InputTokens', 'x_OutputTokens', 'ConsumedQuantity', 'BilledCost'];
    expect(rows.map((row) => names.map((name) => row[name]))).toEqual([expected]);
    expect(rows[0]).toMatchObject({ ListCost: '0.015', x_Tasks: '15' });
  });

  test('calls without a price are of enough persons too, and so are those with one', async () => {
    const unpricedOf = async (
      ofPerson: (person: string) => readonly [attempts: number, unpriced: number],
    ): Promise<string> => {
      await empty();
      await setLeastPersons(there().database, ORG, 5);
      for (const person of five) {
        const [attempts, unpriced] = ofPerson(person);
        await seedTasks(there().database, [{ person, day: day(0), attempts, unpriced }]);
      }
      const get = await at(settled(day(6)) + DAY_MS);
      return JSON.parse(await get('/usage/export/json')).totals.unpriced;
    };
    expect(await unpricedOf(() => [4, 2])).toBe(10);
    expect(await unpricedOf((person) => (person === 'a' ? [500, 499] : [2, 1]))).toBe(0);
    expect(await unpricedOf((person) => (person === 'a' ? [500, 1] : [2, 1]))).toBe(0);
  });
});
