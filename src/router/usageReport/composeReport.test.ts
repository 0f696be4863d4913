import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { policyWith, stacked } from '../../routing/testing/world.ts';
import { migrate } from '../../usage/ledgerSchema.ts';
import { usageJson } from '../../usage/report/exports/json.ts';
import {
  attempt,
  composed,
  DAY,
  eachWithLedger,
  folder,
  HAIKU,
  insert,
  ledger,
  now,
  reported,
  tasks,
  today,
} from './ledgerReport.fixture.ts';
import { usageReportPage } from './page.ts';

eachWithLedger();

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

  it.each([
    [4, /An older version of Routing Policy wrote it/],
    [7, /An older version of Routing Policy wrote it/],
    [8, undefined],
  ])(
    'of the older version %i is left as it is, and read where it has all that is asked for',
    async (version, reason) => {
      ledger.close();
      for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, `ledger.sqlite${suffix}`), { force: true });
      const database = new DatabaseSync(join(folder, 'ledger.sqlite'));
      migrate(database, version);
      const { unreadable } = await composed();
      if (reason === undefined) expect(unreadable).toBeUndefined();
      else expect(unreadable).toMatch(reason);
      expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: version });
      database.close();
    },
  );
});
