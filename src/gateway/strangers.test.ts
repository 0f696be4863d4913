import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { ownPause } from '../../test/host/ownClock.ts';
import { type GatewayStage, startStage } from './testing/stage.ts';

const STRANGERS = 12;
/** With one request at once, four connections may be open for those who have shown the token. */
const ADMITTED = 4;

let stage: GatewayStage;
const sockets: Socket[] = [];
beforeAll(async () => {
  stage = await startStage({ limits: { concurrent: ADMITTED / 4, strangers: STRANGERS, headersMs: 60_000 } });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await ownPause(50);
});
afterAll(() => stage.stop());

async function open(): Promise<Socket> {
  const socket = connect(stage.port, '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** A request over a connection that stays open; resolves with the answer's first line, or '' where it was closed. */
async function over(socket: Socket, path: string, header = ''): Promise<string> {
  socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${header}\r\n`);
  const [said] = (await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [''])])) as [unknown];
  return String(said).split('\r\n')[0] ?? '';
}

const shown = (): string => `x-routing-token: ${stage.token}\r\n`;
const isOpen = ({ destroyed, closed }: Socket): boolean => !destroyed && !closed;

it('any number of connections without the token leaves room for the next who has it', async () => {
  const known = await open();
  expect(await over(known, '/v1/models', shown())).toContain('200');
  const idle: Socket[] = [];
  for (let n = 0; n < STRANGERS * 4; n += 1) idle.push(await open());
  // Some say something that needs no token, and one does not have it right.
  for (const socket of idle.slice(-3)) await over(socket, '/healthz');
  await over(idle.at(-4) as Socket, '/v1/models', 'x-routing-token: wrong\r\n');
  expect((await stage.ask('/v1/models')).status).toBe(200);
  await expect.poll(() => idle.filter(isOpen).length).toBeLessThanOrEqual(STRANGERS);
  // The first of them went, and not the one that had shown the token.
  expect([idle.slice(0, STRANGERS).some(isOpen), isOpen(idle.at(-1) as Socket), isOpen(known)]).toEqual([
    false,
    true,
    true,
  ]);
  expect(await over(known, '/v1/models', shown())).toContain('200');
});

it('there is an end to the connections of those who have shown it', async () => {
  const answers: string[] = [];
  for (let n = 0; n < ADMITTED + STRANGERS + 1; n += 1) answers.push(await over(await open(), '/v1/models', shown()));
  expect(answers.slice(0, -1).every((line) => line.includes('200'))).toBe(true);
  expect(answers.at(-1)).toBe('');
});
