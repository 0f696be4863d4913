import type { OverlayRow, UsdRates } from '../overlay.ts';
import { capable, listed } from './capabilities.ts';

const model = (id: string, name: string, usd: UsdRates, more: Partial<OverlayRow> = {}): OverlayRow => ({
  ...capable,
  ...listed,
  id,
  name,
  maker: 'openai',
  contextTokens: 400_000,
  maxOutputTokens: 128_000,
  usd,
  ...more,
});

/** Above 272,000 input tokens the whole request costs twice the input and one and a half times the output. */
const long = (id: string, name: string, [input, output, read = input, write = input]: UsdRates): OverlayRow =>
  model(id, name, [input, output, read, write], {
    contextTokens: 1_050_000,
    above: [{ tokens: 272_000, usd: [input * 2, output * 1.5, read * 2, write * 2] }],
  });

/** Since GPT-5.6, writing to the cache costs 1.25 times the input. */
const usd = (input: number, output: number, read: number): UsdRates => [input, output, read, input * 1.25];

const withoutThinking = { contextTokens: 1_047_576, maxOutputTokens: 32_768, thinking: false } as const;

/** OpenAI's hosted models; those with open weights are in `open.ts`. */
export const openaiModels: readonly OverlayRow[] = [
  long('gpt-6.1-sol', 'GPT-6.1 Sol', usd(2, 10, 0.1)),
  long('gpt-6.1-terra', 'GPT-6.1 Terra', usd(1, 5, 0.05)),
  long('gpt-6-astra', 'GPT-6 Astra', usd(10, 50, 1)),
  long('gpt-6-sol', 'GPT-6 Sol', usd(2, 10, 0.2)),
  long('gpt-6-luna', 'GPT-6 Luna', usd(0.1, 0.5, 0.01)),
  long('gpt-5.6-sol', 'GPT-5.6 Sol', usd(4, 20, 0.4)),
  long('gpt-5.6-terra', 'GPT-5.6 Terra', usd(2, 12, 0.2)),
  long('gpt-5.6-luna', 'GPT-5.6 Luna', usd(0.2, 1.2, 0.02)),
  long('gpt-5.5', 'GPT-5.5', [5, 30, 0.5]),
  long('gpt-5.4', 'GPT-5.4', [2.5, 15, 0.25]),
  model('gpt-5.4-mini', 'GPT-5.4 mini', [0.75, 4.5, 0.075]),
  model('gpt-5.4-nano', 'GPT-5.4 nano', [0.2, 1.25, 0.02]),
  model('gpt-5.3-codex', 'GPT-5.3 Codex', [1.75, 14, 0.175]),
  model('gpt-5.2', 'GPT-5.2', [1.75, 14, 0.175]),
  model('gpt-5', 'GPT-5', [1.25, 10, 0.125]),
  model('gpt-5-mini', 'GPT-5 Mini', [0.25, 2, 0.025]),
  model('gpt-4.1', 'GPT-4.1', [2, 8, 0.5], withoutThinking),
  model('gpt-4.1-mini', 'GPT-4.1 mini', [0.4, 1.6, 0.1], withoutThinking),
  {
    ...capable,
    ...listed,
    ...withoutThinking,
    // Its dated snapshots differ in price, which the price library tells apart.
    id: 'gpt-4o',
    name: 'GPT-4o',
    maker: 'openai',
    contextTokens: 128_000,
    maxOutputTokens: 16_384,
  },
];
