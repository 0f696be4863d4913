// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
// Requests of several windows, begun and ended in any order, that cost what they cost: how far a budget can be passed.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { BudgetStep } from '../policy/schema.ts';
import { decide } from '../routing/decide.ts';
import type { Decision } from '../routing/decision.ts';
import { policyWith, world } from '../routing/testing/world.ts';
import { Ledger } from '../usage/ledger.ts';
import { migrate } from '../usage/ledgerSchema.ts';
import { budgetSpend, costing, type Reserved, reserveSpend } from './spend.ts';

const runs = { numRuns: fc.readConfigureGlobal().numRuns ?? 60 };
const now = Date.parse('2026-11-22T12:00:00Z');
const OPUS = 'anthropic/claude-opus-5-5';
const HAIKU = 'anthropic/claude-haiku-5-5';
const SMALL = 'copilot/mai-code-1.1-flash';
/** What opus may cost for 10,000 tokens, in nano-dollars: the budgets are some of these. */
const OPUS_HIGH = 112_500_000;

/** A request begins, or one of those under way ends, having cost so much of its estimate. */
const event = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('begin' as const), window: fc.nat(2), tokens: fc.nat(12_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      which: fc.nat(40),
      share: fc.constantFrom(0, 0.05, 0.5, 0.98, 1, 1.01, 2.5),
    }),
  },
);

const steps = fc.constantFrom<{ at: number; then: BudgetStep }[]>(
  [{ at: 100, then: 'block' }],
  [{ at: 60, then: 'block' }],
  [
    { at: 50, then: { downgradeTo: HAIKU } },
    { at: 100, then: 'block' },
  ],
  [
    { at: 30, then: { downgradeTo: HAIKU } },
    { at: 60, then: { downgradeTo: SMALL } },
    { at: 90, then: 'block' },
  ],
  [
    { at: 80, then: 'ask' },
    { at: 100, then: 'block' },
  ],
);

interface UnderWay {
  readonly id: string;
  readonly window: Ledger;
  readonly target: string;
  readonly setAside: number;
  readonly reserved: Reserved;
}

it('by what the requests that were under way when the last was let in cost beyond what was set aside for them, at most', () => {
  fc.assert(
    fc.property(
      fc.array(event, { minLength: 1, maxLength: 60 }),
      steps,
      fc.double({ min: 0, max: 4, noNaN: true }),
      (events, written, room) => {
        const folder = mkdtempSync(join(tmpdir(), 'spend-'));
        const windows = [0, 1, 2].map(() => {
          const database = new DatabaseSync(join(folder, 'ledger.sqlite'));
          database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
          migrate(database);
          return new Ledger(database);
        });
        try {
          passesOnlyBySettledDifferences(windows, events, { steps: written, usd: (room * OPUS_HIGH) / 1e9 });
        } finally {
          for (const window of windows) window.close();
          rmSync(folder, { recursive: true, force: true });
        }
      },
    ),
    runs,
  );
});

function passesOnlyBySettledDifferences(
  windows: readonly Ledger[],
  events: readonly (typeof event extends fc.Arbitrary<infer One> ? One : never)[],
  budget: { readonly steps: readonly { at: number; then: BudgetStep }[]; readonly usd: number },
): void {
  const policy = policyWith({
    default: [OPUS],
    budgets: [{ id: 'mine', per: 'developer', period: 'day', usd: budget.usd, steps: [...budget.steps] }],
  });
  const limit = Math.round(budget.usd * 1e9);
  const blockedAt = budget.steps.find(({ then }) => then === 'block')?.at ?? 100;
  /** What may have been spent where a model is still let in: opus up to the first step, and so on. */
  const mostFor = (target: string): number => {
    const place = [OPUS, HAIKU, SMALL].indexOf(target);
    return (limit * (budget.steps[place]?.at ?? blockedAt)) / 100;
  };
  let underWay: UnderWay[] = [];
  let total = 0;
  /** What those that were under way at the last admission, and it, have cost beyond what was set aside for them. */
  let beyond = 0;
  const check = (): void => {
    const held = underWay.reduce((sum, { setAside }) => sum + setAside, 0);
    const [window] = windows;
    expect(window?.costSince(0).costNanoUsd).toBe(total);
    expect(window?.reservations.held('all', now)).toBe(held);
    expect(total + held).toBeLessThanOrEqual(Math.max(0, (limit * blockedAt) / 100) + beyond);
  };
  for (const [place, one] of events.entries()) {
    if (one.kind === 'begin') {
      const window = windows[one.window];
      if (window === undefined) throw new Error('No window.');
      const begun = begin(window, policy, `r${place}`, one.tokens);
      if (begun === undefined) continue;
      underWay.push(begun);
      beyond = 0;
      const held = underWay.reduce((sum, { setAside }) => sum + setAside, 0);
      expect(total + held).toBeLessThanOrEqual(mostFor(begun.target));
    } else {
      const ended = underWay[one.which % Math.max(1, underWay.length)];
      if (ended === undefined) continue;
      underWay = underWay.filter((other) => other !== ended);
      const cost = Math.round(ended.setAside * one.share);
      total += cost;
      beyond += Math.max(0, cost - ended.setAside);
      end(ended, cost);
    }
    check();
  }
}

function begin(
  window: Ledger,
  policy: ReturnType<typeof policyWith>,
  id: string,
  tokens: number,
): UnderWay | undefined {
  let last: Decision | undefined;
  const choose = (): Decision | undefined => {
    const spent = budgetSpend(policy, window, { classes: new Map(), repoKey: '', now });
    last = decide(
      policy,
      { kind: 'chat' },
      world({ spent, tokens, ...(last?.ask ? { answers: { mine: 'no' } } : {}) }),
    );
    if (last.ask) return choose();
    return last.outcome.kind === 'routed' ? costing(last, [last.outcome.target]) : undefined;
  };
  const place = { requestId: id, repoKey: '', taskId: () => undefined, now, policy, teamBudgets: undefined };
  const reserved = reserveSpend(choose, window, place);
  if (last?.outcome.kind !== 'routed' || last.cost.kind !== 'priced') return undefined;
  return { id, window, target: last.outcome.target.target, setAside: last.cost.highNanoUsd, reserved };
}

/** As a router ends an attempt: what it cost and what was set aside in one write. */
function end({ id, window, reserved }: UnderWay, costNanoUsd: number): void {
  window.settle(() => {
    window.record({
      id,
      requestId: id,
      at: now,
      surface: 'chat',
      kind: 'chat',
      class: 'chat',
      rule: 'chat',
      policyHash: 'hash',
      place: 0,
      outcome: 'served',
      costNanoUsd,
    });
    reserved.giveUp();
  });
}
