import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attempt } from '../attempt.ts';
import { JoinedWrites } from '../joinedWrites.ts';
import { Ledger } from '../ledger.ts';
import { migrate } from '../ledgerSchema.ts';
import { Retention } from '../retention.ts';
import { DAY_MS, type DayRange } from './dayRange.ts';
import { joinedFigures, type LedgerFigures, readFigures } from './ledgerFigures.ts';
import { readLedgerFigures } from './spanSums.ts';
import { RECENT_DAYS } from './spans.ts';

/** A day that begins a span of any length, so that a week or ten has all of them. */
const FIRST = Math.ceil(20_700 / 32) * 32;
const DAYS = 40;
const NOW = (FIRST + DAYS) * DAY_MS + 3_600_000;

/** Each has a ledger of its own, whose days are added up again and again. */
const RUNS = fc.readConfigureGlobal().numRuns ?? 50;

const day = fc.oneof(fc.integer({ min: 0, max: DAYS }), fc.constantFrom(0, 7, 8, 31, 32, DAYS - 1, DAYS));
const moment = fc
  .tuple(day, fc.constantFrom(0, 1, 43_200_000, DAY_MS - 1))
  .map(([number, ms]) => Math.min((FIRST + number) * DAY_MS + ms, NOW));
const some = fc.integer({ min: 0, max: 5 });

const attempt = fc.record({
  at: moment,
  request: some,
  task: fc.option(some, { nil: undefined }),
  class: fc.constantFrom('docs', 'tests'),
  model: fc.constantFrom('small', 'large', undefined),
  kind: fc.constantFrom('agent' as const, 'completion' as const, 'chat' as const),
  outcome: fc.constantFrom('served' as const, 'failed' as const, 'blocked' as const, 'cancelled' as const),
  failure: fc.option(fc.constantFrom('overloaded', 'timeout'), { nil: undefined }),
  fallbackFrom: fc.option(fc.constantFrom('p/small', 'p/large'), { nil: undefined }),
  tokens: fc.constantFrom(undefined, 0, 999, 1_000, 70_000),
  cost: fc.constantFrom(undefined, 0, 5, 1_000_000),
  simulated: fc.boolean(),
  billing: fc.constantFrom('seat' as const, 'metered' as const, undefined),
  arm: fc.constantFrom('trial' as const, 'control' as const, undefined),
});

/** What happens to a ledger, whoever does it. */
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('attempt' as const), attempt }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('see' as const),
      task: some,
      at: moment,
      signal: fc.constantFrom('committed' as const, 'accepted' as const, 'undone' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('outcome' as const),
      nth: fc.nat(20),
      outcome: fc.constantFrom('accepted' as const, 'rejected' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('make' as const), steps: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('fold' as const), keptDays: fc.integer({ min: 3, max: DAYS }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('remove' as const),
      table: fc.constantFrom('attempts', 'tasks', 'days', 'task_days'),
      nth: fc.nat(3),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('move' as const),
      table: fc.constantFrom('attempts' as const, 'tasks' as const),
      nth: fc.nat(3),
      to: moment,
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('look' as const), from: day, to: day }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

class Played {
  readonly database = new DatabaseSync(':memory:');
  readonly ledger: Ledger;
  #made = 0;

  constructor() {
    migrate(this.database);
    this.ledger = new Ledger(this.database);
  }

  play(step: Step): void {
    switch (step.do) {
      case 'attempt': {
        const { request, task, model, tokens, cost, failure, fallbackFrom, billing, arm, ...rest } = step.attempt;
        const made = {
          id: `attempt-${this.#made++}`,
          requestId: `request-${request}`,
          taskId: task === undefined ? undefined : `task-${task}`,
          surface: rest.kind === 'completion' ? 'completion' : 'agent',
          rule: rest.class,
          policyHash: 'hash',
          provider: model === undefined ? undefined : 'p',
          model,
          place: 0,
          fallbackFrom,
          inputTokens: tokens,
          outputTokens: tokens,
          costNanoUsd: cost,
          billedNanoUsd: cost,
          billing,
          failure,
          ...(arm !== undefined && { arm, trial: 'half' }),
          ...rest,
        };
        const given = Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined));
        expect(this.ledger.record(given as unknown as Attempt)).toEqual({ kind: 'written' });
        return;
      }
      case 'see':
        this.ledger.tasks.signal({ taskId: `task-${step.task}`, at: step.at, signal: step.signal, source: 'git' }, NOW);
        return;
      case 'outcome':
        this.ledger.setOutcome(`attempt-${step.nth}`, step.outcome);
        return;
      case 'make':
        for (let n = 0; n < step.steps; n++) if (this.ledger.spanSums.step(NOW) === 'done') return;
        return;
      case 'close':
        while (this.ledger.tasks.closeIdle(NOW) > 0);
        return;
      case 'fold':
        this.#fold(step.keptDays);
        return;
      case 'remove':
        this.#remove(step.table, step.nth);
        return;
      case 'move':
        this.#move(step.table, step.nth, step.to);
        return;
      case 'look':
        this.look({ firstDay: FIRST + Math.min(step.from, step.to), lastDay: FIRST + Math.max(step.from, step.to) });
        return;
      default:
        step satisfies never;
    }
  }

  look(range: DayRange): void {
    expect(comparable(readLedgerFigures(this.database, range))).toEqual(comparable(readFigures(this.database, range)));
  }

  kept(): number {
    return Number(this.database.prepare('SELECT COUNT(*) AS kept FROM span_sums').get()?.['kept']);
  }

  #fold(keptDays: number): void {
    const limits = { keptMs: keptDays * DAY_MS, mostBytes: 1e12 };
    const retention = new Retention(this.database, new JoinedWrites(this.database), limits);
    this.database.exec("DELETE FROM sync WHERE name LIKE 'retention.%' AND name <> 'retention.folded'");
    if (!retention.begin(NOW, 'test')) return;
    while (retention.step(NOW, 'test') === 'more');
  }

  #remove(table: string, nth: number): void {
    const key = table === 'days' || table === 'task_days' ? 'day' : 'id';
    this.database.exec(`DELETE FROM ${table} WHERE ${key} = (SELECT ${key} FROM ${table} LIMIT 1 OFFSET ${nth})`);
  }

  /** As nothing does: the file holds its promise all the same. */
  #move(table: 'attempts' | 'tasks', nth: number, to: number): void {
    const column = table === 'attempts' ? 'at' : 'opened_at';
    this.database.exec(
      `UPDATE ${table} SET ${column} = ${to} WHERE id = (SELECT id FROM ${table} LIMIT 1 OFFSET ${nth})`,
    );
  }
}

/** Without the order of cells, and days that were folded in part beside those that were not. */
function comparable(figures: LedgerFigures) {
  const { attempts, tasks, ...rest } = joinedFigures([figures]);
  const days = new Map<string, number[]>();
  for (const { day: of, provider, model, billing, outcome, ...sums } of attempts) {
    const key = [of, provider, model, billing, outcome].join(' ');
    const before = days.get(key);
    days.set(
      key,
      Object.values(sums).map((sum, n) => sum + (before?.[n] ?? 0)),
    );
  }
  return {
    ...rest,
    attempts: Object.fromEntries([...days].sort()),
    // Sums of squares are kept in dollars once they are folded: their last digits differ.
    tasks: tasks
      .map(({ squaredCost, ...cell }) => JSON.stringify([Object.entries(cell).sort(), squaredCost.toPrecision(9)]))
      .sort(),
  };
}

describe('sums that were made ahead', () => {
  it('are what reading it all gives, whatever happened to the ledger since', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
        const played = new Played();
        for (const one of steps) played.play(one);
        played.look({ firstDay: FIRST, lastDay: FIRST + DAYS });
        played.ledger.close();
      }),
      { numRuns: RUNS },
    );
  });

  it('of every day go with a change to it, and those of no other day', () => {
    fc.assert(
      fc.property(attempt, attempt, (one, other) => {
        const played = new Played();
        played.play({ do: 'attempt', attempt: { ...one, at: FIRST * DAY_MS } });
        while (played.ledger.spanSums.step(NOW) === 'more');
        const all = played.kept();
        expect(all).toBe(DAYS + Math.floor(DAYS / 8) + 1 + RECENT_DAYS.length);
        played.play({ do: 'attempt', attempt: { ...other, at: FIRST * DAY_MS + 5 } });
        // Its day, its eight days and its 32, and the last 90; and the day after it, which tells what fell back for a failure on it.
        expect(played.kept()).toBe(all - 5);
        played.ledger.close();
      }),
      { numRuns: 10 },
    );
  });
});
