import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Conversation } from '../chat/conversation.ts';
import type { ChatEvent } from '../chat/events.ts';
import { createNetwork, type Network } from './network.ts';
import { createProviders } from './registry.ts';
import type { ProviderSetting } from './settings.ts';

/** How one provider wants to be asked, and what it says of itself, simulated by the form of its real answers. */
interface Row {
  readonly id: string;
  /** Beyond what is well known. */
  readonly setting?: ProviderSetting;
  /** The variable that its key is customarily in. */
  readonly env?: string;
  readonly model: string;
  readonly address: string;
  readonly header?: readonly [string, string];
  readonly limit: 'max_tokens' | 'max_completion_tokens';
  readonly asksForUsage: boolean;
  readonly deltas: readonly object[];
  readonly usage: object;
  readonly thinking?: string;
  /** Input, read from the cache, output and reasoning tokens. */
  readonly counted: readonly [number, number, number, number?];
}

const key = 'sk-rows-0123456789';
const bearer = ['authorization', `Bearer ${key}`] as const;
const plain = [{ role: 'assistant', content: 'Yes' }, { content: '.' }];

const rows: readonly Row[] = [
  {
    id: 'mistral',
    env: 'MISTRAL_API_KEY',
    model: 'mistral-large-latest',
    address: 'https://api.mistral.ai/v1/chat/completions',
    header: bearer,
    limit: 'max_tokens',
    asksForUsage: false,
    deltas: plain,
    usage: { prompt_tokens: 20, completion_tokens: 3, total_tokens: 23, num_cached_tokens: 8 },
    counted: [12, 8, 3],
  },
  {
    id: 'deepseek',
    env: 'DEEPSEEK_API_KEY',
    model: 'deepseek-reasoner',
    address: 'https://api.deepseek.com/v1/chat/completions',
    header: bearer,
    limit: 'max_tokens',
    asksForUsage: true,
    deltas: [{ role: 'assistant', content: null, reasoning_content: 'Hm.' }, { content: 'Yes.' }],
    usage: {
      prompt_tokens: 20,
      completion_tokens: 9,
      total_tokens: 29,
      prompt_cache_hit_tokens: 16,
      prompt_cache_miss_tokens: 4,
      completion_tokens_details: { reasoning_tokens: 6 },
    },
    thinking: 'Hm.',
    counted: [4, 16, 9, 6],
  },
  {
    id: 'openrouter',
    env: 'OPENROUTER_API_KEY',
    model: 'moonshotai/kimi-k3',
    address: 'https://openrouter.ai/api/v1/chat/completions',
    header: bearer,
    limit: 'max_tokens',
    asksForUsage: true,
    deltas: [{ role: 'assistant', content: '', reasoning: 'Hm.', reasoning_details: [] }, { content: 'Yes.' }],
    usage: {
      prompt_tokens: 20,
      completion_tokens: 9,
      total_tokens: 29,
      cost: 0.00014,
      cost_details: { upstream_inference_cost: null },
      prompt_tokens_details: { cached_tokens: 10 },
      completion_tokens_details: { reasoning_tokens: 6 },
    },
    thinking: 'Hm.',
    counted: [10, 10, 9, 6],
  },
  {
    id: 'xai',
    env: 'XAI_API_KEY',
    model: 'grok-5',
    address: 'https://api.x.ai/v1/chat/completions',
    header: bearer,
    limit: 'max_tokens',
    asksForUsage: true,
    deltas: [{ role: 'assistant', content: '', reasoning_content: 'Hm.' }, { content: 'Yes.' }],
    // Its completion leaves the reasoning out; its total does not.
    usage: {
      prompt_tokens: 20,
      completion_tokens: 3,
      total_tokens: 29,
      prompt_tokens_details: { cached_tokens: 5 },
      completion_tokens_details: { reasoning_tokens: 6 },
    },
    thinking: 'Hm.',
    counted: [15, 5, 9, 6],
  },
  {
    id: 'azure',
    setting: {
      wire: 'openai-chat',
      baseUrl: 'https://acme.openai.azure.com/openai/v1',
      auth: 'api-key',
      key: { env: 'AZURE' },
    },
    env: 'AZURE',
    model: 'our-deployment',
    address: 'https://acme.openai.azure.com/openai/v1/chat/completions',
    header: ['api-key', key],
    limit: 'max_completion_tokens',
    asksForUsage: true,
    // The filter's verdict on the prompt comes first, without a choice.
    deltas: plain,
    usage: { prompt_tokens: 20, completion_tokens: 3, total_tokens: 23, prompt_tokens_details: { cached_tokens: 0 } },
    counted: [20, 0, 3],
  },
  ...[
    ['ollama', 'http://127.0.0.1:11434/v1', 'reasoning'],
    ['lmstudio', 'http://127.0.0.1:1234/v1', 'reasoning_content'],
    ['llama.cpp', 'http://127.0.0.1:8080/v1', 'reasoning_content'],
    ['docker-model-runner', 'http://127.0.0.1:12434/engines/v1', 'reasoning_content'],
    ['vllm', 'http://127.0.0.1:8000/v1', 'reasoning'],
  ].map(
    ([id = '', base, thought = '']): Row => ({
      id,
      setting: {},
      model: 'qwen3-coder:30b',
      address: `${base}/chat/completions`,
      limit: 'max_tokens',
      asksForUsage: true,
      deltas: [{ role: 'assistant', content: '', [thought]: 'Hm.' }, { content: 'Yes.' }],
      usage: { prompt_tokens: 20, completion_tokens: 9, total_tokens: 29 },
      thinking: 'Hm.',
      counted: [20, 0, 9],
    }),
  ),
  {
    id: 'anything',
    setting: { wire: 'openai-chat', baseUrl: 'https://models.example/api/v1', key: { env: 'MINE' } },
    env: 'MINE',
    model: 'm',
    address: 'https://models.example/api/v1/chat/completions',
    header: bearer,
    limit: 'max_tokens',
    asksForUsage: true,
    deltas: plain,
    usage: { prompt_tokens: 20, completion_tokens: 3 },
    counted: [20, 0, 3],
  },
];

interface Seen {
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

let answering: Row | undefined;
const seen: Seen[] = [];
const addresses: string[] = [];
let real: Network;
let network: Pick<Network, 'fetch' | 'send'>;

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (piece: string) => {
    body += piece;
  });
  request.on('end', () => {
    seen.push({ headers: request.headers, body: JSON.parse(body) });
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    const send = (chunk: object): void => void response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    const head = { id: 'c1', object: 'chat.completion.chunk', created: 1, model: answering?.model };
    if (answering?.id === 'azure') send({ ...head, choices: [], prompt_filter_results: [{ prompt_index: 0 }] });
    if (answering?.id === 'openrouter') response.write(': OPENROUTER PROCESSING\n\n');
    for (const delta of answering?.deltas ?? []) send({ ...head, choices: [{ index: 0, delta, finish_reason: null }] });
    const last = { index: 0, delta: {}, finish_reason: 'stop' };
    // Mistral puts the usage beside the reason; others after it.
    if (answering?.asksForUsage === false) send({ ...head, choices: [last], usage: answering.usage });
    else {
      send({ ...head, choices: [last] });
      send({ ...head, choices: [], usage: answering?.usage });
    }
    response.end('data: [DONE]\n\n');
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  real = createNetwork({}, {});
  const here = (url: URL): URL => {
    addresses.push(url.href);
    return new URL(`${origin}${url.pathname}`);
  };
  network = {
    fetch: (input, init) => real.fetch(here(new URL(input instanceof Request ? input.url : input)), init),
    send: (request) => real.send({ ...request, url: here(request.url) }),
  };
});
afterAll(async () => {
  await real.dispose();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const options = { deadlineMs: 50_000, signal: new AbortController().signal };
const call = { kind: 'tool-call', callId: 'call_of_another_provider', name: 'read', arguments: '{}' } as const;
const conversation: Conversation = {
  system: [{ text: 'Be brief.' }],
  messages: [
    { role: 'user', parts: [{ kind: 'text', text: 'Read.' }] },
    { role: 'assistant', parts: [call] },
    { role: 'user', parts: [{ kind: 'tool-result', callId: call.callId, parts: [{ kind: 'text', text: 'x' }] }] },
  ],
  tools: [{ name: 'read', parameters: { type: 'object', properties: {} } }],
  maxOutputTokens: 100,
};

test.each(rows)('$id is asked in its own way, and its answer read', async (row) => {
  answering = row;
  seen.length = 0;
  addresses.length = 0;
  const { id, setting, env } = row;
  const made = createProviders(setting === undefined ? {} : { [id]: setting }, {
    env: env === undefined ? {} : { [env]: key },
    network,
  });
  const provider = made.get(id);
  expect(made.problems()).toEqual([]);
  expect(provider?.facts()).toMatchObject({ usable: true });
  const events: ChatEvent[] = [];
  const answer = await provider!.chat!({ model: row.model, conversation }, options);
  for await (const event of answer.events) events.push(event);

  expect(addresses).toEqual([row.address]);
  const { headers, body } = seen[0]!;
  if (row.header === undefined) expect(headers['authorization']).toBeUndefined();
  else expect(headers[row.header[0]]).toBe(row.header[1]);
  expect(body).toMatchObject({ model: row.model, stream: true, [row.limit]: 100 });
  expect(body).not.toHaveProperty(row.limit === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens');
  expect('stream_options' in body).toBe(row.asksForUsage);
  const said = events.map((event) => (event.kind === 'text' ? event.text : '')).join('');
  expect(said).toBe('Yes.');
  const thought = events.map((event) => (event.kind === 'thinking' ? event.text : '')).join('');
  expect(thought).toBe(row.thinking ?? '');
  expect(events.at(-1)).toEqual({ kind: 'finished', reason: 'end' });
  const [inputTokens, cacheReadTokens, outputTokens, reasoningTokens] = row.counted;
  expect(events.filter(({ kind }) => kind === 'usage').at(-1)).toMatchObject({
    usage: {
      inputTokens,
      cacheReadTokens,
      outputTokens,
      ...(reasoningTokens !== undefined && { reasoningTokens }),
      estimated: false,
    },
  });
});

test("Mistral is sent no field that it refuses and no id that it did not make, of a client's own body either", async () => {
  answering = rows[0];
  seen.length = 0;
  const provider = createProviders({}, { env: { MISTRAL_API_KEY: key }, network }).get('mistral');
  const { events } = await provider!.chat!({ model: 'm', conversation }, options);
  for await (const event of events) expect(event).toBeDefined();
  const body =
    '{"model":"m", "stream":true,"stream_options":{"include_usage":true},"max_completion_tokens":7,"unknown":1.50,' +
    '"messages":[{"role":"assistant","tool_calls":[{"id":"call_of_another_provider","function":{}},{"id":"abcDEF123"}]},' +
    '{"role":"tool","tool_call_id":"call_of_another_provider"},{"role":"tool","tool_call_id":"abcDEF123"}]}';
  const asked = {
    operation: 'answer',
    model: 'm',
    body: Buffer.from(body),
    stream: true,
    headers: {},
    search: '',
  } as const;
  for await (const piece of (await provider!.forward!.send(asked, options)).bytes) expect(piece).toBeDefined();

  const [written, forwarded] = seen.map((request) => request.body);
  expect(forwarded).toMatchObject({ max_tokens: 7, unknown: 1.5 });
  for (const sent of [written, forwarded]) {
    expect(sent).not.toHaveProperty('stream_options');
    expect(sent).not.toHaveProperty('max_completion_tokens');
    const ids = [...JSON.stringify(sent).matchAll(/"(?:tool_call_id|id)":"([^"]*)"/g)].map(([, id]) => id);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9]{9}$/);
    const calls = ids.filter((id) => id !== 'abcDEF123');
    expect(calls).toHaveLength(2);
    expect(new Set(calls).size).toBe(1);
  }
  expect(JSON.stringify(forwarded)).toContain('abcDEF123');
});
