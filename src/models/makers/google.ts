import type { OverlayRow, UsdRates } from '../overlay.ts';
import { capable, listed } from './capabilities.ts';

const model = (id: string, name: string, usd: UsdRates, more: Partial<OverlayRow> = {}): OverlayRow => ({
  ...capable,
  ...listed,
  id,
  name,
  maker: 'google',
  contextTokens: 1_048_576,
  maxOutputTokens: 65_536,
  usd,
  ...more,
});

/** Google's hosted models. */
export const googleModels: readonly OverlayRow[] = [
  model('gemini-4-argon', 'Gemini 4 Argon', [2, 10, 0.1], { maxOutputTokens: 32_768 }),
  model('gemini-3.8-flash', 'Gemini 3.8 Flash', [0.75, 3.75, 0.075]),
  model('gemini-3.7-flash', 'Gemini 3.7 Flash', [0.75, 3.75, 0.075]),
  model('gemini-3.6-flash', 'Gemini 3.6 Flash', [0.75, 3.75, 0.075]),
  model('gemini-3.5-flash', 'Gemini 3.5 Flash', [1.5, 9, 0.15]),
  model('gemini-3.5-flash-lite', 'Gemini 3.5 Flash Lite', [0.3, 2.5, 0.03]),
  model('gemini-3.1-pro-preview', 'Gemini 3.1 Pro Preview', [2, 12, 0.2], {
    aliases: ['gemini-3.1-pro'],
    above: [{ tokens: 200_000, usd: [4, 18, 0.4] }],
  }),
  model('gemini-2.5-pro', 'Gemini 2.5 Pro', [1.25, 10, 0.125], {
    above: [{ tokens: 200_000, usd: [2.5, 15, 0.25] }],
  }),
  model('gemini-2.5-flash', 'Gemini 2.5 Flash', [0.3, 2.5, 0.03]),
];
