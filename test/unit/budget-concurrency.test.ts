// Many requests at once, at routers that know of each other by the ledger alone, against a budget that is nearly spent.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openFiled } from '../host/filedLedger.ts';
import { createRepository, type Repository } from '../host/repository.ts';
import { policyFile, sampleFiles } from '../host/routerStage.ts';
import { type Asked, type ServedRouter, serveRouter } from '../host/servedRouter.ts';
import { type SimulatedProviders, type SimulatedServer, startSimulatedProviders } from '../simulated/main.ts';

const ROUTERS = 4;
const EACH = 8;
/** Most of them are decided while the first is being answered, in milliseconds. */
const ANSWER_MS = 2_000;
const opus = 'anthropic/claude-opus-5-5';

let home: string;
let state: string;
let simulated: SimulatedProviders;
let repository: Repository;
let routers: readonly ServedRouter[] = [];

beforeAll(async () => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'budget-concurrency-')));
  state = join(home, 'state');
  mkdirSync(state, { mode: 0o700 });
  [simulated, repository] = await Promise.all([startSimulatedProviders(), createRepository({ files: sampleFiles })]);
  const providers = join(home, 'providers.json');
  writeFileSync(providers, JSON.stringify(simulated.providers));
  const options = { home, state, providers, root: repository.folder };
  // The first makes the ledger.
  const first = await serveRouter(options);
  routers = [first];
  routers = [first, ...(await Promise.all(Array.from({ length: ROUTERS - 1 }, () => serveRouter(options))))];
}, 120_000);
afterAll(async () => {
  await Promise.all(routers.map((router) => router.stop()));
  await simulated.stop();
  await repository.remove();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}, 60_000);

/** Each test counts from nothing. */
beforeEach(() => {
  for (const one of [simulated.anthropic, simulated.openai]) {
    one.recover();
    one.forget();
  }
  ledger((database) =>
    database.exec(
      `DELETE FROM attempts; DELETE FROM attempt_classes; DELETE FROM attempt_conditions; DELETE FROM tasks;
       DELETE FROM task_conversations; DELETE FROM reservations`,
    ),
  );
});

function ledger<Result>(work: (database: DatabaseSync) => Result): Result {
  const database = openFiled(state);
  try {
    return work(database);
  } finally {
    database.close();
  }
}

/** What each request under way has set aside, and what the others have cost, in nano-dollars. */
const held = (): readonly number[] =>
  ledger((database) =>
    database
      .prepare('SELECT nano_usd AS nano FROM reservations')
      .all()
      .map(({ nano }) => Number(nano)),
  );
const costs = (): readonly number[] =>
  ledger((database) =>
    database
      .prepare('SELECT cost_nano_usd AS cost FROM attempts WHERE cost_nano_usd > 0')
      .all()
      .map(({ cost }) => Number(cost)),
  );
const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

interface BudgetSource {
  readonly per: string;
  readonly nanoUsd: number;
  readonly route?: string | readonly string[];
}
async function budget({ per, nanoUsd, route = opus }: BudgetSource): Promise<void> {
  const period = per === 'task' ? '' : '"period": "day",';
  const policy = `{
    "version": 1,
    "default": ${JSON.stringify(route)},
    "budgets": [{ "id": "tight", "per": "${per}", ${period} "usd": ${nanoUsd / 1e9}, "then": "block" }]
  }`;
  await repository.write({ [policyFile]: policy });
}

let conversations = 0;
/** All at once, of one conversation or each of its own. */
async function wave(per: string): Promise<readonly Asked[]> {
  conversations += 1;
  const nameOf = (n: number): string => `talk-${conversations}${per === 'task' ? '' : `-${n}`}`;
  return Promise.all(
    Array.from({ length: ROUTERS * EACH }, async (_, n) => {
      const router = routers[n % ROUTERS];
      if (router === undefined) throw new Error('No router.');
      return router.ask(nameOf(n), false);
    }),
  );
}
const servedOf = (answers: readonly Asked[]): number => answers.filter(({ status }) => status === 200).length;

/** How many requests a provider worked on at the same time, at most. */
function mostAtOnce({ requests }: SimulatedServer): number {
  const ends = requests.map(({ at, endedAfterMs = 0 }) => at + endedAfterMs);
  return Math.max(
    0,
    ...requests.map(({ at }) => requests.filter((one, n) => one.at <= at && at < (ends[n] ?? 0)).length),
  );
}

/** What one request sets aside against a budget on this route. */
async function highEstimate(route: BudgetSource['route']): Promise<number> {
  await budget({ per: 'developer', nanoUsd: 1e12, ...(route === undefined ? {} : { route }) });
  const [first] = routers;
  const asking = first?.ask('the first', false);
  await expect.poll(() => held().length, { timeout: 10_000, interval: 5 }).toBe(1);
  const [nanoUsd = 0] = held();
  await asking;
  return nanoUsd;
}

const slow = { kind: 'slow', perDeltaMs: ANSWER_MS } as const;

describe.each(['developer', 'class', 'repo', 'task'])('a budget per %s', (per) => {
  test('of what two requests and a half may cost lets three run at once, and is not overdrawn', {
    timeout: 90_000,
  }, async () => {
    simulated.anthropic.behave(slow, Number.POSITIVE_INFINITY);
    const high = await highEstimate(opus);
    simulated.anthropic.forget();
    const before = costs().length;
    const nanoUsd = Math.round(2.5 * high);
    await budget({ per, nanoUsd });
    const answers = await wave(per);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 402]));
    expect(servedOf(answers)).toBeGreaterThanOrEqual(3);
    expect(mostAtOnce(simulated.anthropic)).toBe(3);
    expect(simulated.anthropic.requests).toHaveLength(servedOf(answers));
    expect(costs()).toHaveLength(before + servedOf(answers));
    expect(sum(costs())).toBeLessThan(nanoUsd);
    expect(held()).toEqual([]);
  });

  test('of which next to nothing is left lets one more request run, and no other', { timeout: 90_000 }, async () => {
    simulated.anthropic.behave(slow, Number.POSITIVE_INFINITY);
    await budget({ per, nanoUsd: 100_000 });
    const answers = await wave(per);
    expect(servedOf(answers)).toBe(1);
    expect(simulated.anthropic.requests).toHaveLength(1);
    const [cost = 0, ...others] = costs();
    expect(others).toEqual([]);
    expect(cost).toBeGreaterThan(100_000);
    expect(held()).toEqual([]);
  });
});

test('a request that another model takes over sets aside what that one may cost', { timeout: 90_000 }, async () => {
  const route = ['openai/gpt-6-luna', opus];
  simulated.openai.behave({ kind: 'status', status: 400 });
  simulated.openai.behave({ kind: 'status', status: 529 }, Number.POSITIVE_INFINITY);
  simulated.anthropic.behave(slow, Number.POSITIVE_INFINITY);
  const high = await highEstimate(opus);
  simulated.anthropic.forget();
  const nanoUsd = sum(costs()) + Math.round(2.5 * high);
  await budget({ per: 'developer', nanoUsd, route });
  // What is wrong with one request says nothing of its provider: the decision would ask that one first again.
  const ahead = routers.at(-1)?.ask('ahead', false);
  await expect.poll(() => simulated.anthropic.requests.length, { timeout: 10_000, interval: 5 }).toBe(1);
  expect(simulated.openai.requests).toHaveLength(1);
  expect(held()).toEqual([expect.closeTo(high, -7)]);
  // Others follow while it is at work, before they know that the first provider is down, and after.
  const answers = await wave('developer');
  expect((await ahead)?.status).toBe(200);
  expect(servedOf(answers)).toBeGreaterThanOrEqual(1);
  expect(mostAtOnce(simulated.anthropic)).toBeLessThanOrEqual(3);
  expect(sum(costs())).toBeLessThan(nanoUsd);
  expect(held()).toEqual([]);
});
