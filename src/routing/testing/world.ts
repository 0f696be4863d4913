import type { ModelRecord, Price, TokenRates } from '../../models/model.ts';
import { compilePolicy } from '../../policy/compile.ts';
import { type LayeredPolicy, layered, oneLayer, type PolicyLayer } from '../../policy/layers.ts';
import { type Policy, policySchema } from '../../policy/schema.ts';
import type { ProviderFacts, State } from '../state.ts';
import { everythingWorks } from '../works.ts';

/** A Monday at noon, UTC. */
export const NOON = Date.UTC(2026, 10, 23, 12);

/** US dollars per million tokens, in and out, of the models that the example policies name. */
const USD: Readonly<Record<string, readonly [maker: string, input: number, output: number]>> = {
  'copilot/mai-code-1.1-flash': ['microsoft', 0.2, 1.2],
  'anthropic/claude-haiku-5-5': ['anthropic', 1, 5],
  'anthropic/claude-sonnet-5-5': ['anthropic', 3, 15],
  'anthropic/claude-opus-5-5': ['anthropic', 5, 25],
  'openai/gpt-6-luna': ['openai', 0.25, 2],
  'openai/gpt-6-sol': ['openai', 2, 12],
  'openai/gpt-6.1-sol': ['openai', 4, 20],
  'google/gemini-4-argon': ['google', 2, 12],
  'codestral/codestral-latest': ['mistral', 0.3, 0.9],
  'azure-eu/gpt-6-sol': ['openai', 2, 12],
  'azure-eu/gpt-6.1-sol': ['openai', 4, 20],
  'bedrock-eu/claude-sonnet-5-5': ['anthropic', 3, 15],
  'bedrock-eu/claude-opus-5-5': ['anthropic', 5, 25],
  'onprem/qwen3-coder': ['alibaba', 0, 0],
  'ollama/qwen3-coder': ['alibaba', 0, 0],
  'local/workspace-copy': ['routing-policy', 0, 0],
};

export function pricePerMillion(input: number, output: number, tiers: Price['tiers'] = []): Price {
  return { rates: ratesPerMillion(input, output), tiers, source: 'overlay', asOf: '2026-11-10' };
}

export function ratesPerMillion(input: number, output: number): TokenRates {
  return { input: input * 1000, output: output * 1000, cacheRead: input * 100, cacheWrite: input * 1250 };
}

export function modelRecord(maker: string, more: Partial<ModelRecord> = {}): ModelRecord {
  return {
    id: 'a-model',
    maker,
    name: 'A model',
    tools: true,
    images: true,
    thinking: true,
    chat: true,
    completion: 'prompted',
    source: 'test',
    asOf: '2026-11-10',
    ...more,
  };
}

export function providerFacts(id: string, more: Partial<ProviderFacts> = {}): ProviderFacts {
  return { id, usable: true, host: `api.${id}.example`, serves: { chat: true, completion: true }, ...more };
}

const PROVIDERS: Readonly<Record<string, Partial<ProviderFacts>>> = {
  copilot: {},
  anthropic: { residency: 'us', retention: '30d' },
  openai: { residency: 'us' },
  google: {},
  codestral: {},
  'azure-eu': { residency: 'eu', retention: 'zero' },
  'bedrock-eu': { residency: 'eu', retention: 'zero' },
  onprem: { residency: 'on-prem', retention: 'zero', local: true },
  ollama: { residency: 'on-prem', retention: 'zero', local: true },
  local: { local: true },
};

/** What a test changes in the world where everything works; `undefined` for a provider takes it away. */
export interface Changes extends Partial<Omit<State, 'provider' | 'model' | 'price' | 'unhealthy' | 'inputTokens'>> {
  readonly providers?: Readonly<Record<string, Partial<ProviderFacts> | undefined>>;
  readonly models?: Readonly<Record<string, Partial<ModelRecord>>>;
  /** `undefined`: unpriced. */
  readonly prices?: Readonly<Record<string, Price | undefined>>;
  readonly down?: readonly string[];
  readonly tokens?: number;
}

/** A world with every provider of the example policies in it: usable, healthy, priced, nothing spent. */
export function world(changes: Changes = {}): State {
  const { providers = {}, models = {}, prices = {}, down = [], tokens, ...rest } = changes;
  return {
    ...everythingWorks({ now: NOON, model: () => undefined, price: () => undefined }),
    spent: new Proxy({}, { has: () => true, get: () => nothingSpent, getOwnPropertyDescriptor: () => ownProperty }),
    outputTokens: { low: 100, high: 2000 },
    ...rest,
    provider: (id) => {
      const known = id in providers ? providers[id] : PROVIDERS[id];
      return known === undefined ? undefined : providerFacts(id, { ...PROVIDERS[id], ...known });
    },
    model: (provider, model) => {
      const row = USD[`${provider}/${model}`];
      const changed = models[`${provider}/${model}`];
      if (row === undefined && changed === undefined) return undefined;
      return modelRecord(row?.[0] ?? 'nobody', { id: model, ...changed });
    },
    price: (provider, model) => {
      const target = `${provider}/${model}`;
      if (target in prices) return prices[target];
      const row = USD[target];
      return row === undefined ? undefined : pricePerMillion(row[1], row[2]);
    },
    unhealthy: (provider, model) =>
      down.includes(provider) || down.includes(`${provider}/${model}`) ? 'it did not answer' : undefined,
    inputTokens: () => (tokens === undefined ? undefined : { low: tokens, high: tokens }),
  };
}

const nothingSpent = { spentNanoUsd: 0, reservedNanoUsd: 0 };
const ownProperty = { value: nothingSpent, configurable: true, enumerable: true };

/** An attestation of each model that the regulated baseline names. */
export const allAttested = [
  'gpt-6-sol',
  'gpt-6.1-sol',
  'claude-sonnet-5-5',
  'claude-opus-5-5',
  'onprem/qwen3-coder',
].map((target) => ({ target, valid: true }));

/** Spend by budget id, in US dollars. */
export function spent(usd: Readonly<Record<string, number>>): State['spent'] {
  return Object.fromEntries(
    Object.entries(usd).map(([id, amount]) => [id, { spentNanoUsd: Math.round(amount * 1e9), reservedNanoUsd: 0 }]),
  );
}

/** Compiles a policy written in a test, which stands alone; one that the schema refuses is a mistake in the test. */
export function compiled(policy: unknown, hash = 'test'): LayeredPolicy {
  return oneLayer(compilePolicy(policySchema.parse(policy), hash));
}

/** A layer as a test writes it; the repository's own unless it says otherwise. */
export interface WrittenLayer extends Partial<Omit<PolicyLayer, 'policy'>> {
  /** As it stands in the file; what must be there and is not is filled in. */
  readonly policy: object;
}

/** Compiles layers written in a test, the outermost first, each with those before it around it. */
export function stacked(...written: readonly WrittenLayer[]): LayeredPolicy {
  const layers: PolicyLayer[] = [];
  for (const { policy, name = '', ...more } of written) {
    const parsed = policySchema.parse({ version: 1, default: 'anthropic/claude-sonnet-5-5', ...policy });
    const compiled = compilePolicy(parsed, `hash of ${name}`, { name, outer: layers });
    const plain = { origin: 'repository', of: 'both', source: name, prefers: true } as const;
    layers.push({ ...plain, ...more, name, policy: compiled });
  }
  return layered(layers, 'test');
}

/** The only layer of a policy that stands alone. */
export function onlyLayer({ layers }: LayeredPolicy): PolicyLayer {
  const [layer] = layers;
  if (layer === undefined || layers.length > 1) throw new Error('this policy does not stand alone');
  return layer;
}

/** The smallest policy around some parts of one. */
export function policyWith(parts: Partial<Policy>): LayeredPolicy {
  return compiled({ version: 1, default: 'anthropic/claude-sonnet-5-5', ...parts });
}
