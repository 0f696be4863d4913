import type { Dialect } from '../chat/dialect.ts';
import { StreamFault } from '../chat/fault.ts';
import { type Call, type ErrorReader, startCall } from './call.ts';
import type { Endpoint } from './endpoint.ts';
import type { AnswerHeaders, NetworkAnswer } from './exchange.ts';
import { ProviderFailure } from './failure.ts';
import { clientHeaders, headersOfClient, searchOfClient } from './forwardHeaders.ts';
import type { CallOptions, Forward, ForwardedAnswer, ForwardRequest } from './provider.ts';

/** What a file for one wire says of passing its dialect's bodies through. */
export interface ForwardRules {
  readonly dialect: Dialect;
  /** The address, without the client's query; undefined: there is no such operation. */
  url(request: ForwardRequest): string | undefined;
  /** Headers for this host, over the client's. */
  headers?(request: ForwardRequest): Readonly<Record<string, string>>;
  /** Where the host wants another form of the body. */
  body?(request: ForwardRequest): Buffer;
  readonly error: ErrorReader;
}

/** Passes bodies through to one provider, as they are. */
export function createForward(endpoint: Endpoint, rules: ForwardRules): Forward {
  return {
    dialect: rules.dialect,
    send: async (request, options) => {
      const call = startCall(endpoint, options, rules.error);
      try {
        const sent = endpoint.send(toSend(endpoint, rules, request, call), request.credential);
        const { deadlineMs, patience } = options;
        // The head of a stream comes at once, that of a whole answer with the answer.
        const answer = await call.waitFor(sent, request.stream ? deadlineMs : patience?.wholeMs);
        return await begin(answer, request, call, options);
      } catch (error) {
        const failure = call.failure(error);
        call.end();
        throw failure;
      }
    },
  };
}

function toSend(endpoint: Endpoint, rules: ForwardRules, request: ForwardRequest, { signal }: Call) {
  const address = rules.url(request);
  if (address === undefined) {
    const message = `"${endpoint.id}" (${endpoint.host}) has no counting of tokens in this dialect.`;
    throw new ProviderFailure('not-found', endpoint.id, message);
  }
  const url = urlOf(address, request.search);
  const withOwnKey = endpoint.row.setting.key === 'passthrough';
  const headers = {
    ...headersOfClient(request.headers, rules.dialect, withOwnKey),
    ...rules.headers?.(request),
    accept: request.stream ? 'text/event-stream' : 'application/json',
    // What is spent is read from the bytes as they pass.
    'accept-encoding': 'identity',
    'content-type': 'application/json',
  };
  const body = rules.body === undefined ? request.body : rules.body(request);
  return { url, headers, body, signal };
}

/** A provider's addresses are few. */
const mostAddresses = 100;
const addresses = new Map<string, URL>();

/** Nothing may write into what it returns. */
function urlOf(address: string, search: string): URL {
  if (search !== '') {
    const url = new URL(address);
    for (const [name, value] of searchOfClient(search)) {
      if (!url.searchParams.has(name)) url.searchParams.append(name, value);
    }
    return url;
  }
  const known = addresses.get(address);
  if (known !== undefined) return known;
  if (addresses.size >= mostAddresses) addresses.clear();
  const url = new URL(address);
  addresses.set(address, url);
  return url;
}

/** The answer, when its first byte has come: until then another provider can still be asked. */
async function begin(
  answer: NetworkAnswer,
  request: ForwardRequest,
  call: Call,
  options: CallOptions,
): Promise<ForwardedAnswer> {
  const contentType = headerOf(answer.headers, 'content-type');
  refuseForm(contentType, headerOf(answer.headers, 'content-encoding'), request);
  const pieces = new Pieces(answer, call, silenceOf(request, options));
  if (!(await pieces.begin())) throw new StreamFault('malformed', 'The answer was empty.');
  call.answerBegan();
  return {
    status: answer.status,
    contentType,
    headers: clientHeaders(Object.entries(answer.headers)),
    bytes: { [Symbol.asyncIterator]: () => pieces },
  };
}

/** How long nothing may come, in milliseconds. */
function silenceOf({ stream }: ForwardRequest, { deadlineMs, patience }: CallOptions): number {
  return (stream ? patience?.silenceMs : patience?.wholeMs) ?? deadlineMs;
}

/** Another form than was asked for would be taken by the client for an empty answer, or for none. */
function refuseForm(contentType: string, encoding: string, { stream }: ForwardRequest): void {
  const isExpected = (stream ? /^text\/event-stream\b/i : /^application\/(?:[\w.-]+\+)?json\b/i).test(contentType);
  if (!isExpected) {
    const form = /^[\w.+-]+\/[\w.+-]+/.exec(contentType)?.[0].slice(0, 60) ?? 'no content type';
    throw new StreamFault('malformed', `It answered with ${form} where ${stream ? 'a stream' : 'JSON'} was asked for.`);
  }
  if (encoding !== '' && encoding !== 'identity') {
    throw new StreamFault('malformed', 'It sent a compressed answer, though it was asked not to.');
  }
}

function headerOf(headers: AnswerHeaders, name: string): string {
  const value = headers[name];
  return (typeof value === 'string' ? value : value?.[0]) ?? '';
}

/**
 * The bytes as they come, under the deadline for the first of them and between two. One timer for all of them: one for
 * each piece, as `waitFor` sets, is felt with hundreds of pieces. The time that the reader takes is not counted.
 */
class Pieces implements AsyncIterator<Uint8Array, undefined> {
  readonly #answer: NetworkAnswer;
  readonly #call: Call;
  readonly #timer: NodeJS.Timeout;
  #ready: Uint8Array | undefined;
  #isWaiting = false;
  #isDone = false;

  constructor(answer: NetworkAnswer, call: Call, silenceMs: number) {
    this.#answer = answer;
    this.#call = call;
    this.#timer = setTimeout(() => {
      if (this.#isWaiting) call.expire(silenceMs);
    }, silenceMs);
    // Whoever never reads on must not leave a timer or a connection behind.
    call.signal.addEventListener('abort', () => this.#giveUp(), { once: true });
  }

  /** Waits for the first piece, which is then the next one. False where there is none. */
  async begin(): Promise<boolean> {
    this.#ready = (await this.next()).value;
    return this.#ready !== undefined;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const ready = this.#ready;
    if (ready !== undefined) {
      this.#ready = undefined;
      return { done: false, value: ready };
    }
    if (this.#isDone) return { done: true, value: undefined };
    try {
      this.#isWaiting = true;
      this.#timer.refresh();
      const value = await this.#answer.read();
      this.#isWaiting = false;
      if (value !== undefined) return { done: false, value };
    } catch (error) {
      const failure = this.#call.failure(error);
      this.#giveUp();
      throw failure;
    }
    this.#isDone = true;
    clearTimeout(this.#timer);
    this.#call.complete();
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (!this.#isDone) this.#giveUp();
    this.#isDone = true;
    return { done: true, value: undefined };
  }

  #giveUp(): void {
    clearTimeout(this.#timer);
    this.#answer.stop();
    this.#call.end();
  }
}
