import type { Usage } from '../../models/model.ts';
import type { Fault } from '../fault.ts';
import { writeOpenAiError } from '../openai-error.ts';

/** What an answer to a text completion says of itself. */
export interface CompletionHead {
  /** Named as the answer's model. */
  readonly model: string;
  /** Random; `cmpl-` is put before it. */
  readonly id: string;
  /** Seconds since the epoch. */
  readonly createdAt: number;
}

/** Why it ended: of itself or at a stop sequence, or at its limit. */
export type CompletionEnd = 'stop' | 'length';

export interface CompletionAnswer {
  readonly text: string;
  readonly end: CompletionEnd;
  readonly usage?: Usage;
}

/** The whole answer as one body. */
export function writeCompletion({ text, end, usage }: CompletionAnswer, head: CompletionHead): unknown {
  return { ...frame(head, [choice(text, end)]), ...(usage !== undefined && { usage: writeUsage(usage) }) };
}

/** Writes one streamed completion. After `end` or `fail` it is of no further use. */
export interface CompletionWriter {
  /** What to send for a piece of the text; empty for an empty piece. */
  text(piece: string): string;
  /** The last chunks and the end of the stream. */
  end(end: CompletionEnd, usage?: Usage): string;
  /** Ends an answer that cannot go on: an error, and no `[DONE]`. */
  fail(fault: Fault): string;
}

/** `usageChunk`: the client asked for a chunk with the usage at the end. */
export function writeCompletionStream(
  head: CompletionHead,
  { usageChunk }: { readonly usageChunk: boolean },
): CompletionWriter {
  const send = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
  const chunk = (choices: readonly unknown[], usage: unknown = null): string =>
    send({ ...frame(head, choices), ...(usageChunk && { usage }) });
  return {
    text: (piece) => (piece === '' ? '' : chunk([choice(piece, null)])),
    end: (end, usage) =>
      chunk([choice('', end)]) +
      (usageChunk && usage !== undefined ? chunk([], writeUsage(usage)) : '') +
      'data: [DONE]\n\n',
    fail: (fault) => send(writeOpenAiError(fault)),
  };
}

function frame({ model, id, createdAt }: CompletionHead, choices: readonly unknown[]): object {
  return { id: `cmpl-${id}`, object: 'text_completion', created: createdAt, model, choices };
}

function choice(text: string, finish_reason: CompletionEnd | null): object {
  return { text, index: 0, logprobs: null, finish_reason };
}

function writeUsage({ inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, reasoningTokens }: Usage): object {
  const prompt = inputTokens + cacheReadTokens + cacheWriteTokens;
  return {
    prompt_tokens: prompt,
    completion_tokens: outputTokens,
    total_tokens: prompt + outputTokens,
    prompt_tokens_details: { cached_tokens: cacheReadTokens },
    ...(reasoningTokens !== undefined && { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
  };
}
