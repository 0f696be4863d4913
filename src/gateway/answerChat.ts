import { randomBytes } from 'node:crypto';
import type { AnswerHead, AnswerWriter } from '../chat/dialect.ts';
import type { ChatEvent, Lost } from '../chat/events.ts';
import type { Fault } from '../chat/fault.ts';
import { fieldsOf } from '../chat/untrusted.ts';
import type { ChatResult } from '../contract/messages.ts';
import type { ResolvedTarget } from '../policy/compiled.ts';
import { hasMoneyLimits, hasRegionLimits } from '../policy/layers.ts';
import type { ProviderFailure } from '../providers/failure.ts';
import type { ForwardRequest } from '../providers/provider.ts';
import { besideTheWay } from '../router/besideTheWay.ts';
import type { AttemptReport } from '../router/dispatch.ts';
import type { ChatCall, Passage } from '../router/door.ts';
import { once } from '../router/once.ts';
import { type Prepared, policyIn } from '../router/prepare.ts';
import { refusalSentence } from '../routing/explain.ts';
import type { Afterwards } from './afterwards.ts';
import { policyStatus } from './dialects.ts';
import { failureHead } from './failureStatus.ts';
import type { Incoming } from './incoming.ts';
import { JsonList } from './jsonList.ts';
import type { Reply } from './reply.ts';
import { lostWords, routingHeaders } from './routingHeaders.ts';
import { completionIn } from './textCompletions.ts';
import { withoutUsageChunk } from './usageChunk.ts';
import { WholeFrames } from './wholeFrames.ts';
import type { WrittenItems } from './writtenItems.ts';

/** How a request ended, for the counters. */
export type ChatOutcome = 'served' | 'refused' | 'unserved' | 'failed' | 'cut' | 'cancelled';

/** What of the HTTP request goes on to a provider that speaks the same dialect. */
export type PassedOn = Pick<ForwardRequest, 'headers' | 'search' | 'credential'>;

/** Where an answer goes. */
export interface AnswerGround {
  readonly reply: Reply;
  readonly signal: AbortSignal;
  readonly writtenItems: WrittenItems;
  readonly afterwards: Afterwards;
  /** For whoever looks closely: what a header has no room for. */
  note(message: string): void;
}

/** Characters; a body may have as many fields as it likes. */
const LONGEST_NOTE = 20_000;
const EVENT_STREAM = 'text/event-stream; charset=utf-8';
const JSON_LIST = 'application/json; charset=utf-8';
/** Clients of OpenAI's and Anthropic's libraries heed it: asking again would be answered the same. */
const NO_RETRY = { 'x-should-retry': 'false' } as const;

/** Lets the router answer a chat, and writes its answer in the client's dialect. */
export async function answerChat(
  chat: (call: ChatCall) => Promise<ChatResult>,
  incoming: Incoming,
  passedOn: PassedOn,
  ground: AnswerGround,
): Promise<ChatOutcome> {
  const answer = new Answer(incoming, ground);
  const completion = completionIn(incoming.read.conversation);
  const passage = answer.passage(passedOn);
  const result = await chat({
    params: incoming.params,
    signal: ground.signal,
    emit: (event) => answer.event(event),
    decided: (prepared) => answer.decided(prepared),
    asking: (target, place, lost) => answer.asking(target, place, lost),
    afterwards: (work) => ground.afterwards.add(work),
    attempted: (report) => answer.attempted(report),
    ...(passage ? { passage } : {}),
    ...(completion ? { completion } : {}),
  });
  try {
    return await answer.finish(result);
  } finally {
    ground.afterwards.now();
  }
}

/** One answer while it comes about: first who is asked, then what is said, then how it ended. */
class Answer {
  readonly #incoming: Incoming;
  readonly #reply: Reply;
  readonly #note: AnswerGround['note'];
  readonly #writtenItems: WrittenItems;
  readonly #events: ChatEvent[] = [];
  readonly #frames = new WholeFrames();
  /** Providers are asked for events, whichever form the client wants. */
  readonly #list: JsonList | undefined;
  #prepared: Prepared | undefined;
  #target: ResolvedTarget | undefined;
  #attempts = 0;
  #lost: readonly Lost[] = [];
  /** What is told of the request's way; found out while the provider thinks, for whoever is asked now. */
  #headers: () => Readonly<Record<string, string>> = () => this.#routing();
  #failure: ProviderFailure | undefined;
  /** Whose answer the client's own body was last written for. */
  #passedTo: ResolvedTarget | undefined;
  #writer: AnswerWriter | undefined;
  #passing: 'stream' | 'whole' | undefined;
  #faultPassed = false;
  /** What tells the client that the answer is complete: it is said when the attempt is written down. */
  #lastBytes: Uint8Array | undefined;
  readonly #lastEvents: ChatEvent[] = [];

  constructor(incoming: Incoming, { reply, note, writtenItems }: AnswerGround) {
    this.#incoming = incoming;
    this.#reply = reply;
    this.#note = note;
    this.#writtenItems = writtenItems;
    this.#list = incoming.read.form?.list === true ? new JsonList() : undefined;
  }

  decided(prepared: Prepared): void {
    this.#prepared = prepared;
  }

  asking(target: ResolvedTarget, place: number, lost: readonly Lost[]): void {
    this.#target = target;
    this.#attempts = place + 1;
    this.#lost = this.#passedTo === target ? lost : [...this.#incoming.read.lost, ...lost];
    this.#headers = once(() => this.#routing());
    besideTheWay({ log: (_level, message) => this.#note(message) }, this.#headers);
    if (this.#lost.length === 0) return;
    const words = this.#lost
      .map(lostWords)
      .join('; ')
      .slice(0, LONGEST_NOTE)
      .replace(/\p{Cc}+/gu, ' ');
    this.#note(`Request ${this.#incoming.params.id} to ${target.target} goes without: ${words}`);
  }

  attempted({ target, place, end }: AttemptReport<void>): void {
    if (end.kind !== 'failed') return;
    this.#failure = end.failure;
    // One that could not even be reached was never about to be asked.
    this.#target = target;
    this.#attempts = place + 1;
    this.#headers = () => this.#routing();
  }

  event(event: ChatEvent): void | Promise<void> {
    if (!this.#incoming.read.stream) {
      this.#events.push(event);
      return undefined;
    }
    if (event.kind === 'finished' || this.#lastEvents.length > 0) {
      this.#lastEvents.push(event);
      return undefined;
    }
    return this.#say(event);
  }

  #say(event: ChatEvent): void | Promise<void> {
    this.#writer ??= this.#newWriter();
    const text = this.#writer.event(event);
    if (text === '') return undefined;
    if (!this.#reply.hasBegun) {
      const type = this.#list ? JSON_LIST : EVENT_STREAM;
      this.#reply.begin(200, type, { ...this.#headers(), 'cache-control': 'no-cache' });
    }
    return this.#reply.write(text);
  }

  /** undefined where the dialect lets nothing pass through. */
  passage({ headers, search, credential }: PassedOn): Passage | undefined {
    const { dialect, body, read } = this.#incoming;
    if (!('rewrite' in dialect)) return undefined;
    return {
      dialect: dialect.id,
      stream: read.stream,
      headers,
      search,
      ...(credential ? { credential } : {}),
      readStream: () => dialect.readStream(),
      readWhole: (whole) => dialect.readWhole(whole),
      body: (target) => {
        this.#passedTo = target;
        const { model, effort, maxOutputTokens } = target;
        const last = this.#prepared?.turn?.session.last?.target;
        const answeredBy = last?.slice(last.indexOf('/') + 1);
        const policy = this.#prepared && policyIn(this.#prepared.inForce);
        const changes = {
          model,
          ...(answeredBy === undefined ? {} : { answeredBy }),
          ...(effort ? { effort } : {}),
          ...(maxOutputTokens ? { maxOutputTokens } : {}),
          ...(policy && hasMoneyLimits(policy) ? { listPrice: true as const } : {}),
          ...(policy && policy.mode !== 'observe' ? { isChosen: true as const } : {}),
          ...(policy && hasRegionLimits(policy) ? { ownRegion: true as const } : {}),
        };
        return dialect.rewrite(body, changes);
      },
      begin: ({ status, contentType, headers: own }) => {
        this.#passing = /\btext\/event-stream\b/i.test(contentType) ? 'stream' : 'whole';
        const type = this.#list && this.#passing === 'stream' ? JSON_LIST : contentType;
        this.#reply.begin(status, type, { ...own, ...this.#headers() });
      },
      write: (bytes) => this.#reply.write(this.#passing === 'stream' ? this.#told(this.#frames.take(bytes)) : bytes),
      end: (bytes) => {
        this.#lastBytes = bytes;
      },
      faultPassed: () => {
        this.#faultPassed = true;
      },
    };
  }

  /** Ends the answer as the request ended. */
  async finish(result: ChatResult): Promise<ChatOutcome> {
    switch (result.kind) {
      case 'served':
        await this.#complete();
        return 'served';
      case 'blocked':
        this.#refuse(policyStatus(this.#incoming.dialect.id), { kind: 'permission', message: result.message });
        return 'refused';
      case 'answered-by-routing': {
        const sentence = this.#prepared ? refusalSentence(this.#prepared.decision) : 'Nothing can serve this request.';
        const { retryAfterMs } = result;
        const again =
          retryAfterMs === undefined ? NO_RETRY : failureHead({ kind: 'overload', status: 503, retryAfterMs }).headers;
        this.#refuse(503, { kind: 'overload', message: sentence }, again);
        return 'unserved';
      }
      case 'failed':
        return this.#fail({ kind: this.#failure?.kind ?? 'server', message: result.message });
      case 'cancelled':
        if (this.#reply.isGone) return 'cancelled';
        // Our own end: what it came to for whoever was asked is no answer to the client.
        this.#failure = undefined;
        return this.#fail({ kind: 'overload', message: 'The gateway is shutting down: ask again in a moment.' });
      default:
        return result satisfies never;
    }
  }

  /** Events as the client asked for them. */
  #told(frames: Uint8Array): Uint8Array {
    const { dialect, read } = this.#incoming;
    if (this.#list) return this.#list.take(frames);
    return dialect.id === 'openai-chat' && read.form?.usageChunk !== true ? withoutUsageChunk(frames) : frames;
  }

  async #complete(): Promise<void> {
    this.#reply.nearsEnd();
    const last = this.#lastBytes;
    if (last !== undefined)
      await this.#reply.write(this.#passing === 'stream' ? this.#told(this.#frames.take(last)) : last);
    if (this.#passing === 'stream') await this.#writeRest();
    for (const event of this.#lastEvents) await this.#say(event);
    if (this.#passing !== undefined || this.#incoming.read.stream) return this.#reply.end();
    const { dialect } = this.#incoming;
    return this.#reply.json(200, dialect.whole(this.#events, this.#head()), this.#headers());
  }

  #refuse(status: number, fault: Fault, again: Readonly<Record<string, string>> = NO_RETRY): void {
    this.#reply.json(status, this.#incoming.dialect.error(status, fault), { ...this.#headers(), ...again });
  }

  /** Nothing was said yet: an error with a status of its own. Something was: the dialect's error, and never a clean end. */
  async #fail(fault: Fault): Promise<'failed' | 'cut'> {
    const { dialect } = this.#incoming;
    if (!this.#reply.hasBegun) {
      this.#failWhole(fault);
      return 'failed';
    }
    if (this.#passing === 'whole') this.#reply.break();
    else if (this.#faultPassed) {
      await this.#writeRest();
      this.#reply.end();
    } else if (this.#passing && this.#list) {
      const { form: _list, ...head } = this.#head();
      await this.#reply.write(this.#list.take(dialect.stream(head).fail(fault)));
      await this.#reply.write(this.#list.end());
      this.#reply.end();
    } else {
      const writer = this.#writer ?? dialect.stream(this.#head());
      await this.#reply.write(writer.fail(fault));
      this.#reply.end();
    }
    return 'cut';
  }

  /** What is left of a stream that passed through. */
  async #writeRest(): Promise<void> {
    await this.#reply.write(this.#told(this.#frames.rest()));
    if (this.#list) await this.#reply.write(this.#list.end());
  }

  #failWhole(fault: Fault): void {
    const refusal = this.#failure?.refusal;
    if (refusal) {
      this.#reply.whole(refusal.status, refusal.contentType, refusal.body, { ...refusal.headers, ...this.#headers() });
      return;
    }
    const { status, headers } = failureHead(
      this.#failure ?? { kind: fault.kind, status: undefined, retryAfterMs: undefined },
    );
    this.#reply.json(status, this.#incoming.dialect.error(status, fault), { ...headers, ...this.#headers() });
  }

  #newWriter(): AnswerWriter {
    return this.#incoming.dialect.stream(this.#head());
  }

  #head(): AnswerHead {
    const { model, conversation, form } = this.#incoming.read;
    // What is not to be kept is sent back whole.
    const isKept = fieldsOf(this.#incoming.body.value)['store'] !== false;
    return {
      model: this.#target?.model ?? model,
      id: randomBytes(12).toString('hex'),
      createdAt: Math.floor(Date.now() / 1000),
      conversation,
      ...(form !== undefined && { form }),
      ...(isKept && { itemWritten: (item) => this.#writtenItems.remember(item) }),
    };
  }

  #routing(): Readonly<Record<string, string>> {
    return routingHeaders({
      decision: this.#prepared?.decision,
      target: this.#target?.target,
      attempts: this.#attempts,
      lost: this.#lost,
    });
  }
}
