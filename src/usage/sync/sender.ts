import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { secretIn } from '../secretFile.ts';
import type { Pace } from './backOff.ts';
import { batchBody, fitting } from './batchBody.ts';
import type { Collection } from './collect.ts';
import type { Carrier } from './deliver.ts';
import type { UsageEvent } from './event.ts';
import type { Lease } from './lease.ts';
import { type Moment, noteDelivery } from './noteDelivery.ts';
import { metricsBody } from './otlp/metrics.ts';
import { type Window, windowAfter } from './otlp/window.ts';
import { type Sink, sinks, type WaitingEvent } from './outbox.ts';
import { batchSize, pauseLeft } from './patience.ts';
import { destinationOf, type FoundPlace, type Place } from './places.ts';
import { type PseudonymKey, personId } from './pseudonym.ts';
import type { SinkStanding } from './standing.ts';
import type { SyncStore } from './syncStore.ts';
import type { CommonNames } from './vocabulary.ts';

/** What it needs of the process that sends. */
export interface SenderPorts {
  readonly store: SyncStore;
  readonly folder: string | undefined;
  readonly common: CommonNames;
  readonly fetch: typeof globalThis.fetch;
  readonly times: Pace & { readonly everyMs: number; readonly deadlineMs: number };
  readonly lease: Lease;
  /** Milliseconds since the epoch. */
  now(): number;
  /** From 0 to 1. */
  chance(): number;
  /** This process may send. */
  isOpen(): boolean;
  /** Aborted where it may no more. */
  closing(): AbortSignal;
  placeOf(sink: Sink): FoundPlace;
  standingOf(sink: Sink): SinkStanding;
  hasAgreed(sink: Sink, place: Place): boolean;
  goesAgainAfter(pauseMs: number): void;
}

/** While a request is under way, it is looked so often whether it still may be, in milliseconds. */
const LOOK_MS = 500;

/** Makes events of what was recorded, and carries them to where they may go, a batch after the other. */
export class Sender {
  readonly #ports: SenderPorts;

  constructor(ports: SenderPorts) {
    this.#ports = ports;
  }

  /** Sends what may be sent now, if no other process is at it. @throws where the ledger cannot be used */
  async sendAll(): Promise<void> {
    const { lease, now } = this.#ports;
    if (!sinks.some((sink) => this.#maySend(sink)) || !lease.take(now())) return;
    for (let goesOn = true; goesOn; ) {
      await this.#collect();
      goesOn = false;
      for (const sink of sinks) if (await this.#sendOne(sink)) goesOn = true;
    }
  }

  /** Takes what was recorded until now. */
  collectNow(): void {
    const collection = this.#collection();
    while (this.#ports.store.collect(collection));
  }

  /** What a request would have next. */
  next(sink: Sink): readonly WaitingEvent[] {
    const { store } = this.#ports;
    return fitting(store.outbox.next(sink, batchSize(store.facts, sink)));
  }

  /** A request's text with these events. */
  bodyOf(sink: Sink, place: Place, events: readonly WaitingEvent[]): string {
    if (sink === 'team') return batchBody(events);
    const window = this.#window();
    const parsed = events.map(({ body }) => JSON.parse(body) as UsageEvent);
    return metricsBody(parsed, { ...window, instance: personId(this.keyOf(place), window.to) });
  }

  /** What names are keyed with at a place. */
  keyOf({ salt }: Place): PseudonymKey {
    const { folder } = this.#ports;
    if (folder === undefined) throw new Error('there is no state folder.');
    return { salt, installId: secretIn(join(folder, 'install-id')).toString('hex') };
  }

  /** Everything allows it but time. */
  #maySend(sink: Sink): boolean {
    const { state } = this.#ports.standingOf(sink);
    return state === 'sending' || state === 'failing';
  }

  /** @returns whether another batch may follow at once */
  async #sendOne(sink: Sink): Promise<boolean> {
    const { store, lease, now, fetch, times, isOpen, placeOf } = this.#ports;
    const found = placeOf(sink);
    if (found.kind !== 'place' || !isOpen() || !this.#maySend(sink)) return false;
    if (pauseLeft(store.facts, sink, now()) > 0 || !lease.take(now())) return false;
    const events = this.next(sink);
    if (events.length === 0) return false;
    const ids = events.map(({ id }) => id);
    const body = this.bodyOf(sink, found.place, events);
    const carrier: Carrier = { fetch, now: () => now(), deadlineMs: times.deadlineMs };
    const { signal, release } = this.#whileAllowed(sink, destinationOf(found.place), ids);
    const delivery = await found.place.send(carrier, { body, ids }, signal).finally(release);
    // What was stopped did not fail; whether it arrived is found out when it comes again.
    if (delivery.kind === 'later' && signal.aborted) return false;
    if (delivery.kind === 'delivered' && sink === 'otlp') store.facts.set('exported.otlp', this.#window().to);
    const moment: Moment = { now: now(), chance: this.#ports.chance(), pace: times };
    const pause = noteDelivery(store, { sink, delivery, ids, body }, moment);
    if (pause !== undefined && pause < times.everyMs) this.#ports.goesAgainAfter(pause);
    return pause === undefined;
  }

  /** Ends what is under way also where another process has said that it must not go there, or has deleted it. */
  #whileAllowed(
    sink: Sink,
    destination: string,
    [first = '']: readonly string[],
  ): { readonly signal: AbortSignal; release(): void } {
    const withdrawn = new AbortController();
    const look = setInterval(() => {
      if (!this.#isStillAllowed(sink, destination, first)) withdrawn.abort();
    }, LOOK_MS);
    look.unref();
    const signal = AbortSignal.any([this.#ports.closing(), withdrawn.signal]);
    return { signal, release: () => clearInterval(look) };
  }

  #isStillAllowed(sink: Sink, destination: string, first: string): boolean {
    try {
      const isSame = this.#ports.standingOf(sink).place === destination;
      return isSame && this.#maySend(sink) && this.#ports.store.outbox.isWaiting(sink, first);
    } catch {
      return false; // nobody can say: it is sent again when somebody can
    }
  }

  #window(): Window {
    return windowAfter(this.#ports.store.facts.number('exported.otlp'), this.#ports.now());
  }

  /** In steps, between which requests have their turn. */
  async #collect(): Promise<void> {
    const collection = this.#collection();
    while (this.#ports.isOpen() && this.#ports.store.collect(collection)) await nextTurn();
  }

  #collection(): Collection {
    const { store, common, now, placeOf, hasAgreed } = this.#ports;
    const open = new Map<Sink, PseudonymKey>();
    for (const sink of sinks) {
      const found = placeOf(sink);
      if (found.kind !== 'place' || !hasAgreed(sink, found.place)) continue;
      if (store.facts.text(`destination.${sink}`) !== destinationOf(found.place)) continue;
      open.set(sink, this.keyOf(found.place));
    }
    return { sinks: open, common, now: now() };
  }
}
