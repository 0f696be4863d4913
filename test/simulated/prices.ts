import type { ProviderSetting } from '../../src/providers/settings.ts';

type Prices = NonNullable<ProviderSetting['prices']>;

/** List prices of the models that are imitated, in US dollars per million tokens, so that simulated costs look right. */
const lists = {
  anthropic: {
    'claude-haiku-4-5': [1, 5, 0.1, 1.25],
    'claude-haiku-5-5': [0.1, 0.5, 0.01, 0.125],
    'claude-sonnet-5-5': [2, 10, 0.1, 2.5],
    'claude-opus-5': [5, 25, 0.5, 6.25],
    'claude-opus-5-5': [4, 20, 0.2, 5],
    'claude-fable-5-2': [8, 40, 0.2, 10],
  },
  openai: {
    'gpt-5.4-mini': [0.75, 4.5, 0.075],
    'gpt-5.6-luna': [0.2, 1.2, 0.02],
    'gpt-5.6-sol': [4, 20, 0.4],
    'gpt-6-luna': [0.1, 0.5, 0.01],
    'gpt-6-sol': [2, 10, 0.2],
    'gpt-6-astra': [10, 50, 1],
    'gpt-6.1-terra': [1, 5, 0.05],
    'gpt-6.1-sol': [2, 10, 0.1],
  },
  codestral: { 'codestral-latest': [0.3, 0.9, 0.03] },
} as const satisfies Record<string, Record<string, readonly [number, number, number, number?]>>;

/** The prices of one simulated provider, in the form of a provider's setting. */
export function pricesOf(provider: keyof typeof lists): Prices {
  return Object.fromEntries(
    Object.entries(lists[provider]).map(([model, [inputUsd, outputUsd, cacheReadUsd, cacheWriteUsd]]) => [
      model,
      {
        inputUsd,
        outputUsd,
        cacheReadUsd,
        ...(cacheWriteUsd === undefined ? {} : { cacheWriteUsd }),
        asOf: '2026-11-10',
      },
    ]),
  );
}
