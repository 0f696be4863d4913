import type { Usage } from '../../models/model.ts';
import type { StopReason } from '../conversation.ts';
import type { AnswerHead } from '../dialect.ts';
import type { ChatEvent } from '../events.ts';
import { isFields, jsonOrUndefined } from '../untrusted.ts';
import {
  isWorthReturning,
  nobodysSignature,
  openMessage,
  redactedData,
  writeEnd,
  writeSignature,
} from './write-parts.ts';

type Block =
  | { readonly type: 'text'; text: string }
  | { readonly type: 'thinking'; thinking: string; signature: string }
  | { readonly type: 'redacted_thinking'; readonly data: string }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; input: unknown };

/** Writes a whole answer as one message. A call that the model did not finish is not in it. */
export function writeAnthropicMessage(events: readonly ChatEvent[], head: AnswerHead): unknown {
  const blocks: Block[] = [];
  /** Calls stand where they were started. */
  const calls = new Map<number, Block & { readonly type: 'tool_use' }>();
  const finished = new Set<Block>();
  let usage: Usage | undefined;
  let reason: StopReason = 'end';
  let thinking: (Block & { readonly type: 'thinking' }) | undefined;

  for (const event of events) {
    const last = blocks.at(-1);
    switch (event.kind) {
      case 'text':
        if (last?.type === 'text') last.text += event.text;
        else if (event.text !== '') blocks.push({ type: 'text', text: event.text });
        break;
      case 'thinking':
        if (event.text === '') break;
        if (thinking === undefined || thinking !== last) {
          thinking = { type: 'thinking', thinking: '', signature: nobodysSignature };
          blocks.push(thinking);
        }
        thinking.thinking += event.text;
        break;
      case 'thinking-ended': {
        const data = redactedData(event);
        if (data !== undefined) blocks.push({ type: 'redacted_thinking', data });
        else if (thinking !== undefined && thinking === last) thinking.signature = writeSignature(event);
        else if (isWorthReturning(event))
          blocks.push({ type: 'thinking', thinking: '', signature: writeSignature(event) });
        thinking = undefined;
        break;
      }
      case 'tool-call-started': {
        const call = { type: 'tool_use' as const, id: event.callId, name: event.name, input: {} };
        calls.set(event.index, call);
        blocks.push(call);
        break;
      }
      case 'tool-call': {
        const started = calls.get(event.index);
        const call = started ?? { type: 'tool_use' as const, id: event.callId, name: event.name, input: {} };
        if (started === undefined) blocks.push(call);
        call.input = inputOf(event.arguments);
        finished.add(call);
        break;
      }
      case 'usage':
        usage = event.usage;
        break;
      case 'finished':
        reason = event.reason;
        break;
      case 'started':
      case 'tool-call-delta':
        break;
      default:
        event satisfies never;
    }
  }
  const content = blocks.filter((block) => block.type !== 'tool_use' || finished.has(block));
  return { ...openMessage(head, usage), content, ...writeEnd(reason, head) };
}

/** An input is an object here; what a model wrote and is none is put into one. */
function inputOf(written: string): unknown {
  const input = written.trim() === '' ? {} : jsonOrUndefined(written);
  return isFields(input) ? input : { arguments: written };
}
