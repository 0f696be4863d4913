import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pathToFileURL } from 'node:url';
import type { JsonBody } from '../chat/json-body.ts';
import type { RepeatedBodies } from '../chat/repeated-body.ts';
import type { ChatResult, GatewaySighting } from '../contract/messages.ts';
import { estimateConversationTokens } from '../models/tokens.ts';
import type { ChatCall } from '../router/door.ts';
import type { Router } from '../router/router.ts';
import { answerOf } from '../routing/answer.ts';
import { admit } from './admission.ts';
import { Afterwards } from './afterwards.ts';
import { answerChat } from './answerChat.ts';
import { readJson } from './body.ts';
import { dialectOfBody } from './bodyDialect.ts';
import { type ClientDialects, clientHeaders, policyStatus } from './dialects.ts';
import { type Address, type Endpoint, readAddress } from './endpoints.ts';
import type { Hold } from './holderBook.ts';
import { type Incoming, type IncomingGround, readIncoming, readRequest } from './incoming.ts';
import type { GatewayLimits } from './limits.ts';
import { assertLocal } from './locality.ts';
import type { Meter } from './meter.ts';
import { DIALECT_OF_LIST, mayBeNamed, modelList, modelNames, oneModel } from './modelList.ts';
import { CHALLENGE_HEADER, isProof, PROOF_HEADER, proofOf } from './proof.ts';
import { GatewayRefusal } from './refusal.ts';
import { Reply } from './reply.ts';
import type { RootSource } from './requestRoot.ts';
import type { Sightings } from './sightings.ts';
import type { WrittenItems } from './writtenItems.ts';

/** What the gateway asks of the router. */
export type GatewayRouter = Pick<Router, 'chat' | 'decide' | 'overrideOptions' | 'governance'>;

/** Everything that one request is served with. */
export interface GatewayGround {
  readonly router: GatewayRouter;
  readonly dialects: ClientDialects;
  readonly roots: RootSource;
  readonly token: string;
  readonly version: string;
  readonly limits: GatewayLimits;
  readonly meter: Meter;
  readonly sightings: Sightings;
  readonly bodies: RepeatedBodies;
  readonly writtenItems: WrittenItems;
  /** How this process holds the port, where others of this user look for it. */
  hold(): Hold | undefined;
  knowsProvider(id: string): boolean;
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string): void;
}

/** One HTTP request on its way through. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly reply: Reply;
  readonly address: Address;
  /** Aborted when the client goes away, or the gateway ends. */
  readonly signal: AbortSignal;
  /** Tells a client that waits for it that its body is wanted. */
  proceed(): void;
  /** Told when the token was shown. */
  admitted(): void;
}

/** How long what is left of a refused body is taken in, in milliseconds: who still writes does not read the answer. */
const DRAIN_MS = 2_000;

/** Serves one request, whatever it is. Never throws. */
export async function handle(
  ground: GatewayGround,
  request: IncomingMessage,
  response: ServerResponse,
  { signal, proceed, admitted }: Pick<Exchange, 'signal' | 'proceed' | 'admitted'>,
): Promise<void> {
  const reply = new Reply(response);
  const address = readAddress(request.method ?? '', request.url ?? '');
  try {
    assertLocal(request);
    await serve(ground, { request, reply, address, signal, proceed, admitted });
  } catch (error) {
    if (!(error instanceof GatewayRefusal)) {
      ground.log('error', failureWords(error));
    }
    refuse(ground, { request, reply, address }, error);
  }
}

function failureWords(error: unknown): string {
  return `A request to the gateway failed: ${error instanceof Error ? error.stack : String(error)}`;
}

async function serve(ground: GatewayGround, exchange: Exchange): Promise<void> {
  const { request, reply, address } = exchange;
  const { endpoint } = address;
  if (!(endpoint instanceof GatewayRefusal) && endpoint.kind === 'health') return health(ground, exchange);
  if (!(endpoint instanceof GatewayRefusal) && endpoint.kind === 'sightings' && isFollower(ground, request)) {
    exchange.admitted();
    return tellSightings(ground, exchange);
  }
  const { credential } = admit(request.headers, address, ground.token);
  exchange.admitted();
  if (endpoint instanceof GatewayRefusal) throw endpoint;
  switch (endpoint.kind) {
    case 'answer':
      return answer(ground, exchange, endpoint, credential);
    case 'count':
      return count(ground, exchange, endpoint);
    case 'models':
      return models(ground, exchange, endpoint);
    case 'route':
      return route(ground, exchange);
    case 'metrics':
      return reply.whole(200, 'text/plain; version=0.0.4; charset=utf-8', ground.meter.text());
    case 'sightings':
      return tellSightings(ground, exchange);
    case 'health':
      return health(ground, exchange);
    default:
      return endpoint satisfies never;
  }
}

type Asked = Extract<Endpoint, { readonly kind: 'answer' | 'count' }>;

async function answer(
  ground: GatewayGround,
  exchange: Exchange,
  asked: Asked,
  credential: ReturnType<typeof admit>['credential'],
): Promise<void> {
  const { request, reply, address, signal } = exchange;
  if (ground.meter.active >= ground.limits.concurrent) {
    throw new GatewayRefusal(503, 'overload', 'Too many requests are under way here: ask again in a moment.', {
      'retry-after': '1',
    });
  }
  const ended = ground.meter.begin(asked.dialect);
  let outcome: Parameters<typeof ended>[0] = 'failed';
  try {
    const incoming = await read(ground, exchange, asked);
    const passedOn = {
      headers: clientHeaders(request.headers, ground.token),
      search: searchOf(address.query, ground.token),
      ...(credential ? { credential } : {}),
    };
    const sighting = sightingOf(incoming);
    ground.sightings.tell(() => sighting);
    const afterwards = new Afterwards((error) => ground.log('error', failureWords(error)));
    const chat = async (call: ChatCall): Promise<ChatResult> => {
      const result = await ground.router.chat(call);
      if ('status' in result)
        afterwards.add(() => ground.sightings.tell(() => ({ ...sighting, status: result.status })));
      return result;
    };
    const note = (message: string): void => ground.log('debug', message);
    const { writtenItems } = ground;
    outcome = await answerChat(chat, incoming, passedOn, { reply, signal, note, writtenItems, afterwards });
  } finally {
    ended(outcome);
  }
}

function sightingOf({ params: { id, client, surface, roots } }: Incoming): GatewaySighting {
  return { id, at: Date.now(), client, surface, ...(roots[0] === undefined ? {} : { root: roots[0] }) };
}

/** A line for each, until the follower goes or the gateway ends. One that does not read misses some. */
async function tellSightings(ground: GatewayGround, { request, reply, signal }: Exchange): Promise<void> {
  const { sightings } = ground;
  reply.begin(200, 'application/x-ndjson', { 'cache-control': 'no-store', ...proofFor(ground, request) });
  let isBusy = false;
  const line = async (text: string): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    await reply.write(`${text}\n`);
    isBusy = false;
  };
  // An empty one, so that the follower is answered at once.
  await line('');
  const end = sightings.listen((sighting) => void line(JSON.stringify(sighting)));
  if (!signal.aborted) await once(signal, 'abort');
  end();
  reply.end();
}

/** Counted here, by estimate: no provider learns of a text that it may never be asked to answer. */
async function count(ground: GatewayGround, exchange: Exchange, asked: Asked): Promise<void> {
  const body = await readBody(ground, exchange);
  const { conversation } = readRequest(ground.dialects[asked.dialect], body);
  const tokens = estimateConversationTokens(conversation);
  exchange.reply.json(200, asked.dialect === 'gemini' ? { totalTokens: tokens } : { input_tokens: tokens });
}

async function models(
  ground: GatewayGround,
  { request, reply }: Exchange,
  { list, only }: Extract<Endpoint, { readonly kind: 'models' }>,
): Promise<void> {
  const open = await ground.roots();
  const roots = open.length === 1 ? open.map((root) => pathToFileURL(root).href) : [];
  const options = await ground.router.overrideOptions(roots);
  // Where a reason is wanted, a client has no way to give one.
  const targets = options.allowed && !options.reasonRequired ? options.targets.map(({ target }) => target) : [];
  const isAnthropic = request.headers['anthropic-version'] !== undefined;
  const shape = list === 'v1beta' ? 'gemini' : isAnthropic ? 'anthropic' : 'openai';
  const names = modelNames(targets);
  if (only === undefined) return reply.json(200, modelList(shape, names));
  if (mayBeNamed(only, names)) return reply.json(200, oneModel(shape, only));
  const message = `There is no model ${only} here: ask for auto, or for one of those that /${list}/models lists.`;
  const dialect = ground.dialects[DIALECT_OF_LIST[shape]];
  reply.json(404, dialect.error(404, { kind: 'not-found', message }), { 'x-should-retry': 'false' });
}

/** Where a body of any dialect would go, and why; it goes nowhere. */
async function route(ground: GatewayGround, exchange: Exchange): Promise<void> {
  const { request, reply, address, signal } = exchange;
  const body = await readBody(ground, exchange);
  const dialect = dialectOfBody(address.query, request.headers, body.value);
  if (dialect === undefined) {
    throw new GatewayRefusal(
      400,
      'bad-request',
      'Which dialect this body is of cannot be told: name it, as ?dialect=openai-chat, openai-responses, anthropic-messages, gemini or completions.',
    );
  }
  const { params } = await readIncoming(incomingGround(ground), ground.dialects[dialect], body, {
    headers: request.headers,
    folder: address.folder,
  });
  const { decision } = await ground.router.decide(params, signal);
  reply.json(200, answerOf(decision));
}

function health(ground: GatewayGround, { request, reply }: Exchange): void {
  reply.json(200, { ok: true, version: ground.version }, proofFor(ground, request));
}

/** For whoever asks, with or without the token: of no use anywhere but at this port. */
function proofFor({ token, hold }: GatewayGround, { headers }: IncomingMessage): Readonly<Record<string, string>> {
  const held = hold();
  const proof = held && proofOf(token, 'holder', held, headers[CHALLENGE_HEADER]);
  return proof === undefined ? {} : { [PROOF_HEADER]: proof };
}

/** Another process of this user, which does not say the token: whoever holds the port could be told it. */
function isFollower({ token, hold }: GatewayGround, { headers }: IncomingMessage): boolean {
  const held = hold();
  return held !== undefined && isProof(headers[PROOF_HEADER], token, 'follower', held, headers[CHALLENGE_HEADER]);
}

async function read(ground: GatewayGround, exchange: Exchange, asked: Asked): Promise<Incoming> {
  const dialect = ground.dialects[asked.dialect];
  const body = await readBody(ground, exchange);
  const { headers } = exchange.request;
  return readIncoming(incomingGround(ground), dialect, body, {
    headers,
    addressed: asked.addressed,
    folder: exchange.address.folder,
  });
}

async function readBody(
  { limits, bodies, writtenItems }: GatewayGround,
  { request, proceed }: Exchange,
): Promise<JsonBody> {
  return writtenItems.recall(await readJson(request, limits, bodies, proceed));
}

function incomingGround({ router, roots, knowsProvider }: GatewayGround): IncomingGround {
  return { roots, knowsProvider, governance: (uri) => router.governance(uri) };
}

/** The client's query without what is the gateway's: a key in it is a credential. */
function searchOf(query: URLSearchParams, token: string): string {
  if (query.size === 0) return '';
  const kept = new URLSearchParams([...query].filter(([name, value]) => name !== 'key' && !value.includes(token)));
  const text = kept.toString();
  return text === '' ? '' : `?${text}`;
}

function refuse(
  ground: GatewayGround,
  { request, reply, address }: Pick<Exchange, 'request' | 'reply' | 'address'>,
  error: unknown,
): void {
  ground.meter.rejected();
  if (reply.isGone) return;
  if (reply.hasBegun) {
    reply.break();
    return;
  }
  const refusal =
    error instanceof GatewayRefusal
      ? error
      : new GatewayRefusal(500, 'server', 'The gateway failed in a way that was not foreseen. See its log.');
  const status = refusal.status === 'policy' ? policyStatus(address.dialect) : refusal.status;
  const fault = { kind: refusal.kind, message: refusal.message };
  const envelope = ground.dialects[address.dialect].error(status, fault);
  const again: Readonly<Record<string, string>> = status === 503 ? {} : { 'x-should-retry': 'false' };
  reply.json(status, envelope, { ...refusal.headers, ...again });
  if (!request.complete) drain(request);
}

function drain(request: IncomingMessage): void {
  const timer = setTimeout(() => request.destroy(), DRAIN_MS);
  request.once('close', () => clearTimeout(timer)).resume();
}
