// What upstream says in the benchmarks of the gateway: the shortest answers that the dialects allow, made once.

/** The dialects that contestants are asked in. */
export type BenchDialect = 'anthropic-messages' | 'openai-chat';

/** Where each dialect is answered; clients, upstream and proxies between them agree on it. */
export const PATHS: Readonly<Record<BenchDialect, string>> = {
  'anthropic-messages': '/v1/messages',
  'openai-chat': '/v1/chat/completions',
};

/** Pieces of text in a streamed answer. */
export const DELTAS = 64;
/** Few, so that a day's budget is not spent by a benchmark. */
const USAGE = { input: 3, output: 1 };
const PIECE = 'a few words of it, ';

/** The frames of a streamed answer, each to be written by itself. */
export function framesOf(dialect: BenchDialect): readonly string[] {
  switch (dialect) {
    case 'anthropic-messages':
      return anthropicFrames();
    case 'openai-chat':
      return chatFrames();
    default:
      return dialect satisfies never;
  }
}

/** An answer that is not streamed. */
export function wholeOf(dialect: BenchDialect): string {
  switch (dialect) {
    case 'anthropic-messages':
      return JSON.stringify({
        ...anthropicMessage([{ type: 'text', text: PIECE }]),
        stop_reason: 'end_turn',
        usage: { input_tokens: USAGE.input, output_tokens: USAGE.output },
      });
    case 'openai-chat':
      return JSON.stringify({
        ...chatHead('chat.completion'),
        choices: [{ index: 0, message: { role: 'assistant', content: PIECE }, finish_reason: 'stop' }],
        usage: chatUsage,
      });
    default:
      return dialect satisfies never;
  }
}

function anthropicMessage(content: readonly object[]): object {
  return { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-sonnet-5-5', content, stop_sequence: null };
}

function anthropicFrames(): readonly string[] {
  const frame = (type: string, rest: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
  const usage = { input_tokens: USAGE.input, output_tokens: 0 };
  return [
    frame('message_start', { message: { ...anthropicMessage([]), stop_reason: null, usage } }),
    frame('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...Array.from({ length: DELTAS }, () =>
      frame('content_block_delta', { index: 0, delta: { type: 'text_delta', text: PIECE } }),
    ),
    frame('content_block_stop', { index: 0 }),
    frame('message_delta', {
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: USAGE.output },
    }),
    frame('message_stop', {}),
  ];
}

const chatUsage = {
  prompt_tokens: USAGE.input,
  completion_tokens: USAGE.output,
  total_tokens: USAGE.input + USAGE.output,
};

function chatHead(object: string): object {
  return { id: 'chatcmpl-1', object, created: 1_700_000_000, model: 'gpt-6-sol' };
}

function chatFrames(): readonly string[] {
  const frame = (rest: object): string =>
    `data: ${JSON.stringify({ ...chatHead('chat.completion.chunk'), ...rest })}\n\n`;
  const choice = (delta: object, finish_reason: string | null): object => ({
    choices: [{ index: 0, delta, finish_reason }],
  });
  return [
    frame(choice({ role: 'assistant', content: '' }, null)),
    ...Array.from({ length: DELTAS }, () => frame(choice({ content: PIECE }, null))),
    frame(choice({}, 'stop')),
    frame({ choices: [], usage: chatUsage }),
    'data: [DONE]\n\n',
  ];
}
