import type { OverlayRow } from '../overlay.ts';
import { listed, textOnly } from './capabilities.ts';

const code = { ...textOnly, ...listed, maker: 'microsoft', contextTokens: 256_000, maxOutputTokens: 128_000 } as const;

/** Microsoft's models: MAI-Code is had through GitHub Copilot, MAI-Thinking was a preview in Foundry. */
export const microsoftModels: readonly OverlayRow[] = [
  { ...code, id: 'mai-code-1.1-flash', name: 'MAI-Code-1.1-Flash', images: true, usd: [0.2, 1.2, 0.02] },
  {
    ...code,
    id: 'mai-code-1-flash-picker',
    aliases: ['mai-code-1-flash'],
    name: 'MAI-Code-1-Flash',
    usd: [0.75, 4.5, 0.075],
    superseded: { successor: 'mai-code-1.1-flash' },
    source: 'vendor price list',
  },
  {
    ...textOnly,
    id: 'mai-thinking-1',
    name: 'MAI-Thinking-1',
    maker: 'microsoft',
    contextTokens: 256_000,
    usd: [2, 8, 0.2],
    source: 'vendor price list',
    asOf: '2026-11-10',
  },
];
