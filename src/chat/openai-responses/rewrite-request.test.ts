import { describe, expect, test } from 'vitest';
import { writeSeal } from '../sealed-thinking.ts';
import { rewritten } from '../testing/rewritten.ts';
import { openAiResponses } from './index.ts';

describe('a response’s request that passes through', () => {
  const written = (text: string, changes: object = {}) => {
    const { body, lost } = rewritten(openAiResponses, text, { model: 'gpt-5.6', ...changes });
    return { body, lost };
  };

  test('is changed only where the policy decided', () => {
    const text = '{"model":"auto", "x": [1.0], "reasoning": {"summary":"auto", "effort":"low"}, "input":"\\u00e9"}';
    expect(written(text, { effort: 'high', maxOutputTokens: 5 })).toEqual({
      body: '{"model":"gpt-5.6", "x": [1.0], "reasoning": {"summary":"auto", "effort":"high"}, "input":"\\u00e9","max_output_tokens":16}',
      lost: [],
    });
    expect(written(text).body).toBe(text.replace('auto', 'gpt-5.6'));
  });

  test.each([
    ['gpt-5.6', ['old', 'new']],
    ['gpt-4.1', []],
    ['grok-5', ['new']],
  ])('has the reasoning that %s can be given', (model, kept) => {
    const thought = (id: string) => ({ type: 'reasoning', id, summary: [], encrypted_content: 'g' });
    const input = [thought('old'), { role: 'user', content: 'x' }, thought('new')];
    const { body } = written(JSON.stringify({ model: 'auto', input }), { model });
    const ids = (JSON.parse(body) as { input: { id?: string }[] }).input.flatMap(({ id }) => id ?? []);
    expect(ids).toEqual(kept);
    expect(written(JSON.stringify({ model, input }), { model }).body).toBe(JSON.stringify({ model, input }));
  });

  test('has no settings that the chosen model refuses', () => {
    const text = '{"model":"auto","temperature":0,"reasoning":{"effort":"low","summary":"auto"}}';
    expect(written(text).body).toBe('{"model":"gpt-5.6","reasoning":{"effort":"low","summary":"auto"}}');
    expect(written(text, { model: 'gpt-4.1' }).body).toBe('{"model":"gpt-4.1","temperature":0}');
    expect(written(text, { model: 'grok-5' }).body).toBe(text.replace('"auto"', '"grok-5"'));
  });

  test('leaves out thinking that an answer of another dialect brought, and keeps what the provider sealed itself', () => {
    const own = '{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA"}';
    const foreign = `{"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"${writeSeal({ maker: 'anthropic' })}"}`;
    const { body, lost } = written(`{"model":"a","input":[${own}, ${foreign}, {"role":"user","content":"x"}]}`);
    expect(body).toBe(`{"model":"gpt-5.6","input":[${own}, {"role":"user","content":"x"}]}`);
    expect(lost.map(({ where }) => where)).toEqual(['input[1]']);
  });
});
