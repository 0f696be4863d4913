import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { providersSettingSchema } from '../../src/providers/settings.ts';
import { fillGap } from '../simulated/fill.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';
import { createClock } from '../simulated/pace.ts';

let simulated: SimulatedProviders;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  simulated = await startSimulatedProviders();
  openai = new OpenAI({ apiKey: 'k', baseURL: `${simulated.openai.url}/v1`, maxRetries: 0 });
  anthropic = new Anthropic({ apiKey: 'k', baseURL: simulated.anthropic.url, maxRetries: 0 });
});
afterEach(() => {
  for (const server of [simulated.anthropic, simulated.openai, simulated.fim]) {
    server.recover();
    server.forget();
  }
});
afterAll(() => simulated.stop());

const user = [{ role: 'user' as const, content: 'What is a monad?' }];
const said = 'Simulated answer from M. It was asked: "What is a monad?"';
const question = { model: 'M', max_tokens: 500, messages: user };

test('the settings it gives out are valid settings, labelled simulated and priced', () => {
  const parsed = providersSettingSchema.parse(simulated.providers);
  for (const setting of Object.values(parsed)) {
    expect(setting.simulated).toBe(true);
    expect(Object.keys(setting.prices ?? {})).not.toHaveLength(0);
  }
});

describe('the official SDKs understand it', () => {
  test('chat completions, whole and streamed, with usage', async () => {
    const whole = await openai.chat.completions.create({ model: 'M', messages: user });
    expect(whole.choices[0]?.message.content).toContain(said);
    const stream = await openai.chat.completions.create({
      model: 'M',
      messages: user,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let total = 0;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      total = chunk.usage?.total_tokens ?? total;
    }
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(total).toBe(whole.usage?.total_tokens);
    expect(total).toBeGreaterThan(20);
  });

  test('responses, streamed, with reasoning and two tool calls', async () => {
    const toolCalls = [
      { name: 'a', arguments: { x: 1 } },
      { name: 'b', arguments: { long: 'y'.repeat(100) } },
    ];
    simulated.openai.behave({ kind: 'answer', answer: { thinking: 'Hm.', text: 'Both.', toolCalls } });
    const response = await openai.responses.stream({ model: 'M', input: 'go' }).finalResponse();
    expect(response.output.map((item) => item.type)).toEqual([
      'reasoning',
      'message',
      'function_call',
      'function_call',
    ]);
    expect(response.output_text).toBe('Both.');
    expect(response.output[3]).toMatchObject({ name: 'b', arguments: JSON.stringify(toolCalls[1]?.arguments) });
  });

  test('messages, streamed, with thinking, text and a tool call', async () => {
    simulated.anthropic.behave({
      kind: 'answer',
      answer: { thinking: 'Hm.', text: 'One.', toolCalls: [{ name: 'a', arguments: { x: [1, 2] } }] },
    });
    const message = await anthropic.messages.stream(question).finalMessage();
    expect(message.content).toMatchObject([
      { type: 'thinking', thinking: 'Hm.', signature: expect.stringContaining('simulated') },
      { type: 'text', text: 'One.' },
      { type: 'tool_use', name: 'a', input: { x: [1, 2] } },
    ]);
    expect(message.stop_reason).toBe('tool_use');
  });

  test('messages, whole, and counted', async () => {
    const message = await anthropic.messages.create(question);
    expect(message.content[0]).toMatchObject({ type: 'text', text: expect.stringContaining(said) });
    const counted = await anthropic.messages.countTokens({ model: 'M', messages: user });
    expect(counted.input_tokens).toBe(message.usage.input_tokens);
  });
});

test('a prompt that was marked for caching is written once and then read', async () => {
  const system = [{ type: 'text' as const, text: 'rule '.repeat(2000), cache_control: { type: 'ephemeral' as const } }];
  const first = (await anthropic.messages.create({ ...question, system })).usage;
  const second = (await anthropic.messages.create({ ...question, system })).usage;
  expect(first.cache_creation_input_tokens).toBeGreaterThan(2000);
  expect(second).toMatchObject({
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: first.cache_creation_input_tokens,
  });
  expect(second.input_tokens).toBe(first.input_tokens);
});

test('the newer version of messages refuses sampling parameters, the older one takes them', async () => {
  const sampled = { ...question, temperature: 0 };
  await expect(anthropic.messages.create(sampled)).rejects.toMatchObject({ status: 400 });
  const older = { headers: { 'anthropic-version': '2023-06-01' } };
  await expect(anthropic.messages.create(sampled, older)).resolves.toMatchObject({ role: 'assistant' });
});

describe('it edits a file where it is asked to and tools are offered', () => {
  const tools = [
    tool('read_file', { filePath: 'string', startLine: 'number', endLine: 'number' }),
    tool('replace_string_in_file', { filePath: 'string', oldString: 'string', newString: 'string' }),
    tool('create_file', { filePath: 'string', content: 'string' }),
  ];
  const asked = {
    role: 'user' as const,
    content:
      '<attachments><attachment id="file:README.md" filePath="/w/README.md">x</attachment></attachments><userRequest>Append "Hello there" to README.md</userRequest>',
  };

  test('reads, edits, and says so', async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [asked];
    const read = await turn(messages, 'Text.\n```markdown\n# Title\nLast line\n```');
    expect(read).toEqual(['read_file', { filePath: '/w/README.md', startLine: 1, endLine: 2000 }]);
    const edited = await turn(messages, 'The file was edited.');
    expect(edited).toEqual([
      'replace_string_in_file',
      { filePath: '/w/README.md', oldString: '# Title\nLast line', newString: '# Title\nLast line\nHello there' },
    ]);
    const end = await openai.chat.completions.create({ model: 'M', messages, tools });
    expect(end.choices[0]?.finish_reason).toBe('stop');
    expect(end.choices[0]?.message.content).toBe(
      'Simulated answer from M. Appended to README.md with replace_string_in_file.',
    );
  });

  test('creates a file in the folder that the conversation names', async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [
      { role: 'system', content: 'I am working in a workspace with the following folders:\n- /w/sample\n' },
      { role: 'user', content: 'create src/hello.ts with "export {};"' },
    ];
    const created = await turn(messages, 'error: disk full');
    expect(created).toEqual(['create_file', { filePath: '/w/sample/src/hello.ts', content: 'export {};\n' }]);
    const end = await openai.chat.completions.create({ model: 'M', messages, tools });
    expect(end.choices[0]?.message.content).toContain('which answered: "error: disk full"');
  });

  test('never writes a file whole that it has not read', async () => {
    const answer = await openai.chat.completions.create({ model: 'M', messages: [asked], tools: tools.slice(2) });
    expect(answer.choices[0]?.message.tool_calls).toBeUndefined();
  });

  async function turn(messages: OpenAI.ChatCompletionMessageParam[], result: string): Promise<[string, unknown]> {
    const answer = await openai.chat.completions.create({ model: 'M', messages, tools });
    const message = answer.choices[0]!.message;
    const call = message.tool_calls?.[0];
    if (call?.type !== 'function') throw new Error(`no call: ${message.content}`);
    messages.push(message, { role: 'tool', tool_call_id: call.id, content: result });
    return [call.function.name, JSON.parse(call.function.arguments)];
  }

  function tool(name: string, parameters: Record<string, string>): OpenAI.ChatCompletionFunctionTool {
    const properties = Object.fromEntries(Object.entries(parameters).map(([key, type]) => [key, { type }]));
    return {
      type: 'function',
      function: { name, parameters: { type: 'object', properties, required: Object.keys(properties) } },
    };
  }
});

test.each([
  ['function add(a, b) {', '\n}', ' return a + b;'],
  ['function add(a: number, b: number): number {\n  ', '\n}', 'return a + b;'],
  ['def multiply(x, y):\n    ', '', 'return x * y'],
  ['console.log(first);\nconsole.', '', 'log(first);'],
  ['function add(a, b) { ', ' return a + b;', ''],
])('fills %j', (prefix, suffix, expected) => {
  expect(fillGap({ prefix, suffix })).toBe(expected);
});

test.each([
  ['/v1/fim/completions', { prompt: 'P', suffix: 'S' }, (body: never) => body['choices'][0]['message']['content']],
  ['/v1/completions', { prompt: 'P', suffix: 'S' }, (body: never) => body['choices'][0]['text']],
  [
    '/v1/completions',
    { prompt: '<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>' },
    (body: never) => body['choices'][0]['text'],
  ],
  ['/api/generate', { prompt: 'P', suffix: 'S', stream: false }, (body: never) => body['response']],
  ['/infill', { input_prefix: 'P', input_suffix: 'S' }, (body: never) => body['content']],
])('%s answers %j', async (path, body, text) => {
  const filled = JSON.parse(
    JSON.stringify(body).replace('"P', '"function add(a, b) {').replace('>P<', '>function add(a, b) {<'),
  );
  const response = await fetch(`${simulated.fim.url}${path}`, {
    method: 'POST',
    body: JSON.stringify({ model: 'M', ...filled }),
  });
  expect(text((await response.json()) as never)).toBe(' return a + b;');
});

describe('it fails as it is told to', () => {
  test.each([400, 401, 402, 403, 404, 413, 429, 500, 529])('status %i, once, with retry-after', async (status) => {
    simulated.openai.behave({ kind: 'status', status, retryAfter: '7' });
    const failed = await openai.chat.completions
      .create({ model: 'M', messages: user })
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ status });
    expect((failed as { headers: Headers }).headers.get('retry-after')).toBe('7');
    await expect(openai.chat.completions.create({ model: 'M', messages: user })).resolves.toBeDefined();
  });

  test.each(['cut', 'stream-error', 'malformed'] as const)('%s in the middle of a stream', async (kind) => {
    simulated.openai.behave({ kind, afterDeltas: 3 });
    const stream = await openai.chat.completions.create({ model: 'M', messages: user, stream: true });
    await expect(drain(stream)).rejects.toThrow();
    expect(simulated.openai.requests[0]).toMatchObject({ deltasSent: 3, behaviour: kind });
    expect(simulated.openai.requests[0]?.aborted).toBeUndefined();
  });

  test('an answer that ends early has no end', async () => {
    simulated.openai.behave({ kind: 'end-early', afterDeltas: 2 });
    const body = JSON.stringify({ model: 'M', messages: user, stream: true });
    const text = await (await fetch(`${simulated.openai.url}/v1/chat/completions`, { method: 'POST', body })).text();
    expect(text).toContain('Simulated');
    expect(text).not.toContain('[DONE]');
  });

  test('a hang lasts until the client goes, and that is recorded', async () => {
    simulated.openai.behave({ kind: 'hang-mid-stream' });
    const stream = await openai.chat.completions.create({ model: 'M', messages: user, stream: true });
    setTimeout(() => stream.controller.abort(), 60);
    await drain(stream);
    await expect.poll(() => simulated.openai.requests[0]?.aborted?.afterMs).toBeGreaterThan(40);
  });

  test('an empty body and a reset', async () => {
    simulated.openai.behave({ kind: 'empty' });
    simulated.openai.behave({ kind: 'reset' });
    const ask = () =>
      fetch(`${simulated.openai.url}/v1/responses`, { method: 'POST', body: '{"model":"M","input":"x"}' });
    expect(await (await ask()).text()).toBe('');
    await expect(ask()).rejects.toThrow();
  });
});

test('jitter is the same for the same seed', () => {
  const pace = { firstByteMs: 100, perDeltaMs: 10, jitter: 0.5, seed: 7 };
  const [first, second] = [createClock(pace), createClock(pace)];
  const waits = Array.from({ length: 50 }, () => first.delta());
  expect(waits).toEqual(Array.from({ length: 50 }, () => second.delta()));
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(5);
  expect(Math.max(...waits)).toBeLessThanOrEqual(15);
  expect(new Set(waits).size).toBeGreaterThan(40);
});

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}
