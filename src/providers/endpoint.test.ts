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

test('a refusal brings the beginning of its body and the headers', async () => {
  const long = 'x'.repeat(1_000_000);
  const { endpoint } = endpointFor({}, {}, () => new Response(long, { status: 429, headers: { 'retry-after': '3' } }));
  const thrown = await endpoint.fetch('https://own.example/').catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(HttpRefusal);
  const { status, headers, body } = thrown as HttpRefusal;
  expect([status, headers.get('retry-after')]).toEqual([429, '3']);
  expect(body).toHaveLength(65_536);
});
