import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Conversation, StopReason } from './conversation.ts';
import { type AnswerHead, type ClientDialect, type ReadRequest, RequestFault } from './dialect.ts';
import type { ChatEvent } from './events.ts';
import type { FaultKind } from './fault.ts';
import { openAiChat, writeOpenAiChatRequest } from './openai-chat/index.ts';
import { readOpenAiError } from './openai-fault.ts';
import { openAiResponses, writeOpenAiResponsesRequest } from './openai-responses/index.ts';
import { parseSse } from './sse.ts';
import { anyConversation } from './testing/conversations.ts';
import { piecesOf } from './testing/decode.ts';
import { openAiClient, writtenStream } from './testing/openai-client.ts';
import { fieldsOf, listOf } from './untrusted.ts';

const empty: Conversation = { system: [], messages: [], tools: [] };
const head: AnswerHead = {
  model: 'claude-sonnet-5-5',
  id: 'k1',
  createdAt: 1_790_000_000,
  form: { usageChunk: true },
  conversation: { ...empty, tools: [{ name: 'patch', parameters: {}, custom: {} }] },
};

/** What a consumer is left with, whatever the pieces that it came in. */
interface Answer {
  readonly text: string;
  readonly thinking: string;
  readonly calls: readonly unknown[];
  readonly usage: unknown;
  readonly reason: StopReason | undefined;
}

function answerOf(events: readonly ChatEvent[]): Answer {
  const all = <Kind extends ChatEvent['kind']>(kind: Kind) =>
    events.filter((event): event is Extract<ChatEvent, { kind: Kind }> => event.kind === kind);
  return {
    text: all('text')
      .map(({ text }) => text)
      .join(''),
    thinking: all('thinking')
      .map(({ text }) => text)
      .join(''),
    calls: all('tool-call')
      .map(({ callId, name, arguments: given, custom }) => ({ callId, name, given, custom: custom === true }))
      .sort((a, b) => a.callId.localeCompare(b.callId)),
    usage: all('usage').at(-1)?.usage,
    reason: all('finished').at(-1)?.reason,
  };
}

function readBack(dialect: ClientDialect, pieces: readonly Uint8Array[]): ChatEvent[] {
  const parser = parseSse();
  const reader = dialect.readStream();
  const events = pieces.flatMap((piece) => parser.push(piece)).flatMap((event) => reader.push(event));
  return [...events, ...reader.end()];
}

const words = fc.constantFrom('Hello', ' ', 'Grüße 🦊', '\n', '"\\', '\u0000', 'data: x\n\n');
const tokens = fc.nat({ max: 5000 });

interface PlannedCall {
  readonly custom: boolean;
  readonly pieces: readonly string[];
}

const plannedCall: fc.Arbitrary<PlannedCall> = fc.oneof(
  fc.constantFrom(['{"path":', '"a"}'], ['{}'], ['{"a":1}'], ['{', '}']).map((pieces) => ({ custom: false, pieces })),
  fc.array(words, { maxLength: 3 }).map((pieces) => ({ custom: true, pieces })),
);

/** Any answer that a decoder may give: texts, then calls whose pieces come interleaved. */
const anyAnswer: fc.Arbitrary<readonly ChatEvent[]> = fc
  .record({
    said: fc.array(fc.tuple(fc.boolean(), words), { maxLength: 6 }),
    calls: fc.array(plannedCall, { maxLength: 3 }),
    counts: fc.tuple(tokens, tokens, tokens, tokens),
    reason: fc.constantFrom<StopReason>('end', 'length', 'refusal'),
  })
  .map(({ said, calls, counts: [inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens], reason }) => {
    const events: ChatEvent[] = [{ kind: 'started', servedModel: 'm' }];
    let thinks = false;
    for (const [thought, text] of said) {
      if (thinks && !thought) events.push({ kind: 'thinking-ended', maker: 'anthropic', signature: 's' });
      thinks = thought;
      events.push(thought ? { kind: 'thinking', text } : { kind: 'text', text });
    }
    if (thinks) events.push({ kind: 'thinking-ended' });
    const begun = calls.map(({ custom, pieces }, index) => {
      const name = custom ? 'patch' : 'read';
      const given = pieces.join('');
      return { index, callId: `call_${index}`, name, pieces, given, ...(custom && { custom }) };
    });
    for (const { pieces: _, given: __, ...call } of begun) events.push({ kind: 'tool-call-started', ...call });
    for (let round = 0; round < 3; round++) {
      for (const { index, pieces } of begun) {
        const piece = pieces[round];
        if (piece !== undefined) events.push({ kind: 'tool-call-delta', index, arguments: piece });
      }
    }
    for (const { pieces: _, given, ...call } of begun) events.push({ kind: 'tool-call', ...call, arguments: given });
    const usage = {
      inputTokens,
      cacheReadTokens,
      cacheWriteTokens,
      outputTokens,
      reasoningTokens: 0,
      estimated: false,
    };
    events.push({ kind: 'usage', usage });
    events.push({ kind: 'finished', reason: calls.length > 0 ? 'tool-calls' : reason });
    return events;
  });

const dialects: readonly ClientDialect[] = [openAiChat, openAiResponses];

describe.each(dialects)('an answer to a client of $id', (dialect) => {
  test('is read back as it was, however its stream is cut into pieces, and whole', () => {
    fc.assert(
      fc.property(anyAnswer, fc.array(fc.nat(), { maxLength: 30 }), (events, cuts) => {
        const bytes = writtenStream(dialect.stream(head), events);
        expect(answerOf(readBack(dialect, piecesOf(bytes, cuts)))).toEqual(answerOf(events));
        const body: unknown = JSON.parse(JSON.stringify(dialect.whole(events, head)));
        expect(answerOf(dialect.readWhole(body))).toEqual(answerOf(events));
      }),
      { numRuns: 300 },
    );
  });

  test('that fails in the midst never looks finished', () => {
    fc.assert(
      fc.property(anyAnswer, fc.nat(), (events, at) => {
        const writer = dialect.stream(head);
        const sent = events.slice(0, at % events.length).map((event) => writer.event(event));
        const bytes = new TextEncoder().encode(sent.join('') + writer.fail({ kind: 'overload', message: 'Too busy.' }));
        expect(() => readBack(dialect, [bytes])).toThrow(expect.objectContaining({ kind: 'overload' }));
        expect(new TextDecoder().decode(bytes)).not.toMatch(/\[DONE\]|response\.completed/);
      }),
      { numRuns: 100 },
    );
  });

  test.each<FaultKind>([
    'authentication',
    'permission',
    'quota',
    'rate-limit',
    'overload',
    'server',
    'bad-request',
    'context-too-long',
    'content-refused',
    'not-found',
    'network',
    'timeout',
    'cut',
    'malformed',
    'cancelled',
  ])('names the fault "%s" so that it is told from others', (kind) => {
    const fault = { kind, message: 'It did not work.' };
    expect(readOpenAiError(502, dialect.error(502, fault))).toEqual(fault);
  });
});

describe('OpenAI’s own client', () => {
  test('takes any answer that is streamed as chat completions', async () => {
    await fc.assert(
      fc.asyncProperty(anyAnswer, fc.array(fc.nat(), { maxLength: 10 }), async (events, cuts) => {
        const client = openAiClient({ stream: piecesOf(writtenStream(openAiChat.stream(head), events), cuts) });
        const completion = await client.chat.completions.stream({ model: 'm', messages: [] }).finalChatCompletion();
        const message = completion.choices[0]?.message;
        const { text, calls } = answerOf(events);
        expect(message?.content ?? '').toBe(text);
        expect(message?.tool_calls ?? []).toHaveLength(calls.length);
        expect(openAiChat.whole(events, head)).toMatchObject({ usage: completion.usage });
      }),
      { numRuns: 60 },
    );
  });

  test('takes any answer that is streamed as a response', async () => {
    await fc.assert(
      fc.asyncProperty(anyAnswer, fc.array(fc.nat(), { maxLength: 10 }), async (events, cuts) => {
        const client = openAiClient({ stream: piecesOf(writtenStream(openAiResponses.stream(head), events), cuts) });
        const response = await client.responses.stream({ model: 'm', input: '' }).finalResponse();
        const { text, calls, reason } = answerOf(events);
        expect(response.output_text).toBe(text);
        expect(response.output.filter(({ type }) => /_call$/.test(type))).toHaveLength(calls.length);
        expect(response.status).toBe(reason === 'length' || reason === 'refusal' ? 'incomplete' : 'completed');
      }),
      { numRuns: 60 },
    );
  });
});

type Write = (conversation: Conversation) => unknown;

const writers: readonly (readonly [ClientDialect, Write])[] = [
  [openAiChat, (conversation) => writeOpenAiChatRequest(conversation, { model: 'gpt-4.1', stream: true }).body],
  [openAiResponses, (asked) => writeOpenAiResponsesRequest(asked, { model: 'gpt-4.1', stream: true }).body],
];

describe.each(writers)('a request of a client of $id', (dialect, write) => {
  test('keeps on its way through the neutral conversation what it says', () => {
    fc.assert(
      fc.property(anyConversation, (conversation) => {
        const body: unknown = JSON.parse(JSON.stringify(write(conversation)));
        // An image of no bytes is none.
        fc.pre(!JSON.stringify(body).includes(';base64,"'));
        const read = dialect.readRequest(body);
        expect(joined(JSON.parse(JSON.stringify(write(read.conversation))))).toEqual(joined(body));
        expect(read.lost).toEqual([]);
        expect(read).toMatchObject({ model: 'gpt-4.1', stream: true });
      }),
      { numRuns: 500 },
    );
  });

  test('is read or refused with its place, whatever it is', () => {
    const words = fc.constantFrom(
      ...['message', 'user', 'assistant', 'tool', 'function', 'developer', 'function_call', 'custom', 'reasoning'],
      ...['text', 'input_text', 'image_url', 'input_image', 'file', 'input_file', 'function_call_output', 'namespace'],
      ...['json_schema', 'allowed_tools', 'data:image/png;base64,AA==', 'data:,', 'high', ''],
    );
    const field = fc.constantFrom(
      ...[
        'messages',
        'input',
        'model',
        'tools',
        'tool_choice',
        'stop',
        'reasoning',
        'text',
        'stream',
        'n',
        'functions',
      ],
      ...['role', 'type', 'content', 'tool_calls', 'function', 'name', 'arguments', 'id', 'call_id', 'tool_call_id'],
      ...['image_url', 'url', 'file', 'file_data', 'output', 'summary', 'encrypted_content', 'parameters', 'format'],
      ...['__proto__', 'constructor', 'toString', 'response_format', 'max_tokens', 'reasoning_effort', 'include'],
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 6, depthSize: 'medium' },
        words,
        fc.constantFrom(null, true, false, 0, 1, -1, 0.5, 1e308),
        fc.array(tie('any'), { maxLength: 4 }),
        fc.array(fc.tuple(field, tie('any')), { maxLength: 7 }).map((fields) => withFields(fields)),
      ),
    })).any;
    const body = fc.array(fc.tuple(field, value), { maxLength: 8 }).map((fields) => ({
      model: 'm',
      messages: [],
      ...withFields(fields),
    }));
    fc.assert(
      fc.property(fc.oneof(body, value), (asked) => {
        const read = readOrRefuse(dialect, asked);
        if (read instanceof RequestFault) {
          expect(read.message).toMatch(/^(?:The body|[a-z_]+(?:\.[a-z_]+|\[\d+\])*) must be .+\.$/);
          return;
        }
        for (const { where, what } of read.lost) expect(`${where}${what}`).toMatch(/^[\w.[\] "’;,-]+$/);
        expect(() => write(read.conversation)).not.toThrow();
      }),
      { numRuns: 3000 },
    );
  });

  test('that is nested too deeply to be written again is refused or read', () => {
    const deep: unknown = JSON.parse(`${'[{"a":'.repeat(50_000)}1${'}]'.repeat(50_000)}`);
    const base = { model: 'm', messages: [], input: [] };
    const schema = { type: 'json_schema', name: 'x', schema: deep, json_schema: { name: 'x', schema: deep } };
    const tool = { type: 'function', name: 'x', parameters: deep, function: { name: 'x', parameters: deep } };
    for (const asked of [
      deep,
      { ...base, tools: [tool] },
      { ...base, response_format: schema, text: { format: schema } },
    ]) {
      expect(() => dialect.readRequest(asked)).toThrow(RequestFault);
    }
    expect(dialect.readRequest({ ...base, metadata: deep }).lost).toEqual([
      { where: 'metadata', what: 'notes for the provider’s records' },
    ]);
  });
});

/** What a user says in several messages in a row is one turn. */
function joined(body: unknown): unknown {
  const messages: { role: unknown; content: unknown[] }[] = [];
  for (const message of listOf(fieldsOf(body)['messages']).map(fieldsOf)) {
    const { role, content } = message;
    const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : [...listOf(content)];
    const last = messages.at(-1);
    if (role === 'user' && last?.role === 'user') last.content.push(...parts);
    else messages.push({ ...message, role, content: parts });
  }
  return { ...fieldsOf(body), messages };
}

/** As JSON.parse gives it: `__proto__` is a field like any other. */
function withFields(fields: readonly (readonly [string, unknown])[]): object {
  return JSON.parse(`{${fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`);
}

function readOrRefuse(dialect: ClientDialect, body: unknown): ReadRequest | RequestFault {
  try {
    return dialect.readRequest(body);
  } catch (thrown) {
    if (thrown instanceof RequestFault) return thrown;
    throw thrown;
  }
}
