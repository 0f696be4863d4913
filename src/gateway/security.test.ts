import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ownTimeOf } from '../../test/host/ownClock.ts';
import { addressKey } from '../contract/gatewayAddress.ts';
import { rawRequest } from './testing/rawRequest.ts';
import { type Asking, ask, type GatewayStage, startStage } from './testing/stage.ts';

let stage: GatewayStage;
beforeAll(async () => {
  stage = await startStage({
    limits: { bodyBytes: 64 * 1024, bodyMs: 300, depth: 20, concurrent: 2, headerBytes: 8 * 1024 },
  });
});
beforeEach(() => {
  for (const provider of [stage.simulated.anthropic, stage.simulated.openai]) {
    provider.recover();
    provider.forget();
  }
});
afterAll(() => stage.stop());

const PATH = '/v1/chat/completions';
const body = { model: 'auto', messages: [{ role: 'user', content: 'hello' }] };
const text = JSON.stringify(body);
const asked = (): number => stage.simulated.anthropic.requests.length + stage.simulated.openai.requests.length;

describe('who may come in', () => {
  const cases: readonly (readonly [what: string, status: number, asking: (token: string) => Asking])[] = [
    ['no token', 401, () => ({ token: null })],
    ['a wrong token', 401, (token) => ({ token: token.replace(/^./, (first) => (first === '0' ? '1' : '0')) })],
    ['the beginning of the token', 401, (token) => ({ token: token.slice(0, -1) })],
    ['the token with something behind it', 401, (token) => ({ token: `${token}0` })],
    ['an empty token', 401, () => ({ token: '' })],
    ['a wrong token beside the right key', 401, (token) => ({ token: 'x', headers: { 'x-api-key': token } })],
    ['a key of the client’s own alone', 401, () => ({ token: null, headers: { authorization: 'Bearer sk-own' } })],
    ['the token as a bearer', 200, (token) => ({ token: null, headers: { authorization: `Bearer ${token}` } })],
    ['the token as Anthropic’s key', 200, (token) => ({ token: null, headers: { 'x-api-key': token } })],
    ['the token as Google’s key', 200, (token) => ({ token: null, headers: { 'x-goog-api-key': token } })],
    ['the token beside a key of the client’s', 200, (token) => ({ token, headers: { authorization: 'Bearer own' } })],
    ['another host (DNS rebinding)', 403, () => ({ headers: { host: 'evil.example' } })],
    ['a host that begins like ours', 403, () => ({ headers: { host: '127.0.0.1.evil.example' } })],
    ['a host that ends like ours', 403, () => ({ headers: { host: 'evil.localhost' } })],
    ['a host with a user before it', 403, () => ({ headers: { host: 'evil@127.0.0.1' } })],
    ['an address of the network', 403, () => ({ headers: { host: '192.168.0.1:4123' } })],
    ['localhost', 200, () => ({ headers: { host: 'localhost:4123' } })],
    ['the other loopback address', 200, () => ({ headers: { host: '[::1]:4123' } })],
    ['a web page', 403, () => ({ headers: { origin: 'https://evil.example' } })],
    ['a web page on this machine', 403, () => ({ headers: { origin: 'http://127.0.0.1:4123' } })],
    ['a page without an origin of its own', 403, () => ({ headers: { origin: 'null' } })],
  ];
  it.each(cases)('%s: %i', async (_what, status, asking) => {
    const answer = await stage.ask(PATH, { body, ...asking(stage.token) });
    expect(answer.status, answer.text).toBe(status);
    expect(asked()).toBe(status === 200 ? 1 : 0);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    if (status !== 200)
      expect(JSON.parse(answer.text)).toMatchObject({ error: { message: expect.stringMatching(/\.$|key\./) } });
    expect(answer.text).not.toContain(stage.token);
  });

  it('a preflight of a web page: refused, without leave', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const answer = await stage.ask(PATH, { method: 'OPTIONS', headers });
    expect(answer.status).toBe(403);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('the token in the address', async () => {
    const answer = await stage.ask(`/v1beta/models?key=${stage.token}`, { token: null });
    expect(answer.status).toBe(200);
  });

  it('what stands for the token in the address, alone or beside a client’s own key, and nothing that is like it', async () => {
    const key = addressKey(stage.token);
    const statusOf = async (before: string, asking: Asking = {}): Promise<number> =>
      (await stage.ask(`${before}${PATH}`, { body, token: null, ...asking })).status;
    const own = { headers: { authorization: 'Bearer sk-own' } };
    expect(await Promise.all([statusOf(`/t/${key}`), statusOf(`/t/${key}`, own)])).toEqual([200, 200]);
    const wrong = [`/t/${key.replace(/^./, (first) => (first === '0' ? '1' : '0'))}`, `/t/${stage.token.slice(0, 32)}`];
    for (const before of wrong) expect(await statusOf(before)).toBe(401);
    // One of them that is wrong is not made good by the other.
    expect(await statusOf(`/t/${key}`, { token: 'x' })).toBe(401);
    expect(await statusOf(wrong[0] ?? '', { token: stage.token })).toBe(401);
    for (const before of [`/t/${key.slice(1)}`, `/t/${key}0`, `/T/${key}`, `//t/${key}`, `/t/${key}/t/${key}`]) {
      expect([401, 404]).toContain(await statusOf(before));
    }
    expect(await statusOf(`/t/${key}`, { headers: { host: 'evil.example' } })).toBe(403);
    expect(await statusOf(`/t/${key}`, { headers: { origin: 'https://evil.example' } })).toBe(403);
    expect(stage.log.join('\n')).not.toContain(key);
  });

  it('two hosts', async () => {
    const request = `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`;
    expect(await rawRequest(stage.port, request)).toMatch(/^HTTP\/1\.1 40[03] /);
  });

  it('no host', async () => {
    expect(await rawRequest(stage.port, 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 /,
    );
    expect(await rawRequest(stage.port, 'GET /healthz HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('health needs no token and says nothing but that', async () => {
    const answer = await stage.ask('/healthz', { token: null });
    expect(JSON.parse(answer.text)).toEqual({ ok: true, version: '1.2.3' });
    expect((await stage.ask('/healthz', { token: null, headers: { host: 'evil.example' } })).status).toBe(403);
    expect((await stage.ask('/metrics', { token: null })).status).toBe(401);
    expect((await stage.ask('/v1/models', { token: null })).status).toBe(401);
  });

  it('who has no token does not learn which addresses there are', async () => {
    expect((await stage.ask('/v1/nothing', { token: null, body })).status).toBe(401);
  });
});

describe('addresses', () => {
  const cases: readonly (readonly [path: string, status: number, says: RegExp | undefined])[] = [
    ['/v1/v1/chat/completions', 404, /Its address is \/v1\/chat\/completions: check whether the client's base URL/],
    ['/chat/completions', 404, /base URL is to end with \/v1/],
    ['/v1/embeddings', 404, /serves answers alone.*embeddings.*its provider’s own base URL/],
    ['/v1/messages/batches', 404, /serves answers alone/],
    ['/v1/files/file-1/content', 404, /serves answers alone/],
    ['/v1beta/models/gemini-embedding-1:embedContent', 404, /serves answers alone/],
    ['/v1/responses/resp_1', 404, /serves answers alone/],
    ['/v1/embeddingsx', 404, /nothing at this address/],
    ['//v1/chat/completions', 404, undefined],
    ['/v1//chat/completions', 404, undefined],
    ['/v1/chat/completions/', 404, undefined],
    ['/v1/./chat/completions', 404, undefined],
    ['/v1/models/../chat/completions', 404, undefined],
    ['/v1%2fchat/completions', 404, undefined],
    ['/v1/chat%2Fcompletions', 404, undefined],
    ['/%76%31/chat/completions', 404, undefined],
    ['/V1/chat/completions', 404, undefined],
    ['/v1/chat/completions;x', 404, undefined],
    ['/v1\\chat\\completions', 404, undefined],
    ['/', 404, undefined],
    ['/v1beta/models/../x:generateContent', 404, undefined],
    ['/v1beta/models/a/../../x:generateContent', 404, undefined],
    ['/v1beta/models/%2e%2e:generateContent', 404, undefined],
    ['/v1beta/models/a//b:generateContent', 404, undefined],
    ['/v1beta/models/:generateContent', 404, undefined],
    ['/v1beta/models/a:deleteContent', 404, undefined],
    [`/v1beta/models/${'a/'.repeat(2_000)}b:generateContent`, 404, undefined],
  ];
  it.each(cases)('%s: %i', async (path, status, says = /./) => {
    const answer = await stage.ask(path, { body });
    expect(answer.status, answer.text).toBe(status);
    expect(answer.text).toMatch(says);
    expect(asked()).toBe(0);
  });

  it('an address that names another host', async () => {
    const head = `Host: 127.0.0.1\r\nx-routing-token: ${stage.token}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
    const said = await rawRequest(stage.port, `POST http://evil.example/v1/chat/completions HTTP/1.1\r\n${head}`);
    expect(said).toMatch(/^HTTP\/1\.1 404 /);
  });

  it.each([
    ['GET', PATH, 'POST'],
    ['DELETE', PATH, 'POST'],
    ['POST', '/v1/models', 'GET'],
    ['POST', '/healthz', 'GET'],
  ])('%s %s: only %s', async (method, path, only) => {
    const answer = await stage.ask(path, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe(only);
  });

  it('speaks no other protocol', async () => {
    expect(
      await rawRequest(stage.port, 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n'),
    ).not.toContain(' 200 ');
    expect(await rawRequest(stage.port, 'SSH-2.0-x\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('bodies', () => {
  const bomb = Buffer.alloc(10 * 1024 * 1024, ' ');
  // Empty packets, one after the other: nothing to unpack, and no end of it.
  const packedLarge = Buffer.concat(Array.from({ length: 4_000 }, () => gzipSync('')));
  const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
  const cases: readonly (readonly [what: string, status: number, asking: Asking])[] = [
    ['too large', 413, { body: JSON.stringify({ ...body, pad: 'x'.repeat(70_000) }) }],
    ['too large, in pieces', 413, { body: 'x'.repeat(200_000), headers: { 'transfer-encoding': 'chunked' } }],
    [
      'larger than all that is read, by its own word',
      413,
      { body: text, headers: { 'content-length': '99999999999' } },
    ],
    [
      'packed, and too large as sent',
      413,
      { body: packedLarge, headers: { 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' } },
    ],
    ['a bomb of gzip', 413, { body: gzipSync(bomb), headers: { 'content-encoding': 'gzip' } }],
    ['a bomb of deflate', 413, { body: deflateSync(bomb), headers: { 'content-encoding': 'deflate' } }],
    ['a bomb of brotli', 413, { body: brotliCompressSync(bomb), headers: { 'content-encoding': 'br' } }],
    ['a bomb of zstd', 413, { body: zstdCompressSync(bomb), headers: { 'content-encoding': 'zstd' } }],
    ['gzip that is none', 400, { body: text, headers: { 'content-encoding': 'gzip' } }],
    ['gzip that stops', 400, { body: gzipSync(text).subarray(0, -9), headers: { 'content-encoding': 'gzip' } }],
    ['packed twice', 415, { body: gzipSync(gzipSync(text)), headers: { 'content-encoding': 'gzip, gzip' } }],
    ['packed in an unknown way', 415, { body: text, headers: { 'content-encoding': 'compress' } }],
    ['gzip', 200, { body: gzipSync(text), headers: { 'content-encoding': 'gzip' } }],
    ['deflate', 200, { body: deflateSync(text), headers: { 'content-encoding': 'deflate' } }],
    ['brotli', 200, { body: brotliCompressSync(text), headers: { 'content-encoding': 'br' } }],
    ['zstd', 200, { body: zstdCompressSync(text), headers: { 'content-encoding': 'zstd' } }],
    ['not JSON', 400, { body: '{"model": secret-word' }],
    ['nothing', 400, { body: '' }],
    ['a list', 400, { body: '[]' }],
    ['a form, as a web page could send', 415, { body: text, headers: { 'content-type': 'text/plain' } }],
    ['not UTF-8', 400, { body: Buffer.from([0x22, 0xff, 0xfe, 0x22]) }],
    ['too deep', 400, { body: deep(21) }],
    ['very deep', 400, { body: `${'['.repeat(30_000)}${']'.repeat(30_000)}` }],
  ];
  it.each(cases)('%s: %i', async (_what, status, asking) => {
    const answer = await stage.ask(PATH, asking);
    expect(answer.status, answer.text).toBe(status);
    expect(answer.text).not.toContain('secret-word');
    expect(asked()).toBe(status === 200 ? 1 : 0);
    if (status !== 200) expect(JSON.parse(answer.text)).toHaveProperty('error.message');
  });

  const head = (length: number): string =>
    `POST ${PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nx-routing-token: ${stage.token}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n`;

  it('one that does not arrive is given up', async () => {
    const tookMs = await ownTimeOf(async () => {
      const said = await rawRequest(stage.port, `${head(100)}\r\n{"model":`, 1_500);
      expect(said).toMatch(/^HTTP\/1\.1 408 /);
    });
    expect(tookMs).toBeLessThan(4_000);
  });

  it('a client that waits for leave gets it, and not for a body that would be refused', async () => {
    const good = await rawRequest(stage.port, `${head(text.length)}Expect: 100-continue\r\n\r\n${text}`, 1_000);
    expect(good).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
    const large = await rawRequest(stage.port, `${head(99_999_999)}Expect: 100-continue\r\n\r\n`, 1_000);
    expect(large).toMatch(/^HTTP\/1\.1 413 /);
    const strange = await rawRequest(stage.port, `${head(5)}Expect: cake\r\n\r\n`);
    expect(strange).toMatch(/^HTTP\/1\.1 417 /);
  });

  it('headers that are too large are refused', async () => {
    const answer = await stage.ask(PATH, { body, headers: { 'x-large': 'x'.repeat(9_000) } });
    expect(answer.status).toBe(431);
  });

  it('a body of two lengths is refused', async () => {
    const said = await rawRequest(stage.port, `${head(5)}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`);
    expect(said).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('many at once', () => {
  it('as many as there is room for, and those after them are told to wait', async () => {
    stage.simulated.anthropic.behave({ kind: 'slow', perDeltaMs: 30 }, 2);
    const first = [stage.ask(PATH, { body }), stage.ask(PATH, { body })];
    await expect.poll(() => stage.simulated.anthropic.requests.length).toBe(2);
    const third = await stage.ask(PATH, { body });
    expect(third.status).toBe(503);
    expect(third.headers['retry-after']).toBe('1');
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await stage.ask(PATH, { body })).status).toBe(200);
  });
});

describe('what goes on', () => {
  it('neither the token nor a key of the client’s goes to a provider that has its own', async () => {
    await stage.ask(PATH, { body, headers: { authorization: 'Bearer sk-own-key', cookie: 'a=b' } });
    const sent = JSON.stringify(stage.simulated.anthropic.requests);
    expect(sent).not.toContain(stage.token);
    expect(sent).not.toContain('sk-own-key');
    expect(sent).not.toContain('a=b');
  });

  it('nothing of a request is in the log', async () => {
    await ask(stage.port, PATH, { body: '{"secret-word', headers: { 'x-api-key': stage.token } });
    await stage.ask(PATH, { body: { ...body, messages: 'secret-word' } });
    expect(stage.log.join('\n')).not.toMatch(/secret-word|sk-own-key/);
    expect(stage.log.join('\n')).not.toContain(stage.token);
  });
});
