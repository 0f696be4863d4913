import { once } from 'node:events';
import { mkdtemp, readdir, realpath, rm, stat } from 'node:fs/promises';
import { createServer, get, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../test/host/freePort.ts';
import { gatewayToken } from '../usage/gatewayToken.ts';
import { follow } from './follow.ts';
import { type Gateway, type GatewayOptions, startGateway } from './gateway.ts';
import { HolderBook } from './holderBook.ts';
import { CHALLENGE_HEADER, PROOF_HEADER, proofOf } from './proof.ts';
import { ask } from './testing/stage.ts';

let state: string;
const ends: (() => unknown)[] = [];
beforeEach(async () => {
  state = await realpath(await mkdtemp(join(tmpdir(), 'routing-policy-holder-')));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await rm(state, { recursive: true, force: true, maxRetries: 5 });
});

const unasked = async (): Promise<never> => {
  throw new Error('Nothing is routed here.');
};

function open(port: number, more: Partial<GatewayOptions> = {}): Gateway {
  const gateway = startGateway({
    router: { chat: unasked, decide: unasked, overrideOptions: unasked, governance: unasked },
    port,
    roots: [],
    stateFolder: state,
    version: '1.2.3',
    knowsProvider: () => false,
    log: () => undefined,
    ...more,
  });
  ends.push(() => gateway.dispose());
  return gateway;
}

/** A program of somebody else's, and all that it is told. */
async function stranger(
  port: number,
  answer: RequestListener,
): Promise<{ readonly heard: string[]; breakOff(): void }> {
  const heard: string[] = [];
  const server: Server = createServer((request, response) => {
    heard.push(`${request.method} ${request.url} ${request.rawHeaders.join(' ')}`);
    answer(request, response);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { heard, breakOff: () => server.closeAllConnections() };
}

/** Passes every request on to another port, and its answer back. */
const relayTo =
  (port: number): RequestListener =>
  (request, response) => {
    const { url: path, headers } = request;
    get({ host: '127.0.0.1', port, path, headers: { ...headers, host: `127.0.0.1:${port}` } }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
  };

describe('a foreign program on the port', () => {
  it('that passes the challenge on to another gateway of the same user is not taken for one, and is told no token', async () => {
    const [held, wanted] = [await freePort(), await freePort()];
    expect((await open(held).ready).kind).toBe('serving');
    const { heard } = await stranger(wanted, relayTo(held));
    // What was written down of an earlier holder of this port does not help it either.
    new HolderBook(state).write(wanted);
    const { kind } = await open(wanted).ready;
    expect([kind, heard.length > 0]).toEqual(['foreign', true]);
    expect(heard.join('\n')).not.toContain(gatewayToken(state));
    expect(heard.join('\n')).not.toContain('/sightings');
  });

  it.each([
    ['none', undefined],
    ['one that is empty', ''],
    ['one of the right length', 'f'.repeat(64)],
    ['one that is too long', 'f'.repeat(65)],
  ])('is foreign with a proof that is %s', async (_what, proof) => {
    const port = await freePort();
    new HolderBook(state).write(port);
    await stranger(port, (_request, response) => {
      response.writeHead(200, proof === undefined ? {} : { [PROOF_HEADER]: proof }).end('{"ok":true}');
    });
    expect((await open(port).ready).kind).toBe('foreign');
  });

  it('that comes after a gateway of ours is found out at once, and what it may have heard is told', async () => {
    const port = await freePort();
    const hold = new HolderBook(state).write(port);
    const token = gatewayToken(state);
    let isOurs = true;
    const { heard, breakOff } = await stranger(port, ({ headers }, response) => {
      const proof = isOurs ? proofOf(token, 'holder', hold, headers[CHALLENGE_HEADER]) : undefined;
      response.writeHead(200, proof === undefined ? {} : { [PROOF_HEADER]: proof }).end();
    });
    const log: string[] = [];
    const joined = open(port, { log: (level, message) => log.push(`${level} ${message}`) });
    expect((await joined.ready).kind).toBe('joined');
    await expect.poll(() => heard.some((line) => line.includes('/sightings'))).toBe(true);
    isOurs = false;
    breakOff();
    await expect.poll(() => joined.standing()?.kind).toBe('foreign');
    expect(log.at(-1)).toMatch(/^error Port \d+ is held by something that is no gateway of yours.*its token included/);
  });
});

describe('a gateway of the same user', () => {
  it('is joined by a proof that is good at its port alone, and its requests are followed without the token', async () => {
    const port = await freePort();
    await open(port).ready;
    const book = new HolderBook(state);
    const hold = book.read(port);
    if (hold === undefined) throw new Error('Nobody wrote itself down.');
    const token = gatewayToken(state);
    const healthy = await ask(port, '/healthz', { headers: { [CHALLENGE_HEADER]: 'c' } });
    expect(healthy.headers[PROOF_HEADER]).toBe(proofOf(token, 'holder', hold, 'c'));
    expect(healthy.headers[PROOF_HEADER]).not.toBe(proofOf(token, 'holder', { ...hold, port: port + 1 }, 'c'));
    expect((await open(port).ready).kind).toBe('joined');

    const wrong = await Promise.all(
      [
        undefined,
        '',
        proofOf(token, 'holder', hold, 'c'),
        proofOf(token, 'follower', hold, 'other'),
        proofOf(token, 'follower', { ...hold, nonce: 'older' }, 'c'),
      ].map(async (proof) => {
        const headers = { [CHALLENGE_HEADER]: 'c', ...(proof === undefined ? {} : { [PROOF_HEADER]: proof }) };
        return (await ask(port, '/sightings', { headers })).status;
      }),
    );
    expect(wrong).toEqual([401, 401, 401, 401, 401]);
  });

  it.skipIf(process.platform === 'win32')(
    'is written down where only this user can read it, until it ends',
    async () => {
      const port = await freePort();
      const gateway = open(port);
      await gateway.ready;
      const book = new HolderBook(state);
      const file = (await readdir(state)).find((name) => name.endsWith(`-${port}`));
      expect((await stat(join(state, file ?? ''))).mode & 0o077).toBe(0);
      await gateway.dispose();
      expect(book.read(port)).toBeUndefined();
    },
  );
});

describe('following', () => {
  const prove =
    (token: string, hold: Parameters<typeof follow>[0], more: (response: Parameters<RequestListener>[1]) => void) =>
    (request: IncomingMessage, response: Parameters<RequestListener>[1]): void => {
      const proof = proofOf(token, 'holder', hold, request.headers[CHALLENGE_HEADER]) ?? '';
      response.writeHead(200, { [PROOF_HEADER]: proof });
      more(response);
    };

  it('ends when a line grows without an end', async () => {
    const hold = { port: await freePort(), nonce: 'n' };
    await stranger(
      hold.port,
      prove('t', hold, (response) => {
        const timer = setInterval(() => response.write('x'.repeat(100_000)), 5);
        response.on('close', () => clearInterval(timer));
      }),
    );
    const following = follow(hold, 't', () => undefined);
    ends.push(following.end);
    await expect.poll(() => following.gone.aborted).toBe(true);
  });

  it.each([
    ['who proves it', true],
    ['who does not', false],
  ])('believes a holder %s: %s', async (_who, isProven) => {
    const hold = { port: await freePort(), nonce: 'n' };
    const line = `${JSON.stringify({ id: 'i', at: 1, client: 'codex', surface: 'gateway' })}\n`;
    const { heard } = await stranger(
      hold.port,
      prove(isProven ? 't' : 'other', hold, (response) => response.end(line)),
    );
    const told: string[] = [];
    const following = follow(hold, 't', ({ client }) => told.push(client));
    ends.push(following.end);
    await expect.poll(() => following.gone.aborted).toBe(true);
    expect(told).toEqual(isProven ? ['codex'] : []);
    expect(heard.join()).not.toContain('x-routing-token');
  });
});
