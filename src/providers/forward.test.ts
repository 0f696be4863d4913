import { getEventListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ownPause, ownTimeOf } from '../../test/host/ownClock.ts';
import { haveGoByOwnTime } from '../../test/host/ownTimers.ts';
import { type FailureKind, ProviderFailure } from './failure.ts';
import { createNetwork, type Network } from './network.ts';
import type { CallOptions, ForwardedAnswer, ForwardRequest } from './provider.ts';
import { createProviders } from './registry.ts';

const key = 'sk-forward-0123456789';
const wires = ['anthropic-messages', 'openai-chat', 'openai-responses', 'gemini'] as const;
type WireName = (typeof wires)[number];

interface Seen {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  closedAt?: number;
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const seen: Seen[] = [];
let answer: Answer;
let origin: string;
let network: Network;
let goByTheWall: () => void;
/** What ends a call that comes to nothing, in milliseconds. */
const SOON_MS = 151;
const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (piece: string) => {
    body += piece;
  });
  request.on('end', () => {
    const record: Seen = { url: request.url ?? '', headers: request.headers, body };
    seen.push(record);
    response.on('close', () => {
      record.closedAt = Date.now();
    });
    answer(response, request);
  });
});

beforeAll(async () => {
  goByTheWall = haveGoByOwnTime([SOON_MS]);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  network = createNetwork({}, {});
});
afterEach(() => {
  seen.length = 0;
});
afterAll(async () => {
  goByTheWall();
  await network.dispose();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const within = (deadlineMs = 20_000, signal = new AbortController().signal): CallOptions => ({ deadlineMs, signal });

function forwardOf(wire: WireName, more: object = {}) {
  const setting = { there: { wire, baseUrl: wire === 'openai-chat' ? `${origin}/v1` : origin, ...more } };
  const registry = createProviders(setting, { env: { TEST_KEY: key }, network });
  const provider = registry.get('there');
  if (provider?.forward === undefined) throw new Error(JSON.stringify(registry.problems()));
  return { provider, forward: provider.forward };
}

function send(wire: WireName, request: Partial<ForwardRequest> = {}, options = within(), more: object = {}) {
  const whole = {
    operation: 'answer',
    model: 'm',
    body: Buffer.from('{}'),
    stream: true,
    headers: {},
    search: '',
    ...request,
  } as const;
  return forwardOf(wire, { key: { env: 'TEST_KEY' }, ...more }).forward.send(whole, options);
}

async function textOf({ bytes }: ForwardedAnswer): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

async function failureOf(work: Promise<unknown>): Promise<ProviderFailure> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(ProviderFailure);
  return thrown as ProviderFailure;
}

const sse = { 'content-type': 'text/event-stream' };
const json = { 'content-type': 'application/json' };
const streamed =
  (text: string): Answer =>
  (response) =>
    response.writeHead(200, sse).end(text);

describe.each(wires)('passing through over %s', (wire) => {
  test('the body and the answer stay byte for byte, however the pieces fall', async () => {
    const said = 'data: {"t":"ä𝄞 \\u0000"}\r\n\r\n: odd comment\n\ndata: [DONE]\n\n';
    answer = (response) => {
      response.writeHead(200, { ...sse, 'request-id': 'r1', 'set-cookie': 'a=b', 'x-ratelimit-remaining': '3' });
      const bytes = Buffer.from(said);
      let at = 0;
      const next = (): void => {
        if (at >= bytes.length) return void response.end();
        response.write(bytes.subarray(at, at + 7));
        at += 7;
        setImmediate(next);
      };
      next();
    };
    const body = '{"model": "m" ,"unknown":[1.50,"\\u00e4"], "ä":"𝄞", "messages":[]}';
    const given = await send(wire, { body: Buffer.from(body) });
    expect(await textOf(given)).toBe(said);
    expect(seen[0]?.body).toBe(body);
    expect(given).toMatchObject({ status: 200, contentType: 'text/event-stream' });
    expect(given.headers).toEqual({ 'request-id': 'r1', 'x-ratelimit-remaining': '3' });
  });

  test('what belongs to the dialect goes on; a credential, an account and a connection do not', async () => {
    answer = streamed('data: 1\n\n');
    const headers = {
      'anthropic-beta': 'a,b',
      'anthropic-version': '2026-10-21',
      'openai-beta': 'c',
      'x-goog-api-client': 'genai-js/3',
      authorization: 'Bearer other',
      'x-api-key': 'other',
      'x-goog-api-key': 'other',
      cookie: 'other',
      'openai-organization': 'other',
      'x-stainless-os': 'other',
      'user-agent': 'other',
      'x-forwarded-for': 'other',
      'x-routing-token': 'other',
      connection: 'other',
      host: 'other',
      'content-length': '999999',
    };
    await textOf(await send(wire, { headers, search: '?beta=true&key=other&access_token=other' }));
    const [request] = seen;
    expect(JSON.stringify(request)).not.toContain('other');
    expect(JSON.stringify(request?.headers)).toContain(key);
    expect(request?.headers).toMatchObject({ 'user-agent': 'routing-policy', 'accept-encoding': 'identity' });
    const expected = {
      'anthropic-messages': { 'anthropic-beta': 'a,b', 'anthropic-version': '2026-10-21' },
      'openai-chat': { 'openai-beta': 'c' },
      'openai-responses': { 'openai-beta': 'c' },
      gemini: { 'x-goog-api-client': 'genai-js/3' },
    }[wire];
    expect(request?.headers).toMatchObject(expected);
    expect(request?.url).toContain('beta=true');
  });

  test('what the address says already is said once: a client’s query changes nothing of it', async () => {
    // Gemini's streams are asked for as events, whatever form their client reads.
    await textOf(await send('gemini', { search: '?alt=json&alt=media&prettyPrint=false' }));
    expect(new URL(seen[0]?.url ?? '', origin).search).toBe('?alt=sse&prettyPrint=false');
  });

  test('tokens are counted where the dialect can, and else it says so', async () => {
    answer = (response) => response.writeHead(200, json).end('{"input_tokens":3}');
    const counted = send(wire, { operation: 'count-tokens', stream: false });
    if (wire === 'openai-chat') {
      expect(await failureOf(counted)).toMatchObject({ kind: 'not-found' });
      expect(seen).toHaveLength(0);
      return;
    }
    expect(await textOf(await counted)).toBe('{"input_tokens":3}');
    expect(seen[0]?.url).toBe(
      {
        'anthropic-messages': '/v1/messages/count_tokens',
        'openai-responses': '/responses/input_tokens',
        gemini: '/v1beta/models/m:countTokens',
      }[wire],
    );
  });

  test('a refusal is told with its status, its body and what to wait, without the key', async () => {
    const said = JSON.stringify({ error: { type: 'invalid_request_error', message: `Bad key ${key}.` } });
    answer = (response) =>
      response
        .writeHead(429, { ...json, 'retry-after': '7', 'x-request-id': 'r', 'set-cookie': 's', server: 's' })
        .end(`${said}${' '.repeat(100_000)}${key}`);
    const failure = await failureOf(send(wire));
    expect(failure.retryAfterMs).toBe(7_000);
    expect(failure.refusal).toMatchObject({
      status: 429,
      contentType: 'application/json',
      headers: { 'retry-after': '7', 'x-request-id': 'r' },
    });
    expect(failure.refusal?.body.length).toBe(64 * 1024);
    expect(failure.refusal?.body.startsWith(said.replace(key, '[key]'))).toBe(true);
    expect(JSON.stringify([failure, failure.message])).not.toContain(key);
  });

  test.each<[string, Answer, FailureKind, boolean?]>([
    ['an empty body', streamed(''), 'malformed'],
    ['a web page', (r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<html>'), 'malformed'],
    ['JSON in place of a stream', (r) => r.writeHead(200, json).end('{}'), 'malformed'],
    ['a stream in place of JSON', streamed('data: 1\n\n'), 'malformed', false],
    ['a compressed answer', (r) => r.writeHead(200, { ...sse, 'content-encoding': 'gzip' }).end('x'), 'malformed'],
    ['a redirect', (r) => r.writeHead(307, { location: 'https://elsewhere.example/' }).end(), 'network'],
    ['a connection closed before the answer', (r) => r.destroy(), 'network'],
    ['401', (r) => r.writeHead(401, json).end('{}'), 'authentication'],
    ['402', (r) => r.writeHead(402, json).end('{}'), 'quota'],
    ['404', (r) => r.writeHead(404).end(), 'not-found'],
    ['413', (r) => r.writeHead(413, json).end('{}'), 'context-too-long'],
    [
      '503, cut before its body is complete',
      (r) => {
        r.writeHead(503, { ...json, 'content-length': '100' }).write('{');
        setTimeout(() => r.destroy(), 20);
      },
      'overload',
    ],
    ['529', (r) => r.writeHead(529, json).end('nothing readable'), 'overload'],
  ])('%s is a failure', async (_what, given, kind, stream = true) => {
    answer = given;
    expect(await failureOf(send(wire, { stream }))).toMatchObject({ kind, provider: 'there' });
  });

  test.each<[string, Answer]>([
    [
      'in the middle of a chunked body',
      (r) => {
        r.writeHead(200, sse).write('data: 1\n\n');
        setTimeout(() => r.destroy(), 20);
      },
    ],
    [
      'short of its length',
      (r) => {
        r.writeHead(200, { ...sse, 'content-length': '100' }).write('data: 1\n\n');
        setTimeout(() => r.destroy(), 20);
      },
    ],
    [
      'by a clean end of the connection without the last chunk',
      (r) => {
        r.writeHead(200, sse).write('data: 1\n\n');
        setTimeout(() => r.socket?.end(), 20);
      },
    ],
  ])('an answer that is cut %s is a cut, after what came', async (_how, given) => {
    answer = given;
    const { bytes } = await send(wire);
    let text = '';
    const failure = await failureOf(
      (async () => {
        for await (const piece of bytes) text += Buffer.from(piece).toString();
      })(),
    );
    expect(text).toBe('data: 1\n\n');
    expect(failure.kind).toBe('cut');
  });

  test.each<[string, Answer, boolean]>([
    ['before the head', () => undefined, false],
    ['before the first byte', (r) => r.writeHead(200, sse).flushHeaders(), false],
    ['in the middle', (r) => r.writeHead(200, sse).write('data: 1\n\n'), true],
  ])('silence %s ends at the deadline, and a cancelled request within 250 ms', async (_when, given, begun) => {
    answer = given;
    const read = async (options: CallOptions) => textOf(await send(wire, {}, options));
    const late = await failureOf(read(within(SOON_MS)));
    expect(late).toMatchObject({ kind: 'timeout', message: expect.stringContaining(`${SOON_MS} ms`) });
    const controller = new AbortController();
    const cancelled = failureOf(read(within(20_000, controller.signal)));
    await expect.poll(() => seen.length).toBe(2);
    if (begun) await ownPause(50);
    const tookMs = await ownTimeOf(async () => {
      controller.abort();
      expect((await cancelled).kind).toBe('cancelled');
      await expect.poll(() => seen[1]?.closedAt, { interval: 5 }).toBeDefined();
    });
    expect(tookMs).toBeLessThan(250);
    await expect.poll(() => seen[0]?.closedAt).toBeDefined();
  });
});

test('an answer that is read to its end leaves nothing behind, and its connection is used again', async () => {
  const ports: (number | undefined)[] = [];
  answer = (response, { socket }) => {
    ports.push(socket.remotePort);
    response.writeHead(200, sse).end('data: 1\n\n');
  };
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const caller = new AbortController();
  const before = timers();
  for (const _again of [1, 2, 3]) {
    expect(await textOf(await send('openai-chat', {}, within(60_000, caller.signal)))).toBe('data: 1\n\n');
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
    expect(timers()).toBeLessThanOrEqual(before);
    // A connection is looked at for a turn before it is used again.
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(new Set(ports).size).toBe(1);
  // Too late for the answer: nobody hears of it.
  caller.abort();
  expect(await textOf(await send('openai-chat'))).toBe('data: 1\n\n');
  expect(new Set(ports).size).toBe(1);
});

test('a request that is cancelled when nobody reads its answer leaves neither a timer nor a connection', async () => {
  answer = (response) => response.writeHead(200, sse).write('data: 1\n\n');
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const caller = new AbortController();
  const { bytes } = await send('openai-chat', {}, within(60_000, caller.signal));
  expect(timers()).toBeGreaterThan(before);
  caller.abort();
  expect(timers()).toBeLessThanOrEqual(before);
  await expect.poll(() => seen[0]?.closedAt).toBeDefined();
  expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
  const pieces = bytes[Symbol.asyncIterator]();
  expect((await pieces.next()).done, 'what had come is still there').toBe(false);
  expect((await failureOf(pieces.next())).kind).toBe('cancelled');
});

test('a reader that stops closes the connection, and one that is slow is not late', async () => {
  answer = (response) => {
    response.writeHead(200, sse).write('data: 1\n\n');
    setTimeout(() => response.write('data: 2\n\n'), 30);
  };
  const { bytes } = await send('openai-chat', {}, within(SOON_MS));
  let pieces = 0;
  for await (const _piece of bytes) {
    pieces += 1;
    await ownPause(2 * SOON_MS);
    if (pieces === 2) break;
  }
  await expect.poll(() => seen[0]?.closedAt).toBeDefined();
});

test('a reader that does not read stops what is sent: the answer is not gathered in memory', async () => {
  let written = 0;
  answer = (response) => {
    response.writeHead(200, sse);
    const piece = 'x'.repeat(64 * 1024);
    const next = (): void => {
      while (written < 64 * 1024 * 1024) {
        written += piece.length;
        if (!response.write(piece)) return void response.once('drain', next);
      }
      response.end();
    };
    next();
  };
  const { bytes } = await send('openai-chat');
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(written).toBeLessThan(16 * 1024 * 1024);
  let length = 0;
  for await (const piece of bytes) length += piece.length;
  expect(length).toBe(64 * 1024 * 1024);
});

test('a key that a command printed and the provider no longer takes is asked for again, by the next request', async () => {
  const script =
    'require("fs").appendFileSync(process.argv[1], "x"); console.log("lent-" + require("fs").readFileSync(process.argv[1]).length)';
  const folder = mkdtempSync(join(tmpdir(), 'routing-policy-lent-'));
  const command = [process.execPath, '-e', script, join(folder, 'count')];
  const { forward } = forwardOf('openai-chat', { key: { command } });
  const request = {
    operation: 'answer',
    model: 'm',
    body: Buffer.from('{}'),
    stream: true,
    headers: {},
    search: '',
  } as const;
  answer = (response, { headers }) =>
    headers.authorization === 'Bearer lent-2'
      ? response.writeHead(200, sse).end('data: 1\n\n')
      : response.writeHead(401, json).end('{}');
  expect((await failureOf(forward.send(request, within()))).kind).toBe('authentication');
  for (const _again of [1, 2]) expect(await textOf(await forward.send(request, within()))).toBe('data: 1\n\n');
  rmSync(folder, { recursive: true });
});

describe("a client's own credential", () => {
  const credential = { header: 'authorization', value: 'Bearer their-own-token' };

  test('goes on with everything that the client says of itself, and the provider is usable', async () => {
    answer = streamed('data: 1\n\n');
    const headers = { 'user-agent': 'their-client/1', 'x-app': 'cli', 'x-stainless-os': 'no', cookie: 'no' };
    const more = { key: 'passthrough' };
    await textOf(await send('anthropic-messages', { headers, credential }, within(), more));
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer their-own-token', 'x-app': 'cli' });
    expect(seen[0]?.headers['user-agent']).toBe('their-client/1');
    expect(JSON.stringify(seen[0]?.headers)).not.toContain('"no"');
    expect(forwardOf('anthropic-messages', more).provider.facts()).toMatchObject({
      usable: true,
      serves: { chat: true, completion: false },
    });
  });

  test('is blotted out where the provider quotes it', async () => {
    answer = (response) => response.writeHead(401, json).end('{"error":{"message":"their-own-token is bad"}}');
    const failure = await failureOf(send('anthropic-messages', { credential }, within(), { key: 'passthrough' }));
    expect(failure.refusal?.body).toBe('{"error":{"message":"[key] is bad"}}');
    expect(failure.message).not.toContain('their-own');
  });

  test('goes to no provider that has a key of its own', async () => {
    answer = streamed('data: 1\n\n');
    await textOf(await send('anthropic-messages', { credential }));
    expect(JSON.stringify(seen)).not.toContain('their-own');
  });

  test('is missed in words, and the provider stays usable for the next client', async () => {
    const { provider, forward } = forwardOf('anthropic-messages', { key: 'passthrough' });
    const request = {
      operation: 'answer',
      model: 'm',
      body: Buffer.from('{}'),
      stream: true,
      headers: {},
      search: '',
    } as const;
    const conversation = { system: [], messages: [], tools: [] };
    for (const asked of [forward.send(request, within()), provider.chat!({ model: 'm', conversation }, within())]) {
      const failure = await failureOf(asked);
      expect(failure.kind).toBe('authentication');
      expect(failure.message).toContain('has none that may go to 127.0.0.1');
    }
    expect(provider.facts().usable).toBe(true);
    expect(seen).toHaveLength(0);
  });

  test('in a header that is none for credentials is not taken', async () => {
    const odd = { header: 'x-anything', value: 'their-own-token' };
    const sent = send('anthropic-messages', { credential: odd }, within(), { key: 'passthrough' });
    expect((await failureOf(sent)).kind).toBe('authentication');
  });
});
