// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
// What a budget that has no room for a request does to real clients of the gateway: a cheaper model answers, or they say why not.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { agents, endAll, type Running, startByExec } from './agents.ts';
import { installClients } from './install.ts';
import { type ClientStage, startClientStage } from './stage.ts';

const TARGET = 'anthropic/claude-sonnet-5-5';
/** How long a client may go on trying before it is asked no more, in milliseconds. */
const PATIENCE_MS = 45_000;

let stage: ClientStage;
let running: Running | undefined;
beforeAll(async () => {
  await installClients();
  stage = await startClientStage();
}, 900_000);
afterEach(() => {
  if (running !== undefined) endAll(running);
});
afterAll(() => stage?.stop(), 30_000);

/** Of which less is left than a request on the dearer model may cost. */
const budgets = (then: unknown): readonly object[] => [
  { id: 'purse', per: 'developer', period: 'day', usd: 0.0001, then },
];

describe.each(agents)('$id', (agent) => {
  it('is answered by the cheaper model of a downgrade', { timeout: PATIENCE_MS + 15_000 }, async () => {
    await stage.begin({ target: TARGET, budgets: budgets({ downgradeTo: 'anthropic/claude-haiku-5-5' }) });
    running = await startByExec(stage, agent, { task: 'say hi' });
    await expect
      .poll(() => running?.output(), { timeout: PATIENCE_MS, interval: 50 })
      .toContain('Simulated answer from claude-haiku-5-5.');
    await running.ended;
    expect(new Set(stage.asked().map(({ model }) => model))).toEqual(new Set(['claude-haiku-5-5']));
  });

  it('shows which budget refuses it, and asks nobody', { timeout: PATIENCE_MS + 15_000 }, async () => {
    await stage.begin({ target: TARGET, budgets: budgets('block') });
    running = await startByExec(stage, agent, { task: 'say hi' });
    await expect
      .poll(() => running?.output(), { timeout: PATIENCE_MS, interval: 50 })
      .toMatch(/Refused by budget `?purse/);
    expect(stage.asked()).toEqual([]);
    expect(stage.rows().every(({ outcome }) => outcome === 'blocked')).toBe(true);
  });
});
