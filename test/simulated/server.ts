import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeAnswer } from './answer.ts';
import { type Behaviour, createScript } from './behaviour.ts';
import { type Clock, createClock, forever, type Pace, pause } from './pace.ts';
import { type Json, parsed } from './prompt.ts';
import { countTokens, createPromptCache, type Tokens } from './usage.ts';
import type { Endpoint, Frame } from './wire.ts';

/** One request as a simulated provider received it, and how it went. */
export interface RecordedRequest {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Json;
  /** Tells connections apart. */
  readonly remotePort: number;
  /** The model that was asked for, empty where the body names none. */
  readonly model: string;
  readonly behaviour: Behaviour['kind'] | 'own';
  /** undefined: no headers were sent. */
  status?: number;
  deltasSent: number;
  /** What the answer came to, had it been read to its end. */
  tokens?: Tokens;
  /** The client closed the connection before the answer was complete. */
  aborted?: { readonly afterMs: number };
  /** Set when nothing more will be sent. */
  endedAfterMs?: number;
}

export interface SimulatedServer {
  /** `http://127.0.0.1:PORT`, without a path. */
  readonly url: string;
  /** In the order of arrival; grows. */
  readonly requests: readonly RecordedRequest[];
  /** What is to happen at the next `times` requests (default 1, `Infinity` until `recover`), after those already set. */
  behave(behaviour: Behaviour, times?: number): void;
  /** Forgets what was set by `behave`. */
  recover(): void;
  /** Forgets the requests seen so far. */
  forget(): void;
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly endpoints: readonly Endpoint[];
  /** Answers to GET, by path. */
  readonly documents?: Readonly<Record<string, Json>>;
  /** POST paths answered with the token count of the prompt alone. */
  readonly counting?: { readonly path: string; readonly read: Endpoint['read'] };
  readonly pace: Pace;
  /** When set, requests without this key are refused with 401. */
  readonly key?: string;
  /** 0 for any free port. */
  readonly port?: number;
}

/** A real HTTP server on loopback that speaks the given wires. */
export async function startServer(options: ServerOptions): Promise<SimulatedServer> {
  const requests: RecordedRequest[] = [];
  const script = createScript();
  const cache = createPromptCache();
  const clock = createClock(options.pace);
  let count = 0;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    const route = path.split('?', 1)[0] ?? '/';
    const sent = parsed(await readBody(request));
    // Google's paths name the model; the other bodies do it themselves.
    const named = /\/models\/([^/:]+):/.exec(route)?.[1];
    const body = named === undefined ? sent : { ...sent, model: decodeURIComponent(named) };
    const isPost = request.method === 'POST';
    const behaviour = isPost ? script.take() : undefined;
    const record: RecordedRequest = {
      at: Date.now(),
      method: request.method ?? '',
      path,
      headers: { ...request.headers },
      body: sent,
      remotePort: request.socket.remotePort ?? 0,
      model: typeof body['model'] === 'string' ? body['model'] : '',
      behaviour: behaviour?.kind ?? 'own',
      deltasSent: 0,
    };
    requests.push(record);
    const gone = new AbortController();
    response.once('close', () => {
      record.endedAfterMs = Date.now() - record.at;
      if (!response.writableFinished && !ourOwnCut.has(response)) record.aborted = { afterMs: record.endedAfterMs };
      gone.abort();
    });
    const send = (status: number, value: Json, headers: Readonly<Record<string, string>> = {}): void => {
      record.status = status;
      const text = JSON.stringify(value);
      response.writeHead(status, { 'content-type': 'application/json', 'x-simulated': 'true', ...headers }).end(text);
    };

    const document = options.documents?.[route];
    if (!isPost)
      return document === undefined ? send(404, { error: { message: `No ${route} here.` } }) : send(200, document);
    const endpoint = options.endpoints.find(({ paths }) => paths.some((end) => route.endsWith(end)));
    if (options.counting !== undefined && route.endsWith(options.counting.path)) {
      const tokens = options.counting.read(body).segments.reduce((sum, { text }) => sum + countTokens(text), 0);
      return send(200, { input_tokens: tokens });
    }
    if (endpoint === undefined) return send(404, { error: { message: `No ${route} here.` } });
    if (options.key !== undefined && !carriesKey(request, options.key)) {
      return send(401, endpoint.error(401, undefined, 'Incorrect API key provided.'));
    }

    count += 1;
    if (behaviour?.kind === 'reset') return cut(response);
    if (behaviour?.kind === 'hang') return forever(gone.signal);
    if (behaviour?.kind === 'status') return send(behaviour.status, ...refusal(endpoint, behaviour));
    if (behaviour?.kind === 'empty') {
      record.status = 200;
      response
        .writeHead(200, { 'content-type': endpoint.streams(body) ? endpoint.streamType : 'application/json' })
        .end();
      return;
    }
    const complaint = endpoint.refuse?.(body, request.headers);
    if (complaint !== undefined) return send(400, endpoint.error(400, undefined, complaint));

    const prompt = endpoint.read(body);
    const exactly = behaviour !== undefined && 'answer' in behaviour ? behaviour.answer : undefined;
    const answer = exactly ?? endpoint.answer?.(body) ?? makeAnswer(prompt);
    const reasoning = countTokens(answer.thinking ?? '');
    const calls = (answer.toolCalls ?? []).reduce((sum, call) => sum + countTokens(JSON.stringify(call)), 0);
    const tokens = {
      ...cache.count(endpoint.cache === 'none' ? [] : prompt.segments, endpoint.cache === 'automatic'),
      ...(endpoint.cache === 'none'
        ? { input: prompt.segments.reduce((sum, { text }) => sum + countTokens(text), 0) }
        : {}),
      output: countTokens(answer.text ?? '') + calls + reasoning,
      reasoning,
    };
    record.tokens = tokens;
    const saying = { body, prompt, answer, tokens, number: count, created: Math.floor(record.at / 1000) };
    await pause(clock.firstByte(), gone.signal);
    if (gone.signal.aborted) return;
    if (!endpoint.streams(body) && (behaviour === undefined || behaviour.kind === 'answer'))
      return send(200, endpoint.whole(saying));
    record.status = 200;
    response.writeHead(200, {
      'content-type': endpoint.streams(body) ? endpoint.streamType : 'application/json',
      'cache-control': 'no-cache',
      'x-simulated': 'true',
    });
    // Whoever waits for the first byte must have the headers, even if no byte follows.
    response.flushHeaders();
    const frames = endpoint.streams(body)
      ? endpoint.stream(saying)
      : [{ text: JSON.stringify(endpoint.whole(saying)), delta: true }];
    await write(response, frames, { behaviour, endpoint, record, clock, signal: gone.signal });
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      // A fault of the stand-in itself must not look like a fault of the code under test.
      process.stderr.write(`simulated provider: ${String(error)}\n`);
      cut(response);
    });
  });
  const url = await listen(server, options.port ?? 0);
  return {
    url,
    requests,
    behave: script.add,
    recover: script.recover,
    forget: () => {
      requests.length = 0;
    },
    stop: () => close(server),
  };
}

interface Writing {
  readonly behaviour: Behaviour | undefined;
  readonly endpoint: Endpoint;
  readonly record: RecordedRequest;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

async function write(response: ServerResponse, frames: Iterable<Frame>, writing: Writing): Promise<void> {
  const { behaviour, endpoint, record, clock, signal } = writing;
  const faultAfter = behaviour !== undefined && 'afterDeltas' in behaviour ? (behaviour.afterDeltas ?? 2) : 2;
  for (const frame of frames) {
    if (signal.aborted) return;
    if (frame.delta) {
      if (record.deltasSent >= faultAfter && behaviour !== undefined && breaks(behaviour)) {
        return misbehave(response, behaviour, endpoint, signal);
      }
      await pause(behaviour?.kind === 'slow' ? behaviour.perDeltaMs : clock.delta(), signal);
      if (signal.aborted) return;
      record.deltasSent += 1;
    }
    if (!response.write(frame.text)) await drained(response, signal);
  }
  // The answer was shorter than the fault was set for: break it before its end all the same.
  if (behaviour !== undefined && breaks(behaviour)) return misbehave(response, behaviour, endpoint, signal);
  response.end();
}

function breaks(behaviour: Behaviour): boolean {
  return ['hang-mid-stream', 'cut', 'end-early', 'stream-error', 'malformed'].includes(behaviour.kind);
}

async function misbehave(
  response: ServerResponse,
  behaviour: Behaviour,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<void> {
  if (behaviour.kind === 'hang-mid-stream') return forever(signal);
  if (behaviour.kind === 'stream-error') {
    response.end(endpoint.errorFrame(behaviour.message ?? 'Simulated failure in the middle of the answer.'));
  } else if (behaviour.kind === 'malformed') {
    response.end('data: {"this is": no JSON\n\nnor is this a frame\n\n');
  } else if (behaviour.kind === 'end-early') {
    response.end();
  } else {
    // What was written must be on its way before the connection breaks.
    await pause(5, signal);
    cut(response);
  }
}

const ourOwnCut = new WeakSet<ServerResponse>();

function cut(response: ServerResponse): void {
  ourOwnCut.add(response);
  response.destroy();
}

function refusal(
  endpoint: Endpoint,
  behaviour: Extract<Behaviour, { kind: 'status' }>,
): [Json, Record<string, string>] {
  const headers: Record<string, string> = { 'request-id': 'req_simulated' };
  if (behaviour.retryAfter !== undefined) headers['retry-after'] = behaviour.retryAfter;
  if (behaviour.retryAfterMs !== undefined) headers['retry-after-ms'] = String(behaviour.retryAfterMs);
  const message = behaviour.message ?? `Simulated ${behaviour.status}.`;
  return [endpoint.error(behaviour.status, behaviour.code, message), headers];
}

function carriesKey(request: IncomingMessage, key: string): boolean {
  const { authorization } = request.headers;
  return (
    authorization === `Bearer ${key}` ||
    ['x-api-key', 'api-key', 'x-goog-api-key'].some((name) => request.headers[name] === key)
  );
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
