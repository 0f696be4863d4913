import type { ProviderSetting } from './settings.ts';

/** What is known about a provider before anyone configures it. */
export interface WellKnownProvider {
  readonly setting: ProviderSetting;
  /** Environment variables that hold its key by custom, the first that is set wins. They are for its own host only. */
  readonly keyEnv: readonly string[];
}

/** Providers that need nothing but a key, or nothing at all. A new one that speaks a known wire is one row. */
export const wellKnownProviders: Readonly<Record<string, WellKnownProvider>> = {
  anthropic: hosted('anthropic-messages', 'https://api.anthropic.com', ['ANTHROPIC_API_KEY'], {
    makers: ['anthropic'],
  }),
  openai: hosted('openai-responses', 'https://api.openai.com/v1', ['OPENAI_API_KEY'], { makers: ['openai'] }),
  google: hosted('gemini', 'https://generativelanguage.googleapis.com', ['GEMINI_API_KEY', 'GOOGLE_API_KEY'], {
    makers: ['google'],
  }),
  codestral: hosted('fim', 'https://codestral.mistral.ai', ['CODESTRAL_API_KEY'], {
    shape: 'mistral',
    makers: ['mistral'],
  }),
  mistral: hosted('openai-chat', 'https://api.mistral.ai/v1', ['MISTRAL_API_KEY'], {
    fim: { shape: 'mistral' },
    makers: ['mistral'],
  }),
  deepseek: hosted('openai-chat', 'https://api.deepseek.com/v1', ['DEEPSEEK_API_KEY'], {
    fim: { shape: 'deepseek' },
    makers: ['deepseek'],
  }),
  openrouter: hosted('openai-chat', 'https://openrouter.ai/api/v1', ['OPENROUTER_API_KEY']),
  xai: hosted('openai-chat', 'https://api.x.ai/v1', ['XAI_API_KEY'], { makers: ['xai'] }),
  ollama: onThisMachine('http://127.0.0.1:11434/v1', { shape: 'ollama' }),
  lmstudio: onThisMachine('http://127.0.0.1:1234/v1', { shape: 'openai' }),
  'llama.cpp': onThisMachine('http://127.0.0.1:8080/v1', { shape: 'llama.cpp' }),
  'docker-model-runner': onThisMachine('http://127.0.0.1:12434/engines/v1', { shape: 'openai' }),
  vllm: onThisMachine('http://127.0.0.1:8000/v1', { shape: 'vllm' }),
  copilot: { setting: { wire: 'editor', vendor: 'copilot' }, keyEnv: [] },
  // Nothing leaves this process, and what it knows goes with it.
  local: {
    setting: { wire: 'workspace-copy', local: true, residency: 'on-prem', retention: 'zero' },
    keyEnv: [],
  },
};

function hosted(
  wire: NonNullable<ProviderSetting['wire']>,
  baseUrl: string,
  keyEnv: readonly string[],
  more: ProviderSetting = {},
): WellKnownProvider {
  return { setting: { wire, baseUrl, ...more }, keyEnv };
}

function onThisMachine(baseUrl: string, fim: NonNullable<ProviderSetting['fim']>): WellKnownProvider {
  return { setting: { wire: 'openai-chat', baseUrl, fim, auth: 'none', local: true }, keyEnv: [] };
}
