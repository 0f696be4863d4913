import type { ClientDialect, Dialect } from '../chat/dialect.ts';
import { gemini } from '../chat/gemini/index.ts';
import { openAiChat } from '../chat/openai-chat/index.ts';

/** The dialects that clients are served in. */
export type ClientDialects = { readonly [dialect in Dialect]?: ClientDialect };

export const clientDialects: ClientDialects = { 'openai-chat': openAiChat, gemini };

/**
 * The status of a refusal by policy. Clients try again for most others, or hide the sentence: agents that speak the first
 * three dialects show it for 402, those of the other two for 400.
 */
export function policyStatus(dialect: Dialect): 400 | 402 {
  switch (dialect) {
    case 'openai-chat':
    case 'anthropic-messages':
    case 'completions':
      return 402;
    case 'openai-responses':
    case 'gemini':
      return 400;
  }
}

/** The headers of a dialect that a provider of the same dialect is to see. None of them is a credential. */
const DIALECT_HEADERS: Readonly<Record<Dialect, readonly string[]>> = {
  'openai-chat': ['openai-beta', 'openai-organization', 'openai-project'],
  'openai-responses': ['openai-beta', 'openai-organization', 'openai-project', 'chatgpt-account-id', 'originator'],
  completions: ['openai-beta', 'openai-organization', 'openai-project'],
  'anthropic-messages': ['anthropic-version', 'anthropic-beta', 'x-app'],
  gemini: ['x-goog-api-client', 'x-goog-user-project'],
};
const LONGEST_HEADER = 8_192;

export function dialectHeaders(
  dialect: Dialect,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Readonly<Record<string, string>> {
  const kept = [...DIALECT_HEADERS[dialect], 'user-agent'].flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' && value.length <= LONGEST_HEADER ? [[name, value] as const] : [];
  });
  return Object.fromEntries(kept);
}
