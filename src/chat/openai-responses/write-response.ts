import type { Response, ResponseError, ResponseUsage } from 'openai/resources/responses/responses';
import type { Usage } from '../../models/model.ts';
import type { StopReason } from '../conversation.ts';
import type { AnswerHead, AnswerWriter } from '../dialect.ts';
import type { ChatEvent } from '../events.ts';
import type { Fault } from '../fault.ts';
import { restoreToolCalls } from '../function-tools.ts';
import { writeOpenAiError } from '../openai-error.ts';
import { ResponseOutput, type Unnumbered } from './write-output.ts';

/** A response as it is sent: `output_text` is what clients make of it themselves. */
type SentResponse = Omit<Response, 'output_text' | 'access_programs' | 'error'> & {
  readonly error: (Pick<ResponseError, 'message'> & { readonly code: string }) | null;
};

interface Ending extends Partial<Pick<SentResponse, 'error' | 'incomplete_details'>> {
  readonly status: 'completed' | 'incomplete' | 'failed';
}

/** Writes the event stream of a response. An answer that fails ends with `error` and, once it has begun, `response.failed`. */
export function writeOpenAiResponsesStream(head: AnswerHead): AnswerWriter {
  const frames: string[] = [];
  let numbered = 0;
  const answer = new Answer(head, (event) => {
    frames.push(`event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: numbered++ })}\n\n`);
  });
  const taken = () => frames.splice(0).join('');
  return {
    event(event) {
      answer.take(event);
      return taken();
    },
    fail(fault) {
      answer.fail(fault);
      return taken();
    },
  };
}

/** A whole response. */
export function writeOpenAiResponsesResponse(events: readonly ChatEvent[], head: AnswerHead): SentResponse {
  const answer = new Answer(head, () => undefined);
  for (const event of events) answer.take(event);
  return answer.response;
}

/** One answer as it is written; both ways of sending it are made of the same. */
class Answer {
  readonly #emit: (event: Unnumbered) => void;
  readonly #output: ResponseOutput;
  readonly #restored: (event: ChatEvent) => readonly ChatEvent[];
  #started = false;
  #usage: Usage | undefined;
  response: SentResponse;

  constructor(head: AnswerHead, emit: (event: Unnumbered) => void) {
    this.#emit = emit;
    this.#output = new ResponseOutput(head, emit);
    this.#restored = restoreToolCalls(head.conversation);
    this.response = writeHead(head);
  }

  take(event: ChatEvent): void {
    this.#start();
    for (const restored of this.#restored(event)) this.#takeRestored(restored);
  }

  #takeRestored(event: ChatEvent): void {
    const output = this.#output;
    switch (event.kind) {
      case 'started':
        break;
      case 'text':
        output.say(event.text);
        break;
      case 'thinking':
        output.think(event.text, event.id);
        break;
      case 'thinking-ended':
        output.endThinking(event);
        break;
      case 'tool-call-started':
        output.startCall(event);
        break;
      case 'tool-call-delta':
        output.addToCall(event.index, event.arguments);
        break;
      case 'tool-call':
        output.endCall(event);
        break;
      case 'usage':
        this.#usage = event.usage;
        break;
      case 'finished':
        this.#end(endingOf(event.reason));
        break;
      default:
        event satisfies never;
    }
  }

  fail(fault: Fault): void {
    const { message, code } = writeOpenAiError(fault).error;
    this.#emit({ type: 'error', code, message, param: null });
    // Where the beginning was another's, whose bytes passed through, a response of ours is one that clients do not know.
    if (!this.#started) return;
    this.#end({ status: 'failed', error: { code, message } });
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#lifecycle('response.created');
    this.#lifecycle('response.in_progress');
  }

  #end(ending: Ending): void {
    this.#output.end();
    const usage = this.#usage && { usage: writeUsage(this.#usage) };
    this.response = { ...this.response, ...ending, output: this.#output.items, ...usage };
    this.#lifecycle(`response.${ending.status}`);
  }

  #lifecycle(type: 'response.created' | 'response.in_progress' | `response.${Ending['status']}`): void {
    // The SDK's type has what clients add; see SentResponse.
    this.#emit({ type, response: this.response as unknown as Response });
  }
}

function endingOf(reason: StopReason): Ending {
  switch (reason) {
    case 'end':
    case 'stop-sequence':
    case 'tool-calls':
      return { status: 'completed' };
    case 'length':
      return { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } };
    case 'refusal':
      return { status: 'incomplete', incomplete_details: { reason: 'content_filter' } };
    default:
      return reason satisfies never;
  }
}

function writeHead({ id, model, createdAt, conversation }: AnswerHead): SentResponse {
  return {
    id: `resp_${id}`,
    object: 'response',
    created_at: createdAt,
    status: 'in_progress',
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: conversation.maxOutputTokens ?? null,
    metadata: {},
    model,
    output: [],
    parallel_tool_calls: true,
    previous_response_id: null,
    temperature: conversation.temperature ?? null,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: conversation.topP ?? null,
    truncation: 'disabled',
  };
}

function writeUsage(usage: Usage): ResponseUsage {
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, reasoningTokens } = usage;
  const input_tokens = inputTokens + cacheReadTokens + cacheWriteTokens;
  return {
    input_tokens,
    input_tokens_details: { cached_tokens: cacheReadTokens, cache_write_tokens: cacheWriteTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens ?? 0 },
    total_tokens: input_tokens + outputTokens,
  };
}
