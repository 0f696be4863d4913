import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LayeredPolicy } from '../../policy/layers.ts';
import { decide } from '../../routing/decide.ts';
import { policyWith, stacked, world as worldOfDecisions } from '../../routing/testing/world.ts';
import type { Attempt } from '../../usage/attempt.ts';
import { DecisionLog } from '../../usage/decisionLog.ts';
import { Ledger } from '../../usage/ledger.ts';
import { openLedger } from '../../usage/ledgerFile.ts';
import { migrate } from '../../usage/ledgerSchema.ts';
import { OverrideBook } from '../../usage/overrideBook.ts';
import { usageJson } from '../../usage/report/exports/json.ts';
import { composeReport, type ReportSources } from './composeReport.ts';
import { explanationOf } from './decisionLines.ts';
import { exportedUsage } from './exportUsage.ts';
import { sparkline, usageReportPage } from './page.ts';
import type { ReportWorld } from './reportWorld.ts';

const DAY = 86_400_000;
const now = Date.parse('2026-11-22T12:00:00Z');
const today = Date.parse('2026-11-22T00:00:00Z');
const HAIKU = 'anthropic/claude-haiku-5-5';

let folder: string;
let ledger: Ledger;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'usage-report-'));
  const opened = await openLedger(folder, now);
  if (opened.kind !== 'open') throw new Error(opened.reason);
  ({ ledger } = opened);
});
afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

let made = 0;
/** An attempt that went well, with these changes; what is undefined is left out. */
function attempt(more: { readonly [Field in keyof Attempt]?: Attempt[Field] | undefined } = {}): void {
  made += 1;
  ledger.record({
    id: `attempt-${made}`,
    requestId: `request-${made}`,
    at: now - 1_000,
    surface: 'chat',
    kind: 'agent',
    class: 'tests',
    rule: 'tests',
    policyHash: 'hash',
    provider: 'anthropic',
    model: 'claude-haiku-5-5',
    place: 0,
    outcome: 'served',
    inputTokens: 1_000,
    outputTokens: 100,
    costNanoUsd: 1_500_000,
    ...more,
  } as Attempt);
}

/** Writes rows as another process would. */
function insert(table: string, rows: readonly Readonly<Record<string, SQLInputValue>>[]): void {
  const database = new DatabaseSync(join(folder, 'ledger.sqlite'));
  for (const row of rows) {
    const names = Object.keys(row);
    database
      .prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`)
      .run(...Object.values(row));
  }
  database.close();
}

/** So many tasks that ended in one way. */
function tasks(count: number, outcome: string, more: Readonly<Record<string, SQLInputValue>> = {}): void {
  insert(
    'tasks',
    Array.from({ length: count }, () => ({
      id: `task-${made++}`,
      opened_at: now - 5_000,
      last_at: now - 5_000,
      settled: 1,
      surface: 'agent',
      kind: 'agent',
      class: 'tests',
      policy_hash: 'hash',
      provider: 'anthropic',
      model: 'claude-haiku-5-5',
      outcome,
      cost_nano_usd: 1_000_000,
      ...more,
    })),
  );
}

const rates = (input: number) => ({ input, output: 5 * input, cacheRead: input / 10, cacheWrite: 1.25 * input });
const prices: Readonly<Record<string, number>> = { 'claude-haiku-5-5': 1_000, 'claude-sonnet-5-5': 3_000, big: 10_000 };

function worldWith(policy?: LayeredPolicy): ReportWorld {
  return {
    now,
    policy,
    repository: { name: 'shop', key: 'key-of-shop' },
    price: (_provider, model) => {
      const input = prices[model];
      return input === undefined
        ? undefined
        : { rates: rates(input), tiers: [], source: 'overlay', asOf: '2026-11-10' };
    },
    makerOf: (model) => (model.startsWith('claude') ? 'anthropic' : undefined),
  };
}

async function composed(policy?: LayeredPolicy, more: Partial<ReportSources> & { since?: number } = {}) {
  const { since = now - 29 * DAY, ...sources } = more;
  return composeReport(
    {
      world: worldWith(policy),
      folder,
      decisions: new DecisionLog(folder),
      overrides: new OverrideBook(folder),
      writes: false,
      warnings: [],
      ...sources,
    },
    { since, until: now },
    (database) => new Ledger(database),
  );
}

const reported = async (...args: Parameters<typeof composed>) => (await composed(...args)).report;

/** Sums of squares are kept in dollars: the last digits of an interval that is worked out from them differ. */
function roundedMoney(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(9)) : value;
}

describe('what was spent', () => {
  it('counts every attempt, failed ones too, and a request once', async () => {
    attempt({ requestId: 'one', outcome: 'failed', failure: 'overloaded' });
    attempt({ requestId: 'one', fallbackFrom: HAIKU, model: 'claude-sonnet-5-5', place: 1, costNanoUsd: 3_000_000 });
    attempt({ outcome: 'cut', cacheReadTokens: 3_000 });
    attempt({ outcome: 'blocked', rule: 'no-secrets', provider: undefined, model: undefined, costNanoUsd: undefined });
    const { totals, fallbacks, refusals, tokens, suppliers } = await reported();
    expect(totals).toMatchObject({ attempts: 3, requests: 3, costNanoUsd: 6_000_000, fallbacks: 1, refusals: 1 });
    expect(fallbacks).toEqual([{ from: HAIKU, to: 'anthropic/claude-sonnet-5-5', failure: 'overloaded', count: 1 }]);
    expect(refusals).toEqual([{ rule: 'no-secrets', outcome: 'blocked', count: 1 }]);
    expect(tokens).toMatchObject({ input: 4_000, cacheRead: 3_000, output: 400, cacheHitShare: 3 / 7 });
    expect(suppliers.providers).toMatchObject([{ id: 'anthropic', requests: 2, failed: 1, costShare: 1 }]);
  });

  it('is told by day without gaps, by when it was, and not beyond the range', async () => {
    attempt({ at: today - 2 * DAY });
    attempt({ at: today - 2 * DAY + 5 });
    attempt({ at: today });
    attempt({ at: today - 3 * DAY });
    const { days, totals, since } = await reported(undefined, { since: today - 2 * DAY + 1 });
    expect(days.map(({ day, requests }) => [day, requests])).toEqual([
      ['2026-11-20', 2],
      ['2026-11-21', 0],
      ['2026-11-22', 1],
    ]);
    expect(totals.requests).toBe(3);
    expect(since).toBe(today - 2 * DAY);
  });

  it('begins with the first day on which something happened where somebody asks for decades', async () => {
    attempt({ at: today - 3 * DAY });
    expect((await reported(undefined, { since: 0 })).days).toHaveLength(4);
  });

  it('is told at list price and as billed; what was written before there were bills is metered', async () => {
    attempt({ costNanoUsd: 5 });
    attempt({ costNanoUsd: 7, billing: 'seat', billedNanoUsd: 0 });
    attempt({ costNanoUsd: 9, billing: 'metered', billedNanoUsd: 9 });
    const { billing, totals } = await reported();
    expect(billing).toEqual([
      { billing: 'metered', listNanoUsd: 14, billedNanoUsd: 14, requests: 2 },
      { billing: 'seat', listNanoUsd: 7, billedNanoUsd: 0, requests: 1 },
    ]);
    expect(totals).toMatchObject({ costNanoUsd: 21, billedNanoUsd: 14 });
  });

  it('says what has no price and counts as nothing', async () => {
    attempt({ model: 'unheard-of', costNanoUsd: undefined });
    const { totals, warnings } = await reported();
    expect(totals).toMatchObject({ unpriced: 1, costNanoUsd: 0 });
    expect(warnings[0]).toMatch(/^No price is known for one attempt.*anthropic\/unheard-of/);
  });

  it('has what was added up for its age, attempts and tasks', async () => {
    attempt();
    insert('days', [
      {
        ...{ day: '2026-08-01', class: 'tests', counted_as: 'tests', conditions: '', provider: 'openai', model: 'sol' },
        ...{ surface: 'chat', kind: 'agent', repo_key: '', team: '', billing: '', outcome: 'served', attempts: 7 },
        ...{ requests: 6, fallbacks: 1, overridden: 0, input_tokens: 10, cache_read_tokens: 0, cache_write_tokens: 0 },
        ...{ output_tokens: 5, reasoning_tokens: 0, cost_nano_usd: 70, simulated_nano_usd: 0, billed_nano_usd: 0 },
        unpriced: 0,
      },
    ]);
    const old = {
      ...{ day: '2026-08-01', class: 'tests', provider: 'openai', model: 'sol', surface: 'agent', kind: 'agent' },
      ...{
        repo_key: '',
        trial: '',
        arm: '',
        attempts: 90,
        input_tokens: 10,
        simulated_nano_usd: 0,
        billed_nano_usd: 0,
      },
      unpriced: 0,
    };
    insert('task_days', [
      { ...old, outcome: 'kept', tasks: 60, cost_nano_usd: 6e9, squared_cost_usd: 60 * 0.01 },
      { ...old, outcome: 'failed', tasks: 20, cost_nano_usd: 2e9, squared_cost_usd: 20 * 0.01 },
    ]);
    const { totals, days, heat } = await reported(undefined, { since: Date.parse('2026-07-30') });
    expect(totals).toMatchObject({ attempts: 8, requests: 7, billedNanoUsd: 1_500_070, tasks: 80, successes: 60 });
    expect(days.slice(0, 3).map(({ day, requests, successes }) => [day, requests, successes])).toEqual([
      ['2026-07-30', 0, 0],
      ['2026-07-31', 0, 0],
      ['2026-08-01', 6, 60],
    ]);
    // All cost the same, so that chance moves the share of successes alone: single costs are gone, their squares are not.
    const cell = heat.rows[0]?.cells['openai/sol'];
    expect(cell).toMatchObject({ judged: 80, successes: 60, confidence: 'enough' });
    expect(cell?.costPerSuccessNanoUsd?.low).toBeCloseTo(8e9 / 60);
    expect(cell?.costInterval?.low).toBeGreaterThan(8e9 / 70);
    expect(cell?.costInterval?.high).toBeLessThan(8e9 / 50);
  });
});

describe('the policy over the figures', () => {
  const policy = policyWith({
    classes: [{ id: 'tests', when: {}, use: ['anthropic/big', HAIKU], passFloor: 0.7 }],
    routes: {},
  });

  it('outlines its route, holds models to its floor and judges no class that it does not know', async () => {
    tasks(60, 'kept');
    tasks(15, 'rejected');
    tasks(40, 'committed', { class: 'gone' });
    const { heat, policy: named } = await reported(policy);
    expect(heat.rows).toMatchObject([
      { class: 'tests', work: 'change', route: ['anthropic/big', HAIKU], passFloor: 0.7, best: HAIKU },
      { class: 'gone', route: [] },
    ]);
    expect(heat.models).toEqual([{ target: HAIKU, maker: 'anthropic' }]);
    expect(named).toEqual({ name: 'shop', hash: 'test' });
  });

  it('reads floors of an outer layer by qualified names, and the innermost default', async () => {
    const layers = stacked(
      {
        name: 'org',
        origin: 'extended',
        policy: { classes: [{ id: 'ledger', when: {}, use: HAIKU, passFloor: 0.9 }] },
      },
      { policy: { default: { use: HAIKU, passFloor: 0.4 } } },
    );
    tasks(3, 'kept', { class: 'org:ledger' });
    tasks(2, 'kept', { class: 'default' });
    const { heat } = await reported(layers);
    expect(heat.rows.map(({ class: id, passFloor }) => [id, passFloor])).toEqual([
      ['org:ledger', 0.9],
      ['default', 0.4],
    ]);
  });

  it('does not judge tasks that may yet be kept', async () => {
    tasks(2, 'accepted', { settled: 0 });
    tasks(1, 'accepted', { settled: 1 });
    tasks(1, 'unseen');
    tasks(1, 'open', { settled: 0 });
    expect((await reported(policy)).heat.rows[0]?.cells[HAIKU]).toMatchObject({ tasks: 5, judged: 1, successes: 0 });
  });

  it('pools no completions with changes in one cost per success', async () => {
    tasks(2, 'kept');
    tasks(4, 'kept', { kind: 'completion', surface: 'completion', cost_nano_usd: 10 });
    attempt();
    const { totals } = await reported();
    expect(totals).not.toHaveProperty('costPerSuccessNanoUsd');
    expect(totals.byWork).toMatchObject([
      { work: 'change', successes: 2, costPerSuccessNanoUsd: { low: 1_000_000, high: 1_000_000 } },
      { work: 'completion', successes: 4, costPerSuccessNanoUsd: { low: 10, high: 10 } },
    ]);
  });

  it('gives totals as ranges, too, where outcomes are not known, in words and in JSON', async () => {
    tasks(1, 'kept');
    tasks(1, 'unknown');
    tasks(2, 'rejected');
    tasks(3, 'unknown', { kind: 'completion', surface: 'completion', cost_nano_usd: 3_000_000 });
    attempt();
    const report = await reported();
    expect(report.totals).not.toHaveProperty('costPerSuccessNanoUsd');
    expect(JSON.parse(usageJson(report)).totals.byWork).toMatchObject([
      {
        work: 'change',
        passRate: { low: 0.25, high: 0.5 },
        costPerSuccessNanoUsd: { low: 2_000_000, high: 4_000_000 },
      },
      {
        work: 'completion',
        passRate: { low: 0, high: 1 },
        costPerSuccessNanoUsd: { low: 3_000_000, high: null },
      },
    ]);
    const page = usageReportPage(report)
      .sections.flatMap(({ lines = [] }) => lines)
      .join('\n');
    expect(page).toContain('4 changes: 1 of 4 succeeded, 1 unknown: 25–50 %, $0.002–0.004 a success.');
    expect(page).toContain('3 completions: 0 of 3 succeeded, 3 unknown: 0–100 %, ≥ $0.003 a success.');
  });
});

describe('savings', () => {
  it("are told against the policy's own large and middle models", async () => {
    attempt();
    attempt({ cacheReadTokens: 10_000, cacheWriteTokens: 400, costNanoUsd: 2_500_000 });
    const policy = policyWith({
      models: { large: 'anthropic/big', mid: ['anthropic/none', 'anthropic/claude-sonnet-5-5'] },
    });
    const { savings } = await reported(policy);
    // 2,000 tokens in, 10,000 from a cache, 400 into one and 200 out.
    const on = (input: number): number => 2_000 * input + 1_000 * input + 500 * input + 1_000 * input;
    expect(savings).toEqual([
      {
        against: 'all-large',
        target: 'anthropic/big',
        baselineNanoUsd: on(10_000),
        actualNanoUsd: 4_000_000,
        priceAsOf: '2026-11-10',
      },
      {
        against: 'all-mid',
        target: 'anthropic/claude-sonnet-5-5',
        baselineNanoUsd: on(3_000),
        actualNanoUsd: 4_000_000,
        priceAsOf: '2026-11-10',
      },
    ]);
  });

  it('take the dearest and the middle of what was used where the policy names none, and nothing simulated or unpriced', async () => {
    for (const model of ['claude-haiku-5-5', 'claude-sonnet-5-5', 'big']) attempt({ model });
    attempt({ model: 'claude-opus-5', costNanoUsd: undefined });
    attempt({ simulated: true, costNanoUsd: 1e9 });
    const { savings } = await reported();
    expect(savings.map(({ against, target, actualNanoUsd }) => [against, target, actualNanoUsd])).toEqual([
      ['all-large', 'anthropic/big', 3_000_000],
      ['all-mid', 'anthropic/claude-sonnet-5-5', 3_000_000],
    ]);
  });
});

describe('budgets', () => {
  const policy = policyWith({
    classes: [{ id: 'tests', when: {}, use: HAIKU }],
    budgets: [
      // biome-ignore lint/suspicious/noThenProperty: the policy language's own word.
      { id: 'mine', per: 'developer', period: 'day', usd: 0.003, steps: [{ at: 50, then: 'warn' }], then: 'block' },
      { id: 'kind', per: 'class', period: 'week', usd: 1 },
      { id: 'ours', per: 'repo', period: 'month', usd: 1 },
      { id: 'each', per: 'task', usd: 1 },
      { id: 'team', per: 'team', period: 'day', usd: 1 },
      { id: 'loose', per: 'org', usd: 1, onUnknown: 'open' },
    ],
  });

  it('are told with what was spent, set aside and reached, and until when', async () => {
    attempt({ repoKey: 'key-of-shop' });
    tasks(1, 'kept');
    ledger.reservations.reserve('mine', 200_000, now);
    const { budgets } = await reported(policy);
    expect(budgets).toMatchObject([
      {
        id: 'mine',
        limitNanoUsd: 3_000_000,
        spentNanoUsd: 1_500_000,
        reservedNanoUsd: 200_000,
        until: today + DAY,
      },
      { id: 'kind', of: 'tests', spentNanoUsd: 1_500_000, until: Date.parse('2026-11-23') },
      { id: 'ours', of: 'shop', spentNanoUsd: 1_500_000, until: Date.parse('2026-12-01') },
      { id: 'each' },
      {
        id: 'team',
        steps: [{ reached: true }],
        notEnforced: expect.stringMatching(/one machine, so this budget counts as spent/),
      },
      { id: 'loose', steps: [{ reached: false }], notEnforced: expect.stringMatching(/this budget stops nothing/) },
    ]);
    expect(budgets.map(({ steps }) => steps.map(Object.values))).toEqual([
      [
        [0.5, 'warn', true],
        [1, 'block', false],
      ],
      [[1, 'warn', false]],
      [[1, 'warn', false]],
      [[1, 'warn', false]],
      [[1, 'warn', true]],
      [[1, 'warn', false]],
    ]);
    expect(budgets[3]).not.toHaveProperty('spentNanoUsd');
    expect(budgets[3]).not.toHaveProperty('notEnforced');
  });

  it('say loudly what they cannot count: no ledger, and models without a price', async () => {
    const { report } = await composed(policy, { folder: undefined, writes: true, warnings: ['No state folder.'] });
    expect(report.warnings).toEqual(['No state folder.']);
    expect(report.budgets.map(({ id, notEnforced }) => [id, notEnforced?.split(',')[0]])).toEqual([
      ['mine', 'Nothing is written down on this machine'],
      ['kind', 'Nothing is written down on this machine'],
      ['ours', 'Nothing is written down on this machine'],
      ['each', undefined],
      ['team', 'Nothing is written down on this machine'],
      ['loose', 'Nothing is written down on this machine'],
    ]);
    const uncounted = policyWith({
      default: 'anthropic/unheard-of',
      budgets: [{ id: 'open', per: 'developer', usd: 1, onUnknown: 'open' }],
    });
    expect((await reported(uncounted)).budgets[0]?.notEnforced).toMatch(
      /^What anthropic\/unheard-of cost is not known/,
    );
  });
});

describe('decisions', () => {
  const policy = policyWith({
    constraints: [{ id: 'eu-only', when: { kind: 'review' }, deny: ['*'], reason: 'Reviews stay here' }],
  });

  async function decided(requestId: string, kind: 'chat' | 'review', at = now - 2_000): Promise<void> {
    const facts = { kind, files: [], reads: [], client: 'vscode' };
    const decision = decide(policy, facts, worldOfDecisions());
    await new DecisionLog(folder).append({ requestId, at, facts, decision });
  }

  it('are told newest first with their attempts, and each can be told in full', async () => {
    await decided('first', 'chat');
    attempt({
      requestId: 'first',
      outcome: 'failed',
      failure: 'overloaded',
      costNanoUsd: undefined,
      inputTokens: undefined,
    });
    attempt({ requestId: 'first', place: 1, fallbackFrom: HAIKU, at: now - 500, latencyMs: 1_200 });
    await decided('second', 'review', now - 100);
    attempt({ requestId: 'second', outcome: 'blocked', provider: undefined, model: undefined, at: now - 100 });
    const { decisions } = await reported(policy);
    expect(decisions).toMatchObject([
      {
        requestId: 'second',
        kind: 'review',
        outcome: 'blocked',
        attempts: 1,
        why: expect.stringContaining('Refused by `eu-only`'),
      },
      { requestId: 'first', target: HAIKU, outcome: 'served', attempts: 2, costNanoUsd: 1_500_000, surface: 'chat' },
    ]);
    const record = await new DecisionLog(folder).find('first');
    expect(record && explanationOf(record, [])).toContain('Asked at 2026\\-11\\-22T11\\:59\\:58 UTC, chat by vscode');
  });

  it('of another version are left out of the list, and told as such in full', async () => {
    await decided('known', 'chat');
    const strange = { why: [{ kind: 'from-tomorrow' }], outcome: { kind: 'routed' }, class: 'x', removed: [] };
    const line = JSON.stringify({ requestId: 'strange', at: now - 50, facts: { kind: 'chat' }, decision: strange });
    writeFileSync(join(folder, 'decisions', '2026-11-22.jsonl'), `${line}\n`, { flag: 'a' });
    expect((await reported(policy)).decisions.map(({ requestId }) => requestId)).toEqual(['known']);
    const record = await new DecisionLog(folder).find('strange');
    expect(record && explanationOf(record, [])).toContain('Another version of Routing Policy made this decision');
  });

  it('and overrides outside the range are left out', async () => {
    await decided('old', 'chat', now - 5 * DAY);
    const book = new OverrideBook(folder);
    const entry = { repoKey: 'r', target: HAIKU, by: 'person', until: now + DAY } as const;
    book.begin({ ...entry, at: now - 5 * DAY });
    book.begin({ ...entry, at: now - 60, reason: 'a hard one' });
    const { decisions, overrides } = await reported(policy, { since: today });
    expect(decisions).toEqual([]);
    expect(overrides).toEqual([{ at: now - 60, target: HAIKU, by: 'person', reason: 'a hard one' }]);
  });
});

describe('a ledger', () => {
  it('says the same after its old days were added up, but for the rules of single refusals', async () => {
    const at = today - 100 * DAY + 5;
    attempt({ at, costNanoUsd: 5, cacheReadTokens: 7 });
    attempt({ at, billing: 'pool', costNanoUsd: 50, billedNanoUsd: 0, outcome: 'failed', failure: 'overloaded' });
    attempt({ at, outcome: 'blocked', provider: undefined, model: undefined, costNanoUsd: undefined });
    tasks(160, 'kept', { opened_at: at, last_at: at });
    tasks(80, 'rejected', { opened_at: at, last_at: at, cost_nano_usd: 3_000_000 });
    tasks(3, 'unknown', { opened_at: at, last_at: at, kind: 'completion', surface: 'completion' });
    attempt({ costNanoUsd: 1 });
    const since = today - 110 * DAY;
    const before = await reported(undefined, { since });
    expect(ledger.retention.begin(now, 'test')).toBe(true);
    while (ledger.retention.step(now, 'test') === 'more');
    const { refusals, ...after } = await reported(undefined, { since });
    expect(ledger.recent(9)).toHaveLength(1);
    expect(refusals).toEqual([]);
    const { refusals: _, ...rest } = before;
    expect(JSON.parse(JSON.stringify(after), roundedMoney)).toEqual(JSON.parse(JSON.stringify(rest), roundedMoney));
  });

  it('is read while another process writes, as it was when the reading began', async () => {
    attempt();
    const writer = new DatabaseSync(join(folder, 'ledger.sqlite'));
    writer.exec('BEGIN IMMEDIATE; UPDATE attempts SET cost_nano_usd = 99');
    expect((await reported()).totals.costNanoUsd).toBe(1_500_000);
    writer.exec('COMMIT');
    writer.close();
    expect((await reported()).totals.costNanoUsd).toBe(99);
  });

  it('that was never written is no fault of whoever only looks', async () => {
    const nowhere = join(folder, 'nowhere');
    const { report, unreadable } = await composed(undefined, { folder: nowhere });
    expect({ warnings: report.warnings, unreadable }).toEqual({ warnings: [], unreadable: undefined });
  });

  it('that cannot be read is said to be so, and why', async () => {
    ledger.close();
    for (const suffix of ['-wal', '-shm']) rmSync(join(folder, `ledger.sqlite${suffix}`), { force: true });
    writeFileSync(join(folder, 'ledger.sqlite'), 'this is no database, whatever its name says');
    const { report, unreadable } = await composed();
    expect(unreadable).toMatch(/^The ledger cannot be read: file is not a database/);
    expect(report.warnings).toEqual([unreadable]);
  });

  it('of an older version is left as it is', async () => {
    ledger.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, `ledger.sqlite${suffix}`), { force: true });
    const database = new DatabaseSync(join(folder, 'ledger.sqlite'));
    migrate(database, 4);
    database.close();
    expect((await composed()).unreadable).toMatch(/An older version of Routing Policy wrote it/);
  });
});

describe('a report for people', () => {
  it('fits into words, with what the policy makes of the figures', async () => {
    attempt();
    tasks(60, 'kept');
    tasks(15, 'rejected');
    const policy = policyWith({ classes: [{ id: 'tests', when: {}, use: HAIKU, passFloor: 0.9 }] });
    const page = usageReportPage(await reported(policy));
    const heat = page.sections.find(({ heading }) => heading?.startsWith('Cost per successful task'));
    expect(heat?.table?.rows).toEqual([['tests', 'change', { text: '✗ →$0.0013 80 % n 75', tone: 'bad' }]]);
    expect(heat?.lines.at(-1)).toBe(
      'No model reaches the floor of `tests` (change): a senior should review this work.',
    );
  });

  it.each([
    [[], ''],
    [[0, 0], '··'],
    [[0, 1, 50, 100], '·▁▅█'],
  ])('draws days of %j as "%s"', (costs, blocks) => {
    expect(sparkline(costs.map((costNanoUsd) => ({ costNanoUsd })))).toBe(blocks);
  });

  it('says what to do where nothing was routed', async () => {
    const text = JSON.stringify(usageReportPage(await reported()));
    expect(text).toContain('Nothing was routed in these days.');
    expect(text).toContain('routing-policy exec');
  });

  it('becomes files', async () => {
    attempt();
    tasks(3, 'kept');
    const report = await reported();
    const file = (format: 'csv' | 'json' | 'focus') => exportedUsage(format, worldWith(), folder, report);
    expect(await file('csv')).toMatchObject({ name: 'routing-policy-usage-2026-10-24-to-2026-11-22.csv' });
    expect(JSON.parse((await file('json')).text)).toEqual(JSON.parse(JSON.stringify(report)));
    const { name, text } = await file('focus');
    expect(name).toBe('routing-policy-focus-2026-10-24-to-2026-11-22.csv');
    // 1,000 tokens in at 1,000 nano-dollars and 100 out at 5,000.
    expect(text.split('\r\n').map((line) => line.split(',')[0])).toEqual(['BilledCost', '0.001', '0.0005', '']);
  });
});
