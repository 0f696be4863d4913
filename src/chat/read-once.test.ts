import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anthropicMessages } from './anthropic/index.ts';
import type { ClientDialect } from './dialect.ts';
import type { Lost } from './events.ts';
import { gemini } from './gemini/index.ts';
import { openAiChat } from './openai-chat/index.ts';
import { openAiResponses } from './openai-responses/index.ts';
import { readOnce } from './read-once.ts';
import { RepeatedBodies } from './repeated-body.ts';

describe('what is read once', () => {
  it('is read again for another value, and where something is lost for another place', () => {
    const places: string[] = [];
    const read = readOnce((value: { readonly loses: boolean }, where: string, lost: Lost[]) => {
      places.push(where);
      if (value.loses) lost.push({ where, what: 'something' });
      return { where };
    });
    const told: Lost[] = [];
    const plain = { loses: false };
    const losing = { loses: true };
    for (const value of [plain, losing]) for (const where of ['a', 'a', 'b']) read(value, where, told);
    expect(places).toEqual(['a', 'a', 'b']);
    expect(told.map(({ where }) => where)).toEqual(['a', 'a', 'b']);
    expect(read({ loses: false }, 'c', told)).toEqual({ where: 'c' });
  });
});

const filler = 'A text that is long enough for its body to be remembered. '.repeat(150);

/** One step of an agent: what a model said and called, and what the tool gave. */
interface Step {
  readonly id: number;
  readonly said: string;
  readonly result: string;
  /** Says something that has no place in the neutral conversation. */
  readonly isOdd: boolean;
  readonly isMarked: boolean;
}

type BodyOf = (steps: readonly Step[], more: object) => object;

const bodies: Readonly<Record<string, readonly [ClientDialect, BodyOf]>> = {
  'anthropic messages': [
    anthropicMessages,
    (steps, more) => ({
      model: 'm',
      max_tokens: 5,
      ...more,
      messages: [
        { role: 'user', content: filler },
        ...steps.flatMap(({ id, said, result, isOdd, isMarked }) => [
          {
            role: 'assistant',
            content: [
              { type: 'text', text: said, ...(isOdd && { citations: [{ a: 1 }] }) },
              { type: 'tool_use', id: `call_${id}`, name: 'read', input: { path: said } },
            ],
          },
          {
            role: 'user',
            content: [
              {
                type: 'tool_result',
                tool_use_id: `call_${id}`,
                content: result,
                ...(isMarked && { cache_control: { type: 'ephemeral' } }),
              },
            ],
          },
        ]),
      ],
      tools: [
        { name: 'read', description: filler.slice(0, 3_000), input_schema: { type: 'object' } },
        { type: 'web_search_20250305', name: 'web' },
      ],
    }),
  ],
  'chat completions': [
    openAiChat,
    (steps, more) => ({
      model: 'm',
      ...more,
      messages: [
        { role: 'system', content: filler },
        ...steps.flatMap(({ id, said, result, isOdd, isMarked }) => [
          {
            role: 'assistant',
            content: said,
            ...(isOdd && { name: 'someone', audio: { id: 'a' } }),
            ...(isMarked
              ? { function_call: { name: 'read', arguments: said } }
              : { tool_calls: [{ id: `call_${id}`, type: 'function', function: { name: 'read', arguments: said } }] }),
          },
          isMarked
            ? { role: 'function', name: 'read', content: result }
            : { role: 'tool', tool_call_id: `call_${id}`, content: result },
          ...(isMarked
            ? []
            : [{ role: 'tool', tool_call_id: `other_${id}`, content: [{ type: 'text', text: result }] }]),
        ]),
      ],
      tools: [{ type: 'function', function: { name: 'read', parameters: {} } }, { type: 'browser' }],
    }),
  ],
  responses: [
    openAiResponses,
    (steps, more) => ({
      model: 'm',
      instructions: filler,
      ...more,
      input: [
        { role: 'user', content: filler.slice(0, 300) },
        ...steps.flatMap(({ id, said, result, isOdd, isMarked }) => [
          { type: 'reasoning', id: `rs_${id}`, summary: [{ type: 'summary_text', text: said }] },
          {
            type: 'message',
            role: 'assistant',
            content: [{ type: 'output_text', text: said, annotations: isOdd ? [{ a: 1 }] : [] }],
            ...(isMarked && { phase: 'commentary' }),
          },
          { type: 'function_call', call_id: `call_${id}`, name: 'read', arguments: said },
          { type: 'function_call_output', call_id: `call_${id}`, output: result },
        ]),
      ],
      tools: [{ type: 'function', name: 'read', parameters: {} }, { type: 'web_search' }],
    }),
  ],
  gemini: [
    gemini,
    (steps, more) => ({
      ...more,
      systemInstruction: { parts: [{ text: filler }, { a: 1 }] },
      tools: [{ functionDeclarations: [{ name: 'read', parameters: {} }] }, { googleSearch: {} }],
      contents: [
        { role: 'user', parts: [{ text: filler }] },
        ...steps.flatMap(({ said, result, isOdd }) => [
          {
            role: 'model',
            parts: [
              { text: said },
              { functionCall: { name: 'read', args: { path: said } } },
              ...(isOdd ? [{ a: 1 }] : []),
            ],
          },
          { role: 'user', parts: [{ functionResponse: { name: 'read', response: { output: result } } }] },
        ]),
      ],
    }),
  ],
};

const step = fc.record({
  id: fc.nat(3),
  said: fc.string({ maxLength: 40 }),
  result: fc.string({ maxLength: 200 }),
  isOdd: fc.boolean(),
  isMarked: fc.boolean(),
});

/** Conversations that grow, go back, and are changed, added to and shortened in their midst. */
const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.nat({ max: 2 }),
  insert: fc.array(step, { maxLength: 2 }),
});

describe.each(Object.entries(bodies))('conversations in %s', (_, [dialect, bodyOf]) => {
  it('are read as if none had been before, whatever changes between two requests', () => {
    fc.assert(
      fc.property(
        fc.array(edit, { minLength: 2, maxLength: 8 }),
        fc.array(fc.boolean(), { maxLength: 8 }),
        (edits, tops) => {
          const repeated = new RepeatedBodies();
          let steps: readonly Step[] = [];
          for (const [n, { at, remove, insert }] of edits.entries()) {
            steps = steps.toSpliced(Math.floor(at * (steps.length + 1)), remove, ...insert);
            const text = JSON.stringify(bodyOf(steps, tops[n] === true ? { stop: n } : {}));
            const again = attempt(() => dialect.readRequest(repeated.parse(Buffer.from(text)).body.value));
            expect(again).toEqual(attempt(() => dialect.readRequest(JSON.parse(text))));
          }
        },
      ),
    );
  });
});

function attempt<Value>(read: () => Value): Value | string {
  try {
    return read();
  } catch (error) {
    return String(error);
  }
}

describe('messages that a client sends again', () => {
  const steps = Array.from({ length: 12 }, (_, id): Step => {
    return { id, said: `I read file ${id}.`, result: filler.slice(id * 10, 900), isOdd: false, isMarked: false };
  });

  it.each(Object.entries(bodies))('are the same in memory: %s', (_, [dialect, bodyOf]) => {
    const repeated = new RepeatedBodies();
    const read = (given: readonly Step[]) =>
      dialect.readRequest(repeated.parse(Buffer.from(JSON.stringify(bodyOf(given, {})))).body.value).conversation
        .messages;
    const first = read(steps.slice(0, 10));
    expect(
      read(steps.slice(0, 11))
        .slice(0, first.length)
        .every((message, at) => message === first[at]),
    ).toBe(true);
    // A client that moves its marks changes two messages.
    const marked = steps.map((one) => (one.id >= 10 ? { ...one, isMarked: true } : one));
    const later = read(marked);
    expect(first.filter((message) => later.includes(message)).length).toBe(first.length);
  });

  it('tell what is lost each time, and once what is told once', () => {
    const repeated = new RepeatedBodies();
    const [dialect, bodyOf] = bodies['responses'] ?? [];
    const lostOf = (given: readonly Step[]) =>
      dialect
        ?.readRequest(repeated.parse(Buffer.from(JSON.stringify(bodyOf?.(given, {})))).body.value)
        .lost.map(({ where }) => where);
    const [one, two] = [1, 2].map((id): Step => ({ id, said: 's', result: filler, isOdd: false, isMarked: true }));
    if (one === undefined || two === undefined) throw new Error('There are two.');
    expect(lostOf([one, two])).toEqual(['input[2].phase', 'tools[1]']);
    expect(lostOf([one, two])).toEqual(['input[2].phase', 'tools[1]']);
    expect(lostOf([two])).toEqual(['input[2].phase', 'tools[1]']);
  });
});
