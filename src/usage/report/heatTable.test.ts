import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heatCell } from './heatCell.ts';
import { type HeatOverlay, heatTable, type ReadCosts, trialsOf } from './heatTable.ts';
import { standardisedPassRates } from './standardised.ts';
import { type ToldTask, taskCell, taskCostRow, times } from './taskCell.fixture.ts';

const bare: HeatOverlay = {
  routeOf: () => [],
  passFloorOf: () => undefined,
  makerOf: () => undefined,
  dearnessOf: () => undefined,
};

/** The table of these tasks, with their costs at hand. */
const costsOf =
  (tasks: readonly ToldTask[]): ReadCosts =>
  (group) =>
    tasks
      .filter(({ class: ofClass = 'tests', target = 'a/m', work: its = 'completion' }) =>
        isDeepStrictEqual({ class: ofClass, target, work: its }, group),
      )
      .map(taskCostRow);

function tableOf(tasks: readonly ToldTask[], overlay: Partial<HeatOverlay> = {}) {
  return heatTable(tasks.map(taskCell), costsOf(tasks), { ...bare, ...overlay });
}

const cellOf = (tasks: readonly ToldTask[]) => heatCell(tasks.map(taskCell), () => tasks.map(taskCostRow));

const work = (passed: number, failed: number, cost: number, more: Partial<ToldTask> = {}): readonly ToldTask[] => [
  ...times(passed, { verdict: 'success' as const, cost, ...more }),
  ...times(failed, { verdict: 'failure' as const, cost, ...more }),
];

describe('the cost per successful task', () => {
  it('is that of all tasks over the successes, those included that are open or cannot be judged', () => {
    const tasks: ToldTask[] = [
      { verdict: 'success', cost: 100 },
      { verdict: 'success', cost: 300 },
      { verdict: 'failure', cost: 200 },
      { verdict: 'unjudged', cost: 50 },
    ];
    expect(cellOf(tasks)).toMatchObject({
      tasks: 4,
      judged: 3,
      successes: 2,
      unknown: 0,
      costNanoUsd: 650,
      costPerSuccessNanoUsd: { low: 325, high: 325 },
      passRate: { low: 2 / 3, high: 2 / 3 },
      confidence: 'few',
    });
  });

  it('is a range where tasks are unknown: from all of them succeeding to none', () => {
    const cell = cellOf([
      { verdict: 'success', cost: 100 },
      { verdict: 'unknown', cost: 100 },
      { verdict: 'failure', cost: 100 },
      { verdict: 'failure', cost: 100 },
    ]);
    expect(cell).toMatchObject({ costPerSuccessNanoUsd: { low: 200, high: 400 }, passRate: { low: 0.25, high: 0.5 } });
  });

  it('has no end where only unknown tasks may have succeeded, and is none where no task can have', () => {
    expect(cellOf([{ verdict: 'unknown', cost: 5 }]).costPerSuccessNanoUsd).toEqual({ low: 5, high: Infinity });
    expect(cellOf([{ verdict: 'failure', cost: 5 }])).not.toHaveProperty('costPerSuccessNanoUsd');
    expect(cellOf([{ verdict: 'unjudged', cost: 5 }])).not.toHaveProperty('passRate');
  });

  it.each([
    [19, 'few', false],
    [20, 'low', true],
    [49, 'low', true],
    [50, 'enough', true],
  ] as const)('of %i judged tasks is told as "%s"', (count, confidence, hasInterval) => {
    const cell = cellOf(work(count - 5, 5, 100));
    expect(cell.confidence).toBe(confidence);
    expect(cell.costInterval !== undefined).toBe(hasInterval);
  });

  it('lies in its interval, and the pass rate in its own', () => {
    const anyTasks = fc.array(
      fc.record({ cost: fc.nat(10_000), verdict: fc.constantFrom('success', 'failure', 'unknown', 'unjudged') }),
      { minLength: 1, maxLength: 300 },
    );
    fc.assert(
      fc.property(anyTasks as fc.Arbitrary<ToldTask[]>, (tasks) => {
        const { passRate, passInterval, costPerSuccessNanoUsd: cost, costInterval } = cellOf(tasks);
        if (passRate && passInterval) {
          expect(passInterval.low).toBeLessThanOrEqual(passRate.low);
          expect(passInterval.high).toBeGreaterThanOrEqual(passRate.high);
        }
        if (cost && costInterval) {
          expect(costInterval.low).toBeLessThanOrEqual(cost.low);
          expect(costInterval.high).toBeGreaterThanOrEqual(cost.high);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('does not depend on the order of tasks', () => {
    const tasks = [...work(30, 9, 100), ...work(11, 4, 900)];
    expect(cellOf(tasks.toReversed())).toEqual(cellOf(tasks));
  });
});

describe('the heat table', () => {
  it('has completions and changes of one class in rows of their own, the dearest row first', () => {
    const { rows } = tableOf([...work(3, 1, 10), ...work(1, 1, 500, { work: 'change', surface: 'agent' })]);
    expect(rows.map(({ class: id, work: kind, cells }) => [id, kind, cells['a/m']?.judged])).toEqual([
      ['tests', 'change', 2],
      ['tests', 'completion', 4],
    ]);
  });

  it('has the dearest model first, and what has no price last', () => {
    const dear: Readonly<Record<string, number>> = { 'a/small': 1, 'a/large': 9 };
    const tasks = ['a/small', 'a/unpriced', 'a/large'].flatMap((target) => work(1, 0, 1, { target }));
    expect(tableOf(tasks, { dearnessOf: (target) => dear[target] }).models.map(({ target }) => target)).toEqual([
      'a/large',
      'a/small',
      'a/unpriced',
    ]);
  });

  const large = work(95, 5, 1_000, { target: 'a/large' });
  const middle = work(85, 15, 300, { target: 'a/mid' });
  const small = work(16, 84, 10, { target: 'a/small' });

  it('stars the cheapest model at or above the floor, not the one that fails most cheaply', () => {
    const [row] = tableOf([...large, ...middle, ...small], { passFloorOf: () => 0.85 }).rows;
    expect(row).toMatchObject({ best: 'a/mid', passFloor: 0.85, seniorReview: false });
    expect(Object.entries(row?.cells ?? {}).map(([target, { belowFloor }]) => [target, belowFloor])).toEqual([
      ['a/large', false],
      ['a/mid', false],
      ['a/small', true],
    ]);
  });

  it('stars nothing without a floor, of too few tasks, and without a price', () => {
    const [bareRow] = tableOf([...large, ...small]).rows;
    expect(bareRow).not.toHaveProperty('best');
    const few = work(19, 0, 1, { target: 'a/new' });
    expect(tableOf([...large, ...few], { passFloorOf: () => 0.5 }).rows[0]?.best).toBe('a/large');
    const free = times(100, { ...taskCell({ verdict: 'success', cost: 0, target: 'a/free' }), unpriced: 1 });
    const table = heatTable([...large.map(taskCell), ...free], () => [], { ...bare, passFloorOf: () => 0.5 });
    expect(table.rows[0]?.best).toBe('a/large');
  });

  it('neither stars nor hatches what unknown tasks leave open', () => {
    const open: readonly ToldTask[] = [...work(40, 10, 1), ...times(50, { verdict: 'unknown' as const, cost: 1 })];
    const [row] = tableOf(open, { passFloorOf: () => 0.6 }).rows;
    expect(row?.cells['a/m']).toMatchObject({ passRate: { low: 0.4, high: 0.9 }, belowFloor: false });
    expect(row).not.toHaveProperty('best');
  });

  it('asks for a senior where every model that was tried often enough stays below the floor', () => {
    const floor = { passFloorOf: () => 0.99 };
    expect(tableOf([...large, ...small], floor).rows[0]?.seniorReview).toBe(true);
    const untried = work(3, 0, 1, { target: 'a/new' });
    expect(tableOf([...large, ...small, ...untried], floor).rows[0]?.seniorReview).toBe(false);
  });

  it("takes any name for a model's, a prototype's too", () => {
    const { rows } = tableOf(work(2, 0, 1, { target: '__proto__/x' }));
    expect(Object.keys(rows[0]?.cells ?? {})).toEqual(['__proto__/x']);
  });

  it('reads what single tasks cost only where that is asked about', () => {
    let reads = 0;
    const read = (): readonly never[] => {
      reads += 1;
      return [];
    };
    heatTable([...work(19, 0, 1), ...work(201, 0, 1, { class: 'many' })].map(taskCell), read, bare);
    expect(reads).toBe(0);
    heatTable(work(100, 0, 1).map(taskCell), read, bare);
    expect(reads).toBe(1);
  });
});

describe('the standardised pass rate', () => {
  it("turns Simpson's paradox round: better on easy and on hard work, and worse on the sum", () => {
    // The large model passes more of the small tasks (95 % against 90 %) and of the large ones (60 % against 50 %), and had
    // nearly all of the large ones.
    const ofLarge = { target: 'a/large' };
    const ofSmall = { target: 'a/small' };
    const tasks = [
      ...work(19, 1, 100, { ...ofLarge, size: 0 }),
      ...work(108, 72, 100, { ...ofLarge, size: 4 }),
      ...work(162, 18, 10, { ...ofSmall, size: 0 }),
      ...work(10, 10, 10, { ...ofSmall, size: 4 }),
    ];
    const cells = tableOf(tasks).rows[0]?.cells ?? {};
    expect(cells['a/large']?.passRate?.low).toBeCloseTo(127 / 200);
    expect(cells['a/small']?.passRate?.low).toBeCloseTo(172 / 200);
    // By hand: half of all tasks are small and half large.
    expect(cells['a/large']?.standardisedPassRate).toBeCloseTo(0.5 * 0.95 + 0.5 * 0.6);
    expect(cells['a/small']?.standardisedPassRate).toBeCloseTo(0.5 * 0.9 + 0.5 * 0.5);
  });

  it('takes half of the unknown tasks for successes', () => {
    const tasks = [
      ...work(20, 0, 1, { target: 'a/x', size: 0 }),
      ...times(20, { verdict: 'unknown' as const, cost: 1, target: 'a/x', size: 0 }),
      ...work(10, 0, 1, { target: 'a/x', size: 4 }),
      ...work(10, 0, 1, { target: 'a/y', size: 0 }),
      ...work(40, 0, 1, { target: 'a/y', size: 4 }),
    ];
    // Half of all tasks are small and half large; of the small ones it passes 30 of 40.
    expect(standardisedPassRates(tasks.map(taskCell)).get('a/x')).toBeCloseTo(0.5 * 0.75 + 0.5);
  });

  it('is left out where every model had the same mix, because it is the raw one then', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(4), fc.nat(9), fc.nat(9)), { minLength: 1, maxLength: 5 }), (mix) => {
        const tasks = ['a/x', 'a/y'].flatMap((target) =>
          mix.flatMap(([size, passed, failed]) => work(passed, failed, 1, { target, size })),
        );
        expect(standardisedPassRates(tasks.map(taskCell)).size).toBe(0);
      }),
    );
  });

  it('is near the raw rate where the mix is nearly that of all', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 60 }), fc.integer({ min: 20, max: 60 }), (small, large) => {
        const own = (target: string, more: number): readonly ToldTask[] => [
          ...work(small + more, 10, 1, { target, size: 0 }),
          ...work(10, large, 1, { target, size: 3 }),
        ];
        const tasks = [...own('a/x', 0), ...own('a/y', 12)];
        const cells = tableOf(tasks).rows[0]?.cells ?? {};
        for (const { passRate, standardisedPassRate: rate } of Object.values(cells)) {
          if (rate !== undefined) expect(Math.abs(rate - (passRate?.low ?? 0))).toBeLessThan(0.15);
        }
      }),
    );
  });

  it('is left out where the model never had much of the work', () => {
    const tasks = [...work(50, 0, 1, { target: 'a/x', size: 0 }), ...work(50, 50, 1, { target: 'a/y', size: 4 })];
    expect(standardisedPassRates(tasks.map(taskCell)).size).toBe(0);
  });
});

it('puts the arms of a trial side by side, whichever models they were routed to', () => {
  const trial = { trial: 'smaller' };
  const tasks = [
    ...work(30, 10, 100, { ...trial, arm: 'control', target: 'a/large' }),
    ...work(10, 10, 10, { ...trial, arm: 'trial', target: 'a/small' }),
    ...work(4, 0, 10, { ...trial, arm: 'trial', target: 'a/tiny' }),
    ...work(100, 0, 1),
  ];
  const [only, ...others] = trialsOf(tasks.map(taskCell), costsOf(tasks));
  expect(others).toEqual([]);
  expect(only).toMatchObject({
    id: 'smaller',
    class: 'tests',
    arms: [
      { arm: 'control', targets: ['a/large'], cell: { judged: 40, successes: 30 } },
      { arm: 'trial', targets: ['a/small', 'a/tiny'], cell: { judged: 24, successes: 14 } },
    ],
  });
  expect(only?.arms[0]?.cell.costPerSuccessNanoUsd?.low).toBeCloseTo(4_000 / 30);
});
