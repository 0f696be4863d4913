import type { OverlayRow, UsdRates } from '../overlay.ts';
import { capable, listed } from './capabilities.ts';

const model = (id: string, name: string, usd: UsdRates, more: Partial<OverlayRow> = {}): OverlayRow => ({
  ...capable,
  ...listed,
  id,
  name,
  maker: 'anthropic',
  contextTokens: 1_000_000,
  maxOutputTokens: 128_000,
  usd,
  ...more,
});

/** Writing to the cache costs 1.25 times the input for five minutes, twice the input for an hour. */
const usd = (input: number, output: number, read: number): UsdRates => [input, output, read, input * 1.25, input * 2];

const earlier = { contextTokens: 200_000, maxOutputTokens: 64_000 } as const;

const retired = (
  id: string,
  name: string,
  since: string,
  successor: string,
  more: Partial<OverlayRow> = {},
): OverlayRow => ({
  ...capable,
  id,
  name,
  maker: 'anthropic',
  contextTokens: 200_000,
  retired: { since, successor },
  source: 'vendor deprecation notice',
  asOf: '2026-11-22',
  ...more,
});

/** Anthropic's models. */
export const anthropicModels: readonly OverlayRow[] = [
  model('claude-fable-5-2', 'Claude Fable 5.2', usd(8, 40, 0.2)),
  model('claude-fable-5-1', 'Claude Fable 5.1', usd(10, 50, 0.25)),
  model('claude-fable-5', 'Claude Fable 5', usd(10, 50, 1)),
  model('claude-opus-5-5', 'Claude Opus 5.5', usd(4, 20, 0.2)),
  model('claude-opus-5', 'Claude Opus 5', usd(5, 25, 0.5)),
  model('claude-opus-4-8', 'Claude Opus 4.8', usd(5, 25, 0.5)),
  model('claude-opus-4-7', 'Claude Opus 4.7', usd(5, 25, 0.5)),
  model('claude-opus-4-6', 'Claude Opus 4.6', usd(5, 25, 0.5)),
  model('claude-opus-4-5', 'Claude Opus 4.5', usd(5, 25, 0.5), earlier),
  model('claude-sonnet-5-5', 'Claude Sonnet 5.5', usd(2, 10, 0.1)),
  model('claude-sonnet-5', 'Claude Sonnet 5', usd(2, 10, 0.2)),
  model('claude-sonnet-4-6', 'Claude Sonnet 4.6', usd(3, 15, 0.3)),
  model('claude-sonnet-4-5', 'Claude Sonnet 4.5', usd(3, 15, 0.3), earlier),
  model('claude-haiku-5-5', 'Claude Haiku 5.5', usd(0.1, 0.5, 0.01), {
    above: [{ tokens: 100_000, usd: usd(0.5, 2.5, 0.05) }],
  }),
  model('claude-haiku-4-5', 'Claude Haiku 4.5', usd(1, 5, 0.1), earlier),
  retired('claude-opus-4-1', 'Claude Opus 4.1', '2026-08-05', 'claude-opus-4-8', { maxOutputTokens: 32_000 }),
  retired('claude-opus-4', 'Claude Opus 4', '2026-06-15', 'claude-opus-4-8', { aliases: ['claude-opus-4-0'] }),
  retired('claude-sonnet-4', 'Claude Sonnet 4', '2026-06-15', 'claude-sonnet-4-6', { aliases: ['claude-sonnet-4-0'] }),
  retired('claude-3-7-sonnet', 'Claude Sonnet 3.7', '2026-02-19', 'claude-sonnet-4-6'),
  retired('claude-3-5-sonnet', 'Claude Sonnet 3.5', '2025-10-28', 'claude-sonnet-4-6', { thinking: false }),
  retired('claude-3-5-haiku', 'Claude Haiku 3.5', '2026-02-19', 'claude-haiku-4-5', { thinking: false }),
];
