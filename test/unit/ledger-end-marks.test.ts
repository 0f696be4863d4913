// A client takes an answer as ended when its dialect says so, not when the connection does: by then it must be in the ledger.
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openFiled } from '../host/filedLedger.ts';
import { createRepository, type Repository } from '../host/repository.ts';
import { sampleFiles, samplePolicy } from '../host/routerStage.ts';
import { type ServedRouter, serveRouter } from '../host/servedRouter.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';

/** How long the provider keeps a connection open whose answer has ended, in milliseconds. */
const LINGER_MS = 1_500;
const KILLS = 3;
/** For a test, in milliseconds. */
const TIMEOUT_MS = 60_000;

let home: string;
let simulated: SimulatedProviders;
let lingering: Server;
let repository: Repository;
beforeAll(async () => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'ledger-ends-')));
  [simulated, repository] = await Promise.all([
    startSimulatedProviders(),
    createRepository({ files: { ...sampleFiles, '.routing-policy.json': JSON.stringify(samplePolicy) } }),
  ]);
  const { anthropic } = simulated.providers;
  const baseUrl = anthropic?.baseUrl;
  if (baseUrl === undefined) throw new Error('There is no simulated Anthropic.');
  const address = new URL(baseUrl);
  lingering = createServer((asked, answer) => {
    const { hostname: host, port } = address;
    const headers = { ...asked.headers, host: address.host };
    const onward = request({ host, port, path: asked.url, method: asked.method, headers }, (answered) => {
      const { 'content-length': _length, ...rest } = answered.headers;
      answer.writeHead(answered.statusCode ?? 500, rest);
      answered.on('data', (piece: Buffer) => answer.write(piece));
      answered.on('end', () => setTimeout(() => answer.end(), LINGER_MS));
    });
    asked.pipe(onward);
  });
  await new Promise<void>((settle) => lingering.listen(0, '127.0.0.1', settle));
  const before = new URL(baseUrl);
  before.port = String((lingering.address() as AddressInfo).port);
  const providers = { ...simulated.providers, anthropic: { ...anthropic, baseUrl: before.href.replace(/\/$/, '') } };
  writeFileSync(join(home, 'providers.json'), JSON.stringify(providers));
  chmodSync(home, 0o755);
});
afterAll(async () => {
  lingering.closeAllConnections();
  lingering.close();
  await simulated.stop();
  await repository.remove();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});

let running: ServedRouter | undefined;
afterEach(() => running?.kill());

/** Settles as soon as the client has read the mark. */
function readUntil(router: ServedRouter, path: string, body: object, mark: string): Promise<void> {
  const { port } = new URL(router.address.gateway);
  const text = JSON.stringify({ model: 'auto', ...body });
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    `x-routing-token: ${router.address.token}`,
    `x-routing-root: ${repository.folder}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(text)}`,
  ];
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: Number(port) });
    let read = '';
    socket.on('data', (piece: Buffer) => {
      read += piece.toString('utf8');
      if (!read.includes(mark)) return;
      resolve();
      socket.on('error', () => undefined);
    });
    socket.on('error', reject).on('close', () => reject(new Error(`No ${mark} in: ${read.slice(-500)}`)));
    socket.setTimeout(50_000, () => socket.destroy(new Error(`No ${mark} in time.`)));
    socket.write(`${head.join('\r\n')}\r\n\r\n${text}`);
  });
}

const question = [{ role: 'user', content: 'Say something.' }];
const dialects = [
  ['Anthropic’s, passed through', '/v1/messages', { stream: true, max_tokens: 50, messages: question }, 'message_stop'],
  ['OpenAI’s, translated', '/v1/chat/completions', { stream: true, messages: question }, 'data: [DONE]'],
  ['OpenAI’s newer one, translated', '/v1/responses', { stream: true, input: 'Say something.' }, 'response.completed'],
  ['Anthropic’s, not streamed', '/v1/messages', { max_tokens: 50, messages: question }, '"stop_reason"'],
] as const;

describe('a router that is killed as soon as a client has read that its answer has ended', () => {
  test.each(dialects)('has written it down: %s', { timeout: TIMEOUT_MS }, async (name, path, body, mark) => {
    const state = join(home, String(dialects.findIndex(([one]) => one === name)));
    mkdirSync(state, { mode: 0o700 });
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const providers = join(home, 'providers.json');
      running = await serveRouter({ home, state, providers, root: repository.folder });
      await readUntil(running, path, body, mark);
      await running.kill();
      const database = openFiled(state);
      const { served } = {
        ...database.prepare(`SELECT COUNT(*) AS served FROM attempts WHERE outcome = 'served'`).get(),
      };
      database.close();
      expect(served).toBe(kill);
    }
  });

  test('is not made to wait by a connection that stays open', { timeout: TIMEOUT_MS }, async () => {
    const state = join(home, 'quick');
    mkdirSync(state, { mode: 0o700 });
    running = await serveRouter({ home, state, providers: join(home, 'providers.json'), root: repository.folder });
    const [, path, body, mark] = dialects[0];
    await readUntil(running, path, body, mark);
    const took: number[] = [];
    for (let time = 0; time < 5; time += 1) {
      const begun = performance.now();
      await readUntil(running, path, body, mark);
      took.push(performance.now() - begun);
    }
    expect(Math.min(...took)).toBeLessThan(LINGER_MS);
  });
});
