import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createNetwork, type Network } from './network.ts';
import { createProviders } from './registry.ts';
import { headersWithoutKey, readWithoutKey } from './withoutKey.ts';

const key = 'sk-echoed-0123456789';

async function readAll(pieces: readonly string[], secret: string): Promise<{ text: string; given: readonly string[] }> {
  const left = pieces.map((piece) => Buffer.from(piece, 'latin1'));
  const read = readWithoutKey(async () => left.shift(), secret);
  const given: string[] = [];
  for (let piece = await read(); piece !== undefined; piece = await read()) {
    given.push(Buffer.from(piece).toString('latin1'));
  }
  return { text: given.join(''), given };
}

describe('what a provider answers', () => {
  test('is the same without the key, whatever the pieces it comes in', async () => {
    const secret = fc.constantFrom(key, 'aaaaaaaaaaaaaaaab', 'abababababababababc');
    const part = fc.constantFrom('key', 'a', 'ab', 'b', 'sk-', 'sk-echoed-', '\n\n', 'ä');
    await fc.assert(
      fc.asyncProperty(
        secret,
        fc.array(part, { maxLength: 12 }),
        fc.array(fc.nat({ max: 9 })),
        async (one, parts, cuts) => {
          const whole = parts.map((said) => (said === 'key' ? one : said)).join('');
          const pieces: string[] = [];
          let from = 0;
          for (const cut of cuts) {
            pieces.push(whole.slice(from, from + cut));
            from += cut;
          }
          pieces.push(whole.slice(from));
          const { text } = await readAll(pieces, one);
          expect(text).toBe(whole.replaceAll(one, '[key]'));
        },
      ),
    );
  });

  test('comes at once where no key may have begun', async () => {
    const pieces = ['data: 1\n\n', 'data: sk-other\n\n', 'data: 2 s', 'o\n\n'];
    expect((await readAll(pieces, key)).given).toEqual(['data: 1\n\n', 'data: sk-other\n\n', 'data: 2 ', 'so\n\n']);
  });

  test('keeps a word that is too short to be a secret', async () => {
    expect((await readAll(['ollama said ollama'], 'ollama')).text).toBe('ollama said ollama');
    expect((await readAll(['nothing sent'], '')).text).toBe('nothing sent');
  });

  test('has no key in its headers either', () => {
    const headers = { 'x-request-id': `r-${key}`, 'x-many': ['a', key], 'x-none': undefined, 'x-kept': 'sk-' };
    expect(headersWithoutKey(headers, key)).toEqual({
      'x-request-id': 'r-[key]',
      'x-many': ['a', '[key]'],
      'x-none': [],
      'x-kept': 'sk-',
    });
    expect(headersWithoutKey(headers, 'sk-')).toBe(headers);
  });
});

describe('a server that quotes the key it was asked with', () => {
  let network: Network;
  let baseUrl: string;
  const server = createServer((request, response) => {
    const quoted = keyIn(request.headers);
    request.resume().on('end', () => {
      const delta = (content: string) => ({ id: 'c', model: 'm', choices: [{ index: 0, delta: { content } }] });
      const end = { id: 'c', model: 'm', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
      const frame = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;
      const text = `${frame(delta(`You are ${quoted}.`))}${frame(end)}data: [DONE]\n\n`;
      const middle = text.indexOf(quoted) + 7;
      response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': quoted });
      response.write(text.slice(0, middle));
      setTimeout(() => response.end(text.slice(middle)), 20);
    });
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    network = createNetwork({}, {});
  });
  afterAll(async () => {
    await network.dispose();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function keyIn({ authorization }: IncomingHttpHeaders): string {
    return (authorization ?? '').replace('Bearer ', '');
  }
  const provider = (setting: object) => {
    const settings = { there: { wire: 'openai-chat', baseUrl, ...setting } };
    const registry = createProviders(settings, { env: { TEST_KEY: key }, network });
    return registry.get('there')!;
  };
  const options = { deadlineMs: 50_000, signal: new AbortController().signal };
  const own = { header: 'authorization', value: `Bearer ${key}` };
  const passedOn = async (setting: object) => {
    const request = {
      operation: 'answer',
      model: 'm',
      body: Buffer.from('{}'),
      stream: true,
      headers: {},
      search: '',
    } as const;
    const { headers, bytes } = await provider(setting).forward!.send({ ...request, credential: own }, options);
    let text = '';
    for await (const piece of bytes) text += Buffer.from(piece).toString();
    return { headers, text };
  };

  test('does not tell it to a client whose answer passes through', async () => {
    const { headers, text } = await passedOn({ key: { env: 'TEST_KEY' } });
    expect(text).toContain('You are [key].');
    expect(JSON.stringify([headers, text])).not.toContain(key);
  });

  test('does not tell it where its answer is translated', async () => {
    const conversation = { system: [], messages: [{ role: 'user', parts: [] }], tools: [] } as const;
    const { events } = await provider({ key: { env: 'TEST_KEY' } }).chat!({ model: 'm', conversation }, options);
    let text = '';
    for await (const event of events) if (event.kind === 'text') text += event.text;
    expect(text).toBe('You are [key].');
  });

  test('tells a client its own', async () => {
    const { headers, text } = await passedOn({ key: 'passthrough' });
    expect([text.includes(`You are ${key}.`), headers['x-request-id']]).toEqual([true, key]);
  });
});
