import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { growth, TENFOLD } from '../../test/host/cpuTime.ts';
import { anthropicMessages } from './anthropic/index.ts';
import { gemini } from './gemini/index.ts';
import { openAiChat } from './openai-chat/index.ts';
import { openAiResponses } from './openai-responses/index.ts';
import { rewriteBody } from './rewrite-body.ts';
import { jsonBody, rewritten } from './testing/rewritten.ts';

const written = (text: string) =>
  rewriteBody(jsonBody(text), [{ kind: 'set', path: ['model'], value: 'b' }]).toString();

describe('a body with what the policy decided', () => {
  test.each([
    ['spells what it says as the client did', '{ "n":1.0e2, "o":{"a":[ {} ]} ,"model":"a"}'],
    ['has colons in its strings', '{"a:b":"c:d\\":","e":["f:g","\\\\"],"model":"a"}'],
    ['has a key of one object in another too', '{"a":{"a":{"a":1}},"l":[{"a":1},{"a":2}],"model":"a"}'],
    ['has keys that are numbers, or empty, or __proto__', '{"1":0,"0":1,"":2,"__proto__":{"x":1},"model":"a"}'],
  ])('is as it came where it %s', (_, text) => {
    expect(written(text)).toBe(text.replace('"model":"a"', '"model":"b"'));
  });

  test.each([
    [
      'in a message',
      '{"messages":[{"role":"user","content":"a", "content":"b"}],"model":"a"}',
      '{"messages":[{"role":"user","content":"b"}],"model":"b"}',
    ],
    ['spelled differently', '{"o":[{"x":1,"\\u0078":2}],"model":"a"}', '{"o":[{"x":2}],"model":"b"}'],
    ['deep down', '{"o":[[{"p":{"x":1,"y":0,"x":2}}]],"model":"a"}', '{"o":[[{"p":{"x":2,"y":0}}]],"model":"b"}'],
    ['of no name', '{"o":{"":1,"":2},"model":"a"}', '{"o":{"":2},"model":"b"}'],
    ['__proto__', '{"o":{"__proto__":1,"__proto__":2},"model":"a"}', '{"o":{"__proto__":2},"model":"b"}'],
    ['that is a number', '{"o":{"1":1,"1":2},"model":"a"}', '{"o":{"1":2},"model":"b"}'],
    ['of an object that is then gone', '{"o":{"x":1},"o":1,"model":"a"}', '{"o":1,"model":"b"}'],
  ])('says once, and as it was judged, what a repeated key %s says twice', (_, text, expected) => {
    expect(written(text)).toBe(expected);
  });

  const twice = '"role":"user","role":"user"';
  test.each([
    [openAiChat, `{"model":"m","messages":[{${twice},"content":"judged"}]}`],
    [openAiResponses, `{"model":"m","input":[{${twice},"content":"judged"}]}`],
    [anthropicMessages, `{"model":"m","max_tokens":9,"messages":[{${twice},"content":"judged"}]}`],
    [gemini, `{"contents":[{${twice},"parts":[{"text":"judged"}]}]}`],
  ])('$id says nothing twice', (dialect, text) => {
    const { body } = rewritten(dialect, text, { model: 'm' });
    expect(body).toBe(JSON.stringify(JSON.parse(text)));
  });

  /** A value as its text, and whether an object in it repeats a key. */
  type Written = readonly [text: string, repeats: boolean];
  const space = fc.constantFrom('', '', ' ', '\n\t');
  const scalar: fc.Arbitrary<Written> = fc
    .oneof(
      fc.constantFrom('1', '-0.50', 'true', 'null', '":"', '"\\":{"', '"\\\\"'),
      fc.string({ unit: 'binary' }).map(quoted),
    )
    .map((text) => [text, false]);
  // No key that is a backslash alone: V8 then takes other keys of one escape for it (nodejs/node#63785).
  const key = fc.constantFrom('a', 'b', '', 'c:', 'x"y:', '__proto__', '1');
  const { object } = fc.letrec<{ value: Written; object: Written; list: Written }>((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, scalar, tie('object'), tie('list')),
    object: fc.array(fc.tuple(key, space, space, tie('value')), { maxLength: 4 }).map((members): Written => {
      const texts = members.map(([name, before, after, [text]]) => `${before}${quoted(name)}${after}:${text}`);
      const isRepeated = new Set(members.map(([name]) => name)).size < members.length;
      return [`{${texts.join(',')}}`, isRepeated || members.some(([, , , [, repeats]]) => repeats)];
    }),
    list: fc
      .array(tie('value'), { maxLength: 4 })
      .map((items): Written => [`[${items.map(([text]) => text).join(' ,')}]`, items.some(([, repeats]) => repeats)]),
  }));

  test('is written anew where a key is repeated, and only there', () => {
    fc.assert(
      fc.property(object, ([text, repeats]) => {
        const body = jsonBody(text);
        expect(rewriteBody(body, []).toString()).toBe(repeats ? JSON.stringify(body.value) : text);
      }),
    );
  });

  test('takes time in proportion to its length', () => {
    const bodyOf = (length: number) =>
      jsonBody(`{"s":"${'\\\\\\"'.repeat(length)}","l":[${'{"a":[]},'.repeat(length)}0],"model":"a"}`);
    expect(growth((body) => rewriteBody(body, []), bodyOf, [50_000, 500_000])).toBeLessThan(TENFOLD);
  });
});

function quoted(text: string): string {
  return JSON.stringify(text);
}
