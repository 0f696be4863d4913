import { createHash, createHmac, createVerify, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Conversation } from '../chat/conversation.ts';
import { createNetwork, type Network } from './network.ts';
import type { Provider } from './provider.ts';
import { createProviders } from './registry.ts';

interface Seen {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const seen: Seen[] = [];
let origin: string;
let real: Network;
const folder = mkdtempSync(join(tmpdir(), 'routing-policy-sign-in-'));
/** What a cloud's sign-in answers, by the beginning of the address. */
let cloud: Record<string, (body: string) => unknown> = {};
const asked: string[] = [];

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (piece: string) => {
    body += piece;
  });
  request.on('end', () => {
    seen.push({ url: request.url ?? '', headers: request.headers, body });
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {"type":"ping"}\n\n');
  });
});

/** The clouds' hosts answer here; loopback is real. Whatever a library sends past this network fails the test. */
const network: Pick<Network, 'fetch' | 'send'> = {
  send: (request) => real.send(request),
  fetch: async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.origin === origin) return real.fetch(input, init);
    asked.push(url.href);
    const found = Object.entries(cloud).find(([start]) => url.href.startsWith(start));
    if (found === undefined) throw new Error(`not expected: ${url.href}`);
    return Response.json(found[1](String(init?.body ?? '')));
  },
};

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  real = createNetwork({}, {});
});
afterEach(() => {
  vi.unstubAllEnvs();
  seen.length = 0;
  asked.length = 0;
  cloud = {};
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await real.dispose();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const conversation: Conversation = {
  system: [],
  messages: [{ role: 'user', parts: [{ kind: 'text', text: 'ä?' }] }],
  tools: [],
  maxOutputTokens: 10,
};
const options = { deadlineMs: 50_000, signal: new AbortController().signal };

function providerAt(path: string, setting: object): Provider {
  const registry = createProviders(
    { there: { baseUrl: `${origin}${path}`, ...setting } },
    { env: process.env, network },
  );
  const provider = registry.get('there');
  if (provider === undefined) throw new Error(JSON.stringify(registry.problems()));
  return provider;
}

async function forward(provider: Provider, body = '{"model":"m","messages":[]}', model = 'm'): Promise<void> {
  const request = { operation: 'answer', model, body: Buffer.from(body), stream: true, search: '' } as const;
  const headers = { 'anthropic-beta': 'b', 'user-agent': 'x' };
  const { bytes } = await provider.forward!.send({ ...request, headers }, options);
  for await (const piece of bytes) expect(piece.length).toBeGreaterThan(0);
}

/** The chat's answer here is none; what matters is what was sent. */
async function chat(provider: Provider, model = 'm'): Promise<void> {
  const { events } = await provider.chat!({ model, conversation }, options);
  await expect(
    (async () => {
      for await (const event of events) expect(event).toBeDefined();
    })(),
  ).rejects.toThrow();
}

describe('AWS', () => {
  /** The signature as the service itself computes it, from what arrived. */
  function expectedSignature({ url, headers, body }: Seen, secret: string): string {
    const authorization = String(headers['authorization']);
    const [, scope = ''] = /Credential=AKIDEXAMPLE\/([^,]+)/.exec(authorization) ?? [];
    const [, names = ''] = /SignedHeaders=([^,]+)/.exec(authorization) ?? [];
    const [path = '', query = ''] = url.split('?');
    const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
    const mac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
    const canonical = [
      'POST',
      path.split('/').map(encodeURIComponent).join('/'),
      query.split('&').toSorted().join('&'),
      ...names.split(';').map((name) => `${name}:${String(headers[name]).trim()}`),
      '',
      names,
      hash(body),
    ].join('\n');
    const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, hash(canonical)].join('\n');
    const key = scope.split('/').reduce<string | Buffer>((signed, part) => mac(signed, part), `AWS4${secret}`);
    return mac(key, toSign).toString('hex');
  }

  test.each([
    ['/anthropic', 'anthropic-messages', 'bedrock-mantle'],
    ['/openai/v1', 'openai-chat', 'bedrock-mantle'],
  ])('requests to %s carry a signature that the service would compute too', async (path, wire, service) => {
    const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', secret);
    vi.stubEnv('AWS_SESSION_TOKEN', 'session-token-0123456789');
    vi.stubEnv('AWS_PROFILE', undefined);
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    const provider = providerAt(path, { wire, auth: 'aws' });
    expect(provider.facts().usable).toBe(true);
    await forward(provider);
    await chat(provider);
    expect(seen).toHaveLength(2);
    for (const request of seen) {
      const authorization = String(request.headers['authorization']);
      expect(authorization).toMatch(
        new RegExp(`^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\\d{8}/eu-west-1/${service}/aws4_request, `),
      );
      expect(authorization).toContain('host;');
      expect(request.headers['x-amz-security-token']).toBe('session-token-0123456789');
      expect(authorization).toContain(`Signature=${expectedSignature(request, secret)}`);
      expect(JSON.stringify(request)).not.toContain(secret);
    }
    expect(seen[0]?.url).toMatch(/^\/(?:anthropic\/v1\/messages|openai\/v1\/chat\/completions)$/);
    expect(asked).toEqual([]);
  });

  test('a missing region or credential is told with what to do', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret-of-somebody');
    for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE']) vi.stubEnv(name, undefined);
    const failed = forward(providerAt('/anthropic', { wire: 'anthropic-messages', auth: 'aws' }));
    await expect(failed).rejects.toMatchObject({
      kind: 'authentication',
      message: expect.stringMatching(/^"there" could not sign in with AWS .*aws sso login/),
    });
    expect(seen).toEqual([]);
  });
});

describe('Google Cloud', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const file = join(folder, 'service-account.json');
  writeFileSync(
    file,
    JSON.stringify({
      type: 'service_account',
      project_id: 'acme',
      client_email: 'router@acme.example',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    }),
  );
  const models = '/v1/projects/acme/locations/europe-west1/publishers';

  test("Claude on Vertex is asked at its model's address with a token that was signed for, once", async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file);
    const assertions: string[] = [];
    cloud = {
      'https://oauth2.googleapis.com/token': (body) => {
        assertions.push(new URLSearchParams(body).get('assertion') ?? '');
        return { access_token: 'lent-token-1', expires_in: 3600, token_type: 'Bearer' };
      },
    };
    const provider = providerAt(`${models}/anthropic/models`, { wire: 'anthropic-messages', auth: 'google' });
    await forward(provider, '{"model":"x", "stream":true,"messages":[1.50]}', 'claude-sonnet-5-5@20261001');
    await chat(provider, 'claude-sonnet-5-5');
    const url = `${models}/anthropic/models/claude-sonnet-5-5`;
    expect(seen.map((request) => request.url)).toEqual([`${url}@20261001:streamRawPredict`, `${url}:streamRawPredict`]);
    expect(seen.map(({ headers }) => headers['authorization'])).toEqual(['Bearer lent-token-1', 'Bearer lent-token-1']);
    expect(seen[0]?.body).toContain('"stream":true,"messages":[1.50]');
    for (const { body } of seen) {
      expect(JSON.parse(body)).toMatchObject({ anthropic_version: 'vertex-2023-10-16', stream: true });
      expect(JSON.parse(body)).not.toHaveProperty('model');
    }
    expect(assertions).toHaveLength(1);
    const [head, claims, signature = ''] = (assertions[0] ?? '').split('.');
    const verify = createVerify('RSA-SHA256').update(`${head}.${claims}`);
    expect(verify.verify(publicKey, signature, 'base64url')).toBe(true);
    expect(await provider.models!(options)).toEqual([]);
  });

  test("Gemini on Vertex is asked at its model's address", async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file);
    cloud = { 'https://oauth2.googleapis.com/token': () => ({ access_token: 'lent-token-2', expires_in: 3600 }) };
    const provider = providerAt(`${models}/google/models`, { wire: 'gemini', auth: 'google' });
    await forward(provider, '{}', 'gemini-4-argon');
    expect(seen[0]?.url).toBe(`${models}/google/models/gemini-4-argon:streamGenerateContent?alt=sse`);
    expect(seen[0]?.headers['authorization']).toBe('Bearer lent-token-2');
    expect(seen[0]?.headers['x-goog-api-key']).toBeUndefined();
  });

  test('a failed sign-in says nothing of the account and sends nothing', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', join(folder, 'missing.json'));
    const failed = forward(providerAt(`${models}/google/models`, { wire: 'gemini', auth: 'google' }));
    await expect(failed).rejects.toMatchObject({
      kind: 'authentication',
      message: expect.not.stringContaining(folder),
    });
    expect(seen).toEqual([]);
  });
});

describe('Microsoft Entra', () => {
  test("a service's secret becomes a token for Azure's models, through the one network", async () => {
    const tenant = '11111111-2222-3333-4444-555555555555';
    vi.stubEnv('AZURE_TENANT_ID', tenant);
    vi.stubEnv('AZURE_CLIENT_ID', '66666666-7777-8888-9999-000000000000');
    vi.stubEnv('AZURE_CLIENT_SECRET', 'secret-of-a-service');
    const login = `https://login.microsoftonline.com/${tenant}`;
    const bodies: string[] = [];
    cloud = {
      [`${login}/v2.0/.well-known/openid-configuration`]: () => ({
        token_endpoint: `${login}/oauth2/v2.0/token`,
        authorization_endpoint: `${login}/oauth2/v2.0/authorize`,
        issuer: `${login}/v2.0`,
        jwks_uri: `${login}/discovery/v2.0/keys`,
      }),
      [`${login}/oauth2/v2.0/token`]: (body) => {
        bodies.push(body);
        return { access_token: 'entra-token', expires_in: 3600, token_type: 'Bearer' };
      },
      'https://login.microsoftonline.com/common/discovery/instance': () => ({
        tenant_discovery_endpoint: `${login}/v2.0/.well-known/openid-configuration`,
        metadata: [],
      }),
    };
    const provider = providerAt('/openai/v1', { wire: 'openai-responses', auth: 'entra' });
    await forward(provider);
    await forward(provider);
    expect(seen.map(({ url }) => url)).toEqual(['/openai/v1/responses', '/openai/v1/responses']);
    expect(seen[0]?.headers['authorization']).toBe('Bearer entra-token');
    expect(bodies).toHaveLength(1);
    expect(new URLSearchParams(bodies[0]).get('scope')).toContain('https://cognitiveservices.azure.com/.default');
  });
});
