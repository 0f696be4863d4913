import { describe, expect, test } from 'vitest';
import { rewritten } from '../testing/rewritten.ts';
import { openAiChat } from './index.ts';

describe('a chat completion’s request that passes through', () => {
  const written = (text: string, changes: object = {}) => {
    const { body, lost } = rewritten(openAiChat, text, { model: 'gpt-5.6', ...changes });
    return { body, lost };
  };

  test('is changed only where the policy decided', () => {
    const text =
      '{ "model" : "gpt-5.6",\n "max_tokens":900, "stop": "x", "x_y": [1.0, "\\u00e9"], "reasoning_effort":"low"}';
    expect(written(text, { effort: 'high', maxOutputTokens: 500 })).toEqual({
      body: text.replace('900', '500').replace('low', 'high'),
      lost: [],
    });
    expect(written(text)).toEqual({ body: text, lost: [] });
    expect(written(text, { model: 'llama' }).body).toBe(text.replace('gpt-5.6', 'llama'));
  });

  test.each([
    ['{"model":"a","max_tokens":10}', 'llama', '{"model":"llama","max_tokens":10}'],
    ['{"model":"a","max_tokens":10}', 'gpt-5.6', '{"model":"gpt-5.6","max_completion_tokens":10}'],
    ['{"model":"a","max_tokens":90}', 'gpt-5.6', '{"model":"gpt-5.6","max_completion_tokens":50}'],
    ['{"model":"gpt-5.6","max_tokens":90}', 'gpt-5.6', '{"model":"gpt-5.6","max_tokens":50}'],
    ['{"model":"a"}', 'gpt-5.6', '{"model":"gpt-5.6","max_completion_tokens":50}'],
    ['{"model":"a"}', 'llama', '{"model":"llama","max_tokens":50}'],
    ['{"model":"a","max_completion_tokens":null}', 'gpt-5.6', '{"model":"gpt-5.6","max_completion_tokens":50}'],
  ])('%s keeps the smaller limit for %s', (text, model, expected) => {
    expect(written(text, { model, maxOutputTokens: 50 }).body).toBe(expected);
  });

  test.each([
    ['{"model":"a","reasoning_effort":"low"}', { model: 'gpt-4.1' }, '{"model":"gpt-4.1"}', ['effort']],
    ['{"model":"a"}', { model: 'gpt-4.1', effort: 'high' as const }, '{"model":"gpt-4.1"}', ['effort']],
    ['{"model":"a","reasoning_effort":"minimal"}', {}, '{"model":"gpt-5.6","reasoning_effort":"none"}', []],
    ['{"model":"a","temperature":0,"stop":null}', {}, '{"model":"gpt-5.6","stop":null}', ['temperature']],
    ['{"model":"a","temperature":0}', { model: 'gpt-4.1' }, '{"model":"gpt-4.1","temperature":0}', []],
  ])('%s with %j has only what the chosen model takes', (text, changes, body, lost) => {
    const { body: sent, lost: gone } = written(text, changes);
    expect({ body: sent, lost: gone.map(({ where }) => where) }).toEqual({ body, lost });
  });
});
