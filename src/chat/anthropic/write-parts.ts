import type { StopReason as WrittenStopReason } from '@anthropic-ai/sdk/resources/messages/messages';
import type { Usage } from '../../models/model.ts';
import type { StopReason } from '../conversation.ts';
import type { AnswerHead } from '../dialect.ts';
import type { ChatEvent } from '../events.ts';
import { writeSeal } from '../sealed-thinking.ts';

// What whole answers and streamed ones have in common.

/** A message without content or an end, as a stream begins with it. */
export function openMessage({ id, model }: AnswerHead, usage: Usage | undefined) {
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    container: null,
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    usage: writeUsage(usage),
  } as const;
}

/** Without a report all is nothing: the fields are numbers to all clients. */
export function writeUsage(usage: Usage | undefined) {
  const written = usage?.cacheWriteTokens ?? 0;
  const long = usage?.longCacheWriteTokens ?? 0;
  return {
    input_tokens: usage?.inputTokens ?? 0,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: usage?.cacheReadTokens ?? 0,
    cache_creation: { ephemeral_5m_input_tokens: Math.max(written - long, 0), ephemeral_1h_input_tokens: long },
    output_tokens: usage?.outputTokens ?? 0,
    output_tokens_details: usage?.reasoningTokens === undefined ? null : { thinking_tokens: usage.reasoningTokens },
    server_tool_use: null,
    service_tier: null,
  };
}

const stopReasons: Readonly<Record<StopReason, WrittenStopReason>> = {
  end: 'end_turn',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'stop-sequence': 'stop_sequence',
  refusal: 'refusal',
};

/** Which sequence it was, is known where there was one only. */
export function writeEnd(reason: StopReason, { conversation: { stop = [] } }: AnswerHead) {
  return {
    stop_reason: stopReasons[reason],
    stop_sequence: reason === 'stop-sequence' && stop.length === 1 ? (stop[0] ?? null) : null,
    stop_details: reason === 'refusal' ? { type: 'refusal', category: null, explanation: null } : null,
  } as const;
}

type ThinkingEnded = Extract<ChatEvent, { kind: 'thinking-ended' }>;

/** Thinking that Anthropic gives in sealed form only: a block of its own. */
export function redactedData({ maker, sealed }: ThinkingEnded): string | undefined {
  return maker === 'anthropic' && sealed !== undefined && sealed !== '' ? sealed : undefined;
}

/**
 * The signature of a block of thinking. Anthropic's own is given as it is; another maker's thinking gets a seal that says
 * whose it is, so that it finds its way back to that maker, and to no other.
 */
export function writeSignature({ kind: _, ...whose }: ThinkingEnded): string {
  const { maker, signature } = whose;
  return maker === 'anthropic' && signature !== undefined && signature !== '' ? signature : writeSeal(whose);
}

/** Thinking without text is only worth a block where its maker wants something back. */
export function isWorthReturning({ signature = '', sealed = '' }: ThinkingEnded): boolean {
  return signature !== '' || sealed !== '';
}

/** The signature of thinking that nobody ended: nobody's, so that no maker is given it back. */
export const nobodysSignature = writeSeal({});
