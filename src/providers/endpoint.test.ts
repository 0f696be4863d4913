import { describe, expect, test } from 'vitest';
import { createEndpoint } from './endpoint.ts';
import { HttpRefusal } from './httpRefusal.ts';
import { createProviderKey } from './key.ts';
import type { Network } from './network.ts';
import { tabulate } from './table.ts';

interface Sent {
  readonly url: string;
  readonly headers: Record<string, string>;
}

/** An endpoint whose requests go nowhere but into `sent`. */
function endpointFor(setting: object, env: Record<string, string>, answer = () => new Response('{}')) {
  const row = tabulate({ own: { wire: 'openai-chat', baseUrl: 'https://own.example/v1', ...setting } }).rows.get('own');
  if (row?.baseUrl === undefined) throw new Error('no row');
  const sent: Sent[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    sent.push({ url: String(input), headers: Object.fromEntries(new Headers(init?.headers)) });
    return answer();
  };
  const send: Network['send'] = async ({ url, headers }) => {
    sent.push({ url: url.href, headers: { ...headers } });
    return { status: 200, headers: {}, read: async () => undefined, stop: () => undefined };
  };
  const key = createProviderKey(row, {
    env,
    secret: async (_id, host) => (host === 'own.example' ? 'stored' : undefined),
  });
  return { endpoint: createEndpoint({ row, baseUrl: row.baseUrl, key, network: { fetch, send }, env }), sent };
}

describe('the credential', () => {
  test.each<[object, Record<string, string>]>([
    [{}, { authorization: 'Bearer stored' }],
    [{ auth: 'bearer' }, { authorization: 'Bearer stored' }],
    [{ auth: 'api-key' }, { 'api-key': 'stored' }],
    [{ auth: 'x-api-key' }, { 'x-api-key': 'stored' }],
    [{ anthropicVersion: '2023-06-01' }, { 'x-api-key': 'stored' }],
    [{ auth: 'none' }, {}],
  ])('with %j goes out as %j, and no other does', async (setting, expected) => {
    const { endpoint, sent } = endpointFor(setting, {});
    const others = {
      authorization: 'Bearer other',
      'X-Api-Key': 'other',
      'api-key': 'other',
      cookie: 'other',
      'x-kept': 'yes',
    };
    await endpoint.fetch('https://own.example/v1/x', { headers: others });
    expect(sent).toEqual([{ url: 'https://own.example/v1/x', headers: { ...expected, 'x-kept': 'yes' } }]);
  });

  test('headers that the environment gives to an SDK are not sent to whoever is asked', async () => {
    const { endpoint, sent } = endpointFor({}, { OPENAI_CUSTOM_HEADERS: 'X-Gateway-Secret: s\nX-Other: t' });
    await endpoint.fetch('https://own.example/', { headers: { 'x-gateway-secret': 's', 'x-other': 't' } });
    expect(sent[0]?.headers).toEqual({ authorization: 'Bearer stored' });
  });

  test('that was stored for one port is not sent to another; one that the user named is', async () => {
    const stored = endpointFor({}, {});
    await stored.endpoint.fetch('https://own.example:8443/');
    expect(stored.sent[0]?.headers).toEqual({});
    const named = endpointFor({ key: { env: 'MINE' } }, { MINE: 'mine' });
    await named.endpoint.fetch('https://own.example:8443/');
    expect(named.sent[0]?.headers).toEqual({ authorization: 'Bearer mine' });
  });
});

describe("a client's own credential", () => {
  const request = (url: string) => ({
    url: new URL(url),
    headers: {},
    body: Buffer.from('{}'),
    signal: AbortSignal.timeout(50_000),
  });
  const own = { header: 'authorization', value: 'Bearer theirs' };

  test('goes to the host of the provider that takes it, and to no other', async () => {
    const { endpoint, sent } = endpointFor({ key: 'passthrough' }, {});
    await endpoint.send(request('https://own.example/v1/chat/completions'), own);
    for (const other of ['https://other.example/v1', 'https://own.example:8443/v1', 'https://own.example.evil/v1']) {
      await endpoint.send(request(other), own).catch(() => undefined);
    }
    expect(sent.filter(({ headers }) => JSON.stringify(headers).includes('theirs'))).toEqual([
      { url: 'https://own.example/v1/chat/completions', headers: { authorization: 'Bearer theirs' } },
    ]);
  });

  test('goes nowhere in a header that is for none', async () => {
    const { endpoint, sent } = endpointFor({ key: 'passthrough' }, {});
    const odd = endpoint.send(request('https://own.example/v1'), { header: 'x-other', value: 'theirs' });
    await expect(odd).rejects.toThrow();
    expect(sent).toEqual([]);
  });

  const at = (wire: string, host: string, key: unknown = 'passthrough') => ({ wire, baseUrl: `https://${host}`, key });
  test.each<[string, Record<string, object>, readonly string[]]>([
    ['the only one there is', { a: at('openai-chat', 'a.example') }, ['a']],
    [
      'one host under two names, in both of a maker’s protocols',
      { a: at('openai-chat', 'a.example'), b: at('openai-responses', 'a.example') },
      ['a', 'b'],
    ],
    [
      'the maker’s own before all others',
      { a: at('openai-chat', 'a.example'), b: at('openai-responses', 'api.openai.com') },
      ['b'],
    ],
    ['none of several others', { a: at('openai-chat', 'a.example'), b: at('openai-responses', 'b.example') }, []],
    ['none of several ports', { a: at('gemini', 'a.example'), b: at('gemini', 'a.example:8443') }, []],
    [
      'one for each maker',
      { a: at('openai-chat', 'a.example'), b: at('gemini', 'b.example'), c: at('anthropic-messages', 'c.example') },
      ['a', 'b', 'c'],
    ],
    [
      'not counting those with keys of their own',
      { a: at('openai-chat', 'a.example'), b: at('openai-chat', 'b.example', { env: 'B' }) },
      ['a'],
    ],
  ])('goes to one host: %s', async (_what, setting, takers) => {
    const { rows } = tabulate(setting);
    const taking: string[] = [];
    for (const id of Object.keys(setting)) {
      const row = rows.get(id);
      if (row?.baseUrl === undefined) throw new Error('no row');
      const sent: Sent[] = [];
      const send: Network['send'] = async ({ url, headers }) => {
        sent.push({ url: url.href, headers: { ...headers } });
        return { status: 200, headers: {}, read: async () => undefined, stop: () => undefined };
      };
      const key = createProviderKey(row, { env: { B: 'b' } });
      const endpoint = createEndpoint({ row, baseUrl: row.baseUrl, key, network: { fetch, send }, env: {} });
      await endpoint.send(request(row.baseUrl.href), own).catch(() => undefined);
      const isGiven = JSON.stringify(sent).includes('theirs');
      if (isGiven) taking.push(id);
      if (row.setting.key !== 'passthrough') continue;
      expect(key.state()).toMatchObject(
        isGiven
          ? { kind: 'present' }
          : { kind: 'missing', reason: expect.stringMatching(/2 hosts for .*leave "passthrough" to one/) },
      );
      await key.refresh();
      expect(key.state().kind).toBe(isGiven ? 'present' : 'missing');
    }
    expect(taking).toEqual(takers);
  });
});

test('a refusal brings the beginning of its body and the headers', async () => {
  const long = 'x'.repeat(1_000_000);
  const { endpoint } = endpointFor({}, {}, () => new Response(long, { status: 429, headers: { 'retry-after': '3' } }));
  const thrown = await endpoint.fetch('https://own.example/').catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(HttpRefusal);
  const { status, headers, body } = thrown as HttpRefusal;
  expect([status, headers.get('retry-after')]).toEqual([429, '3']);
  expect(body).toHaveLength(65_536);
});
