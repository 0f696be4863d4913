import type { Usage } from '../../models/model.ts';
import type { AnswerHead, AnswerWriter } from '../dialect.ts';
import type { ChatEvent } from '../events.ts';
import { writeAnthropicError } from './write-error.ts';
import {
  isWorthReturning,
  nobodysSignature,
  openMessage,
  redactedData,
  writeEnd,
  writeSignature,
  writeUsage,
} from './write-parts.ts';

type Frame = Readonly<Record<string, unknown>> & { readonly type: string };

interface Block {
  readonly kind: 'text' | 'thinking' | 'redacted' | 'tool-call';
  /** The block as it starts. */
  readonly start: Frame;
  /** What came before it was its turn. */
  held: Frame[];
  /** The arguments of a call so far. */
  arguments: string;
  done: boolean;
}

/**
 * Writes an answer as the stream of a message. Its blocks stand one after the other in this dialect, each ended before
 * the next begins: the first that is not ended is sent as it comes, and what belongs to later ones is held until it is
 * their turn. `message_start` waits for the first content, so that the usage that came before it can be in it.
 */
export function writeAnthropicStream(head: AnswerHead): AnswerWriter {
  const writer = new StreamWriter(head);
  return {
    event: (event) => writer.event(event).map(framed).join(''),
    fail: (fault) => framed(writeAnthropicError(undefined, fault)),
  };
}

function framed(frame: { readonly type: string }): string {
  return `event: ${frame.type}\ndata: ${JSON.stringify(frame)}\n\n`;
}

class StreamWriter {
  readonly #head: AnswerHead;
  /** The blocks that have not been ended on the wire; the first one has been started there. */
  readonly #queue: Block[] = [];
  readonly #calls = new Map<number, Block>();
  #usage: Usage | undefined;
  #started = false;
  /** The place of the first block of the queue. */
  #index = 0;
  #frames: Frame[] = [];

  constructor(head: AnswerHead) {
    this.#head = head;
  }

  event(event: ChatEvent): readonly Frame[] {
    this.#frames = [];
    switch (event.kind) {
      case 'started':
        break;
      case 'usage':
        this.#usage = event.usage;
        break;
      case 'text':
      case 'thinking':
        this.#say(event.kind, event.text);
        break;
      case 'thinking-ended':
        this.#endThinking(event);
        break;
      case 'tool-call-started':
        this.#startCall(event);
        break;
      case 'tool-call-delta':
        this.#continueCall(event);
        break;
      case 'tool-call':
        this.#endCall(event);
        break;
      case 'finished':
        this.#finish(event);
        break;
      default:
        event satisfies never;
    }
    return this.#frames;
  }

  #say(kind: 'text' | 'thinking', text: string): void {
    if (text === '') return;
    const last = this.#queue.at(-1);
    const block = last?.kind === kind && !last.done ? last : this.#open(kind, emptyBlock[kind]);
    this.#add(block, kind === 'text' ? { type: 'text_delta', text } : { type: 'thinking_delta', thinking: text });
  }

  #endThinking(event: Extract<ChatEvent, { kind: 'thinking-ended' }>): void {
    const last = this.#queue.at(-1);
    const open = last?.kind === 'thinking' && !last.done ? last : undefined;
    const data = redactedData(event);
    if (data !== undefined) {
      this.#close(this.#open('redacted', { type: 'redacted_thinking', data }));
    } else if (open !== undefined || isWorthReturning(event)) {
      const block = open ?? this.#open('thinking', emptyBlock.thinking);
      this.#close(block, writeSignature(event));
    }
  }

  #startCall({ index, callId, name }: Extract<ChatEvent, { kind: 'tool-call-started' | 'tool-call' }>): Block {
    const block = this.#open('tool-call', { type: 'tool_use', id: callId, name, input: {} });
    this.#calls.set(index, block);
    return block;
  }

  #continueCall({ index, arguments: piece }: Extract<ChatEvent, { kind: 'tool-call-delta' }>): void {
    const block = this.#calls.get(index);
    if (block === undefined || block.done) return;
    block.arguments += piece;
    this.#add(block, { type: 'input_json_delta', partial_json: piece });
  }

  #endCall(event: Extract<ChatEvent, { kind: 'tool-call' }>): void {
    const block = this.#calls.get(event.index) ?? this.#startCall(event);
    if (block.done) return;
    // No pieces mean no arguments, in this dialect as well.
    const whole = event.arguments === '{}' && block.arguments === '' ? '' : event.arguments;
    if (block !== this.#queue[0]) {
      block.held = whole === '' ? [] : [{ type: 'input_json_delta', partial_json: whole }];
    } else if (whole.startsWith(block.arguments) && whole.length > block.arguments.length) {
      this.#add(block, { type: 'input_json_delta', partial_json: whole.slice(block.arguments.length) });
    }
    this.#close(block);
  }

  #finish({ reason }: Extract<ChatEvent, { kind: 'finished' }>): void {
    this.#start();
    const first = this.#queue[0];
    // A call that the model did not finish is only there where its beginning has been sent.
    const rest = this.#queue.filter((block) => block === first || block.done || block.kind !== 'tool-call');
    this.#queue.splice(0, this.#queue.length, ...rest);
    for (const block of rest) this.#close(block);
    this.#frames.push(
      {
        type: 'message_delta',
        delta: { ...writeEnd(reason, this.#head), container: null },
        usage: writeUsage(this.#usage),
      },
      { type: 'message_stop' },
    );
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#frames.push({ type: 'message_start', message: openMessage(this.#head, this.#usage) });
  }

  #open(kind: Block['kind'], start: Frame): Block {
    this.#start();
    const last = this.#queue.at(-1);
    // Calls are ended by an event of their own, the others by what follows them.
    if (last !== undefined && last.kind !== 'tool-call') this.#close(last);
    const block: Block = { kind, start, held: [], arguments: '', done: false };
    this.#queue.push(block);
    if (this.#queue.length === 1) this.#frames.push(this.#startOf(block));
    return block;
  }

  #startOf({ start }: Block): Frame {
    return { type: 'content_block_start', index: this.#index, content_block: start };
  }

  #add(block: Block, delta: Frame): void {
    if (block === this.#queue[0]) this.#frames.push({ type: 'content_block_delta', index: this.#index, delta });
    else block.held.push(delta);
  }

  /** Ends the block, with a signature where it is thinking, and sends the later ones whose turn it is then. */
  #close(block: Block, signature = nobodysSignature): void {
    if (block.done) return;
    if (block.kind === 'thinking') this.#add(block, { type: 'signature_delta', signature });
    block.done = true;
    if (block !== this.#queue[0]) return;
    while (this.#queue[0]?.done === true) {
      this.#frames.push({ type: 'content_block_stop', index: this.#index });
      this.#queue.shift();
      this.#index += 1;
      const next = this.#queue[0];
      if (next === undefined) return;
      this.#frames.push(this.#startOf(next));
      for (const delta of next.held) this.#add(next, delta);
      next.held = [];
    }
  }
}

const emptyBlock = {
  text: { type: 'text', text: '' },
  thinking: { type: 'thinking', thinking: '', signature: '' },
} as const;
