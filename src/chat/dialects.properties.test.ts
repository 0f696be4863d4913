import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anthropicMessages, writeAnthropicRequest } from './anthropic/index.ts';
import type { AssistantPart, Conversation } from './conversation.ts';
import { type AnswerHead, type ClientDialect, RequestFault } from './dialect.ts';
import type { ChatEvent } from './events.ts';
import { gemini, writeGeminiRequest } from './gemini/index.ts';
import { openAiChat, writeOpenAiChatRequest } from './openai-chat/index.ts';
import { openAiResponses, writeOpenAiResponsesRequest } from './openai-responses/index.ts';
import { parseSse } from './sse.ts';
import { answerEssence, answeredTools, answers, type Tellings, tellingBoth } from './testing/answers.ts';
import { both, conversationsOf, essence, type ModelKind, type Sayings } from './testing/common-ground.ts';
import { anyConversation } from './testing/conversations.ts';
import { piecesOf } from './testing/decode.ts';
import { rewritten } from './testing/rewritten.ts';

interface Speaker {
  readonly client: ClientDialect;
  readonly models: Readonly<Record<ModelKind, string>>;
  write(conversation: Conversation, model: string): unknown;
  /** Thinking that this dialect gives back to its own maker. */
  readonly thinking?: AssistantPart;
  readonly says: Sayings;
  readonly tells: Tellings;
}

/** What each dialect can say: the only place where the properties below differ between them. */
const speakers: readonly Speaker[] = [
  {
    client: anthropicMessages,
    models: { samples: 'claude-sonnet-4-5', reasons: 'claude-opus-5' },
    write: (conversation, model) =>
      writeAnthropicRequest(conversation, { model, stream: true, version: '2023-06-01' }).body,
    thinking: { kind: 'thinking', text: 'Hm.', signature: 'EqQB', maker: 'anthropic' },
    says: {
      systemParts: true,
      breakpoints: true,
      gifs: true,
      documentNames: true,
      textDocuments: true,
      failedResults: true,
      resultImages: true,
      customTools: false,
      namespaces: false,
      stop: true,
      schemaNames: false,
      singleCalls: true,
      strictTools: true,
      details: false,
      verbosity: false,
      notes: false,
    },
    tells: { seals: true, writes: true, reasoning: true, stopSequences: true, otherTools: false },
  },
  {
    client: openAiChat,
    models: { samples: 'gpt-4.1', reasons: 'gpt-5.6-sol' },
    write: (conversation, model) => writeOpenAiChatRequest(conversation, { model, stream: true }).body,
    says: {
      systemParts: false,
      breakpoints: false,
      gifs: true,
      documentNames: true,
      textDocuments: false,
      failedResults: false,
      resultImages: false,
      customTools: false,
      namespaces: false,
      stop: true,
      schemaNames: true,
      singleCalls: true,
      strictTools: true,
      details: true,
      verbosity: true,
      notes: true,
    },
    tells: { seals: false, writes: true, reasoning: true, stopSequences: false, otherTools: false },
  },
  {
    client: openAiResponses,
    models: { samples: 'gpt-4.1', reasons: 'gpt-5.6-sol' },
    write: (conversation, model) => writeOpenAiResponsesRequest(conversation, { model, stream: true }).body,
    thinking: { kind: 'thinking', text: 'Hm.', id: 'rs_1', sealed: 'gAAA', maker: 'openai' },
    says: {
      systemParts: false,
      breakpoints: false,
      gifs: true,
      documentNames: true,
      textDocuments: false,
      failedResults: false,
      resultImages: true,
      customTools: true,
      namespaces: true,
      stop: false,
      schemaNames: true,
      singleCalls: true,
      strictTools: true,
      details: true,
      verbosity: true,
      notes: true,
    },
    tells: { seals: true, writes: true, reasoning: true, stopSequences: false, otherTools: true },
  },
  {
    client: gemini,
    models: { samples: 'gemini-3.1-pro-preview', reasons: 'gemini-3.1-pro-preview' },
    write: (conversation, model) => writeGeminiRequest(conversation, { model }).body,
    thinking: { kind: 'thinking', text: 'Hm.', signature: 'CiEB', maker: 'google' },
    says: {
      systemParts: true,
      breakpoints: false,
      gifs: false,
      documentNames: false,
      textDocuments: true,
      failedResults: true,
      resultImages: true,
      customTools: false,
      namespaces: false,
      stop: true,
      schemaNames: false,
      singleCalls: false,
      strictTools: false,
      details: false,
      verbosity: false,
      notes: false,
    },
    tells: { seals: true, writes: false, reasoning: true, stopSequences: false, otherTools: false },
  },
];

const pairs = speakers.flatMap((one) =>
  speakers.flatMap((other) =>
    (['samples', 'reasons'] as const).map((kind) => ({
      one,
      other,
      kind,
      name: `${one.client.id} by way of ${other.client.id}, with a model that ${kind}`,
    })),
  ),
);

/** Over the wire and read again. */
function heard(conversation: Conversation, { client, write, models }: Speaker, kind: ModelKind): Conversation {
  const body: unknown = JSON.parse(JSON.stringify(write(conversation, models[kind])));
  return client.readRequest(body).conversation;
}

describe.each(pairs)('a conversation in $name', ({ one, other, kind }) => {
  test('comes back with all that both can say', () => {
    const can = both(one.says, other.says);
    // What one maker sealed, the other dialect's models cannot be given.
    const thinking = one === other ? one.thinking : undefined;
    fc.assert(
      fc.property(conversationsOf(can, kind, thinking), (conversation) => {
        const first = heard(conversation, one, kind);
        expect(essence(first, can)).toEqual(essence(conversation, can));
        const back = heard(heard(first, other, kind), one, kind);
        expect(essence(back, can)).toEqual(essence(conversation, can));
      }),
      { numRuns: 60 },
    );
  });

  test('loses no text, call or result that the other cannot say as it stood', () => {
    fc.assert(
      fc.property(conversationsOf(one.says, kind, one.thinking), (conversation) => {
        const back = heard(heard(heard(conversation, one, kind), other, kind), one, kind);
        expect(callIds(back)).toEqual(callIds(conversation));
        const text = JSON.stringify(back.messages);
        for (const said of textsOf(conversation)) expect(text).toContain(JSON.stringify(said).slice(1, -1));
      }),
      { numRuns: 30 },
    );
  });
});

function callIds({ messages }: Conversation): readonly string[] {
  return messages.flatMap(({ parts }) =>
    parts.flatMap((part) => (part.kind === 'tool-call' || part.kind === 'tool-result' ? [part.callId] : [])),
  );
}

function textsOf({ messages }: Conversation): readonly string[] {
  const partTexts = (parts: Conversation['messages'][number]['parts']): readonly string[] =>
    parts.flatMap((part) => {
      if (part.kind === 'text') return [part.text];
      if (part.kind === 'tool-result')
        return part.parts.flatMap((piece) => (piece.kind === 'text' ? [piece.text] : []));
      return [];
    });
  return messages.flatMap(({ parts }) => partTexts(parts));
}

describe.each(speakers)('what is written in $client.id', (speaker) => {
  test('is read as a request of it, whatever the conversation', () => {
    fc.assert(
      fc.property(anyConversation, fc.constantFrom<ModelKind>('samples', 'reasons'), (conversation, kind) => {
        expect(() => heard(conversation, speaker, kind)).not.toThrow();
      }),
    );
  });
});

const strange = fc.constantFrom<unknown>(null, 0, -1, 1.5, true, '', 'x', [], {}, [null], [[]], { type: 'text' }, [
  'x',
]);

/** The value with one thing in it put in the place of another. */
function spoilt(value: unknown, path: readonly number[], put: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return put;
  const entries = Object.entries(value);
  const at = entries[step % Math.max(entries.length, 1)]?.[0];
  if (at === undefined) return put;
  const changed = entries.map(([name, inner]) => [name, name === at ? spoilt(inner, rest, put) : inner] as const);
  return Array.isArray(value) ? changed.map(([, inner]) => inner) : Object.fromEntries(changed);
}

describe.each(speakers)('a body that is nearly one of $client.id', (speaker) => {
  test('is read and rewritten, or refused in the declared way', () => {
    const { client, models, says, write, thinking } = speaker;
    const spoiling = fc.tuple(fc.array(fc.nat(40), { minLength: 1, maxLength: 8 }), strange);
    fc.assert(
      fc.property(
        conversationsOf(says, 'samples', thinking),
        fc.array(spoiling, { maxLength: 3 }),
        (conversation, spoilings) => {
          let body: unknown = JSON.parse(JSON.stringify(write(conversation, models.samples)));
          for (const [path, put] of spoilings) body = spoilt(body, path, put);
          const changes = { model: models.reasons, effort: 'low', maxOutputTokens: 20 } as const;
          for (const work of [
            () => client.readRequest(body),
            () => JSON.parse(rewritten(client, JSON.stringify(body), changes).body),
          ]) {
            try {
              work();
            } catch (fault) {
              expect(fault).toBeInstanceOf(RequestFault);
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

const head: AnswerHead = {
  model: 'a-model',
  id: 'r1',
  createdAt: 1_700_000_000,
  conversation: { system: [], messages: [], tools: answeredTools },
  form: { usageChunk: true },
};

/** The text of a streamed answer. */
function streamed(client: ClientDialect, events: readonly ChatEvent[]): string {
  const writer = client.stream(head);
  return events.map((event) => writer.event(event)).join('');
}

function readBack(client: ClientDialect, pieces: readonly (Uint8Array | string)[]): ChatEvent[] {
  const parser = parseSse();
  const decoder = client.readStream();
  const events = pieces.flatMap((piece) => parser.push(piece)).flatMap((event) => decoder.push(event));
  return [...events, ...decoder.end()];
}

describe.each(speakers)('an answer in $client.id', ({ client, tells }) => {
  test('is read by its own reader as it was told, streamed and whole', () => {
    fc.assert(
      fc.property(answers(tells), (events) => {
        const told = answerEssence(events, tells);
        expect(answerEssence(readBack(client, [streamed(client, events)]), tells)).toEqual(told);
        const whole: unknown = JSON.parse(JSON.stringify(client.whole(events, head)));
        expect(answerEssence(client.readWhole(whole), tells)).toEqual(told);
      }),
      { numRuns: 200 },
    );
  });

  test('says the same in whatever pieces it comes, with whatever ends of lines', () => {
    fc.assert(
      fc.property(
        answers(tells),
        fc.array(fc.nat(), { maxLength: 40 }),
        fc.boolean(),
        (events, cuts, carriageReturns) => {
          const text = streamed(client, events);
          const sent = carriageReturns ? text.replace(/\r?\n/g, '\r\n') : text.replace(/\r\n/g, '\n');
          const pieces = piecesOf(new TextEncoder().encode(sent), cuts);
          expect(readBack(client, pieces)).toEqual(readBack(client, [text]));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('that fails is no answer that ended', () => {
    fc.assert(
      fc.property(answers(tells), fc.nat(), (events, at) => {
        const writer = client.stream(head);
        const begun = events.slice(0, at % events.length).map((event) => writer.event(event));
        const text = begun.join('') + writer.fail({ kind: 'cut', message: 'The provider broke off.' });
        expect(() => readBack(client, [text])).toThrow(expect.objectContaining({ name: 'StreamFault' }));
      }),
    );
  });
});

const ways = speakers.flatMap((one) =>
  speakers.map((other) => ({ one, other, from: other.client.id, to: one.client.id })),
);

describe.each(ways)('an answer from $from to a client of $to', ({ one, other }) => {
  test('tells the client all that both can tell', () => {
    const can = tellingBoth(one.tells, other.tells);
    fc.assert(
      fc.property(answers(can), (events) => {
        const provided = readBack(other.client, [streamed(other.client, events)]);
        const answered = readBack(one.client, [streamed(one.client, provided)]);
        expect(answerEssence(answered, can)).toEqual(answerEssence(events, can));
      }),
      { numRuns: 60 },
    );
  });
});
