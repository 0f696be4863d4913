import { describe, expect, test } from 'vitest';
import { policyChanges } from '../../panel/policyChanges.ts';
import { heatTable } from '../../usage/report/heatTable.ts';
import { beforeAfter } from './beforeAfter.ts';
import { inSteps } from './budgetStandings.ts';
import { monthlySaving } from './monthlySaving.ts';
import { epochOfWeek } from './seededTasks.fixture.ts';
import { singlePoints } from './singlePoints.ts';
import { teamTasks } from './teamTask.fixture.ts';
import { teamTotals, totalsByName } from './teamTotals.ts';
import { teamDays, teamWeeks } from './trends.ts';
import { dayNumber, firstDayOf, lastSettledDay, weekName, weekOf } from './weeks.ts';

const SONNET = 'anthropic/claude-sonnet-5-5';
const MAI = 'microsoft/mai-code-1.1-flash';
const overlay = {
  routeOf: (ofClass: string) => (ofClass === 'docs' ? [SONNET] : [SONNET, MAI]),
  passFloorOf: () => 0.8,
  makerOf: () => undefined,
  dearnessOf: () => undefined,
};

describe('weeks', () => {
  test('begin with the 28 days in which a person has one name, and four of them are one such period', () => {
    const week = weekOf(dayNumber('2026-11-23'));
    expect(weekName(week)).toBe('2026-11-19');
    expect(new Date(`${weekName(week)}T00:00:00Z`).getUTCDay()).toBe(4);
    for (let one = week; one < week + 8; one += 1) {
      const epochs = [0, 6].map((day) => Math.floor(((firstDayOf(one) + day) * 86_400_000) / (28 * 86_400_000)));
      expect(epochs).toEqual([epochOfWeek(one), epochOfWeek(one)]);
    }
  });

  test('a day is settled half a day after its end', () => {
    const end = Date.UTC(2026, 10, 23);
    const day = dayNumber('2026-11-22');
    expect(lastSettledDay(end + 12 * 3_600_000)).toBe(day);
    expect(lastSettledDay(end + 12 * 3_600_000 - 1)).toBe(day - 1);
  });
});

describe('totals', () => {
  test('of a kind of work are its cost over its successes, and one figure is made of one kind alone', () => {
    const totals = teamTotals([
      teamTasks({ tasks: 3, costNanoUsd: 30 }),
      teamTasks({ tasks: 1, costNanoUsd: 30, verdict: 'failure' }),
    ]);
    expect(totals).toMatchObject({
      tasks: 4,
      successes: 3,
      costNanoUsd: 60,
      costPerSuccessNanoUsd: { low: 20, high: 20 },
    });
  });

  test('by name have what cost most first', () => {
    const parts = new Map([
      ['a', [teamTasks({ costNanoUsd: 1 })]],
      ['b', [teamTasks({ costNanoUsd: 2 })]],
    ]);
    expect(totalsByName(parts).map(({ name }) => name)).toEqual(['b', 'a']);
  });

  test('by week and by day have no gaps', () => {
    const week = weekOf(dayNumber('2026-11-05'));
    const range = { from: '2026-11-01', to: '2026-11-23' };
    const weeks = teamWeeks(new Map([[String(week), [teamTasks({})]]]), range);
    expect(weeks.map(({ from, totals }) => [from, totals.tasks])).toEqual([
      ['2026-11-05', 1],
      ['2026-11-12', 0],
      ['2026-11-19', 0],
    ]);
    const days = teamDays(
      new Map([
        ['2026-11-21', [teamTasks({})]],
        ['', [teamTasks({})]],
      ]),
      range,
    );
    expect(days.map(({ day, tasks }) => [day, tasks])).toEqual([
      ['2026-11-21', 1],
      ['2026-11-22', 0],
      ['2026-11-23', 0],
    ]);
    expect(teamDays(new Map(), range)).toEqual([]);
  });
});

describe('what a change of the policy would save in a month', () => {
  const cells = [
    teamTasks({ tasks: 90, costNanoUsd: 90e9, squaredCost: 91e18 }),
    teamTasks({ tasks: 10, costNanoUsd: 10e9, squaredCost: 10.1e18, verdict: 'failure' }),
    teamTasks({ tasks: 90, costNanoUsd: 9e9, squaredCost: 0.91e18, target: MAI }),
    teamTasks({ tasks: 10, costNanoUsd: 1e9, squaredCost: 0.101e18, target: MAI, verdict: 'failure' }),
  ];
  const [change] = policyChanges(heatTable(cells, () => [], overlay)).changes;

  test('is the successes of today at the other model’s cost of one, by the days that were seen', () => {
    if (change?.kind !== 'route') throw new Error('there is no change of a route');
    const saving = monthlySaving(change, 30);
    // 100 dollars and 10 dollars for 90 successes in 30 days.
    expect(saving?.seen.low).toBeCloseTo((90e9 / 30) * (365.25 / 12), -3);
    expect(saving?.judged).toBe(100);
    expect(saving?.chance?.low).toBeLessThan(saving?.seen.low ?? 0);
    expect(saving?.chance?.high).toBeGreaterThan(saving?.seen.high ?? Number.POSITIVE_INFINITY);
  });

  test('is nothing where no day has figures, or nothing is known of the model of today', () => {
    if (change?.kind !== 'route') throw new Error('there is no change of a route');
    const { before: _, ...unknown } = change;
    expect(monthlySaving(change, 0)).toBeUndefined();
    expect(monthlySaving(unknown, 30)).toBeUndefined();
  });
});

describe('single points of failure', () => {
  const makerOf = (target: string): string | undefined => target.split('/')[0];
  const points = (cells: Parameters<typeof singlePoints>[0]) => singlePoints(cells, overlay, makerOf);

  test('are classes that nearly all went to one provider or maker, those without another choice first', () => {
    const found = points([
      teamTasks({ tasks: 95, class: 'tests' }),
      teamTasks({ tasks: 5, class: 'tests', target: MAI }),
      teamTasks({ tasks: 40 }),
    ]);
    expect(found.map(({ class: ofClass, of, share, hasOther }) => [ofClass, of, share, hasOther])).toEqual([
      ['docs', 'provider', 1, false],
      ['docs', 'maker', 1, false],
      ['tests', 'provider', 0.95, true],
      ['tests', 'maker', 0.95, true],
    ]);
  });

  test('are not told of a few tasks, nor of work that is spread', () => {
    expect(points([teamTasks({ tasks: 19 })])).toEqual([]);
    expect(points([teamTasks({ tasks: 94 }), teamTasks({ tasks: 6, target: MAI })])).toEqual([]);
  });
});

describe('before and after a change of the policy', () => {
  test('what moved by more than chance is told from what did not', () => {
    const [docs] = beforeAfter(
      [
        teamTasks({ tasks: 100, costNanoUsd: 100e9, squaredCost: 101e18 }),
        teamTasks({ tasks: 10, costNanoUsd: 10e9, squaredCost: 10.1e18, verdict: 'failure' }),
      ],
      [
        teamTasks({ tasks: 100, costNanoUsd: 10e9, squaredCost: 1.01e18, target: MAI }),
        teamTasks({ tasks: 12, costNanoUsd: 1.2e9, squaredCost: 0.121e18, target: MAI, verdict: 'failure' }),
      ],
    );
    expect(docs?.mayBeChance).toEqual({ cost: false, passRate: true });
  });

  test('what there was on one side alone is not compared', () => {
    const [docs] = beforeAfter([teamTasks({ tasks: 30 })], []);
    expect(docs?.after).toBeUndefined();
    expect(docs?.mayBeChance).toEqual({});
  });
});

test.each([
  [0, 100, 0],
  [1, 100, 5],
  [5, 100, 5],
  [61, 100, 65],
  [120, 100, 120],
  [10, 0, 0],
])('%d spent of %d is told as %d', (spent, limit, told) => {
  expect(inSteps(spent, limit)).toBeCloseTo(told, 9);
});
