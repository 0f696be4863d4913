import { describe, expect, test } from 'vitest';
import type { RequestChanges } from '../dialect.ts';
import { writeSeal } from '../sealed-thinking.ts';
import { rewritten } from '../testing/rewritten.ts';
import { gemini } from './index.ts';

const said = { role: 'user', parts: [{ text: 'Hi' }] };

describe('a request of a Gemini client that passes through', () => {
  const changed = (body: object, changes: Partial<RequestChanges>) => {
    const { body: text } = rewritten(gemini, body, { model: 'gemini-3.8-flash', ...changes });
    return { text, parsed: JSON.parse(text) };
  };

  test('is left byte for byte where nothing was decided', () => {
    const text =
      '{ "contents":[{"parts" : [{"text":"\\u00e4"}]}], "new": 1e2, "generationConfig":{"maxOutputTokens":5} }';
    const { body } = rewritten(gemini, text, { model: 'gemini-3.8-flash', maxOutputTokens: 10 });
    expect(body).toBe(text);
  });

  test.each<[string, object, Partial<RequestChanges>, unknown]>([
    ['has its length capped', { maxOutputTokens: 50 }, { maxOutputTokens: 10 }, { maxOutputTokens: 10 }],
    ['is given a length', { topK: 1 }, { maxOutputTokens: 10 }, { topK: 1, maxOutputTokens: 10 }],
    [
      'has its budget of thinking replaced by a level',
      { thinkingConfig: { includeThoughts: true, thinkingBudget: 9 } },
      { effort: 'low' },
      { thinkingConfig: { includeThoughts: true, thinkingLevel: 'LOW' } },
    ],
    [
      'has a level made a budget for a model that knows no levels',
      { thinkingConfig: { thinkingLevel: 'HIGH' } },
      { model: 'gemini-2.5-flash' },
      { thinkingConfig: { thinkingBudget: 24_576 } },
    ],
    [
      'loses its thinking where the model has none',
      { thinkingConfig: { thinkingLevel: 'HIGH' }, topK: 1 },
      { model: 'gemma-4', effort: 'high' },
      { topK: 1 },
    ],
  ])('%s', (_, generationConfig, changes, expected) => {
    expect(changed({ contents: [], generationConfig }, changes).parsed.generationConfig).toEqual(expected);
    const snake = { contents: [], generation_config: { max_output_tokens: 50 } };
    expect(changed(snake, { maxOutputTokens: 10 }).parsed.generation_config).toEqual({ max_output_tokens: 10 });
  });

  test('has foreign seals taken out, and a word put where the model wants a signature', () => {
    const contents = (first?: string, second?: string, text?: string) => [
      said,
      {
        role: 'model',
        parts: [
          { text: 'x', thoughtSignature: text },
          { functionCall: { name: 'a' }, thoughtSignature: first },
          { functionCall: { name: 'b' }, thoughtSignature: second },
        ],
      },
    ];
    const foreign = writeSeal({ maker: 'anthropic', signature: 's' });
    const own = writeSeal({ maker: 'google', model: 'gemini-3.8-flash', signature: 'CiEB' });
    const sent = (first?: string, second?: string, text?: string, model = 'gemini-3.8-flash') =>
      changed({ contents: contents(first, second, text) }, { model }).parsed.contents;
    const asSent = (value: unknown) => JSON.parse(JSON.stringify(value));
    const word = 'skip_thought_signature_validator';
    expect(sent()).toEqual(asSent(contents(word)));
    expect(sent(foreign, foreign, foreign)).toEqual(asSent(contents(word)));
    expect(sent(own)).toEqual(asSent(contents('CiEB')));
    expect(sent('CiEB', undefined, 'Cgw=')).toEqual(asSent(contents('CiEB', undefined, 'Cgw=')));
    expect(sent(undefined, undefined, undefined, 'gemini-2.5-pro')).toEqual(asSent(contents()));
    // A stream's chunks, each a content of its own.
    const call = (thoughtSignature?: string) => ({
      role: 'model',
      parts: [{ functionCall: { name: 'a' }, ...(thoughtSignature !== undefined && { thoughtSignature }) }],
    });
    const body = { contents: [said, call(), call(), said, call('CiEB'), call()] };
    const expected = [said, call(word), call(), said, call('CiEB'), call()];
    expect(changed(body, {}).parsed.contents).toEqual(expected);
  });
});
