import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionMessage,
} from 'openai/resources/chat/completions/completions';
import type { CompletionUsage } from 'openai/resources/completions';
import type { Usage } from '../../models/model.ts';
import type { StopReason } from '../conversation.ts';
import type { AnswerHead, AnswerWriter } from '../dialect.ts';
import type { ChatEvent } from '../events.ts';
import { restoreToolCalls } from '../function-tools.ts';
import { writeOpenAiError } from '../openai-error.ts';

type FinishReason = ChatCompletion.Choice['finish_reason'];
type Delta = ChatCompletionChunk.Choice.Delta & { reasoning_content?: string };
type ToolCall = Extract<ChatEvent, { kind: 'tool-call' }>;

/** Writes the chunks of a chat completion. An answer that fails ends with an error and without `[DONE]`. */
export function writeOpenAiChatStream(head: AnswerHead): AnswerWriter {
  const { id, model, createdAt, form } = head;
  const usageChunk = form?.usageChunk === true;
  const functionCall = form?.functionCall === true;
  const restored = restoreToolCalls(head.conversation);
  /** Calls whose arguments have been begun in pieces. */
  const begun = new Set<number>();
  let usage: Usage | undefined;
  let opened = false;
  let calls = 0;

  function chunk(choices: ChatCompletionChunk['choices'], counted: CompletionUsage | null): string {
    const written: ChatCompletionChunk = {
      id: `chatcmpl-${id}`,
      object: 'chat.completion.chunk',
      created: createdAt,
      model,
      choices,
      ...(usageChunk && { usage: counted }),
    };
    return frame(written);
  }

  function say(delta: Delta, finish_reason: FinishReason | null = null): string {
    const first = opened ? '' : open();
    return first + chunk([{ index: 0, delta, logprobs: null, finish_reason }], null);
  }

  function open(): string {
    opened = true;
    return say({ role: 'assistant', content: '' });
  }

  function startCall({ index, callId, name, custom }: Extract<ChatEvent, { kind: 'tool-call-started' }>): string {
    calls += 1;
    if (functionCall) return calls === 1 ? say({ function_call: { name, arguments: '' } }) : '';
    return say({
      tool_calls: [
        custom === true
          ? { index, id: callId, type: 'custom', custom: { name, input: '' } }
          : { index, id: callId, type: 'function', function: { name, arguments: '' } },
      ],
    });
  }

  function addToCall(index: number, piece: string, custom: boolean): string {
    begun.add(index);
    if (functionCall) return index === 0 ? say({ function_call: { arguments: piece } }) : '';
    const added = custom ? { index, custom: { input: piece } } : { index, function: { arguments: piece } };
    return say({ tool_calls: [added] });
  }

  const customCalls = new Set<number>();

  function write(event: ChatEvent): string {
    switch (event.kind) {
      case 'started':
        return opened ? '' : open();
      case 'text':
        return say({ content: event.text });
      case 'thinking':
        return say({ reasoning_content: event.text });
      case 'thinking-ended':
        return '';
      case 'tool-call-started':
        if (event.custom === true) customCalls.add(event.index);
        return startCall(event);
      case 'tool-call-delta':
        return addToCall(event.index, event.arguments, customCalls.has(event.index));
      case 'tool-call':
        // A call without arguments has no pieces, and clients parse what the pieces add up to.
        return begun.has(event.index) || event.arguments === ''
          ? ''
          : addToCall(event.index, event.arguments, customCalls.has(event.index));
      case 'usage':
        usage = event.usage;
        return '';
      case 'finished': {
        const last = say({}, finishReason(event.reason, functionCall));
        const counted = usageChunk && usage !== undefined ? chunk([], writeUsage(usage)) : '';
        return `${last}${counted}data: [DONE]\n\n`;
      }
      default:
        return event satisfies never;
    }
  }

  return {
    event: (event) => restored(event).map(write).join(''),
    fail: (fault) => frame(writeOpenAiError(fault)),
  };
}

function frame(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

/** A whole chat completion. */
export function writeOpenAiChatResponse(events: readonly ChatEvent[], head: AnswerHead): ChatCompletion {
  const functionCall = head.form?.functionCall === true;
  let text = '';
  let thinking = '';
  let usage: Usage | undefined;
  let reason: StopReason = 'end';
  const calls: ToolCall[] = [];
  for (const event of events.flatMap(restoreToolCalls(head.conversation))) {
    if (event.kind === 'text') text += event.text;
    else if (event.kind === 'thinking') thinking += event.text;
    else if (event.kind === 'tool-call') calls.push(event);
    else if (event.kind === 'usage') usage = event.usage;
    else if (event.kind === 'finished') reason = event.reason;
  }
  const message: ChatCompletionMessage & { reasoning_content?: string } = {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    refusal: null,
    ...(thinking !== '' && { reasoning_content: thinking }),
    ...writeCalls(calls, functionCall),
  };
  return {
    id: `chatcmpl-${head.id}`,
    object: 'chat.completion',
    created: head.createdAt,
    model: head.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(reason, functionCall) }],
    ...(usage !== undefined && { usage: writeUsage(usage) }),
  };
}

function writeCalls(
  calls: readonly ToolCall[],
  functionCall: boolean,
): Pick<ChatCompletionMessage, 'tool_calls' | 'function_call'> {
  const first = calls[0];
  if (first === undefined) return {};
  if (functionCall) return { function_call: { name: first.name, arguments: first.arguments } };
  return {
    tool_calls: calls.map((call) =>
      call.custom === true
        ? { id: call.callId, type: 'custom', custom: { name: call.name, input: call.arguments } }
        : { id: call.callId, type: 'function', function: { name: call.name, arguments: call.arguments } },
    ),
  };
}

function finishReason(reason: StopReason, functionCall: boolean): FinishReason {
  switch (reason) {
    case 'end':
    case 'stop-sequence':
      return 'stop';
    case 'length':
      return 'length';
    case 'tool-calls':
      return functionCall ? 'function_call' : 'tool_calls';
    case 'refusal':
      return 'content_filter';
    default:
      return reason satisfies never;
  }
}

function writeUsage(usage: Usage): CompletionUsage {
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, reasoningTokens } = usage;
  const prompt_tokens = inputTokens + cacheReadTokens + cacheWriteTokens;
  return {
    prompt_tokens,
    completion_tokens: outputTokens,
    total_tokens: prompt_tokens + outputTokens,
    prompt_tokens_details: {
      cached_tokens: cacheReadTokens,
      ...(cacheWriteTokens > 0 && { cache_write_tokens: cacheWriteTokens }),
    },
    ...(reasoningTokens !== undefined && { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
  };
}
