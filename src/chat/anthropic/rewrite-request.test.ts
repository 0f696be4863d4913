import { describe, expect, test } from 'vitest';
import type { RequestChanges } from '../dialect.ts';
import { writeSeal } from '../sealed-thinking.ts';
import { rewritten } from '../testing/rewritten.ts';
import { anthropicMessages } from './index.ts';

const rewrite = (body: object, changes: RequestChanges) => {
  const { body: text, lost } = rewritten(anthropicMessages, body, changes);
  return { body: JSON.parse(text) as Record<string, unknown>, lost: lost.map(({ where }) => where) };
};

const own = { type: 'thinking', thinking: 'Hm', signature: 'EqQB' };
const redacted = { type: 'redacted_thinking', data: 'c2Vh' };
const foreign = { type: 'thinking', thinking: 'Hm', signature: writeSeal({ maker: 'openai', model: 'gpt-6-sol' }) };
const said = { type: 'text', text: 'Hi' };
const call = { type: 'tool_use', id: 'a', name: 'read', input: {} };
const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a' }, said] };
const user = { role: 'user', content: 'Go' };
const assistant = (...content: object[]) => ({ role: 'assistant', content });

describe('a body of the Messages API with what the policy decided', () => {
  test('is otherwise the same, byte for byte', () => {
    const text =
      '{ "model" : "claude-sonnet-5-5",\n "max_tokens":1.0e3,"new_field":[1.50,"\\u00e9"], "output_config":{"effort":"low" ,"x":1},"messages":[{"role":"user","content":"\\ud83e\\udd8a"}]}\n';
    const { body, lost } = rewritten(anthropicMessages, text, {
      model: 'claude-opus-5-5',
      effort: 'high',
      maxOutputTokens: 500,
    });
    expect(body).toBe(
      text.replace('claude-sonnet-5-5', 'claude-opus-5-5').replace('1.0e3', '500').replace('"low"', '"high"'),
    );
    expect(lost).toEqual([]);
    expect(rewritten(anthropicMessages, text, { model: 'claude-sonnet-5-5' }).body).toBe(text);
  });

  test.each<[string, object, RequestChanges, object, string[]]>([
    [
      'an effort that the model knows',
      {},
      { model: 'claude-opus-5-5', effort: 'minimal' },
      { output_config: { effort: 'low' } },
      [],
    ],
    ['no effort for a model without', {}, { model: 'claude-haiku-4-5', effort: 'high' }, {}, ['effort']],
    [
      'less than the most where thinking is off',
      { thinking: { type: 'disabled' } },
      { model: 'claude-haiku-5-5', effort: 'max' },
      { thinking: { type: 'disabled' }, output_config: { effort: 'high' } },
      [],
    ],
    ['a limit where there was none', {}, { model: 'claude-opus-5-5', maxOutputTokens: 9 }, { max_tokens: 9 }, []],
    [
      'the client’s limit where it is smaller',
      { max_tokens: 5 },
      { model: 'claude-opus-5-5', maxOutputTokens: 9 },
      { max_tokens: 5 },
      [],
    ],
    [
      'a budget of thinking within the limit',
      { max_tokens: 9000, thinking: { type: 'enabled', budget_tokens: 4000 } },
      { model: 'claude-haiku-4-5', maxOutputTokens: 4000 },
      { max_tokens: 4000, thinking: { type: 'enabled', budget_tokens: 3999 } },
      [],
    ],
    [
      'no thinking where the limit has no room for it',
      { max_tokens: 9000, thinking: { type: 'enabled', budget_tokens: 8000 } },
      { model: 'claude-haiku-4-5', maxOutputTokens: 900 },
      { max_tokens: 900 },
      [],
    ],
  ])('has %s', (_, body, changes, expected, lost) => {
    expect(rewrite({ model: changes.model, ...body }, changes)).toEqual({
      body: { model: changes.model, ...expected },
      lost,
    });
  });

  test.each<[string, string, string, object, object, string[]]>([
    [
      'temperature',
      'claude-haiku-4-5',
      'claude-haiku-5-5',
      { temperature: 0.2, top_k: 5 },
      {},
      ['temperature', 'top_k'],
    ],
    [
      'levels of effort',
      'claude-opus-5-5',
      'claude-haiku-4-5',
      { output_config: { effort: 'high' } },
      {},
      ['output_config.effort'],
    ],
    [
      'levels of effort beside a format',
      'claude-opus-5-5',
      'claude-haiku-4-5',
      { output_config: { effort: 'high', format: {} } },
      { output_config: { format: {} } },
      ['output_config.effort'],
    ],
    ['adaptive thinking', 'claude-opus-5-5', 'claude-haiku-4-5', { thinking: { type: 'adaptive' } }, {}, ['thinking']],
    [
      'a budget of thinking',
      'claude-haiku-4-5',
      'claude-opus-5-5',
      { thinking: { type: 'enabled', budget_tokens: 5000 } },
      { thinking: { type: 'adaptive' } },
      ['thinking.budget_tokens'],
    ],
    [
      'thinking switched off',
      'claude-haiku-5-5',
      'claude-opus-5-5',
      { thinking: { type: 'disabled' } },
      {},
      ['thinking'],
    ],
    [
      'a demand for a tool',
      'claude-haiku-5-5',
      'claude-opus-5-5',
      { tool_choice: { type: 'tool', name: 'a', disable_parallel_tool_use: true } },
      { tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
      ['tool_choice'],
    ],
  ])('loses %s where only the chosen model refuses it', (_, own, chosen, body, expected, lost) => {
    expect(rewrite({ model: own, ...body }, { model: chosen })).toEqual({ body: { model: chosen, ...expected }, lost });
    expect(rewrite({ model: chosen, ...body }, { model: chosen })).toEqual({
      body: { model: chosen, ...body },
      lost: [],
    });
  });

  const loop = [user, assistant(own, redacted, said), user, assistant(own, call), result];
  test.each<[string, string, string, object[], object[]]>([
    ['keeps its thinking for the model it names', 'claude-sonnet-5-5', 'claude-sonnet-5-5', loop, loop],
    [
      'keeps its thinking within a family',
      'claude-sonnet-5-5',
      'eu.anthropic.claude-sonnet-5-20260101-v1:0',
      loop,
      loop,
    ],
    [
      'keeps thinking of the tool loop alone in another family',
      'claude-sonnet-5-5',
      'claude-opus-5-5',
      loop,
      [user, assistant(said), user, assistant(own, call), result],
    ],
    [
      'keeps no thinking for another maker',
      'claude-sonnet-5-5',
      'deepseek-v4',
      loop,
      [user, assistant(said), user, assistant(call), result],
    ],
    [
      'loses thinking of other makers',
      'claude-sonnet-5-5',
      'claude-sonnet-5-5',
      [user, assistant(foreign, own, call), result],
      [user, assistant(own, call), result],
    ],
    [
      'loses messages of nothing but thinking',
      'claude-sonnet-5-5',
      'claude-sonnet-5-5',
      [user, assistant(foreign), user],
      [user, user],
    ],
  ])('%s', (_, own, chosen, messages, expected) => {
    const { body, lost } = rewrite({ model: own, messages }, { model: chosen });
    expect(body['messages']).toEqual(expected);
    expect(lost.length > 0).toBe(messages !== expected);
  });

  test('has thinking that the chosen model takes though the limit is below its budget', () => {
    const body = { model: 'claude-haiku-4-5', max_tokens: 9000, thinking: { type: 'enabled', budget_tokens: 8000 } };
    for (const maxOutputTokens of [4000, 900]) {
      expect(rewrite(body, { model: 'claude-opus-5-5', maxOutputTokens }).body).toEqual({
        model: 'claude-opus-5-5',
        max_tokens: maxOutputTokens,
        thinking: { type: 'adaptive' },
      });
    }
  });

  test('is refused when it is no object', () => {
    expect(() => rewritten(anthropicMessages, '[]', { model: 'm' })).toThrow(
      expect.objectContaining({ name: 'RequestFault' }),
    );
  });
});

describe('thinking of earlier turns, where it is known who answered last', () => {
  const loop = [user, assistant(own, call), { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a' }] }];
  const ask = (model: string, answeredBy: string, thinking: object = { type: 'enabled', budget_tokens: 2_000 }) => {
    const body = { model: 'claude-opus-4-5', max_tokens: 4_000, thinking, messages: loop };
    const { body: text } = rewritten(anthropicMessages, body, { model, answeredBy });
    return JSON.parse(text) as { readonly thinking?: { readonly type: string }; readonly messages: object[] };
  };

  test('stays for that model, whatever the client calls it', () => {
    expect(ask('claude-haiku-4-5', 'claude-haiku-4-5').messages).toEqual(loop);
  });

  test('goes for any other, which is asked without thinking until the tool loop is over', () => {
    const { messages, thinking } = ask('claude-opus-4-5', 'claude-haiku-4-5');
    expect(messages).toEqual([user, assistant(call), loop[2]]);
    expect(thinking).toEqual({ type: 'disabled' });
    expect(ask('claude-opus-5-5', 'claude-sonnet-5-5', { type: 'adaptive' }).thinking?.type).toBe('adaptive');
  });
});
