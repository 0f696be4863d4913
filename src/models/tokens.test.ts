import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { growth } from '../../test/host/cpuTime.ts';
import type { Conversation, Message } from '../chat/conversation.ts';
import { roughTokenCount } from './roughTokenCount.ts';
import { estimateConversationTokens, estimateTokens, IMAGE_TOKENS, PAGE_TOKENS } from './tokens.ts';

const empty: Conversation = { system: [], messages: [], tools: [] };
const english = 'The router asks each provider for its health before it decides where a request should go. ';
const code =
  'export function total(items: readonly Item[]): number {\n  return items.reduce((sum, item) => sum + item.price, 0);\n}\n';
const chinese = '路由器在决定请求应发往何处之前会询问每个提供者的健康状况。';
const russian =
  'Маршрутизатор спрашивает каждого поставщика о его состоянии, прежде чем решить, куда направить запрос. ';

describe('the tokens of a conversation', () => {
  const saying = (...texts: readonly string[]): Conversation => ({
    ...empty,
    messages: [{ role: 'user', parts: texts.map((text) => ({ kind: 'text', text })) }],
  });

  it.each([
    ['in one text', 1],
    ['in a thousand texts', 1_000],
  ])('of more text than any model takes are near the count of it all, and soon known: %s', (_what, texts) => {
    const text = (english + code + chinese + russian).repeat(Math.ceil(12_000_000 / texts / 350));
    const all = Array.from({ length: texts }, () => text);
    const counted = (): number => all.reduce((sum, one) => sum + estimateTokens(one), 0);
    const near = (): number => estimateConversationTokens(saying(...all));
    const whole = counted();
    expect(near() / whole).toBeGreaterThan(0.9);
    expect(near() / whole).toBeLessThan(1.1);
    const makeOf = (which: number): (() => number) => [near, counted][which]!;
    expect(growth((work) => work(), makeOf, [0, 1])).toBeGreaterThan(2);
  });

  const cases: [string, Conversation, number][] = [
    ['nothing', empty, 0],
    [
      'the text of the system and of a message',
      { ...empty, system: [{ text: english }], messages: [{ role: 'user', parts: [{ kind: 'text', text: code }] }] },
      estimateTokens(english) + estimateTokens(code) + 4,
    ],
    [
      'an image',
      {
        ...empty,
        messages: [{ role: 'user', parts: [{ kind: 'image', mediaType: 'image/png', base64: 'A'.repeat(1_000_000) }] }],
      },
      IMAGE_TOKENS + 4,
    ],
    [
      'two pages',
      {
        ...empty,
        messages: [
          { role: 'user', parts: [{ kind: 'document', mediaType: 'application/pdf', base64: 'A'.repeat(160_000) }] },
        ],
      },
      2 * PAGE_TOKENS + 4,
    ],
    [
      'a text file',
      {
        ...empty,
        messages: [{ role: 'user', parts: [{ kind: 'document', mediaType: 'text/plain', base64: 'A'.repeat(1_600) }] }],
      },
      300 + 4,
    ],
    [
      'a call of a tool and its result',
      {
        ...empty,
        messages: [
          { role: 'assistant', parts: [{ kind: 'tool-call', callId: '1', name: 'read', arguments: '{"path":"a"}' }] },
          { role: 'user', parts: [{ kind: 'tool-result', callId: '1', parts: [{ kind: 'text', text: code }] }] },
        ],
      },
      8 + 4 + estimateTokens('read') + estimateTokens('{"path":"a"}') + 8 + 4 + estimateTokens(code),
    ],
    [
      'a tool, as JSON',
      { ...empty, tools: [{ name: 'read', description: english, parameters: { type: 'object' } }] },
      8 + estimateTokens('read') + estimateTokens(english) + estimateTokens('{"type":"object"}'),
    ],
    [
      'a tool without parameters',
      { ...empty, tools: [{ name: 'now', parameters: undefined }] },
      8 + estimateTokens('now'),
    ],
    [
      'sealed thinking',
      {
        ...empty,
        messages: [{ role: 'assistant', parts: [{ kind: 'thinking', text: '', sealed: 'A'.repeat(1_600) }] }],
      },
      300 + 4,
    ],
  ];
  it.each(cases)('%s', (_, conversation, expected) => {
    expect(estimateConversationTokens(conversation)).toBe(expected);
  });

  const said = (text: string): Message => ({ role: 'user', parts: [{ kind: 'text', text }] });

  it('are those of its texts, whichever of its messages were counted before and whatever stands around them', () => {
    const long = [english, code, chinese].map((text) => said(text.repeat(Math.ceil(900_000 / text.length))));
    const short = [english, code, russian].map(said);
    const tools = [{ name: 'read', description: english, parameters: { type: 'object' } }];
    const message = fc.constantFrom(...short, ...short, ...short, ...long);
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), fc.boolean(), (messages, hasTools) => {
        const conversation = { ...empty, messages, tools: hasTools ? tools : [] };
        const copy = structuredClone(conversation);
        expect(estimateConversationTokens(conversation)).toBe(estimateConversationTokens(copy));
      }),
      { numRuns: 25 },
    );
  });

  it('are counted once for a message that is sent again', () => {
    const counted: string[] = [];
    const count = (text: string): number => counted.push(text);
    const [one, other] = [said(english), said(code)];
    for (const messages of [[one], [one, other], [other]]) estimateConversationTokens({ ...empty, messages }, count);
    expect(counted).toEqual([english, code]);
  });
});

it('text that looks like special tokens is counted and throws nothing', () => {
  expect(estimateTokens('<|fim_prefix|>x<|endoftext|>')).toBeGreaterThan(3);
});

describe('the rough count', () => {
  it.each([
    ['English', english],
    ['code', code],
    ['Chinese', chinese],
    ['Russian', russian],
    ['code with Chinese comments', code + chinese],
  ])('of %s is near the estimate', (_, text) => {
    const long = text.repeat(50);
    expect(roughTokenCount(long) / estimateTokens(long)).toBeGreaterThan(0.7);
    expect(roughTokenCount(long) / estimateTokens(long)).toBeLessThan(1.35);
  });

  it('is a whole number, and more than zero for any text', () => {
    expect(roughTokenCount('')).toBe(0);
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (text) => {
        expect(Number.isInteger(roughTokenCount(text)) && roughTokenCount(text) > 0).toBe(true);
      }),
    );
  });

  it('reads a few dozen characters, however long the text', () => {
    let read = 0;
    const charCodeAt = (): number => {
      read++;
      return 0x61;
    };
    const text = { length: 5_000_000, charCodeAt };
    expect(roughTokenCount(text as unknown as string)).toBeGreaterThan(1_000_000);
    expect(read).toBeLessThan(70);
  });
});
