import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { writeAnthropicRequest } from './anthropic/index.ts';
import type { Conversation, Tool } from './conversation.ts';
import { InputReader, unwrapInput, wrapInput } from './custom-input.ts';
import type { ChatEvent } from './events.ts';
import { asFunctionTools, restoreToolCalls } from './function-tools.ts';
import { writeOpenAiChatRequest } from './openai-chat/index.ts';

const patch: Tool = {
  name: 'apply_patch',
  description: 'Edits files.',
  parameters: undefined,
  custom: { format: { type: 'grammar', syntax: 'lark', definition: 'start: "*** Begin Patch"' } },
};
const tool = (name: string, namespace?: string): Tool => ({
  name,
  parameters: { type: 'object', properties: {} },
  ...(namespace !== undefined && { namespace }),
});
const conversationOf = (tools: readonly Tool[], more: Partial<Conversation> = {}): Conversation => ({
  system: [],
  messages: [],
  tools,
  ...more,
});
const namesOf = (tools: readonly Tool[]) => asFunctionTools(conversationOf(tools)).tools.map(({ name }) => name);

describe('tools towards a dialect of functions', () => {
  test('of functions alone are given as they are', () => {
    const conversation = conversationOf([tool('read')]);
    expect(asFunctionTools(conversation)).toBe(conversation);
  });

  test('that are custom are offered with one string, and their calls before are wrapped', () => {
    const conversation = conversationOf([patch], {
      messages: [
        { role: 'user', parts: [{ kind: 'text', text: 'Go' }] },
        {
          role: 'assistant',
          parts: [{ kind: 'tool-call', callId: 'a', name: 'apply_patch', arguments: '*** "x"\n', custom: true }],
        },
        { role: 'user', parts: [{ kind: 'tool-result', callId: 'a', parts: [{ kind: 'text', text: 'Done' }] }] },
      ],
      toolChoice: { kind: 'tool', name: 'apply_patch' },
    });
    const chat = writeOpenAiChatRequest(conversation, { model: 'gpt-6-sol', stream: true });
    expect(chat.lost).toEqual([]);
    expect(chat.body).toMatchObject({
      tools: [
        {
          function: {
            name: 'apply_patch',
            description: expect.stringMatching(
              /^Edits files\.\n\n.*`input`[\s\S]*grammar \(Lark\):\nstart: "\*\*\* Begin/,
            ),
            parameters: { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] },
          },
        },
      ],
      tool_choice: { type: 'function', function: { name: 'apply_patch' } },
      messages: [
        {},
        { tool_calls: [{ function: { name: 'apply_patch', arguments: '{"input":"*** \\"x\\"\\n"}' } }] },
        { role: 'tool', content: 'Done' },
      ],
    });
    const { body } = writeAnthropicRequest(conversation, { model: 'claude-haiku-5-5', stream: true });
    expect(body.tools).toMatchObject([{ name: 'apply_patch', input_schema: { required: ['input'] } }]);
    expect(body.messages[1]?.content).toMatchObject([{ type: 'tool_use', input: { input: '*** "x"\n' } }]);
  });

  test.each<[string, Tool[], (string | RegExp)[]]>([
    ['are flattened', [tool('read', 'fs'), tool('read', 'web')], ['fs__read', 'web__read']],
    [
      'leave their names to tools without',
      [tool('read', 'fs'), tool('fs__read')],
      [/^fs__read_[0-9a-f]{8}$/, 'fs__read'],
    ],
    ['are told apart', [tool('b__c', 'a'), tool('c', 'a__b')], ['a__b__c', /^a__b__c_[0-9a-f]{8}$/]],
    ['are shortened', [tool('n'.repeat(80), 'a')], [/^a__n{52}_[0-9a-f]{8}$/]],
    [
      'are spelled with accepted characters',
      [tool('r.d', 'mcp/x'), tool('r/d', 'mcp.x')],
      [/^mcp_x__r_d_[0-9a-f]{8}$/, /^mcp_x__r_d_/],
    ],
  ])('in namespaces %s', (_, tools, expected) => {
    const names = namesOf(tools);
    expect(names).toEqual(expected.map((name) => (typeof name === 'string' ? name : expect.stringMatching(name))));
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  });

  test('in namespaces keep their names when other tools come and go', () => {
    const long = tool('n'.repeat(80), 'a');
    expect(namesOf([tool('x', 'a'), long])[1]).toBe(namesOf([long])[0]);
  });

  test('that a call of an earlier turn names are found though they are not offered any more', () => {
    const parts = [{ kind: 'tool-call' as const, callId: 'a', name: 'read', namespace: 'fs', arguments: '{}' }];
    const { messages } = asFunctionTools(conversationOf([], { messages: [{ role: 'assistant', parts }] }));
    expect(messages[0]?.parts).toEqual([{ kind: 'tool-call', callId: 'a', name: 'fs__read', arguments: '{}' }]);
  });

  test('that a choice names are chosen by their flat name', () => {
    const choose = (tools: Tool[]) =>
      asFunctionTools(conversationOf(tools, { toolChoice: { kind: 'tool', name: 'read' } })).toolChoice;
    expect(choose([tool('read', 'fs')])).toEqual({ kind: 'tool', name: 'fs__read' });
    expect(choose([tool('read', 'fs'), tool('read')])).toEqual({ kind: 'tool', name: 'read' });
    expect(choose([tool('list', 'fs')])).toEqual({ kind: 'tool', name: 'read' });
  });
});

describe('calls restored', () => {
  const conversation = conversationOf([patch, tool('read', 'fs'), tool('plain')]);
  const callOf = (name: string, index: number, pieces: string[], whole = pieces.join('')): ChatEvent[] => [
    { kind: 'tool-call-started', index, callId: `c${index}`, name },
    ...pieces.map((piece) => ({ kind: 'tool-call-delta' as const, index, arguments: piece })),
    { kind: 'tool-call', index, callId: `c${index}`, name, arguments: whole },
  ];

  test('have the names and namespaces that the client gave', () => {
    const restore = restoreToolCalls(conversation);
    expect(callOf('fs__read', 0, ['{}']).flatMap(restore)).toEqual([
      { kind: 'tool-call-started', index: 0, callId: 'c0', name: 'read', namespace: 'fs' },
      { kind: 'tool-call-delta', index: 0, arguments: '{}' },
      { kind: 'tool-call', index: 0, callId: 'c0', name: 'read', namespace: 'fs', arguments: '{}' },
    ]);
    for (const name of ['plain', 'unheard_of', 'constructor']) {
      expect(callOf(name, 1, ['{}']).flatMap(restore)).toEqual(callOf(name, 1, ['{}']));
    }
  });

  test('that come restored stay as they are', () => {
    const events: ChatEvent[] = [
      { kind: 'tool-call-started', index: 0, callId: 'a', name: 'apply_patch', custom: true },
      { kind: 'tool-call-delta', index: 0, arguments: '{"input":"' },
      { kind: 'tool-call', index: 0, callId: 'a', name: 'apply_patch', arguments: '{"input":"', custom: true },
    ];
    expect(events.flatMap(restoreToolCalls(conversation))).toEqual(events);
  });

  test('of custom tools are plain text, though interleaved', () => {
    const [first, second] = [
      callOf('apply_patch', 0, ['{"inp', 'ut": "a\\', 'nb"}']),
      callOf('apply_patch', 1, ['{"input":"x"}']),
    ];
    const events = [first[0]!, second[0]!, first[1]!, first[2]!, second[1]!, second[2]!, first[3]!, first[4]!];
    expect(events.flatMap(restoreToolCalls(conversation))).toEqual([
      { kind: 'tool-call-started', index: 0, callId: 'c0', name: 'apply_patch', custom: true },
      { kind: 'tool-call-started', index: 1, callId: 'c1', name: 'apply_patch', custom: true },
      { kind: 'tool-call-delta', index: 0, arguments: 'a' },
      { kind: 'tool-call-delta', index: 1, arguments: 'x' },
      { kind: 'tool-call', index: 1, callId: 'c1', name: 'apply_patch', arguments: 'x', custom: true },
      { kind: 'tool-call-delta', index: 0, arguments: '\nb' },
      { kind: 'tool-call', index: 0, callId: 'c0', name: 'apply_patch', arguments: 'a\nb', custom: true },
    ]);
  });

  test.each([
    ['{"input":"a"}', 'a'],
    [' {\n"input" : "a\\u00e9\\/\\"" }', 'aé/"'],
    ['{"input":"line\nbreak"}', 'line\nbreak'],
    ['{"input":"not ended', 'not ended'],
    ['{"input":"half an escape \\u00', 'half an escape '],
    ['{"input":"","input":"later"}', ''],
    ['{"why":"x","input":"a"}', 'a'],
    ['{"input":7}', '{"input":7}'],
    ['{}', ''],
    ['*** Begin Patch', '*** Begin Patch'],
    ['{"patch":"x"}', '{"patch":"x"}'],
  ])('of %j mean the input %j, in pieces of any size', (given, expected) => {
    expect(unwrapInput(given)).toBe(expected);
    for (const size of [1, 2, 3, 100]) {
      const pieces = given.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
      const events = callOf('apply_patch', 0, pieces, given).flatMap(restoreToolCalls(conversation));
      const streamed = events.map((event) => (event.kind === 'tool-call-delta' ? event.arguments : '')).join('');
      expect(streamed).toBe(expected);
      expect(events.at(-1)).toMatchObject({ kind: 'tool-call', arguments: expected });
    }
  });

  test('bring any text back, however it is cut, and no half of a character', () => {
    const spelled = fc
      .tuple(fc.string({ unit: 'binary' }), fc.boolean())
      .map(([input, ascii]) => ({ input, json: ascii ? escaped(wrapInput(input)) : wrapInput(input) }));
    fc.assert(
      fc.property(spelled, fc.array(fc.nat()), ({ input, json }, cuts) => {
        const places = [...new Set([...cuts.map((cut) => cut % json.length), json.length])].sort((a, b) => a - b);
        const reader = new InputReader();
        const pieces = places.map((to, index) => reader.push(json.slice(places[index - 1] ?? 0, to)));
        expect(pieces.join('')).toBe(input);
        if (!/\p{Cs}/u.test(input)) for (const piece of pieces) expect(piece).not.toMatch(/\p{Cs}/u);
      }),
    );
  });
});

function escaped(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
