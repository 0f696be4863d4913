import type { ChatEvent } from '../chat/events.ts';
import type { Usage } from '../models/model.ts';
import type { ResolvedTarget } from '../policy/compiled.ts';
import { ProviderFailure } from '../providers/failure.ts';
import type { Provider } from '../providers/provider.ts';

/** One call on one target: what the ledger, health and the person hear of it. Times are in milliseconds. */
export interface AttemptReport<Result> {
  readonly target: ResolvedTarget;
  /** 0 for the first candidate. */
  readonly place: number;
  readonly startedAt: number;
  readonly latencyMs: number;
  readonly firstTokenMs?: number;
  readonly usage?: Usage;
  readonly servedModel?: string;
  /** The provider was asked, so it may have begun to work, whatever became of it. */
  readonly asked: boolean;
  /** What was written of an answer that failed half-way, or whose provider did not say what it came to. */
  readonly written?: Written;
  readonly end:
    | { readonly kind: 'served'; readonly result: Result }
    /** `committed`: something of the answer had been shown, so nobody else could take over. */
    | { readonly kind: 'failed'; readonly failure: ProviderFailure; readonly committed: boolean };
}

/** A text, of which only so much is kept as its tokens are estimated by. */
export interface Written {
  readonly beginning: string;
  /** In characters, of all of it. */
  readonly length: number;
}

/** What one attempt may tell while it runs. */
export interface AttemptTap {
  /** 0 for the first candidate. */
  readonly place: number;
  /** The first content came. From here on the answer is this target's. */
  commit(): void;
  /** A piece of the answer's text, so that an answer that is cut can still be counted. */
  said(text: string): void;
  usage(usage: Usage): void;
  servedModel(model: string): void;
}

/** Kept of what a model writes, in characters: about an hour of it. */
const longestBeginning = 400_000;
/** What is kept back before the first content, and what is relayed of one answer in all. */
const mostHeldEvents = 10_000;
const longestRelayed = 32 * 1024 * 1024;

export interface Dispatch<Result> {
  /**
   * The target to ask now; undefined: nobody is left. Asked before each attempt, with those that were tried and how the
   * last of them failed.
   */
  next(
    tried: readonly ResolvedTarget[],
    failure: ProviderFailure | undefined,
  ): ResolvedTarget | undefined | Promise<ResolvedTarget | undefined>;
  readonly signal: AbortSignal;
  now(): number;
  provider(id: string): Provider | undefined;
  call(provider: Provider, target: ResolvedTarget, tap: AttemptTap): Promise<Result>;
  /** Told after each attempt, before the next begins. */
  report(attempt: AttemptReport<Result>): void;
}

/** Failures that another supplier would not mend: the person stopped, or a model refused what was asked. */
export function endsDispatch(failure: ProviderFailure): boolean {
  return failure.kind === 'cancelled' || failure.kind === 'content-refused';
}

function asFailure(error: unknown, target: ResolvedTarget, signal: AbortSignal): ProviderFailure {
  if (error instanceof ProviderFailure) return error;
  if (signal.aborted)
    return new ProviderFailure('cancelled', target.provider, 'The request was cancelled.', { cause: error });
  const message = `${target.provider} failed in a way that was not foreseen. See the log.`;
  return new ProviderFailure('malformed', target.provider, message, { cause: error });
}

/**
 * Tries the candidates in order. The next one is tried only while nothing of an answer has been shown: half an answer
 * of one model is never continued by another. Never throws: every end is in the reports, the last of which is returned.
 *
 * @returns undefined when there was no candidate
 */
export async function dispatch<Result>(request: Dispatch<Result>): Promise<AttemptReport<Result> | undefined> {
  const tried: ResolvedTarget[] = [];
  let last: AttemptReport<Result> | undefined;
  let failure: ProviderFailure | undefined;
  for (;;) {
    const target = await request.next(tried, failure);
    if (target === undefined) return last;
    last = await attempt(request, target, tried.length);
    request.report(last);
    if (last.end.kind === 'served' || last.end.committed || endsDispatch(last.end.failure)) return last;
    tried.push(target);
    failure = last.end.failure;
  }
}

async function attempt<Result>(
  request: Dispatch<Result>,
  target: ResolvedTarget,
  place: number,
): Promise<AttemptReport<Result>> {
  const { signal } = request;
  const startedAt = request.now();
  let firstTokenAt: number | undefined;
  let usage: Usage | undefined;
  let servedModel: string | undefined;
  let asked = false;
  let beginning = '';
  let length = 0;
  const tap: AttemptTap = {
    place,
    commit: () => {
      firstTokenAt ??= request.now();
    },
    said: (text) => {
      length += text.length;
      if (beginning.length < longestBeginning) beginning += text.slice(0, longestBeginning - beginning.length);
    },
    usage: (reported) => {
      usage = reported;
    },
    servedModel: (model) => {
      servedModel = model;
    },
  };
  const finish = (end: AttemptReport<Result>['end']): AttemptReport<Result> => ({
    target,
    place,
    startedAt,
    latencyMs: request.now() - startedAt,
    ...(firstTokenAt === undefined ? {} : { firstTokenMs: firstTokenAt - startedAt }),
    ...(usage ? { usage } : {}),
    ...(servedModel ? { servedModel } : {}),
    asked,
    ...((end.kind === 'failed' || !usage) && length > 0 ? { written: { beginning, length } } : {}),
    end,
  });
  try {
    const provider = request.provider(target.provider);
    if (!provider)
      throw new ProviderFailure(
        'not-found',
        target.provider,
        `The provider "${target.provider}" is not configured any more.`,
      );
    if (signal.aborted) throw new ProviderFailure('cancelled', target.provider, 'The request was cancelled.');
    asked = true;
    return finish({ kind: 'served', result: await request.call(provider, target, tap) });
  } catch (error) {
    return finish({ kind: 'failed', failure: asFailure(error, target, signal), committed: firstTokenAt !== undefined });
  }
}

/** Whether an event is part of the answer, as opposed to a frame around it. */
export function isContent(event: ChatEvent): boolean {
  switch (event.kind) {
    case 'text':
    case 'thinking':
      return event.text !== '';
    case 'thinking-ended':
    case 'tool-call-started':
    case 'tool-call-delta':
    case 'tool-call':
      return true;
    case 'started':
    case 'usage':
    case 'finished':
      return false;
    default:
      return event satisfies never;
  }
}

/** The part of an event that a model has written, and that is billed as output. A call that came in pieces is counted by them. */
export function writtenIn(event: ChatEvent): string {
  switch (event.kind) {
    case 'text':
    case 'thinking':
      return event.text;
    case 'tool-call-started':
      return event.name;
    case 'tool-call-delta':
      return event.arguments;
    case 'tool-call':
    case 'thinking-ended':
    case 'started':
    case 'usage':
    case 'finished':
      return '';
    default:
      return event satisfies never;
  }
}

/**
 * Hands a stream on, event by event; what comes before the first content is held back, so that a target that fails at
 * once leaves no trace in the answer of the next one.
 *
 * @param mayBeSilent an answer without a word is one: it comes after the results of tools
 * @throws {ProviderFailure} when it ends properly and has said nothing
 */
export async function relay(
  provider: string,
  events: AsyncIterable<ChatEvent>,
  tap: AttemptTap,
  emit: (event: ChatEvent) => void | Promise<void>,
  mayBeSilent = false,
): Promise<void> {
  const held: ChatEvent[] = [];
  let committed = false;
  let relayed = 0;
  for await (const event of events) {
    if (event.kind === 'usage') tap.usage(event.usage);
    if (event.kind === 'started' && event.servedModel) tap.servedModel(event.servedModel);
    const written = writtenIn(event);
    tap.said(written);
    relayed += written.length;
    if (relayed > longestRelayed || held.length > mostHeldEvents) {
      throw new ProviderFailure('malformed', provider, `${provider} sent more than any answer is; it was given up.`);
    }
    if (!committed && !isContent(event)) {
      held.push(event);
      continue;
    }
    if (!committed) {
      committed = true;
      tap.commit();
      for (const earlier of held.splice(0)) await emit(earlier);
    }
    await emit(event);
  }
  if (committed) return;
  // An answer without a word helps nobody: another target may have one.
  const finished = held.find((event) => event.kind === 'finished');
  const isRefusal = finished?.reason === 'refusal';
  // All that it may say went into thinking, or it has nothing to add to what its tools gave: so it is with every model.
  if (finished?.reason === 'length' || (finished?.reason === 'end' && mayBeSilent)) {
    tap.commit();
    for (const event of held) await emit(event);
    return;
  }
  throw isRefusal
    ? new ProviderFailure('content-refused', provider, `${provider} refused to answer, without a word.`)
    : new ProviderFailure('malformed', provider, `${provider} answered with nothing.`);
}
