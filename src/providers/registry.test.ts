import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownTimeOf } from '../../test/host/ownClock.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../../test/simulated/main.ts';
import { findLocalServers, localCandidates } from './localDetection.ts';
import { createNetwork } from './network.ts';
import { createProviders } from './registry.ts';

const network = createNetwork({}, {});
let simulated: SimulatedProviders;

beforeAll(async () => {
  simulated = await startSimulatedProviders();
});
afterAll(async () => {
  await simulated.stop();
  await network.dispose();
});

const options = { deadlineMs: 20_000, signal: new AbortController().signal };

describe('the registry', () => {
  test('serves the simulated providers from their own settings, labelled', async () => {
    const registry = createProviders(simulated.providers, { env: {}, network });
    await registry.ready();
    expect(registry.problems()).toEqual([]);
    for (const id of ['anthropic', 'openai', 'codestral']) {
      expect(registry.get(id)?.facts()).toMatchObject({ id, usable: true, simulated: true, host: '127.0.0.1' });
    }
    const gap = {
      model: 'codestral-latest',
      prefix: 'function add(a, b) {',
      suffix: '}',
      multiline: false,
      maxOutputTokens: 50,
    };
    expect(await registry.get('codestral')?.complete?.(gap, options)).toMatchObject({ text: ' return a + b;' });
    expect(registry.get('codestral')?.facts().serves).toEqual({ chat: false, completion: true });
    expect(registry.get('codestral')?.chat).toBeUndefined();
  });

  test('knows what lacks a key, what is not set up and what is not there', () => {
    const registry = createProviders({}, { env: { OPENAI_API_KEY: 'k' }, network });
    expect(registry.get('openai')?.facts()).toMatchObject({ usable: true, host: 'api.openai.com' });
    expect(registry.get('anthropic')?.facts().unusableReason).toContain('has no key for api.anthropic.com');
    expect(registry.get('ollama')?.facts()).toMatchObject({ usable: false, local: true });
    expect(registry.get('ollama')?.facts().unusableReason).toContain('Find Local Models');
    expect(registry.get('local')?.facts().unusableReason).toContain('No folder is open');
    expect(registry.get('nobody')).toBeUndefined();
    expect(registry.describe('openai')?.key).toEqual({ kind: 'present', from: 'key from OPENAI_API_KEY' });
  });

  test('a local server is usable when the user says that it is there', () => {
    const registry = createProviders({ ollama: {} }, { env: {}, network });
    expect(registry.get('ollama')?.facts()).toMatchObject({ usable: true, local: true, host: '127.0.0.1' });
  });

  test('looks again when a key was stored', async () => {
    let secret: string | undefined;
    const registry = createProviders(
      {},
      { env: {}, network, secret: async (id) => (id === 'xai' ? secret : undefined) },
    );
    await registry.ready();
    expect(registry.get('xai')?.facts().usable).toBe(false);
    secret = 'k';
    await registry.refresh('xai');
    expect(registry.get('xai')?.facts().usable).toBe(true);
  });

  test('keeps the providers whose setting is the same', () => {
    const own = { wire: 'openai-chat', baseUrl: 'https://a.example', auth: 'none' } as const;
    const registry = createProviders({ a: own, b: own }, { env: {}, network });
    const [a, b] = [registry.get('a'), registry.get('b')];
    registry.reconfigure({ a: own, b: { ...own, residency: 'eu' }, c: { wire: 'nonsense' } });
    expect(registry.get('a')).toBe(a);
    expect(registry.get('b')).not.toBe(b);
    expect(registry.get('b')?.facts().residency).toBe('eu');
    expect(registry.problems()).toMatchObject([{ provider: 'c' }]);
  });

  test('the embedded completer costs nothing and says how sure it is', async () => {
    const completer = { complete: async () => ({ text: 'x', confidence: 0.8, tokens: 1 }) };
    const local = createProviders({}, { env: {}, network, completer }).get('local');
    const gap = { model: 'workspace-copy', prefix: 'a', suffix: '', multiline: false, maxOutputTokens: 9 };
    expect(await local?.complete?.(gap, options)).toMatchObject({
      text: 'x',
      confidence: 0.8,
      usage: { inputTokens: 0, outputTokens: 1, estimated: false },
    });
    expect(local?.chat).toBeUndefined();
    expect(local?.facts()).toMatchObject({ usable: true, local: true });
    const broken = { complete: async () => Promise.reject(new TypeError('broken')) };
    const failing = createProviders({}, { env: {}, network, completer: broken }).get('local');
    await expect(failing?.complete?.(gap, options)).rejects.toMatchObject({ name: 'ProviderFailure' });
  });
});

describe('looking for local servers', () => {
  const at = (origin: string) => localCandidates.map((candidate) => ({ ...candidate, origin }));

  test('finds what answers in its own way', async () => {
    const found = await findLocalServers(network, options.signal, at(simulated.fim.url));
    expect(found.map(({ id }) => id)).toEqual(['ollama', 'lmstudio']);
    for (const { models } of found) expect(models).toEqual(['codestral-latest']);
    const server = found[1];
    const registry = createProviders({ [server!.id]: server!.setting }, { env: {}, network });
    expect(registry.problems()).toEqual([]);
    expect(registry.get('lmstudio')?.facts()).toMatchObject({ usable: true, local: true });
  });

  test.each([
    [
      'llama.cpp',
      '/v1/models',
      { data: [{ id: 'm', owned_by: 'llamacpp' }] },
      ['lmstudio', 'llama.cpp', 'llama.cpp-fim'],
    ],
    ['Docker Model Runner', '/engines/v1/models', { data: [{ id: 'm', owned_by: 'docker' }] }, ['docker-model-runner']],
    ['vLLM', '/v1/models', { data: [{ id: 'm', owned_by: 'vllm' }] }, ['lmstudio', 'vllm']],
    ['Lemonade', '/api/v1/models', { data: [{ id: 'm', owned_by: 'lemonade' }] }, ['lemonade']],
    ['something else', '/api/v1/models', { data: [{ id: 'm', owned_by: 'somebody' }] }, []],
  ])('%s is known by what it answers where it listens by custom', async (_name, path, body, ids) => {
    const fetch = (async (url) =>
      new URL(String(url)).pathname === path
        ? Response.json(body)
        : new Response('', { status: 404 })) as typeof globalThis.fetch;
    const found = await findLocalServers({ fetch }, options.signal);
    expect(found.map(({ id }) => id)).toEqual(ids);
    for (const { models } of found) expect(models).toEqual(['m']);
  });

  test('gives up on what does not answer within its time', async () => {
    const silent = {
      fetch: ((_url, init) =>
        new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', reject))) as typeof fetch,
    };
    const tookMs = await ownTimeOf(async () => {
      expect(await findLocalServers(silent, options.signal)).toEqual([]);
    });
    expect(tookMs).toBeLessThan(1_000);
  });

  test('all places are on loopback', () => {
    for (const { origin } of localCandidates) expect(new URL(origin).hostname).toBe('127.0.0.1');
  });
});
