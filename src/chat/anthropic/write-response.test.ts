import Anthropic from '@anthropic-ai/sdk';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Usage } from '../../models/model.ts';
import type { StopReason } from '../conversation.ts';
import type { AnswerHead } from '../dialect.ts';
import type { ChatEvent } from '../events.ts';
import type { FaultKind } from '../fault.ts';
import { isSeal, readSeal } from '../sealed-thinking.ts';
import { parseSse } from '../sse.ts';
import { decode, piecesOf } from '../testing/decode.ts';
import { anthropicMessages } from './index.ts';

const head: AnswerHead = {
  model: 'claude-sonnet-5-5',
  id: 'r4nd0m',
  createdAt: 1_790_000_000,
  conversation: { system: [], messages: [], tools: [], stop: ['END'] },
};
const usage: Usage = {
  inputTokens: 21,
  cacheReadTokens: 1800,
  cacheWriteTokens: 200,
  longCacheWriteTokens: 150,
  outputTokens: 97,
  reasoningTokens: 30,
  estimated: false,
};
const started: ChatEvent = { kind: 'started', servedModel: 'gpt-6-sol', responseId: 'resp_1' };
const finished = (reason: StopReason): ChatEvent => ({ kind: 'finished', reason });
const text = (said: string): ChatEvent => ({ kind: 'text', text: said });
const thinking = (said: string): ChatEvent => ({ kind: 'thinking', text: said });
const callStarted = (index: number, name = 'read'): ChatEvent => ({
  kind: 'tool-call-started',
  index,
  callId: `call_${index}`,
  name,
});
const piece = (index: number, part: string): ChatEvent => ({ kind: 'tool-call-delta', index, arguments: part });
const called = (index: number, whole: string, name = 'read'): ChatEvent => ({
  kind: 'tool-call',
  index,
  callId: `call_${index}`,
  name,
  arguments: whole,
});

function streamed(events: readonly ChatEvent[], ending = ''): string {
  const writer = anthropicMessages.stream(head);
  return events.map((event) => writer.event(event)).join('') + ending;
}

/** What the official client makes of the stream, which comes in these pieces. */
async function finalMessage(pieces: readonly (string | Uint8Array)[]): Promise<Anthropic.Message> {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const part of pieces) controller.enqueue(typeof part === 'string' ? encoder.encode(part) : part);
      controller.close();
    },
  });
  const client = new Anthropic({
    apiKey: 'unused',
    maxRetries: 0,
    fetch: async () => new Response(body, { headers: { 'content-type': 'text/event-stream' } }),
  });
  const request = { model: 'claude-sonnet-5-5', max_tokens: 100, messages: [{ role: 'user' as const, content: 'Hi' }] };
  return client.messages.stream(request).finalMessage();
}

type Frame = { type: string; index?: number };
const framesOf = (stream: string): Frame[] =>
  parseSse()
    .push(stream)
    .map(({ event, data }) => {
      const frame = JSON.parse(data) as Frame;
      expect(frame.type).toBe(event);
      return frame;
    });

/** Blocks stand one after the other, each started, continued and stopped with its own index, between the two ends. */
function expectProper(frames: readonly Frame[]): void {
  const types = frames.map(({ type }) => type);
  expect(types[0]).toBe('message_start');
  expect(types.slice(-2)).toEqual(['message_delta', 'message_stop']);
  let open: number | undefined;
  let next = 0;
  for (const { type, index } of frames.slice(1, -2)) {
    if (type === 'content_block_start') {
      expect({ open, index }).toEqual({ open: undefined, index: next });
      open = next;
      next += 1;
    } else {
      expect(index).toBe(open);
      if (type === 'content_block_stop') open = undefined;
    }
  }
  expect(open).toBeUndefined();
}

const answer: ChatEvent[] = [
  started,
  { kind: 'usage', usage: { ...usage, outputTokens: 1, reasoningTokens: 0 } },
  thinking('Die Prüfung '),
  thinking('zuerst. 🦊'),
  { kind: 'thinking-ended', signature: 'EqQBCkgI', maker: 'anthropic', model: 'claude-sonnet-5-5' },
  { kind: 'thinking-ended', sealed: 'c2VhbGVk', maker: 'anthropic', model: 'claude-sonnet-5-5' },
  text('Reading — '),
  text('both.'),
  callStarted(0),
  piece(0, '{"path":'),
  callStarted(1, 'list'),
  piece(1, '{"dir'),
  piece(0, '"src/ä.ts"}'),
  piece(1, '":"."}'),
  called(1, '{"dir":"."}', 'list'),
  called(0, '{"path":"src/ä.ts"}'),
  callStarted(2, 'status'),
  called(2, '{}', 'status'),
  { kind: 'usage', usage },
  finished('tool-calls'),
];
const content = [
  { type: 'thinking', thinking: 'Die Prüfung zuerst. 🦊', signature: 'EqQBCkgI' },
  { type: 'redacted_thinking', data: 'c2VhbGVk' },
  { type: 'text', text: 'Reading — both.' },
  { type: 'tool_use', id: 'call_0', name: 'read', input: { path: 'src/ä.ts' } },
  { type: 'tool_use', id: 'call_1', name: 'list', input: { dir: '.' } },
  { type: 'tool_use', id: 'call_2', name: 'status', input: {} },
];
const writtenUsage = {
  input_tokens: 21,
  cache_creation_input_tokens: 200,
  cache_read_input_tokens: 1800,
  cache_creation: { ephemeral_5m_input_tokens: 50, ephemeral_1h_input_tokens: 150 },
  output_tokens: 97,
  output_tokens_details: { thinking_tokens: 30 },
};
const message = {
  id: 'msg_r4nd0m',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-5-5',
  content,
  stop_reason: 'tool_use',
  stop_sequence: null,
  usage: writtenUsage,
};

describe('an answer written for a client of the Messages API', () => {
  test('is read by the official client, however its bytes are cut', async () => {
    const bytes = new TextEncoder().encode(streamed(answer));
    expectProper(framesOf(streamed(answer)));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 30 }), async (cuts) => {
        expect(await finalMessage(piecesOf(bytes, cuts))).toMatchObject(message);
      }),
      { numRuns: 20 },
    );
  });

  test('is the same when it comes whole', () => {
    expect(anthropicMessages.whole(answer, head)).toMatchObject(message);
  });

  test('names the usage known before the first content at the start, and all of it at the end', () => {
    const frames = framesOf(streamed(answer)) as { message?: unknown; usage?: unknown }[];
    expect(frames[0]?.message).toMatchObject({
      usage: { ...writtenUsage, output_tokens: 1, output_tokens_details: { thinking_tokens: 0 } },
    });
    expect(frames.at(-2)?.usage).toMatchObject(writtenUsage);
    expect(framesOf(streamed([started, text('Hi'), finished('end')]))[0]).toMatchObject({
      message: { usage: { input_tokens: 0, output_tokens: 0 } },
    });
  });

  test('is read back into the events that it was written from', () => {
    const settled = answer.filter(({ kind }) => kind !== 'tool-call-delta' && kind !== 'tool-call-started');
    const back = decode('anthropic', [streamed(answer)]).events.filter(
      ({ kind }) => kind !== 'tool-call-delta' && kind !== 'tool-call-started',
    );
    const bare = settled.map((event) => {
      if (event.kind === 'started') return { kind: 'started', servedModel: head.model, responseId: 'msg_r4nd0m' };
      const { maker: _, model: __, ...rest } = { maker: '', model: '', ...event };
      return rest;
    });
    // Calls are read in the order in which their blocks stand.
    const order = ({ kind, index = 0 }: { kind: string; index?: number }) => (kind === 'tool-call' ? index : -1);
    const sorted = (events: readonly object[]) =>
      (events as { kind: string; index?: number }[]).toSorted((a, b) => order(a) - order(b));
    expect(sorted(back)).toEqual(sorted(bare));
  });

  test.each<[StopReason, string, string | null]>([
    ['end', 'end_turn', null],
    ['length', 'max_tokens', null],
    ['tool-calls', 'tool_use', null],
    ['stop-sequence', 'stop_sequence', 'END'],
    ['refusal', 'refusal', null],
  ])('finished by %s stops for %s', async (reason, stopReason, sequence) => {
    const events = [started, text('Hi'), finished(reason)];
    const expected = { stop_reason: stopReason, stop_sequence: sequence };
    expect(await finalMessage([streamed(events)])).toMatchObject(expected);
    expect(anthropicMessages.whole(events, head)).toMatchObject(expected);
  });

  test('is sent as it comes, what belongs to a block whose turn it is not excepted', () => {
    const writer = anthropicMessages.stream(head);
    const sent = (event: ChatEvent) => framesOf(writer.event(event)).map(({ type, index }) => `${type} ${index ?? ''}`);
    expect(sent(started)).toEqual([]);
    expect(sent(text('a'))).toEqual(['message_start ', 'content_block_start 0', 'content_block_delta 0']);
    expect(sent(callStarted(0))).toEqual(['content_block_stop 0', 'content_block_start 1']);
    expect(sent(callStarted(1))).toEqual([]);
    expect(sent(piece(1, '{"b":1}'))).toEqual([]);
    expect(sent(piece(0, '{}'))).toEqual(['content_block_delta 1']);
    expect(sent(called(0, '{}'))).toEqual(['content_block_stop 1', 'content_block_start 2', 'content_block_delta 2']);
  });

  test('has the thinking of other makers sealed, so that it finds its way back', async () => {
    const events: ChatEvent[] = [
      thinking('Erst prüfen.'),
      { kind: 'thinking-ended', id: 'rs_1', sealed: 'gAAA', maker: 'openai', model: 'gpt-6-sol' },
      { kind: 'thinking-ended', id: 'rs_2', sealed: 'gBBB', maker: 'openai', model: 'gpt-6-sol' },
      { kind: 'thinking-ended' },
      { kind: 'thinking-ended', signature: 'Q2lB', maker: 'google' },
      thinking('Und dann?'),
      text('Done.'),
      finished('end'),
    ];
    for (const written of [await finalMessage([streamed(events)]), anthropicMessages.whole(events, head)]) {
      const blocks = (written as Anthropic.Message).content;
      expect(blocks).toMatchObject([
        { type: 'thinking', thinking: 'Erst prüfen.' },
        { type: 'thinking', thinking: '' },
        { type: 'thinking', thinking: '' },
        { type: 'thinking', thinking: 'Und dann?' },
        { type: 'text', text: 'Done.' },
      ]);
      const signatures = blocks.map((block) => (block.type === 'thinking' ? block.signature : ''));
      expect(signatures.slice(0, 4).map(readSeal)).toEqual([
        { id: 'rs_1', sealed: 'gAAA', maker: 'openai', model: 'gpt-6-sol' },
        { id: 'rs_2', sealed: 'gBBB', maker: 'openai', model: 'gpt-6-sol' },
        { signature: 'Q2lB', maker: 'google' },
        {},
      ]);
      expect(isSeal(signatures[3]!)).toBe(true);
    }
  });

  test('that is cut off in a call ends with what was sent of it', async () => {
    const cut: ChatEvent[] = [
      started,
      callStarted(0),
      piece(0, '{"path":"a'),
      callStarted(1),
      piece(1, '{"half'),
      finished('length'),
    ];
    expectProper(framesOf(streamed(cut)));
    expect((await finalMessage([streamed(cut)])).content).toMatchObject([{ type: 'tool_use', id: 'call_0' }]);
    expect(anthropicMessages.whole(cut, head)).toMatchObject({ content: [], stop_reason: 'max_tokens' });
    expect(decode('anthropic', [streamed(cut)]).events.map(({ kind }) => kind)).not.toContain('tool-call');
  });

  test('has the arguments that a call ended with, though its pieces were fewer', async () => {
    const events = [
      callStarted(0),
      called(0, '{"a":1}'),
      callStarted(1),
      piece(1, '{"b"'),
      called(1, '{"b":2}'),
      called(2, '{"c":3}'),
      finished('tool-calls'),
    ];
    const inputs = (await finalMessage([streamed(events)])).content.map((block) => 'input' in block && block.input);
    expect(inputs).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }]);
  });

  test('is proper and whole, however its calls and texts are interleaved', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constantFrom('text', 'think', 'seal'), call: fc.constant(0) }),
      fc.record({ do: fc.constantFrom('start', 'piece', 'end'), call: fc.nat({ max: 3 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const state = new Map<number, { pieces: string; ended: boolean }>();
        const events: ChatEvent[] = [started];
        let said = '';
        for (const [index, { do: what, call }] of steps.entries()) {
          const pending = state.get(call);
          if (what === 'text') {
            events.push(text(`t${index};`));
            said += `t${index};`;
          } else if (what === 'think') events.push(thinking(`h${index};`));
          else if (what === 'seal') events.push({ kind: 'thinking-ended', signature: 's', maker: 'anthropic' });
          else if (what === 'start' && pending === undefined) {
            state.set(call, { pieces: '', ended: false });
            events.push(callStarted(call));
          } else if (pending !== undefined && !pending.ended) {
            if (what === 'piece') {
              // A JSON text grows by one member a piece, and is whole with the brace that ends it.
              const more = `${pending.pieces === '' ? '{' : ','}"${index}":1`;
              pending.pieces += more;
              events.push(piece(call, more));
            } else if (what === 'end') {
              if (pending.pieces !== '') events.push(piece(call, '}'));
              pending.ended = true;
              events.push(called(call, pending.pieces === '' ? '{}' : `${pending.pieces}}`));
            }
          }
        }
        events.push(finished('tool-calls'));
        const stream = streamed(events);
        expectProper(framesOf(stream));
        const whole = anthropicMessages.whole(events, head) as Anthropic.Message;
        const texts = whole.content.map((block) => (block.type === 'text' ? block.text : ''));
        expect(texts.join('')).toBe(said);
        // A call that was never finished may have been begun in the stream; whole, it is not there.
        const calls = new Set(whole.content.map((block) => block.type === 'tool_use' && block.id));
        const inStream = blocksOf(stream).filter(({ type, id }) => type !== 'tool_use' || calls.has(id ?? ''));
        expect(inStream).toEqual(whole.content);
      }),
    );
  });

  test('that fails ends in an error event, which no client takes for an end', async () => {
    const writer = anthropicMessages.stream(head);
    const cut = writer.event(started) + writer.event(text('Hal')) + writer.fail({ kind: 'cut', message: 'Cut off.' });
    expect(framesOf(cut).at(-1)).toEqual({
      type: 'error',
      error: { type: 'api_error', message: 'Cut off.' },
      request_id: null,
    });
    await expect(finalMessage([cut])).rejects.toThrow('Cut off.');
    expect(decode('anthropic', [cut]).thrown).toMatchObject({ kind: 'server', message: 'Cut off.' });
  });
});

describe('an error written for a client of the Messages API', () => {
  test.each<[number | undefined, FaultKind, string, string]>([
    [402, 'bad-request', 'Not under this policy.', 'billing_error'],
    [undefined, 'overload', 'Busy.', 'overloaded_error'],
    [502, 'network', 'No way there.', 'api_error'],
    [413, 'bad-request', 'Too large.', 'request_too_large'],
    [401, 'authentication', 'Who?', 'authentication_error'],
  ])('with status %s for %s keeps its sentence', (status, kind, said, type) => {
    const error = status === undefined ? undefined : anthropicMessages.error(status, { kind, message: said });
    const inStream = framesOf(anthropicMessages.stream(head).fail({ kind, message: said }))[0];
    expect(error ?? inStream).toEqual({ type: 'error', error: { type, message: said }, request_id: null });
  });

  test('for a conversation that is too long says so in the words that agents know', () => {
    const say = (said: string) =>
      (anthropicMessages.error(400, { kind: 'context-too-long', message: said }) as { error: { message: string } })
        .error;
    expect(say('Context length exceeded').message).toBe('prompt is too long: Context length exceeded');
    expect(say('Prompt is too long').message).toBe('Prompt is too long');
  });
});

interface Block {
  readonly type: string;
  readonly id?: string;
  [field: string]: unknown;
}

/** The blocks of a stream with their deltas joined. */
function blocksOf(stream: string): Block[] {
  const fields = [
    ['text_delta', 'text', 'text'],
    ['thinking_delta', 'thinking', 'thinking'],
    ['signature_delta', 'signature', 'signature'],
    ['input_json_delta', 'partial_json', 'json'],
  ] as const;
  const blocks: Block[] = [];
  for (const frame of framesOf(stream) as (Frame & { content_block: Block; delta: Record<string, string> })[]) {
    if (frame.type === 'content_block_start') blocks.push({ ...frame.content_block });
    if (frame.type !== 'content_block_delta') continue;
    const block = blocks[frame.index!]!;
    for (const [type, from, to] of fields) {
      if (frame.delta['type'] === type) block[to] = String(block[to] ?? '') + frame.delta[from];
    }
  }
  return blocks.map(({ json, ...block }) => {
    if (typeof json !== 'string' || !json.endsWith('}')) return block;
    return { ...block, input: JSON.parse(json) as unknown };
  });
}
