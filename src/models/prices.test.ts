import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { genaiPrices, genaiPricesVersion } from './genaiPrices.ts';
import { overlay } from './overlay.ts';
import { type PriceLayers, priceOf } from './prices.ts';
import { findSeller } from './seller.ts';

const at = Date.parse('2026-11-22T12:00:00Z');
const table = genaiPrices();
const layers = (more: Partial<PriceLayers> = {}): PriceLayers => ({ at, table, ...more });
const costing = (inputUsd: number): { inputUsd: number; outputUsd: number; asOf: string } => ({
  inputUsd,
  outputUsd: 2 * inputUsd,
  asOf: '2026-11-01',
});

describe('the first layer that knows a price wins', () => {
  const target = 'anthropic/claude-sonnet-5-5';
  const all = {
    provider: () => ({ prices: { 'claude-sonnet-5-5': costing(1) } }),
    user: { [target]: costing(2) },
    policy: { [target]: costing(3) },
    team: { [target]: costing(4) },
  };
  it.each([
    ['user', 1_000, all],
    ['user', 2_000, { ...all, provider: () => ({}) }],
    ['policy', 3_000, { policy: all.policy, team: all.team }],
    ['team', 4_000, { team: all.team }],
    ['overlay', 2_000, {}],
  ] as const)('%s, %d', (source, input, given) => {
    const price = priceOf('anthropic', 'claude-sonnet-5-5', layers(given));
    expect(price).toMatchObject({ source, rates: { input } });
    expect(price?.asOf).toMatch(/^2026-11-/);
  });

  it('by another spelling too, but not for another provider', () => {
    const given = layers({ policy: { 'anthropic/claude-sonnet-5.5': costing(3) } });
    expect(priceOf('anthropic', 'claude-sonnet-5-5-20260930', given)?.source).toBe('policy');
    expect(priceOf('azure', 'claude-sonnet-5-5', given)?.source).toBe('overlay');
  });

  it('a name such as __proto__ is a name', () => {
    expect(priceOf('anthropic', '__proto__', layers({ provider: () => ({ prices: {} }), policy: {} }))).toBeUndefined();
    expect(priceOf('__proto__', 'constructor', layers({ policy: {} }))).toBeUndefined();
  });
});

describe('list prices', () => {
  it('of the overlay carry tiers, cache prices and the day', () => {
    expect(priceOf('anthropic', 'claude-haiku-5-5', layers())).toEqual({
      rates: { input: 100, output: 500, cacheRead: 10, cacheWrite: 125, longCacheWrite: 200 },
      tiers: [
        {
          aboveTokens: 100_000,
          rates: { input: 500, output: 2_500, cacheRead: 50, cacheWrite: 625, longCacheWrite: 1_000 },
        },
      ],
      source: 'overlay',
      asOf: '2026-11-10',
    });
  });

  it.each([
    ['openai', 'gpt-4o', 2_500, 'genai-prices'],
    ['openai', 'gpt-4o-2024-05-13', 5_000, 'genai-prices'],
    ['copilot', 'mai-code-1.1-flash', 200, 'overlay'],
    ['copilot', 'claude-haiku-5.5', 100, 'overlay'],
    ['azure-eu', 'gpt-6-sol', 2_000, 'overlay'],
    ['openrouter', 'anthropic/claude-sonnet-5.5', 2_000, 'overlay'],
    ['our-gateway', 'claude-opus-5-5', 4_000, 'overlay'],
    ['bedrock', 'global.anthropic.claude-sonnet-5-5', 2_000, 'overlay'],
    ['bedrock-eu', 'eu.anthropic.claude-sonnet-5-5', 2_200, 'overlay'],
    ['bedrock-eu', 'claude-sonnet-5-5', 2_200, 'overlay'],
    ['codestral', 'codestral-latest', 300, 'overlay'],
    ['deepseek', 'deepseek-flash', 300, 'overlay'],
    ['openai', 'gpt-4o-mini', 150, 'genai-prices'],
    ['azure', 'gpt-4o-mini', 150, 'genai-prices'],
    ['groq', 'openai/gpt-oss-120b', 150, 'genai-prices'],
    ['openrouter', 'allenai/molmo-7b-d:free', 0, 'genai-prices'],
  ])('%s/%s costs %d nano-dollars a token, says %s', (provider, model, input, source) => {
    expect(priceOf(provider, model, layers())).toMatchObject({ rates: { input }, source });
  });

  it('come from the host where the name of the provider says nothing', () => {
    expect(
      priceOf('work', 'gpt-4o-mini', layers({ provider: () => ({ host: 'acme.openai.azure.com' }) }))?.source,
    ).toBe('genai-prices');
    expect(priceOf('work', 'gpt-4o-mini', layers())).toBeUndefined();
    expect(
      priceOf('work', 'gpt-4o-mini', layers({ provider: () => ({ host: 'evilapi.openai.com.example' }) })),
    ).toBeUndefined();
  });

  it('of the library have its tiers, its version and the price of the day', () => {
    expect(priceOf('openai', 'gpt-4o-mini', layers())).toMatchObject({ ...genaiPricesVersion });
    const before = priceOf('openai', 'o3', layers({ at: Date.parse('2025-06-01T00:00:00Z') }));
    const after = priceOf('openai', 'o3', layers());
    expect([before?.rates.input, after?.rates.input]).toEqual([10_000, 2_000]);
    expect(table.find('anthropic', 'claude-sonnet-4-5', at)?.tiers).toEqual([
      {
        aboveTokens: 200_000,
        rates: { input: 6_000, output: 22_500, cacheRead: 600, cacheWrite: 7_500, longCacheWrite: 12_000 },
      },
    ]);
  });

  it('are stamped with the version of the library that is installed', () => {
    const entry = createRequire(import.meta.url).resolve('@pydantic/genai-prices');
    const installed: unknown = JSON.parse(readFileSync(new URL('../package.json', `file://${entry}`), 'utf8'));
    expect(installed).toMatchObject({ version: genaiPricesVersion.version });
  });
});

describe('unpriced, and not zero, is', () => {
  it.each([
    ['an unknown model', 'anthropic', 'claude-sonnet-7'],
    ['a prefix of a known one', 'openai', 'gpt-4o-mini-nonsense'],
    ['a newer generation, to a library that matches prefixes', 'openai', 'gpt-5.4-mini-2'],
    ['an open model at a seller nobody knows', 'our-gateway', 'deepseek-flash'],
    ['half-price batches of a model', 'our-gateway', 'claude-sonnet-5-5:batch'],
    ['a deployment with a name of its own', 'azure', 'prod-large'],
  ])('%s', (_, provider, model) => {
    expect(priceOf(provider, model, layers())).toBeUndefined();
  });

  it('a model of the library before it is loaded', () => {
    expect(priceOf('openai', 'gpt-4o-mini', { at })).toBeUndefined();
  });

  it('a simulated provider without prices, whichever model it plays', () => {
    expect(
      priceOf('sim', 'claude-sonnet-5-5', layers({ provider: () => ({ simulated: true, local: true }) })),
    ).toBeUndefined();
  });
});

describe('zero is', () => {
  it('what a local provider serves, and the completer of this extension', () => {
    const local = layers({ provider: () => ({ local: true }) });
    expect(priceOf('ollama', 'qwen3-coder:30b', local)).toMatchObject({
      rates: { input: 0, output: 0 },
      source: 'local',
      asOf: '2026-11-22',
    });
    expect(priceOf('local', 'workspace-copy', { at })?.source).toBe('local');
  });

  it('unless the user says what it costs', () => {
    const given = layers({ provider: () => ({ local: true, prices: { big: costing(1) } }) });
    expect(priceOf('rig', 'big', given)).toMatchObject({ rates: { input: 1_000, cacheRead: 1_000 }, source: 'user' });
    const simulated = layers({ provider: () => ({ simulated: true, local: true, prices: { big: costing(1) } }) });
    expect(priceOf('sim', 'big', simulated)?.source).toBe('simulated');
  });
});

it('the overlay and the library agree where both know a model of today', () => {
  // DeepSeek's price moves by the hour and the season, and public sources disagree about it.
  const makers = ['anthropic', 'openai', 'google', 'moonshotai'];
  const differing = overlay.flatMap((row) => {
    if (!makers.includes(row.maker)) return [];
    const ours = priceOf(row.maker, row.id, { at });
    const theirs = table.find(row.maker, row.id, at);
    return ours && theirs && (ours.rates.input !== theirs.rates.input || ours.rates.output !== theirs.rates.output)
      ? [row.id]
      : [];
  });
  expect(differing).toEqual([]);
});

it('finds a seller by the host that its provider has now', () => {
  expect(findSeller('mine', 'api.openai.com')?.id).toBe('openai');
  expect(findSeller('mine', 'api.anthropic.com')?.id).toBe('anthropic');
  expect(findSeller('mine')).toBeUndefined();
  expect(findSeller('mine', 'api.openai.com')?.id).toBe('openai');
});
