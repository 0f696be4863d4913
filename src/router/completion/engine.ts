import { type CompletionContext, type Exclusion, findExclusion } from './context.ts';
import { debounceMs, initialRhythm, keystroke, type Rhythm } from './debounce.ts';
import { filterCompletion } from './filters.ts';
import { wantsMultiline } from './multiline.ts';
import { type Suggestion, Suggestions, typeThrough } from './suggestions.ts';

/** Why nothing is shown. Every request ends with a suggestion or with one of these: none is left hanging. */
export type NothingShown =
  | Exclusion
  | 'superseded'
  | 'cancelled'
  | 'nothing-to-say'
  | 'not-routed'
  | 'failed'
  | 'disposed';

export type CompletionAnswer =
  | {
      readonly kind: 'suggestion';
      readonly id: string;
      readonly text: string;
      readonly from: 'provider' | 'cache' | 'in-flight';
    }
  | { readonly kind: 'nothing'; readonly why: NothingShown };

/** A routed request, ready to be sent; deciding has cost nothing yet. */
export interface RoutedCompletion {
  /** Everything beside prefix and suffix that changes the answer: policy, targets, language, document. */
  readonly scope: string;
  /** What the first target usually takes, in milliseconds. */
  readonly expectedLatencyMs: number;
  /** Sends it. Undefined: no target had anything to say, or none could be reached. */
  fetch(multiline: boolean, signal: AbortSignal): Promise<{ readonly id: string; readonly text: string } | undefined>;
}

export interface EnginePorts {
  now(): number;
  /** Resolves after so many milliseconds, or at once when aborted; never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Undefined: the policy sends this nowhere, or leaves it to the editor's own. */
  route(context: CompletionContext, signal: AbortSignal): Promise<RoutedCompletion | undefined>;
  readonly maximumDelayMs: () => number;
  /** Told of what should not happen: routing or a provider threw something unforeseen. */
  failed(error: unknown): void;
}

interface InFlight {
  readonly scope: string;
  readonly prefix: string;
  readonly suffix: string;
  readonly abort: AbortController;
  readonly result: Promise<Suggestion | undefined>;
  waiters: number;
}

/** How long a request that nobody waits for is kept, in case the next keystroke fits it. */
const graceMs = 150;

/**
 * Inline completions in the order that has proved best: exclusions, an answer that still fits what was typed, the
 * remaining pause, a request under way that still fits, and only then a provider. One request a document is current; an
 * older one settles as superseded the moment a newer one comes.
 */
export class CompletionEngine {
  readonly #ports: EnginePorts;
  readonly #suggestions = new Suggestions();
  readonly #current = new Map<string, AbortController>();
  readonly #inFlight = new Set<InFlight>();
  readonly #disposed = new AbortController();
  #rhythm: Rhythm = initialRhythm;

  constructor(ports: EnginePorts) {
    this.#ports = ports;
  }

  /** Never rejects: being cancelled, being superseded and failing are answers too. */
  async complete(context: CompletionContext, signal: AbortSignal): Promise<CompletionAnswer> {
    if (!context.invoked) this.#rhythm = keystroke(this.#rhythm, this.#ports.now());
    this.#current.get(context.uri)?.abort();
    const mine = new AbortController();
    this.#current.set(context.uri, mine);
    const stop = AbortSignal.any([signal, mine.signal, this.#disposed.signal]);
    try {
      const exclusion = findExclusion(context);
      if (exclusion) return { kind: 'nothing', why: exclusion };
      const answer = await this.#answer(context, stop);
      return stop.aborted ? { kind: 'nothing', why: this.#whyStopped(signal, mine.signal) } : answer;
    } catch (error) {
      if (stop.aborted) return { kind: 'nothing', why: this.#whyStopped(signal, mine.signal) };
      this.#ports.failed(error);
      return { kind: 'nothing', why: 'failed' };
    } finally {
      if (this.#current.get(context.uri) === mine) this.#current.delete(context.uri);
    }
  }

  /** Forgets answers, because the policy or a provider changed what they would be. */
  clear(): void {
    for (const request of this.#inFlight) request.abort.abort();
    this.#suggestions.clear();
  }

  dispose(): void {
    this.#disposed.abort();
    this.clear();
  }

  #whyStopped(signal: AbortSignal, mine: AbortSignal): NothingShown {
    if (this.#disposed.signal.aborted) return 'disposed';
    return mine.aborted && !signal.aborted ? 'superseded' : 'cancelled';
  }

  async #answer(context: CompletionContext, stop: AbortSignal): Promise<CompletionAnswer> {
    const startedAt = this.#ports.now();
    const routed = await this.#ports.route(context, stop);
    if (stop.aborted) return { kind: 'nothing', why: 'cancelled' };
    if (!routed) return { kind: 'nothing', why: 'not-routed' };
    const { prefix, suffix } = context;
    const known = this.#suggestions.find(routed.scope, prefix, suffix);
    if (known) return { kind: 'suggestion', id: known.suggestion.id, text: known.text, from: 'cache' };
    let pending = this.#fitting(routed.scope, prefix, suffix);
    if (!pending && !context.invoked) {
      const pause = debounceMs(this.#rhythm, prefix, routed.expectedLatencyMs, this.#ports.maximumDelayMs());
      await this.#ports.sleep(Math.max(0, pause - (this.#ports.now() - startedAt)), stop);
      if (stop.aborted) return { kind: 'nothing', why: 'cancelled' };
      pending = this.#fitting(routed.scope, prefix, suffix);
    }
    if (pending) {
      const suggestion = await this.#wait(pending, stop);
      if (stop.aborted) return { kind: 'nothing', why: 'cancelled' };
      const text = suggestion && typeThrough(suggestion, prefix, suffix);
      if (suggestion && text !== undefined) return { kind: 'suggestion', id: suggestion.id, text, from: 'in-flight' };
    }
    this.#abandonOthers(context, routed.scope);
    const suggestion = await this.#wait(this.#send(context, routed), stop);
    return suggestion
      ? { kind: 'suggestion', id: suggestion.id, text: suggestion.text, from: 'provider' }
      : { kind: 'nothing', why: 'nothing-to-say' };
  }

  /** A request under way whose answer could still fit. */
  #fitting(scope: string, prefix: string, suffix: string): InFlight | undefined {
    for (const request of this.#inFlight) {
      if (
        request.scope === scope &&
        request.suffix === suffix &&
        prefix.startsWith(request.prefix) &&
        !request.abort.signal.aborted
      ) {
        return request;
      }
    }
    return undefined;
  }

  /** Requests of this document that nobody waits for and that do not fit any more. */
  #abandonOthers({ prefix, suffix }: CompletionContext, scope: string): void {
    for (const request of this.#inFlight) {
      const fits = request.scope === scope && request.suffix === suffix && prefix.startsWith(request.prefix);
      if (request.waiters === 0 && !fits) request.abort.abort();
    }
  }

  #send(context: CompletionContext, routed: RoutedCompletion): InFlight {
    const { prefix, suffix } = context;
    const abort = new AbortController();
    const multiline = wantsMultiline(prefix, suffix);
    const request: InFlight = {
      scope: routed.scope,
      prefix,
      suffix,
      abort,
      waiters: 0,
      result: routed
        .fetch(multiline, abort.signal)
        .then((answer) => {
          const text = answer ? filterCompletion(answer.text, { prefix, suffix, multiline }) : '';
          if (!answer || !text || abort.signal.aborted) return undefined;
          const suggestion: Suggestion = { id: answer.id, scope: routed.scope, prefix, suffix, text };
          this.#suggestions.add(suggestion);
          return suggestion;
        })
        .finally(() => this.#inFlight.delete(request)),
    };
    this.#inFlight.add(request);
    return request;
  }

  /** Waits for a shared request, or until stopped; a request that nobody waits for is stopped after a moment's grace. */
  async #wait(request: InFlight, stop: AbortSignal): Promise<Suggestion | undefined> {
    request.waiters += 1;
    let stopped = (): void => undefined;
    const stopping = new Promise<undefined>((settle) => {
      stopped = () => settle(undefined);
      stop.addEventListener('abort', stopped, { once: true });
    });
    try {
      return stop.aborted ? undefined : await Promise.race([request.result, stopping]);
    } finally {
      stop.removeEventListener('abort', stopped);
      request.waiters -= 1;
      if (request.waiters === 0) this.#releaseLater(request);
    }
  }

  #releaseLater(request: InFlight): void {
    // A failure that nobody waits for any more is in the ledger; here it must only not go unhandled.
    request.result.catch(() => undefined);
    void this.#ports.sleep(graceMs, AbortSignal.any([request.abort.signal, this.#disposed.signal])).then(() => {
      if (request.waiters === 0) request.abort.abort();
    });
  }
}
