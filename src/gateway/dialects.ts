import type { IncomingHttpHeaders } from 'node:http';
import { anthropicMessages } from '../chat/anthropic/index.ts';
import type { ClientDialect, Dialect } from '../chat/dialect.ts';
import { gemini } from '../chat/gemini/index.ts';
import { openAiChat } from '../chat/openai-chat/index.ts';
import { openAiResponses } from '../chat/openai-responses/index.ts';
import { textCompletions } from './textCompletions.ts';

/** What a dialect must have to be answered in. */
export type AnswerDialect = Pick<ClientDialect, 'id' | 'readRequest' | 'stream' | 'whole' | 'error'>;

/** The dialects that clients are served in. */
export type ClientDialects = { readonly [dialect in Exclude<Dialect, 'completions'>]: ClientDialect } & {
  readonly completions: AnswerDialect;
};

export const clientDialects: ClientDialects = {
  'openai-chat': openAiChat,
  'openai-responses': openAiResponses,
  'anthropic-messages': anthropicMessages,
  gemini,
  completions: textCompletions,
};

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

/** Of the gateway itself, or a credential. */
const KEPT_BACK = /^(?:authorization|cookie|proxy-authorization|x-api-key|x-goog-api-key|x-routing-.*)$/;
const LONGEST_HEADER = 8_192;

/**
 * What a client says beside its body and its credential; whoever sends on knows which of it a provider may see. Not what
 * has the token in it: a client may be set up to send it in any header.
 */
export function clientHeaders(headers: IncomingHttpHeaders, token: string): Readonly<Record<string, string>> {
  const kept = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' && value.length <= LONGEST_HEADER && !KEPT_BACK.test(name) && !value.includes(token)
      ? [[name, value] as const]
      : [],
  );
  return Object.fromEntries(kept);
}
