import { describe, expect, test } from 'vitest';
import { RequestFault } from '../dialect.ts';
import { writeSeal } from '../sealed-thinking.ts';
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
    [{ truncation: 'auto' }, 'truncation'],
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
