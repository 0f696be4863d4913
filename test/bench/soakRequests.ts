// What clients ask in a soak, by number: all dialects, streams and whole answers, small and big, new and known conversations
// and folders, what is refused, what is malformed, and clients that go away.
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { spoken } from '../../src/gateway/testing/requests.ts';
import type { Behaviour } from '../simulated/main.ts';
import { loadOf } from './gatewayLoads.ts';
import type { SoakGateway } from './soakGateway.ts';

/** What a client that goes away has waited, in milliseconds. */
const PATIENCE_MS = 15;
const DEADLINE_MS = 60_000;
/** Conversations and folders that are asked about again and again, beside those that come once. */
const KNOWN = 20;

/** Before a third of the requests one of these, in turn; whichever request comes next meets it. */
const FAULTS: readonly Behaviour[] = [
  { kind: 'status', status: 500 },
  { kind: 'cut' },
  { kind: 'reset' },
  { kind: 'stream-error' },
  { kind: 'malformed' },
  { kind: 'status', status: 400 },
  { kind: 'end-early' },
  { kind: 'empty' },
  { kind: 'slow', perDeltaMs: 4 },
];

interface Asking {
  readonly path: string;
  readonly method?: 'GET';
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Makes the requests of one soak; each is asked, and told how it ended: by its status, or as the client left. */
export function soakRequests(gateway: SoakGateway): (n: number) => Promise<string> {
  const { folder } = gateway.repository;
  const files = new Map([['packages/core/package.json', '{ "name": "core" }\n'.repeat(100)]]);
  const agent = loadOf('agent', 'anthropic-messages', folder, files);

  async function askingOf(n: number): Promise<Asking> {
    const stream = n % 3 !== 0;
    const { path, body } = spoken[n % spoken.length] ?? (spoken[0] as (typeof spoken)[number]);
    const conversation = { 'x-session-id': n % 5 === 0 ? randomUUID() : `known-conversation-${n % KNOWN}` };
    const say = (text: string, root = folder): Asking => ({
      path: path(stream),
      headers: { ...conversation, 'x-routing-root': root },
      body: JSON.stringify(body(text, stream)),
    });
    if (n % 11 === 0) return { path: '/v1/messages', headers: conversation, body: agent() };
    if (n % 13 === 0) return besides(Math.floor(n / 13), folder);
    if (n % 17 === 0) return say(`append "x" to .env, for the ${n}th time`);
    if (n % 23 === 0) return say(`What is ${n}?`, await newFolder(gateway.plainFolder, n));
    if (n % 29 === 0) return say(`What is ${n}?`, gateway.plainFolder);
    return say(`What is ${n}?`);
  }

  return async (n) => {
    const { anthropic, openai } = gateway.simulated;
    const fault = n % 3 === 1 ? FAULTS[Math.floor(n / 3) % FAULTS.length] : undefined;
    if (fault) (n % 2 === 0 ? anthropic : openai).behave(fault);
    return ask(gateway, await askingOf(n), n % 7 === 0);
  };
}

/** What is no question to a model, and what is no question at all. */
function besides(n: number, root: string): Asking {
  const body = JSON.stringify({ model: 'auto', max_tokens: 5, messages: [{ role: 'user', content: `What is ${n}?` }] });
  const all: readonly Asking[] = [
    { path: '/v1/messages/count_tokens', body },
    { path: '/v1/models', method: 'GET' },
    { path: '/v1/route?dialect=anthropic-messages', body, headers: { 'x-routing-root': root } },
    { path: '/metrics', method: 'GET' },
    { path: '/v1/messages', body: body.slice(0, -5) },
    { path: '/v1/messages', body: `${'['.repeat(500)}${']'.repeat(500)}` },
    { path: '/v1/messages', body, headers: { 'x-routing-token': 'wrong' } },
    { path: '/v1/messages', body, headers: { 'x-routing-root': `/no/such/folder/${n}` } },
    { path: `/nothing/${n}`, method: 'GET' },
    { path: '/v1/messages', body, headers: { 'content-encoding': 'gzip' } },
    { path: '/sightings', method: 'GET' },
  ];
  return all[n % all.length] ?? (all[0] as Asking);
}

/** Those made a while ago go: a soak is not to be about a folder of a hundred thousand. */
async function newFolder(plainFolder: string, n: number): Promise<string> {
  const folder = join(plainFolder, `work-${n}`);
  await mkdir(folder, { recursive: true });
  await rm(join(plainFolder, `work-${n - 23 * KNOWN}`), { recursive: true, force: true });
  return folder;
}

function ask(
  { port, token }: SoakGateway,
  { path, method = undefined, body, headers }: Asking,
  leaves: boolean,
): Promise<string> {
  return new Promise((settle) => {
    const sent = { 'content-type': 'application/json', 'x-routing-token': token, ...headers };
    const asking = request({ port, host: '127.0.0.1', method: method ?? 'POST', path, headers: sent, agent: false });
    const timer = setTimeout(() => asking.destroy(), DEADLINE_MS);
    // An answer without an end.
    const follows = path === '/sightings';
    let how = 'broken off';
    asking.on('response', (response) => {
      response.resume().on('error', () => undefined);
      response.on('end', () => {
        how = String(response.statusCode);
      });
    });
    asking.on('error', () => undefined);
    asking.on('close', () => {
      clearTimeout(timer);
      settle(leaves || follows ? 'left' : how);
    });
    asking.end(body);
    if (leaves || follows) setTimeout(() => asking.destroy(), PATIENCE_MS);
  });
}
