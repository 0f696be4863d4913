import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { gatewayToken } from '../usage/gatewayToken.ts';
import { composeStandalone } from './standalone.ts';

let state: string;
beforeEach(async () => {
  state = await realpath(await mkdtemp(join(tmpdir(), 'routing-policy-standalone-')));
  process.env['ROUTING_POLICY_STATE_DIR'] = state;
});
afterEach(() => rm(state, { recursive: true, force: true, maxRetries: 5 }));

it('the gateway’s own token, where a terminal has it for a key, is no provider’s key', async () => {
  const env = { OPENAI_API_KEY: gatewayToken(state), ANTHROPIC_API_KEY: 'sk-own' };
  const composed = await composeStandalone({ providers: {}, roots: [], env, log: () => undefined });
  try {
    const kindOf = (id: string): string | undefined => composed.providers.describe(id)?.key.kind;
    expect([kindOf('openai'), kindOf('anthropic')]).toEqual(['missing', 'present']);
  } finally {
    await composed.dispose();
  }
});

it('says at once that nothing is written down, where the ledger cannot be opened', async () => {
  await mkdir(join(state, 'ledger.sqlite'));
  const log: string[] = [];
  const composed = await composeStandalone({
    providers: {},
    roots: [],
    env: {},
    log: (level, message) => log.push(`${level} ${message}`),
  });
  await composed.dispose();
  expect(log).toEqual([
    expect.stringMatching(/^warn Usage is not written down: .*Budgets cannot count what is spent\.$/),
  ]);
});
