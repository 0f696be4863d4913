import { describe, expect, test } from 'vitest';
import { type AnswerHead, RequestFault } from '../dialect.ts';
import type { ChatEvent } from '../events.ts';
import { readSeal, writeSeal } from '../sealed-thinking.ts';
import { openAiClient, writtenStream } from '../testing/openai-client.ts';
import { openAiResponses, writeOpenAiResponsesRequest } from './index.ts';

const base = { model: 'gpt-5.6', input: 'Hi' };
const read = (fields: object) => openAiResponses.readRequest({ ...base, ...fields });
const grammar = { type: 'grammar', syntax: 'lark', definition: 'start: "x"' };

describe('a response’s request', () => {
  test('is read with its items, tools and settings', () => {
    const { conversation, model, stream, lost, cacheKey } = read({
      instructions: 'Be brief.',
      input: [
        { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Use tabs.' }] },
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'Look:' },
            { type: 'input_image', detail: 'auto', image_url: 'data:image/png;base64,AA==' },
            { type: 'input_file', filename: 's.pdf', file_data: 'data:application/pdf;base64,BB==' },
          ],
        },
        { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm.' }], encrypted_content: 'gAAA' },
        {
          type: 'reasoning',
          id: 'rs_2',
          summary: [],
          encrypted_content: writeSeal({ maker: 'anthropic', model: 'claude-sonnet-5-5', signature: 's' }),
        },
        { type: 'message', id: 'm', role: 'assistant', content: [{ type: 'output_text', text: 'Looking.' }] },
        { type: 'function_call', call_id: 'a', name: 'read', arguments: '{}', namespace: 'files' },
        { type: 'custom_tool_call', call_id: 'b', name: 'patch', input: '*** Begin' },
        { type: 'function_call_output', call_id: 'a', output: [{ type: 'input_text', text: 'A' }] },
        { type: 'custom_tool_call_output', call_id: 'b', output: 'done' },
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'One.' }] },
        { type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'Two.' }] },
      ],
      tools: [
        { type: 'function', name: 'read', description: 'Reads.', parameters: { type: 'object' }, strict: false },
        { type: 'custom', name: 'patch', format: grammar },
        { type: 'namespace', name: 'files', description: '', tools: [{ type: 'function', name: 'read' }] },
      ],
      tool_choice: { type: 'custom', name: 'patch' },
      max_output_tokens: 100,
      reasoning: { effort: 'medium', summary: 'auto' },
      text: { format: { type: 'json_schema', name: 'x', schema: { type: 'object' } }, verbosity: 'medium' },
      include: ['reasoning.encrypted_content'],
      store: false,
      stream: true,
      parallel_tool_calls: true,
      prompt_cache_key: 'k',
    });
    expect(lost).toEqual([]);
    expect({ model, stream, cacheKey }).toEqual({ model: 'gpt-5.6', stream: true, cacheKey: 'k' });
    expect(conversation).toEqual({
      system: [{ text: 'Be brief.' }, { text: 'Use tabs.' }],
      messages: [
        {
          role: 'user',
          parts: [
            { kind: 'text', text: 'Look:' },
            { kind: 'image', mediaType: 'image/png', base64: 'AA==' },
            { kind: 'document', mediaType: 'application/pdf', base64: 'BB==', name: 's.pdf' },
          ],
        },
        {
          role: 'assistant',
          parts: [
            { kind: 'thinking', text: 'Hm.', id: 'rs_1', sealed: 'gAAA', maker: 'openai' },
            { kind: 'thinking', text: '', maker: 'anthropic', model: 'claude-sonnet-5-5', signature: 's' },
            { kind: 'text', text: 'Looking.' },
            { kind: 'tool-call', callId: 'a', name: 'read', arguments: '{}', namespace: 'files' },
            { kind: 'tool-call', callId: 'b', name: 'patch', arguments: '*** Begin', custom: true },
          ],
        },
        {
          role: 'user',
          parts: [
            { kind: 'tool-result', callId: 'a', parts: [{ kind: 'text', text: 'A' }] },
            { kind: 'tool-result', callId: 'b', parts: [{ kind: 'text', text: 'done' }] },
          ],
        },
        { role: 'assistant', parts: [{ kind: 'text', text: 'One.' }] },
        { role: 'assistant', parts: [{ kind: 'text', text: 'Two.' }] },
      ],
      tools: [
        { name: 'read', description: 'Reads.', parameters: { type: 'object' } },
        { name: 'patch', parameters: {}, custom: { format: grammar } },
        { name: 'read', parameters: { type: 'object', properties: {} }, namespace: 'files' },
      ],
      toolChoice: { kind: 'tool', name: 'patch' },
      maxOutputTokens: 100,
      effort: 'medium',
      output: { kind: 'json-schema', name: 'x', schema: { type: 'object' } },
    });
  });

  test('keeps custom and grouped tools on the way to a provider of the same dialect', () => {
    const body = {
      input: [
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
        { type: 'custom_tool_call', call_id: 'b', name: 'patch', input: '' },
        { type: 'function_call', call_id: 'a', name: 'read', arguments: '{}', namespace: 'files' },
        { type: 'custom_tool_call_output', call_id: 'b', output: 'done' },
        { type: 'function_call_output', call_id: 'a', output: 'A' },
      ],
      tools: [
        { type: 'custom', name: 'patch', format: grammar },
        { type: 'function', name: 'read', parameters: { type: 'object' }, strict: false },
        {
          type: 'namespace',
          name: 'files',
          description: 'The tools of files.',
          tools: [
            { type: 'function', name: 'read', parameters: { type: 'object' }, strict: false },
            { type: 'custom', name: 'note', description: 'Notes.' },
          ],
        },
      ],
      tool_choice: { type: 'custom', name: 'patch' },
    };
    const { conversation } = read(body);
    const written = writeOpenAiResponsesRequest(conversation, { model: 'gpt-5.6', stream: true });
    expect(written.body).toMatchObject(body);
    expect(written.lost).toEqual([]);
  });

  test('takes tools that were found or added on the way', () => {
    const { conversation } = read({
      input: [
        { type: 'additional_tools', role: 'developer', tools: [{ type: 'function', name: 'a' }] },
        {
          type: 'tool_search_output',
          tools: [{ type: 'namespace', name: 'n', tools: [{ type: 'custom', name: 'b' }] }],
        },
      ],
    });
    expect(conversation.tools).toMatchObject([{ name: 'a' }, { name: 'b', namespace: 'n', custom: {} }]);
  });

  test('offers only the tools that are allowed', () => {
    const { conversation } = read({
      tools: [
        { type: 'function', name: 'read' },
        { type: 'function', name: 'write' },
        { type: 'namespace', name: 'files', tools: [{ type: 'function', name: 'list' }] },
      ],
      tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ name: 'read' }, { name: 'files' }] },
    });
    expect(conversation.tools.map(({ name }) => name)).toEqual(['read', 'list']);
    expect(conversation.toolChoice).toEqual({ kind: 'auto' });
  });

  test.each([
    [{ previous_response_id: 'resp_0' }, 'previous_response_id'],
    [{ conversation: 'conv_0' }, 'conversation'],
    [{ prompt: { id: 'p' } }, 'prompt'],
    [{ background: true }, 'background'],
    [{ store: true }, 'store'],
    [{ text: { verbosity: 'epic' } }, 'text.verbosity'],
    [{ text: { format: { type: 'json_object' } } }, 'text.format'],
    [{ include: ['file_search_call.results'] }, 'include'],
    [{ truncation: 'disabled' }, 'truncation'],
    [{ tools: [{ type: 'web_search' }] }, 'tools[0]'],
    [{ tools: [{ type: 'namespace', name: 'n', description: 'D', tools: [] }] }, 'tools[0].description'],
    [{ tool_choice: { type: 'shell' } }, 'tool_choice'],
    [{ input: [{ type: 'item_reference', id: 'x' }] }, 'input[0]'],
    [{ input: [{ type: 'web_search_call', id: 'x' }] }, 'input[0]'],
    [{ input: [{ type: 'local_shell_call', id: 'x' }] }, 'input[0]'],
    [{ input: [{ type: 'mcp_call', id: 'x' }] }, 'input[0]'],
    [{ input: [{ type: 'function_call_output', output: 'x' }] }, 'input[0]'],
    [{ input: [...[{ role: 'user', content: 'a' }], { role: 'developer', content: 'b' }] }, 'input[1]'],
    [{ input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] }, 'input[0].content[0]'],
    [
      { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'https://a', detail: 'original' }] }] },
      'input[0].content[0]',
    ],
    [{ input: [{ role: 'user', content: [{ type: 'input_file', file_url: 'f' }] }] }, 'input[0].content[0]'],
    [
      {
        input: [
          { type: 'function_call_output', call_id: 'a', output: [{ type: 'input_image', image_url: 'http://a' }] },
        ],
      },
      'input[0].output[0]',
    ],
  ])('with %j says what is lost', (fields, where) => {
    expect(read(fields).lost.map((lost) => lost.where)).toEqual([where]);
  });

  test.each([
    [{ model: 'm', input: 7 }, 'input must be a string or a list of items.'],
    [{ input: 'x' }, 'model must be a string that is not empty.'],
    [{ ...base, input: [null] }, 'input[0] must be an object.'],
    [{ ...base, input: [{ role: 'robot' }] }, 'input[0].role must be "user", "assistant", "system" or "developer".'],
    [
      { ...base, input: [{ type: 'function_call', name: 'x' }] },
      'input[0].call_id must be a string that is not empty.',
    ],
    [{ ...base, input: [{ type: 'custom_tool_call', call_id: 'a', name: 'x' }] }, 'input[0].input must be a string.'],
    [
      { ...base, input: [{ type: 'function_call_output', call_id: 'a', output: [{ type: 'input_text', text: 1 }] }] },
      'input[0].output[0].text must be a string.',
    ],
    [{ ...base, tools: [{ type: 'namespace', name: 'n' }] }, 'tools[0].tools must be a list.'],
    [{ ...base, reasoning: 'high' }, 'reasoning must be an object.'],
    [{ ...base, instructions: [] }, 'instructions must be a string.'],
    [{ ...base, max_output_tokens: 0 }, 'max_output_tokens must be a whole number of at least 1.'],
    [{ ...base, text: { format: { type: 'json_schema' } } }, 'text.format.name must be a string that is not empty.'],
  ])('%j is refused with its place', (body, message) => {
    expect(() => openAiResponses.readRequest(body)).toThrow(new RequestFault(message));
  });

  test('as agents send it is read fast', () => {
    const body = agentRequest();
    const size = JSON.stringify(body).length;
    for (let run = 0; run < 200; run++) openAiResponses.readRequest(body);
    const start = performance.now();
    for (let run = 0; run < 200; run++) openAiResponses.readRequest(body);
    const each = (performance.now() - start) / 200;
    console.info(`A request of ${Math.round(size / 1000)} KB is read in ${each.toFixed(3)} ms.`);
    expect(openAiResponses.readRequest(body).conversation.tools).toHaveLength(20);
  });
});

/** Of the size and form that coding agents send: long instructions, a long tool loop, functions in groups. */
function agentRequest(): object {
  const tool = (name: string) => ({
    type: 'function',
    name,
    description: 'x'.repeat(200),
    parameters: { type: 'object', properties: { path: { type: 'string' }, depth: { type: 'number' } } },
    strict: false,
  });
  const loop = Array.from({ length: 12 }, (_, index) => [
    { type: 'reasoning', id: `rs_${index}`, summary: [], encrypted_content: 'g'.repeat(400) },
    { type: 'function_call', call_id: `c${index}`, name: 'read', arguments: '{"path":"src/a.ts"}' },
    { type: 'function_call_output', call_id: `c${index}`, output: 'y'.repeat(1000) },
  ]).flat();
  return {
    ...base,
    instructions: 'z'.repeat(12_000),
    input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }, ...loop],
    tools: [
      ...Array.from({ length: 10 }, (_, index) => tool(`t${index}`)),
      { type: 'namespace', name: 'n', description: 'N', tools: Array.from({ length: 10 }, (_, i) => tool(`t${i}`)) },
    ],
    stream: true,
    store: false,
  };
}

describe('a response’s request that passes through', () => {
  const rewritten = (text: string, changes: object = {}) =>
    openAiResponses.rewrite(text, JSON.parse(text), { model: 'gpt-5.6', ...changes });

  test('is changed only where the policy decided', () => {
    const text = '{"model":"auto", "x": [1.0], "reasoning": {"summary":"auto", "effort":"low"}, "input":"\\u00e9"}';
    expect(rewritten(text, { effort: 'high', maxOutputTokens: 5 })).toEqual({
      body: '{"model":"gpt-5.6", "x": [1.0], "reasoning": {"summary":"auto", "effort":"high"}, "input":"\\u00e9","max_output_tokens":16}',
      lost: [],
    });
    expect(rewritten(text).body).toBe(text.replace('auto', 'gpt-5.6'));
  });

  test.each([
    ['gpt-5.6', ['old', 'new']],
    ['gpt-4.1', []],
    ['grok-5', ['new']],
  ])('has the reasoning that %s can be given', (model, kept) => {
    const thought = (id: string) => ({ type: 'reasoning', id, summary: [], encrypted_content: 'g' });
    const input = [thought('old'), { role: 'user', content: 'x' }, thought('new')];
    const { body } = rewritten(JSON.stringify({ model: 'auto', input }), { model });
    const ids = (JSON.parse(body) as { input: { id?: string }[] }).input.flatMap(({ id }) => id ?? []);
    expect(ids).toEqual(kept);
    expect(rewritten(JSON.stringify({ model, input }), { model }).body).toBe(JSON.stringify({ model, input }));
  });

  test('has no settings that the chosen model refuses', () => {
    const text = '{"model":"auto","temperature":0,"reasoning":{"effort":"low","summary":"auto"}}';
    expect(rewritten(text).body).toBe('{"model":"gpt-5.6","reasoning":{"effort":"low","summary":"auto"}}');
    expect(rewritten(text, { model: 'gpt-4.1' }).body).toBe('{"model":"gpt-4.1","temperature":0}');
    expect(rewritten(text, { model: 'grok-5' }).body).toBe(text.replace('"auto"', '"grok-5"'));
  });

  test('leaves out thinking that an answer of another dialect brought, and keeps what the provider sealed itself', () => {
    const own = '{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA"}';
    const foreign = `{"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"${writeSeal({ maker: 'anthropic' })}"}`;
    const { body, lost } = rewritten(`{"model":"a","input":[${own}, ${foreign}, {"role":"user","content":"x"}]}`);
    expect(body).toBe(`{"model":"gpt-5.6","input":[${own}, {"role":"user","content":"x"}]}`);
    expect(lost.map(({ where }) => where)).toEqual(['input[1]']);
  });
});

const usage = {
  inputTokens: 3,
  cacheReadTokens: 4,
  cacheWriteTokens: 1,
  outputTokens: 9,
  reasoningTokens: 2,
  estimated: false,
};
const events: readonly ChatEvent[] = [
  { kind: 'started', servedModel: 'm' },
  { kind: 'thinking', text: 'Hm, ' },
  { kind: 'thinking', text: 'both.' },
  { kind: 'thinking-ended', maker: 'anthropic', model: 'claude-sonnet-5-5', signature: 's' },
  { kind: 'text', text: 'Reading' },
  { kind: 'text', text: ' both. 🦊' },
  { kind: 'tool-call-started', index: 0, callId: 'a', name: 'files__read' },
  { kind: 'tool-call-started', index: 1, callId: 'b', name: 'patch' },
  { kind: 'tool-call-delta', index: 0, arguments: '{"path":' },
  { kind: 'tool-call-delta', index: 1, arguments: '{"input":"*** ' },
  { kind: 'tool-call-delta', index: 0, arguments: '"x"}' },
  { kind: 'tool-call-delta', index: 1, arguments: 'Begin"}' },
  { kind: 'tool-call', index: 0, callId: 'a', name: 'files__read', arguments: '{"path":"x"}' },
  { kind: 'tool-call', index: 1, callId: 'b', name: 'patch', arguments: '{"input":"*** Begin"}' },
  { kind: 'usage', usage },
  { kind: 'finished', reason: 'tool-calls' },
];
const head: AnswerHead = {
  model: 'gpt-5.6',
  id: 'k1',
  createdAt: 1_790_000_000,
  conversation: {
    system: [],
    messages: [],
    tools: [
      { name: 'read', parameters: {}, namespace: 'files' },
      { name: 'patch', parameters: {}, custom: {} },
    ],
  },
};
const client = (stream: readonly Uint8Array[]) => openAiClient({ stream }).responses.stream({ model: 'm', input: '' });

describe('a response', () => {
  const expected = {
    id: 'resp_k1',
    model: 'gpt-5.6',
    created_at: 1_790_000_000,
    status: 'completed',
    output_text: 'Reading both. 🦊',
    output: [
      { id: 'rs_k1_0', type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm, both.' }] },
      {
        id: 'msg_k1_1',
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Reading both. 🦊' }],
      },
      { type: 'function_call', call_id: 'a', name: 'read', namespace: 'files', arguments: '{"path":"x"}' },
      { type: 'custom_tool_call', call_id: 'b', name: 'patch', input: '*** Begin' },
    ],
    usage: {
      input_tokens: 8,
      input_tokens_details: { cached_tokens: 4, cache_write_tokens: 1 },
      output_tokens: 9,
      output_tokens_details: { reasoning_tokens: 2 },
      total_tokens: 17,
    },
  };

  test('is streamed so that OpenAI’s client puts it together', async () => {
    const bytes = writtenStream(openAiResponses.stream(head), events);
    expect(await client([bytes]).finalResponse()).toMatchObject(expected);
    const numbers = [...new TextDecoder().decode(bytes).matchAll(/"sequence_number":(\d+)/g)].map(([, n]) => Number(n));
    expect(numbers).toEqual(numbers.map((_, index) => index));
  });

  test('tells its client of every item as it goes', () => {
    const text = new TextDecoder().decode(writtenStream(openAiResponses.stream(head), events));
    const types = [...text.matchAll(/^event: (.*)$/gm)].map(([, type]) => type);
    expect(types).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.reasoning_summary_part.added',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.output_item.added',
      'response.function_call_arguments.delta',
      'response.custom_tool_call_input.delta',
      'response.function_call_arguments.delta',
      'response.custom_tool_call_input.delta',
      'response.function_call_arguments.done',
      'response.output_item.done',
      'response.custom_tool_call_input.done',
      'response.output_item.done',
      'response.completed',
    ]);
  });

  test('is sent whole', async () => {
    const response = await openAiClient({ body: openAiResponses.whole(events, head) }).responses.create({ model: 'm' });
    expect(response).toMatchObject(expected);
  });

  test('brings its thinking back in the next request, with whose it is', () => {
    const { output } = openAiResponses.whole(events, head) as { output: { encrypted_content?: string }[] };
    const seal = { maker: 'anthropic', model: 'claude-sonnet-5-5', signature: 's' };
    expect(readSeal(output[0]?.encrypted_content ?? '')).toEqual(seal);
    const { conversation } = read({ input: output });
    expect(conversation.messages[0]?.parts[0]).toEqual({ kind: 'thinking', text: 'Hm, both.', ...seal });
  });

  test('has all its thinking taken out where the next request passes through, whoever wrote it', () => {
    const [thought] = events.filter(({ kind }) => kind === 'thinking');
    const unknown: readonly ChatEvent[] = thought === undefined ? [] : [thought, { kind: 'text', text: 'Yes.' }];
    const { output } = openAiResponses.whole([...unknown, { kind: 'finished', reason: 'end' }], head) as {
      output: object[];
    };
    const body = { model: 'a', input: [...output] };
    const { body: rewritten } = openAiResponses.rewrite(JSON.stringify(body), body, { model: 'gpt-5.6' });
    expect(JSON.parse(rewritten)).toEqual({ model: 'gpt-5.6', input: output.slice(1) });
  });

  test('gives items of one id ids of their own', async () => {
    const twice: readonly ChatEvent[] = ['one', 'two'].flatMap((text) => [
      { kind: 'thinking', text, id: 'rs_9' },
      { kind: 'thinking', text: '!', id: 'rs_9' },
      { kind: 'thinking-ended', id: 'rs_9' },
    ]);
    const bytes = writtenStream(openAiResponses.stream(head), [...twice, { kind: 'finished', reason: 'end' }]);
    const { output } = await client([bytes]).finalResponse();
    expect(output).toMatchObject([
      { id: 'rs_9', summary: [{ text: 'one!' }] },
      { id: 'rs_k1_1', summary: [{ text: 'two!' }] },
    ]);
  });

  test.each([
    ['length', 'max_output_tokens'],
    ['refusal', 'content_filter'],
  ] as const)('that ends by %s is incomplete, and half a call is not in it', async (reason, said) => {
    const bytes = writtenStream(openAiResponses.stream(head), [...events.slice(0, 10), { kind: 'finished', reason }]);
    const response = await client([bytes]).finalResponse();
    expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: said } });
    expect(response.output.map(({ type }) => type)).toEqual(['reasoning', 'message']);
  });

  test('that fails makes the client throw what happened, and says `response.failed` to those that wait for it', async () => {
    const writer = openAiResponses.stream(head);
    const sent = events.slice(0, 6).map((event) => writer.event(event));
    const last = writer.fail({ kind: 'cut', message: 'It was cut off.' });
    await expect(client([new TextEncoder().encode(sent.join('') + last)]).finalResponse()).rejects.toMatchObject({
      message: 'It was cut off.',
      code: 'upstream_cut',
    });
    expect(last).toContain('event: response.failed');
    expect(last).toContain('"error":{"code":"upstream_cut","message":"It was cut off."}');
  });
});

describe('custom tools of a provider of the Responses API', () => {
  test('are read in its answers', () => {
    const item = { type: 'custom_tool_call', call_id: 'b', name: 'patch', namespace: 'files', input: '' };
    const call = { index: 0, callId: 'b', name: 'patch', custom: true, namespace: 'files' };
    const whole = openAiResponses.readWhole({ status: 'completed', output: [item] });
    expect(whole).toContainEqual({ kind: 'tool-call', ...call, arguments: '' });
    expect(whole).toContainEqual({ kind: 'tool-call-started', ...call });
  });

  test('are not called where the answer was cut short in their input', () => {
    const item = { type: 'custom_tool_call', call_id: 'b', name: 'patch', input: '*** Beg' };
    const kinds = openAiResponses.readWhole({ status: 'incomplete', output: [item] }).map(({ kind }) => kind);
    expect(kinds).not.toContain('tool-call');
  });
});
