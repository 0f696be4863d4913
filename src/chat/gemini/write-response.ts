import type { Usage } from '../../models/model.ts';
import type { StopReason } from '../conversation.ts';
import type { AnswerHead, AnswerWriter } from '../dialect.ts';
import type { ChatEvent } from '../events.ts';
import { writeSeal } from '../sealed-thinking.ts';
import { isFields, jsonOrUndefined } from '../untrusted.ts';
import type { Part } from './wire.ts';
import { geminiError, statusOfFault } from './write-error.ts';

/** How the chunks of a stream stand in its text. */
interface Framing {
  chunk(value: unknown, first: boolean): string;
  end(): string;
}

const events: Framing = { chunk: (value) => `data: ${JSON.stringify(value)}\r\n\r\n`, end: () => '' };
const list: Framing = {
  chunk: (value, first) => `${first ? '[' : ',\r\n'}${JSON.stringify(value)}`,
  end: () => '\r\n]',
};

/** Writes a stream: events, which is what SDKs ask for with `alt=sse`, or one JSON list where the head's form says so. */
export function writeGeminiStream(head: AnswerHead): AnswerWriter {
  const framing = head.form?.list === true ? list : events;
  const parts = partWriter();
  let usage: Usage | undefined;
  let first = true;
  const send = (value: unknown): string => {
    const text = framing.chunk(value, first);
    first = false;
    return text;
  };
  return {
    event(event) {
      if (event.kind === 'usage') {
        usage = event.usage;
        return '';
      }
      const written = parts.event(event).map((part) => send(body(head, [part])));
      if (event.kind === 'finished') {
        written.push(send(body(head, [{ text: '' }], { reason: event.reason, usage })), framing.end());
      }
      return written.join('');
    },
    fail: (fault) => send(geminiError(statusOfFault(fault), fault)) + framing.end(),
  };
}

/** The whole answer as one body. */
export function writeGeminiResponse(events: readonly ChatEvent[], head: AnswerHead): unknown {
  const writer = partWriter();
  const parts: Part[] = [];
  let usage: Usage | undefined;
  let reason: StopReason = 'end';
  for (const event of events) {
    if (event.kind === 'usage') usage = event.usage;
    if (event.kind === 'finished') reason = event.reason;
    for (const part of writer.event(event)) append(parts, part);
  }
  return body(head, parts.length === 0 ? [{ text: '' }] : parts, { reason, usage });
}

/** Pieces of one text become one part; a signature begins another. */
function append(parts: Part[], part: Part): void {
  const last = parts.at(-1);
  const joins =
    last?.text !== undefined &&
    part.text !== undefined &&
    last.thought === part.thought &&
    part.thoughtSignature === undefined;
  if (joins) parts[parts.length - 1] = { ...last, text: `${last.text}${part.text}` };
  else parts.push(part);
}

interface End {
  readonly reason: StopReason;
  readonly usage: Usage | undefined;
}

function body(head: AnswerHead, parts: readonly Part[], end?: End): unknown {
  return {
    candidates: [
      {
        content: { parts, role: 'model' },
        ...(end !== undefined && { finishReason: writeReason(end.reason) }),
        index: 0,
      },
    ],
    ...(end?.usage !== undefined && { usageMetadata: writeUsage(end.usage) }),
    modelVersion: head.model,
    responseId: head.id,
  };
}

/** What was said, as parts: a call comes whole, and a signature waits for what is said next. */
function partWriter(): { event(event: ChatEvent): Part[] } {
  let signature: string | undefined;
  const signed = (): Pick<Part, 'thoughtSignature'> => {
    const taken = signature;
    signature = undefined;
    return taken === undefined ? {} : { thoughtSignature: taken };
  };
  const flushed = (): Part[] => (signature === undefined ? [] : [{ text: '', ...signed() }]);
  return {
    event(event) {
      switch (event.kind) {
        case 'text':
          return [{ text: event.text, ...signed() }];
        case 'thinking':
          return [...flushed(), { text: event.text, thought: true }];
        case 'thinking-ended': {
          const before = flushed();
          signature = signatureOf(event);
          return before;
        }
        case 'tool-call': {
          const { callId: id, name } = event;
          return [{ functionCall: { id, name, args: argumentsOf(event.arguments) }, ...signed() }];
        }
        case 'finished':
          return flushed();
        case 'started':
        case 'tool-call-started':
        case 'tool-call-delta':
        case 'usage':
          return [];
        default:
          return event satisfies never;
      }
    },
  };
}

/** Google's own signature as it is; anything that another maker wants back, in a seal. */
function signatureOf(event: Extract<ChatEvent, { kind: 'thinking-ended' }>): string | undefined {
  const { signature, sealed, id, maker, model } = event;
  const own = (maker === undefined || maker === 'google') && sealed === undefined;
  if (own) return signature === '' ? undefined : signature;
  return writeSeal({
    ...(signature !== undefined && { signature }),
    ...(sealed !== undefined && { sealed }),
    ...(id !== undefined && { id }),
    ...(maker !== undefined && { maker }),
    ...(model !== undefined && { model }),
  });
}

function argumentsOf(written: string): Readonly<Record<string, unknown>> {
  const args = written.trim() === '' ? {} : jsonOrUndefined(written);
  return isFields(args) ? args : { arguments: written };
}

function writeReason(reason: StopReason): string {
  switch (reason) {
    case 'length':
      return 'MAX_TOKENS';
    case 'refusal':
      return 'SAFETY';
    case 'end':
    case 'tool-calls':
    case 'stop-sequence':
      return 'STOP';
    default:
      return reason satisfies never;
  }
}

function writeUsage(usage: Usage): unknown {
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, reasoningTokens } = usage;
  const prompt = inputTokens + cacheReadTokens + cacheWriteTokens;
  return {
    promptTokenCount: prompt,
    ...(cacheReadTokens > 0 && { cachedContentTokenCount: cacheReadTokens }),
    candidatesTokenCount: outputTokens - (reasoningTokens ?? 0),
    ...(reasoningTokens !== undefined && { thoughtsTokenCount: reasoningTokens }),
    totalTokenCount: prompt + outputTokens,
  };
}
