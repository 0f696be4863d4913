import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { ownPause, ownTimeOf } from '../../test/host/ownClock.ts';
import { haveGoByOwnTime } from '../../test/host/ownTimers.ts';
import {
  type Behaviour,
  type SimulatedServer,
  startSimulatedGoogle,
  startSimulatedProviders,
} from '../../test/simulated/main.ts';
import { instant } from '../../test/simulated/pace.ts';
import { startServer } from '../../test/simulated/server.ts';
import type { Conversation } from '../chat/conversation.ts';
import type { ChatEvent } from '../chat/events.ts';
import { type FailureKind, ProviderFailure } from './failure.ts';
import { createNetwork, type Network } from './network.ts';
import type { CallOptions, Provider } from './provider.ts';
import { createProviders, type ProviderRegistry } from './registry.ts';

const key = 'sk-conformance-0123456789';
const wires = ['anthropic-messages', 'openai-chat', 'openai-responses', 'gemini'] as const;
type ChatWireName = (typeof wires)[number];

/** Where SDKs look by themselves. Nothing of it is for the hosts of these tests. */
const strangers = {
  OPENAI_API_KEY: 'sk-wrong-00000000',
  OPENAI_ADMIN_KEY: 'sk-wrong-00000000',
  OPENAI_ORG_ID: 'wrong-organisation',
  OPENAI_PROJECT_ID: 'wrong-project',
  OPENAI_BASE_URL: 'http://127.0.0.1:9/wrong',
  OPENAI_CUSTOM_HEADERS: 'x-wrong: yes',
  ANTHROPIC_API_KEY: 'sk-wrong-00000000',
  ANTHROPIC_AUTH_TOKEN: 'sk-wrong-00000000',
  ANTHROPIC_BASE_URL: 'http://127.0.0.1:9/wrong',
  ANTHROPIC_CUSTOM_HEADERS: 'x-wrong: yes',
};

let simulated: Awaited<ReturnType<typeof startSimulatedProviders>>;
let google: SimulatedServer;
let network: Network;
let registry: ProviderRegistry;
let goByTheWall: () => void;
/** What ends a call that comes to nothing, in milliseconds. */
const SOON_MS = 201;

beforeAll(async () => {
  goByTheWall = haveGoByOwnTime([SOON_MS]);
  for (const [name, value] of Object.entries(strangers)) vi.stubEnv(name, value);
  simulated = await startSimulatedProviders({ key });
  google = await startSimulatedGoogle({ key });
  network = createNetwork({}, {});
  const { anthropic, openai, fim } = simulated;
  const withKey = { key: { env: 'TEST_KEY' }, simulated: true } as const;
  const shapes = ['mistral', 'ollama', 'llama.cpp', 'openai', 'deepseek', 'vllm'] as const;
  registry = createProviders(
    {
      'anthropic-messages': { ...withKey, wire: 'anthropic-messages', baseUrl: anthropic.url },
      'openai-chat': { ...withKey, wire: 'openai-chat', baseUrl: `${openai.url}/v1` },
      'openai-responses': { ...withKey, wire: 'openai-responses', baseUrl: `${openai.url}/v1` },
      gemini: { ...withKey, wire: 'gemini', baseUrl: google.url },
      ...Object.fromEntries(
        shapes.map((shape) => [`fim-${shape}`, { ...withKey, wire: 'fim', shape, baseUrl: fim.url }]),
      ),
    },
    { env: { TEST_KEY: key, ...strangers }, network },
  );
  await registry.ready();
});
afterEach(() => {
  for (const server of [simulated.anthropic, simulated.openai, simulated.fim, google]) {
    server.recover();
    server.forget();
  }
});
afterAll(async () => {
  goByTheWall();
  vi.unstubAllEnvs();
  registry.dispose();
  await network.dispose();
  await simulated.stop();
  await google.stop();
});

const ask = (text: string, more: Partial<Conversation> = {}): Conversation => ({
  system: [{ text: 'Be brief.' }],
  messages: [{ role: 'user', parts: [{ kind: 'text', text }] }],
  tools: [],
  maxOutputTokens: 1000,
  ...more,
});

const within = (deadlineMs = 20_000, signal = new AbortController().signal): CallOptions => ({ deadlineMs, signal });

function providerOf(id: string): Provider {
  const provider = registry.get(id);
  if (provider === undefined) throw new Error(`no provider ${id}: ${JSON.stringify(registry.problems())}`);
  return provider;
}

function serverOf(wire: ChatWireName): SimulatedServer {
  if (wire === 'gemini') return google;
  return wire === 'anthropic-messages' ? simulated.anthropic : simulated.openai;
}

async function chat(wire: ChatWireName, conversation: Conversation, options = within()): Promise<ChatEvent[]> {
  const { events } = await providerOf(wire).chat!({ model: 'simulated-model', conversation }, options);
  const all: ChatEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const textIn = (events: readonly ChatEvent[]): string =>
  events.map((event) => (event.kind === 'text' ? event.text : '')).join('');
const ofKind = <Kind extends ChatEvent['kind']>(events: readonly ChatEvent[], kind: Kind) =>
  events.filter((event): event is Extract<ChatEvent, { kind: Kind }> => event.kind === kind);

async function failureOf(work: () => Promise<unknown>): Promise<ProviderFailure> {
  const thrown = await work().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(ProviderFailure);
  return thrown as ProviderFailure;
}

describe.each(wires)('chat over %s', (wire) => {
  test('streams text, says what was used and ends once', async () => {
    const events = await chat(wire, ask('What is a monad?'));
    expect(textIn(events)).toContain('Simulated answer from simulated-model. It was asked: "What is a monad?"');
    expect(ofKind(events, 'text').length).toBeGreaterThan(5);
    expect(ofKind(events, 'started')).toHaveLength(1);
    expect(events.at(-1)).toEqual({ kind: 'finished', reason: 'end' });
    expect(ofKind(events, 'finished')).toHaveLength(1);
    const usage = ofKind(events, 'usage').at(-1)?.usage;
    expect(usage).toMatchObject({ estimated: false });
    expect(usage?.inputTokens).toBeGreaterThan(5);
    expect(usage?.outputTokens).toBeGreaterThan(20);
  });

  test('sends its own key and none of those in the environment', async () => {
    await chat(wire, ask('x'));
    const { authorization, 'x-goog-api-key': googleKey } = serverOf(wire).requests[0]?.headers ?? {};
    expect([authorization, googleKey]).toEqual(wire === 'gemini' ? [undefined, key] : [`Bearer ${key}`, undefined]);
    expect(JSON.stringify(serverOf(wire).requests[0])).not.toContain('wrong');
  });

  test('brings parallel tool calls whole, and takes their results back', async () => {
    const toolCalls = [
      { name: 'read', arguments: { path: 'a.ts', lines: [1, 2] } },
      { name: 'read', arguments: { path: `${'b'.repeat(80)}.ts` } },
    ];
    serverOf(wire).behave({ kind: 'answer', answer: { text: 'Two.', toolCalls } });
    const tools = [{ name: 'read', parameters: { type: 'object', properties: { path: { type: 'string' } } } }];
    const conversation = ask('Read both.', { tools });
    const events = await chat(wire, conversation);
    const calls = ofKind(events, 'tool-call');
    expect(calls.map(({ name, arguments: given }) => ({ name, arguments: JSON.parse(given) }))).toEqual(toolCalls);
    expect(calls.map(({ index }) => index)).toEqual([0, 1]);
    expect(new Set(calls.map(({ callId }) => callId)).size).toBe(2);
    expect(events.at(-1)).toEqual({ kind: 'finished', reason: 'tool-calls' });

    const answered: Conversation = {
      ...conversation,
      messages: [
        ...conversation.messages,
        { role: 'assistant', parts: calls.map((call) => ({ ...call, kind: 'tool-call' })) },
        {
          role: 'user',
          parts: calls.map(({ callId, index }) => ({
            kind: 'tool-result',
            callId,
            parts: [{ kind: 'text', text: `content ${index}` }],
          })),
        },
      ],
    };
    await chat(wire, answered);
    const sent = JSON.stringify(serverOf(wire).requests.at(-1)?.body);
    expect(sent).toContain('content 0');
    expect(sent).toContain('content 1');
    for (const { callId } of calls) expect(sent.split(callId).length - 1).toBe(2);
  });

  test('shows an image', async () => {
    const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    const events = await chat(wire, {
      ...ask(''),
      messages: [
        {
          role: 'user',
          parts: [
            { kind: 'text', text: 'What is this?' },
            { kind: 'image', mediaType: 'image/png', base64: png },
          ],
        },
      ],
    });
    expect(textIn(events)).toContain('It was shown 1 image(s): image/png.');
    expect(JSON.stringify(serverOf(wire).requests[0]?.body)).toContain(png);
  });

  test('brings thinking apart from text', async () => {
    serverOf(wire).behave({ kind: 'answer', answer: { thinking: 'Let me see.', text: 'So.' } });
    const events = await chat(wire, ask('Think.', { effort: 'high' }));
    expect(
      ofKind(events, 'thinking')
        .map(({ text }) => text)
        .join(''),
    ).toBe('Let me see.');
    expect(textIn(events)).toBe('So.');
  });

  test('says when the answer was cut by its limit', async () => {
    const events = await chat(wire, ask('Go on.', { maxOutputTokens: 16 }));
    expect(events.at(-1)).toEqual({ kind: 'finished', reason: 'length' });
  });

  test('lists the models', async () => {
    const models = await providerOf(wire).models!(within());
    const known = { 'anthropic-messages': 'claude-sonnet-5-5', gemini: 'gemini-3.8-flash' };
    expect(models).toContain(wire in known ? known[wire as keyof typeof known] : 'gpt-6-sol');
  });

  test('completes through a prompt with a marked place', async () => {
    const result = await providerOf(wire).complete!(
      {
        model: 'simulated-model',
        prefix: 'function add(a, b) {',
        suffix: '\n}\n',
        multiline: false,
        maxOutputTokens: 100,
      },
      within(),
    );
    expect(result.text).toBe(' return a + b;');
    expect(result.usage.outputTokens).toBeGreaterThan(0);
  });

  test.each<[Behaviour, FailureKind, number?]>([
    [{ kind: 'status', status: 400 }, 'bad-request'],
    [{ kind: 'status', status: 401 }, 'authentication'],
    [{ kind: 'status', status: 402 }, 'quota'],
    [{ kind: 'status', status: 403 }, 'permission'],
    [{ kind: 'status', status: 404 }, 'not-found'],
    [{ kind: 'status', status: 413 }, 'context-too-long'],
    [{ kind: 'status', status: 429, retryAfter: '7' }, 'rate-limit', 7_000],
    [{ kind: 'status', status: 429, retryAfterMs: 1_250 }, 'rate-limit', 1_250],
    [{ kind: 'status', status: 500 }, 'server'],
    [{ kind: 'status', status: 529, retryAfter: '0.5' }, 'overload', 500],
    [{ kind: 'reset' }, 'network'],
    [{ kind: 'empty' }, 'malformed'],
    [{ kind: 'cut', afterDeltas: 3 }, 'cut'],
    [{ kind: 'end-early', afterDeltas: 3 }, 'cut'],
    [{ kind: 'malformed', afterDeltas: 3 }, 'malformed'],
  ])('%j is a failure of kind %s', async (behaviour, kind, retryAfterMs) => {
    serverOf(wire).behave(behaviour);
    const failure = await failureOf(() => chat(wire, ask('x')));
    expect(failure.kind).toBe(kind);
    expect(failure.provider).toBe(wire);
    if (behaviour.kind === 'status') expect(failure.status).toBe(behaviour.status);
    expect(failure.retryAfterMs).toBe(retryAfterMs);
    expect(failure.message).toContain('127.0.0.1');
    expect(serverOf(wire).requests).toHaveLength(1);
  });

  test('an error inside the stream is an error, after what came before it', async () => {
    serverOf(wire).behave({ kind: 'stream-error', afterDeltas: 3, message: 'Too much at once.' });
    const seen: ChatEvent[] = [];
    const { events } = await providerOf(wire).chat!({ model: 'm', conversation: ask('x') }, within());
    const failure = await failureOf(async () => {
      for await (const event of events) seen.push(event);
    });
    expect(['overload', 'server']).toContain(failure.kind);
    expect(failure.message).toContain('Too much at once.');
    expect(ofKind(seen, 'text')).toHaveLength(3);
    expect(ofKind(seen, 'finished')).toHaveLength(0);
  });

  test.each<Behaviour>([{ kind: 'hang' }, { kind: 'hang-mid-stream', afterDeltas: 2 }])(
    '%j ends at the deadline, and the connection with it',
    async (behaviour) => {
      serverOf(wire).behave(behaviour);
      let failure: ProviderFailure | undefined;
      const tookMs = await ownTimeOf(async () => {
        failure = await failureOf(() => chat(wire, ask('x'), within(SOON_MS)));
      });
      expect(failure?.kind).toBe('timeout');
      expect(failure?.message).toContain(`${SOON_MS} ms`);
      expect(tookMs).toBeLessThan(1_500);
      await expect.poll(() => serverOf(wire).requests[0]?.aborted).toBeDefined();
    },
  );

  test('a slow answer is no late answer: the deadline starts again with each chunk', async () => {
    serverOf(wire).behave({ kind: 'slow', perDeltaMs: 30 });
    const events = await chat(wire, ask('x'), within(SOON_MS));
    expect(events.at(-1)?.kind).toBe('finished');
  });

  test.each<[string, Behaviour]>([
    ['before the first byte', { kind: 'hang' }],
    ['in the middle', { kind: 'slow', perDeltaMs: 20 }],
  ])('cancelling %s stops the provider within 250 ms', async (_when, behaviour) => {
    const server = serverOf(wire);
    server.behave(behaviour);
    const controller = new AbortController();
    const failure = failureOf(() => chat(wire, ask('x'), within(20_000, controller.signal)));
    await expect.poll(() => server.requests.length).toBe(1);
    await ownPause(60);
    const tookMs = await ownTimeOf(async () => {
      controller.abort();
      expect((await failure).kind).toBe('cancelled');
      await expect.poll(() => server.requests[0]?.aborted, { interval: 5 }).toBeDefined();
    });
    expect(tookMs).toBeLessThan(250);
  });

  test('a request that is cancelled already is not sent', async () => {
    const failure = await failureOf(() => chat(wire, ask('x'), within(5_000, AbortSignal.abort())));
    expect(failure.kind).toBe('cancelled');
    expect(serverOf(wire).requests).toHaveLength(0);
  });

  test('stopping to read stops the provider', async () => {
    serverOf(wire).behave({ kind: 'slow', perDeltaMs: 20 });
    const { events } = await providerOf(wire).chat!({ model: 'm', conversation: ask('x') }, within());
    for await (const event of events) if (event.kind === 'text') break;
    await expect.poll(() => serverOf(wire).requests[0]?.aborted).toBeDefined();
  });

  test('the key is in no failure, even when the provider quotes it', async () => {
    serverOf(wire).behave({ kind: 'status', status: 401, message: `Bad key ${key} given.` });
    const failure = await failureOf(() => chat(wire, ask('x')));
    expect(failure.message).toContain('Bad key [key] given.');
    expect(JSON.stringify([failure, failure.cause, String(failure.stack)])).not.toContain(key);
  });

  test('connections are used again', async () => {
    const fresh = createNetwork({}, {});
    const { row } = registry.describe(wire)!;
    const alone = createProviders({ [wire]: row.setting }, { env: { TEST_KEY: key }, network: fresh }).get(wire);
    for (const text of ['one', 'two', 'three', 'four', 'five']) {
      const { events } = await alone!.chat!({ model: 'm', conversation: ask(text) }, within());
      for await (const event of events) expect(event).toBeDefined();
    }
    // The next request may start in the very moment in which the last one's connection becomes free.
    expect(new Set(serverOf(wire).requests.map(({ remotePort }) => remotePort)).size).toBeLessThanOrEqual(2);
    await fresh.dispose();
  });
});

describe.each(['mistral', 'ollama', 'llama.cpp', 'openai', 'deepseek', 'vllm'])(
  'completion by the shape %s',
  (shape) => {
    const gap = {
      model: 'qwen2.5-coder',
      prefix: 'function add(a, b) {',
      suffix: '\n}\n',
      multiline: false,
      maxOutputTokens: 64,
    };
    const complete = (options = within()) => providerOf(`fim-${shape}`).complete!(gap, options);

    test('fills the gap and says what was used', async () => {
      const result = await complete();
      expect(result.text).toBe(' return a + b;');
      expect(result.usage).toMatchObject({ estimated: false });
      expect(result.usage.inputTokens).toBeGreaterThan(3);
      expect(simulated.fim.requests[0]?.headers['authorization']).toBe(`Bearer ${key}`);
    });

    test.each<[Behaviour, FailureKind]>([
      [{ kind: 'status', status: 401 }, 'authentication'],
      [{ kind: 'status', status: 429, retryAfter: '2' }, 'rate-limit'],
      [{ kind: 'status', status: 503 }, 'overload'],
      [{ kind: 'empty' }, 'malformed'],
      [{ kind: 'cut', afterDeltas: 0 }, 'cut'],
      [{ kind: 'hang' }, 'timeout'],
    ])('%j is a failure of kind %s', async (behaviour, kind) => {
      simulated.fim.behave(behaviour);
      const failure = await failureOf(() => complete(within(SOON_MS)));
      expect(failure.kind).toBe(kind);
    });

    test('cancelling stops the provider', async () => {
      simulated.fim.behave({ kind: 'hang' });
      const controller = new AbortController();
      const failure = failureOf(() => complete(within(20_000, controller.signal)));
      await expect.poll(() => simulated.fim.requests.length).toBe(1);
      controller.abort();
      expect((await failure).kind).toBe('cancelled');
      await expect.poll(() => simulated.fim.requests[0]?.aborted).toBeDefined();
    });
  },
);

test('a provider that nothing listens for is unreachable, in words', async () => {
  const { url, stop } = await startServer({ endpoints: [], pace: instant });
  await stop();
  const lost = createProviders({ gone: { wire: 'openai-chat', baseUrl: url, auth: 'none' } }, { env: {}, network });
  const failure = await failureOf(() => lost.get('gone')!.chat!({ model: 'm', conversation: ask('x') }, within()));
  expect(failure.kind).toBe('network');
  expect(failure.message).toBe(
    `"gone" (${new URL(url).host}) could not be reached: nothing listens at ${new URL(url).host}. Is it running?`,
  );
});

test.each(wires)(
  '%s: a connection that is not accepted in time is the network, though an SDK has its own word for it',
  async (wire) => {
    const timeout = Object.assign(new Error('Connect Timeout Error'), { code: 'UND_ERR_CONNECT_TIMEOUT' });
    const fetch = () => Promise.reject(new TypeError('fetch failed', { cause: timeout }));
    const setting = { far: { wire, baseUrl: 'https://far.example', auth: 'none' } };
    const far = createProviders(setting, { env: {}, network: { fetch, send: fetch } }).get('far');
    const failure = await failureOf(() => far!.chat!({ model: 'm', conversation: ask('x') }, within()));
    expect(failure).toMatchObject({ kind: 'network', message: expect.stringContaining('did not accept a connection') });
  },
);

test.each(wires)('%s: a missing key is told as such, and nothing is sent', async (wire) => {
  const fetch = () => Promise.reject(new Error('must not be called'));
  const setting = { timeouts: { wire, baseUrl: 'https://far.example', key: { env: 'UNSET' } } };
  const far = createProviders(setting, { env: { OPENAI_API_KEY: 'k' }, network: { fetch, send: fetch } }).get(
    'timeouts',
  );
  const failure = await failureOf(() => far!.chat!({ model: 'm', conversation: ask('x') }, within()));
  expect(failure).toMatchObject({ kind: 'authentication', message: expect.stringContaining('set UNSET') });
});
