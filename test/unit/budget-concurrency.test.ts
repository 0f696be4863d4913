// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
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
});

/** Each test counts from nothing. */
beforeEach(() => {
  for (const one of [simulated.anthropic, simulated.openai]) {
    one.recover();
    one.forget();
  }
  ledger((database) =>
    database.exec(
      `DELETE FROM attempts; DELETE FROM attempt_classes; DELETE FROM attempt_conditions; DELETE FROM tasks;
       DELETE FROM task_conversations; DELETE FROM reservations;
       -- Sums go on from the row where they ended, and rows begin anew with the first number: with this none goes on.
       INSERT OR REPLACE INTO sync (name, value) VALUES ('retention.folded', '1000000000')`,
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
      // It stands under what the budget counts and under its own name.
      .prepare("SELECT nano_usd AS nano FROM reservations WHERE budget_key LIKE 'all%'")
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
const costsOf = (model: string): readonly number[] =>
  ledger((database) =>
    database
      .prepare('SELECT cost_nano_usd AS cost FROM attempts WHERE cost_nano_usd > 0 AND model = ?')
      .all(model)
      .map(({ cost }) => Number(cost)),
  );
const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

interface BudgetSource {
  readonly per: string;
  readonly nanoUsd: number;
  readonly route?: string | readonly string[];
  /** Left out: it blocks when it is spent. */
  readonly steps?: readonly object[];
}
async function budget({
  per,
  nanoUsd,
  route = opus,
  steps = [{ at: 100, then: 'block' }],
}: BudgetSource): Promise<void> {
  const period = per === 'task' ? {} : { period: 'day' };
  const budgets = [{ id: 'tight', per, ...period, usd: nanoUsd / 1e9, steps }];
  await repository.write({ [policyFile]: JSON.stringify({ version: 1, default: route, budgets }) });
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
  await expect.poll(() => held().length, { interval: 5 }).toBe(1);
  const [nanoUsd = 0] = held();
  await asking;
  return nanoUsd;
}

const slow = { kind: 'slow', perDeltaMs: ANSWER_MS } as const;
/** What a model writes that says far more than was thought, in tokens: some twice what an answer is estimated at. */
const LONG = 4_500;
const slowAndLong = { ...slow, answer: { text: 'word'.repeat(LONG) } } as const;

/** How much more each attempt of a model has cost than was set aside for it, in nano-dollars; never less than nothing. */
function beyond(high: number, model: string): readonly number[] {
  return costsOf(model).map((cost) => Math.max(0, cost - high));
}
const largest = (values: readonly number[]): number => Math.max(0, ...values);

describe.each(['developer', 'class', 'repo', 'task'])('a budget per %s', (per) => {
  test('of what two requests and a half may cost lets two run at once, and is not overdrawn', async () => {
    simulated.anthropic.behave(slow, Number.POSITIVE_INFINITY);
    const high = await highEstimate(opus);
    simulated.anthropic.forget();
    const before = costs().length;
    const nanoUsd = sum(costs()) + Math.round(2.5 * high);
    await budget({ per, nanoUsd });
    const answers = await wave(per);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 402]));
    expect(servedOf(answers)).toBeGreaterThanOrEqual(2);
    expect(mostAtOnce(simulated.anthropic)).toBe(2);
    expect(simulated.anthropic.requests).toHaveLength(servedOf(answers));
    expect(costs()).toHaveLength(before + servedOf(answers));
    expect(sum(costs())).toBeLessThan(nanoUsd);
    expect(held()).toEqual([]);
  });

  test('of which less is left than one request may cost lets none run, and says what it would have cost', async () => {
    simulated.anthropic.behave(slow, Number.POSITIVE_INFINITY);
    await budget({ per, nanoUsd: 100_000 });
    const answers = await wave(per);
    expect(servedOf(answers)).toBe(0);
    expect(simulated.anthropic.requests).toHaveLength(0);
    expect(answers[0]?.text).toMatch(
      /Refused by budget `tight`.*\$0 of \$0\.0001.* is spent; \$0\.0001 is left, and this request may cost up to \$0\.0\d+ on anthropic\/claude-opus-5-5\./,
    );
    expect(costs()).toEqual([]);
    expect(held()).toEqual([]);
  });

  test('that is nearly spent is passed by what one request costs beyond what was set aside for it, and by no more', async () => {
    simulated.anthropic.behave(slowAndLong, Number.POSITIVE_INFINITY);
    const high = await highEstimate(opus);
    simulated.anthropic.forget();
    const before = costs();
    const [first = 0] = before;
    expect(first).toBeGreaterThan(1.5 * high);
    const left = per === 'task' ? 0 : first;
    const nanoUsd = left + Math.round(1.3 * high);
    await budget({ per, nanoUsd });
    const answers = await wave(per);
    expect(servedOf(answers)).toBe(1);
    expect(simulated.anthropic.requests).toHaveLength(1);
    const spent = sum(costs()) - first;
    expect(spent).toBeGreaterThan(1.3 * high);
    expect(left + spent).toBeLessThanOrEqual(nanoUsd + largest(beyond(high, 'claude-opus-5-5')));
    expect(held()).toEqual([]);
  });
});

test('of what several requests may cost is passed by what those that ran at once cost beyond that, at most', async () => {
  simulated.anthropic.behave(slowAndLong, Number.POSITIVE_INFINITY);
  const high = await highEstimate(opus);
  simulated.anthropic.forget();
  const [first = 0] = costs();
  const nanoUsd = first + Math.round(3.5 * high);
  await budget({ per: 'developer', nanoUsd });
  const answers = await wave('developer');
  expect(servedOf(answers)).toBe(3);
  expect(mostAtOnce(simulated.anthropic)).toBe(3);
  expect(sum(costs())).toBeGreaterThan(nanoUsd);
  expect(sum(costs())).toBeLessThanOrEqual(nanoUsd + 3 * largest(beyond(high, 'claude-opus-5-5')));
});

test('texts that are gone on with set aside what they say that they may take', async () => {
  simulated.anthropic.behave(slow, Number.POSITIVE_INFINITY);
  // 9,000 tokens are 18 cents. By what such an answer usually takes, a third of one, all of them would run at once.
  await budget({ per: 'developer', nanoUsd: 250_000_000 });
  const answers = await Promise.all(
    Array.from({ length: ROUTERS * EACH }, async (_, n) => {
      const { gateway, token } = routers[n % ROUTERS]?.address ?? { gateway: '', token: '' };
      return fetch(`${gateway}/v1/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-routing-token': token, 'x-routing-root': repository.folder },
        body: JSON.stringify({ model: 'auto', prompt: `Text ${n}: `, max_tokens: 9_000 }),
      });
    }),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(mostAtOnce(simulated.anthropic)).toBe(1);
});

test('a downgrade lets the dearer model pass its step by one such difference, and the two that run at once the budget by theirs', async () => {
  const haiku = 'anthropic/claude-haiku-5-5';
  simulated.anthropic.behave(slowAndLong, Number.POSITIVE_INFINITY);
  const [high, low] = [await highEstimate(opus), await highEstimate(haiku)];
  simulated.anthropic.forget();
  const before = sum(costs());
  // Up to the step there is room for one request of the dearer model, and beyond it for one of the cheaper.
  const step = before + Math.round(1.01 * high);
  const nanoUsd = step + Math.round(1.2 * low);
  await budget({
    per: 'developer',
    nanoUsd,
    steps: [
      { at: (100 * step) / nanoUsd, then: { downgradeTo: haiku } },
      { at: 100, then: 'block' },
    ],
  });
  const dearBefore = sum(costsOf('claude-opus-5-5'));
  const answers = await wave('developer');
  const models = simulated.anthropic.requests.map(({ model }) => model);
  expect(models.toSorted()).toEqual(['claude-haiku-5-5', 'claude-opus-5-5']);
  expect(servedOf(answers)).toBe(models.length);
  const dear = sum(costsOf('claude-opus-5-5')) - dearBefore;
  expect(before + dear).toBeLessThanOrEqual(step + largest(beyond(high, 'claude-opus-5-5')));
  const differences = largest(beyond(high, 'claude-opus-5-5')) + largest(beyond(low, 'claude-haiku-5-5'));
  expect(sum(costs())).toBeGreaterThan(nanoUsd);
  expect(sum(costs())).toBeLessThanOrEqual(nanoUsd + differences);
  expect(held()).toEqual([]);
});

test('a request that another model takes over sets aside what that one may cost', async () => {
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
  await expect.poll(() => simulated.anthropic.requests.length, { interval: 5 }).toBe(1);
  expect(simulated.openai.requests).toHaveLength(1);
  expect(held()).toEqual([expect.closeTo(high, -7)]);
  // Others follow while it is at work, before they know that the first provider is down, and after.
  const answers = await wave('developer');
  expect((await ahead)?.status).toBe(200);
  expect(servedOf(answers)).toBeGreaterThanOrEqual(1);
  expect(mostAtOnce(simulated.anthropic)).toBeLessThanOrEqual(2);
  expect(sum(costs())).toBeLessThan(nanoUsd);
  expect(held()).toEqual([]);
});
