import { hash } from 'node:crypto';
import { parsePolicy } from '../../policy/parse.ts';
import { Recent } from '../recent.ts';
import { bounds } from './bounds.ts';
import type { CopyPin, KeptCopies, KeptCopy } from './copies.ts';
import { decodePolicy } from './decode.ts';
import { download, type Fetch, type Sent } from './download.ts';
import type { RemoteReference } from './reference.ts';

/** How good what is in force of one source is. Times in milliseconds since the epoch. */
export type SourceState =
  | { readonly kind: 'fresh' }
  /** It could not be confirmed again: the last good copy holds. */
  | { readonly kind: 'stale'; readonly since: number; readonly problem: string }
  /** Nothing of it is in force; what stands in its place forbids. */
  | { readonly kind: 'failed'; readonly problem: string };

export type RemoteRead =
  | {
      readonly kind: 'read';
      readonly text: string;
      readonly bytes: number;
      readonly state: Exclude<SourceState, { kind: 'failed' }>;
      /** Until when the copy may be used, unless it is confirmed again; left out where a hash says for ever. */
      readonly usableUntil?: number;
    }
  | { readonly kind: 'unavailable'; readonly message: string }
  /** Nobody asked for it yet, and a text that is still being typed is no reason to. */
  | { readonly kind: 'unasked' };

/** Whether a source may be asked: of a folder that is not trusted none is, and for a text that is being typed none is yet. */
export type Contact = 'allowed' | 'untrusted' | 'not-yet';

export interface RemotePorts {
  /** The process's own way out, with its proxy and certificates; left out where nothing may be contacted. */
  readonly fetch: Fetch | undefined;
  readonly copies: KeptCopies;
  now(): number;
  /** A clock that nobody sets, in milliseconds; the process's own unless told. */
  elapsed?(): number;
}

/** Who asks. */
export interface RemoteWish {
  readonly contact: Contact;
  readonly signal: AbortSignal;
}

/** A copy with how old it was when this process came by it: a wall clock that is set back makes nothing younger. */
interface HeldCopy extends KeptCopy {
  readonly ageMs: number;
  /** By the clock that nobody sets. */
  readonly heldAt: number;
}

/** What was seen of a signed source, however long ago its text was forgotten: nothing older takes its place. */
interface Floor extends Pick<HeldCopy, 'confirmedAt' | 'ageMs' | 'heldAt'> {
  readonly serial: number;
  readonly digest: string;
}

interface Known {
  readonly name: string;
  readonly reference: RemoteReference;
  good: HeldCopy | undefined;
  /** What {@link good} was made of, where this process has fetched it. */
  sent: Sent | undefined;
  text: string;
  failure: { readonly message: string; readonly at: number } | undefined;
  asked: Promise<void> | undefined;
  /** Another whenever an answer would differ, and never one that any source had before: one may be forgotten and read again. */
  generation: number;
}

/** A source that is being read, and then known. */
interface Source {
  readonly about: Promise<Known>;
  known: Known | undefined;
}

/**
 * Policies from the network. The first time one is waited for; from then on the last good copy answers at once, and a
 * signed one is confirmed in the background. A pinned hash needs no confirmation: the bytes are right for ever.
 */
export class RemotePolicies {
  readonly #ports: RemotePorts;
  /** With a copy: what was seen of it, and when, keeps older ones away, and is not forgotten for any number without. */
  readonly #sources = new Recent<Source>({
    entries: bounds.remotes,
    characters: {
      most: bounds.remoteBytes,
      of: ({ known }) => (known?.good?.bytes.length ?? 0) + (known?.text.length ?? 0),
    },
  });
  /** Being read, or without a good copy. */
  readonly #without = new Recent<Source>({ entries: bounds.remotes });
  readonly #floors = new Recent<Floor>({ entries: bounds.floors });
  #generations = 0;
  readonly #closing = new AbortController();
  readonly #asking = new Set<Promise<void>>();

  constructor(ports: RemotePorts) {
    this.#ports = ports;
  }

  async read(reference: RemoteReference, wish: RemoteWish): Promise<RemoteRead> {
    const known = await this.#about(reference);
    if (this.#isUsable(known)) {
      this.#refreshWhenDue(known, wish.contact);
      return this.#answer(known);
    }
    if (wish.contact === 'not-yet') return known.failure ? this.#answer(known) : { kind: 'unasked' };
    if (wish.contact === 'untrusted') {
      return unavailable('The folder is not trusted, so nothing is contacted for it, and there is no copy.', known);
    }
    if (!this.#failedLately(known)) await orAborted(this.#ask(known), wish.signal);
    if (wish.signal.aborted) return unavailable(`The network was waited for ${bounds.waitMs / 1000} seconds.`, known);
    return this.#answer(known);
  }

  /** A text that stays the same as long as {@link read} would answer the same. Confirms in the background what is due. */
  async key(reference: RemoteReference, contact: Contact): Promise<string> {
    const known = await this.#about(reference);
    const isUsable = this.#isUsable(known);
    if (isUsable) this.#refreshWhenDue(known, contact);
    const mayAskNow = !isUsable && contact === 'allowed' && !this.#failedLately(known);
    return `${known.generation} ${isUsable} ${mayAskNow}`;
  }

  async dispose(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#asking);
  }

  #about(reference: RemoteReference): Promise<Known> {
    const name = JSON.stringify([reference.url.href, pinOf(reference)]);
    const before = this.#sources.get(name) ?? this.#without.get(name);
    if (before) return before.about;
    const source: Source = { about: this.#load(name, reference), known: undefined };
    this.#without.set(name, source);
    return source.about.then((known) => {
      source.known = known;
      if (known.good) this.#measure(known);
      return known;
    });
  }

  /** It has a good copy, or another. */
  #measure({ name }: Known): void {
    const source = this.#sources.get(name) ?? this.#without.get(name);
    if (source === undefined) return;
    this.#without.delete(name);
    this.#sources.set(name, source);
  }

  #nextGeneration(): number {
    this.#generations += 1;
    return this.#generations;
  }

  async #load(name: string, reference: RemoteReference): Promise<Known> {
    const found = await this.#ports.copies.read(reference.url.href, pinOf(reference), this.#ports.now());
    const known: Known = {
      name,
      reference,
      good: undefined,
      sent: undefined,
      text: '',
      failure: undefined,
      asked: undefined,
      generation: this.#nextGeneration(),
    };
    // Long ago: it stands in a message, and does not keep the source from being asked.
    if (found.kind === 'refused') known.failure = { message: found.message, at: 0 };
    if (found.kind !== 'found') return known;
    const { copy } = found;
    const text = decodePolicy(copy.bytes);
    const setBack =
      copy.signature && setBackWords(this.#floors.get(floorName(reference)), copy.signature.serial, copy.bytes);
    if (setBack !== undefined) known.failure = { message: setBack, at: 0 };
    else if (text !== undefined) {
      this.#hold(known, copy, this.#floors.get(floorName(reference)));
      known.text = text;
    }
    return known;
  }

  #isUsable({ good, reference }: Known): boolean {
    if (good === undefined) return false;
    return !('signing' in reference) || this.#age(good) <= reference.signing.maxStaleMs;
  }

  /** @param floor of a copy that was read: what was seen of it before */
  #hold(known: Known, copy: KeptCopy, floor?: Floor): void {
    const ageMs = Math.max(0, this.#ports.now() - copy.confirmedAt);
    // Seen before: it has aged since by the clock that nobody sets.
    const { heldAt, ...age } = floor?.confirmedAt === copy.confirmedAt ? floor : { ageMs, heldAt: this.#elapsed() };
    known.good = { ...copy, ageMs: age.ageMs, heldAt };
    const { signature, bytes, confirmedAt } = copy;
    if (signature === undefined) return;
    this.#floors.set(floorName(known.reference), {
      serial: signature.serial,
      digest: digestOf(bytes),
      confirmedAt,
      ageMs: age.ageMs,
      heldAt,
    });
  }

  /** How long ago its source confirmed a copy, by the clock that says longer: one was set back, the other may stand still in sleep. */
  #age({ confirmedAt, ageMs, heldAt }: HeldCopy): number {
    return Math.max(this.#ports.now() - confirmedAt, ageMs + this.#elapsed() - heldAt);
  }

  #elapsed(): number {
    return this.#ports.elapsed?.() ?? performance.now();
  }

  #failedLately({ failure }: Known): boolean {
    if (failure === undefined) return false;
    const ago = this.#ports.now() - failure.at;
    // Of a clock that was set back it is not known how long ago that is.
    return ago >= 0 && ago < bounds.retryMs;
  }

  #answer(known: Known): RemoteRead {
    const { good, failure, reference, text } = known;
    if (good === undefined) return unavailable(failure?.message ?? 'It was not fetched yet.');
    if (!('signing' in reference)) return { kind: 'read', text, bytes: good.bytes.length, state: { kind: 'fresh' } };
    if (!this.#isUsable(known)) {
      const since = new Date(good.confirmedAt).toISOString();
      return unavailable(
        `The last good copy is of ${since}, which is too long ago ("maxStale"). ${failure?.message ?? ''}`.trim(),
      );
    }
    const state = failure
      ? ({ kind: 'stale', since: good.confirmedAt, problem: failure.message } as const)
      : ({ kind: 'fresh' } as const);
    return {
      kind: 'read',
      text,
      bytes: good.bytes.length,
      state,
      usableUntil: good.confirmedAt + reference.signing.maxStaleMs,
    };
  }

  #refreshWhenDue(known: Known, contact: Contact): void {
    const { good, reference } = known;
    if (contact !== 'allowed' || good === undefined || !('signing' in reference) || this.#failedLately(known)) return;
    const isToCome = this.#ports.now() < good.confirmedAt;
    if (isToCome || this.#age(good) >= reference.signing.refreshMs) void this.#ask(known);
  }

  /** Asks the source once, however many wait for it. Never rejects. */
  #ask(known: Known): Promise<void> {
    if (known.asked) return known.asked;
    const asked = this.#fetchInto(known).finally(() => {
      known.asked = undefined;
      this.#asking.delete(asked);
    });
    known.asked = asked;
    this.#asking.add(asked);
    return asked;
  }

  async #fetchInto(known: Known): Promise<void> {
    const { fetch } = this.#ports;
    const before = known.failure?.message;
    const message = fetch ? await this.#fetchGood(known, fetch) : 'This process has no way to the network.';
    known.failure = message === undefined ? undefined : { message, at: this.#ports.now() };
    if (before !== message) known.generation = this.#nextGeneration();
  }

  /** What went wrong, in a sentence; undefined where the source is confirmed. */
  async #fetchGood(known: Known, fetch: Fetch): Promise<string | undefined> {
    const { reference } = known;
    const answer = await download(fetch, reference, this.#closing.signal, known.sent);
    if (answer.kind === 'failed') return answer.message;
    const { bytes, signature } = answer.policy;
    const text = decodePolicy(bytes);
    const mistake = text === undefined ? 'It is not UTF-8 text.' : mistakeIn(text);
    if (text === undefined || mistake !== undefined) return mistake;
    // Another window may have seen a newer one.
    const kept = await this.#ports.copies.read(reference.url.href, pinOf(reference), this.#ports.now());
    const held = known.good && floorOf(known.good);
    const seen = [held, this.#floors.get(floorName(reference)), kept.kind === 'found' ? floorOf(kept.copy) : undefined];
    const setBack = signature && seen.map((floor) => setBackWords(floor, signature.serial, bytes)).find(Boolean);
    if (setBack) return setBack;
    const copy: KeptCopy = { bytes, confirmedAt: this.#ports.now(), ...(signature ? { signature } : {}) };
    this.#hold(known, copy);
    known.sent = answer.policy.sent;
    known.text = text;
    this.#measure(known);
    // The same text may be used for longer now.
    known.generation = this.#nextGeneration();
    try {
      await this.#ports.copies.keep(reference.url.href, pinOf(reference), copy);
    } catch (error) {
      // It is in force all the same; only an outage after a restart would find no copy.
      return `It was fetched, but no copy could be kept: ${error instanceof Error ? error.message : String(error)}.`;
    }
    return undefined;
  }
}

function pinOf(reference: RemoteReference): CopyPin {
  return 'signing' in reference ? { signing: reference.signing } : { integrity: reference.integrity };
}

/** What was seen of a source does not depend on how long a file lets it be used. */
function floorName(reference: RemoteReference): string {
  return JSON.stringify([reference.url.href, 'signing' in reference ? reference.signing.key : reference.integrity]);
}

function digestOf(bytes: Buffer): string {
  return hash('sha256', bytes, 'base64');
}

function floorOf({ signature, bytes }: KeptCopy): Pick<Floor, 'serial' | 'digest'> | undefined {
  return signature && { serial: signature.serial, digest: digestOf(bytes) };
}

/** Why a signed policy may not take the place of one that was seen; undefined where it may. */
function setBackWords(
  seen: Pick<Floor, 'serial' | 'digest'> | undefined,
  serial: number,
  bytes: Buffer,
): string | undefined {
  if (seen === undefined || serial > seen.serial) return undefined;
  const last = seen.serial;
  if (serial < last)
    return `It has the serial ${serial}, and ${last} was seen before: an old version is not taken back.`;
  return seen.digest === digestOf(bytes)
    ? undefined
    : `It changed without a new serial: it must be higher than ${last}.`;
}

/** A mistake of the text by itself. Names that it may take from what it extends are judged later, with those at hand. */
function mistakeIn(text: string): string | undefined {
  const error = parsePolicy(text).diagnostics.find(
    ({ code, severity }) => severity === 'error' && code !== 'unknown-alias' && code !== 'unknown-gate',
  );
  return error && `It has a mistake in line ${error.range.line}, column ${error.range.column}: ${error.message}`;
}

function unavailable(message: string, known?: Known): RemoteRead {
  return { kind: 'unavailable', message: [message, known?.failure?.message].filter(Boolean).join(' ') };
}

/** Waits for work, or until the signal; the work goes on for whoever asks next. */
async function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const enough = new AbortController();
  const stopped = new Promise<void>((settle) => {
    signal.addEventListener('abort', () => settle(), { once: true, signal: enough.signal });
  });
  try {
    await Promise.race([work, stopped]);
  } finally {
    enough.abort();
  }
}
