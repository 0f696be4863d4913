import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { secretIn } from '../secretFile.ts';
import { type Pace, usualPace } from './backOff.ts';
import { batchBody, fitting } from './batchBody.ts';
import type { Collection } from './collect.ts';
import type { Carrier } from './deliver.ts';
import type { UsageEvent } from './event.ts';
import { Lease } from './lease.ts';
import {
  type Membership,
  MembershipError,
  membershipFromLink,
  removeMembership,
  writeMembership,
} from './membership.ts';
import { type Moment, noteDelivery } from './noteDelivery.ts';
import { metricsBody } from './otlp/metrics.ts';
import { type Window, windowAfter } from './otlp/window.ts';
import { type LastSent, type Sink, sinks, type WaitingEvent } from './outbox.ts';
import { batchSize, pauseLeft } from './patience.ts';
import {
  collectorPlace,
  consentFact,
  destinationOf,
  type FoundPlace,
  type Place,
  placeOfTeam,
  teamPlace,
} from './places.ts';
import { type PseudonymKey, personId } from './pseudonym.ts';
import {
  closedGates,
  noCounts,
  type SinkStanding,
  type SinkState,
  type SyncGates,
  type SyncStanding,
} from './standing.ts';
import type { SyncStore } from './syncStore.ts';
import type { CommonNames } from './vocabulary.ts';

/** How often is looked, and how long is waited; in milliseconds. */
export interface SyncTimes extends Pace {
  /** Between two looks at what there is to send. */
  readonly everyMs: number;
  /** Before the first look. */
  readonly soonMs: number;
  readonly leaseMs: number;
  /** Of one request; well under the lease. */
  readonly deadlineMs: number;
}

export const usualTimes: SyncTimes = {
  ...usualPace,
  everyMs: 60_000,
  soonMs: 5_000,
  leaseMs: 90_000,
  deadlineMs: 30_000,
};

export interface SyncPorts {
  /** undefined where usage is not written down: nothing is sent then. */
  readonly store: SyncStore | undefined;
  /** The state folder; undefined likewise. */
  readonly folder: string | undefined;
  /** Where an administrator may have left a team's file. */
  readonly managedFolders: readonly string[];
  readonly common: CommonNames;
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Told when something has changed that people see. */
  changed?(standing: SyncStanding): void;
  log(level: 'info' | 'warn', message: string): void;
  readonly times?: SyncTimes;
  /** From 0 to 1. */
  chance?(): number;
}

/** What will be sent next, byte for byte, and what was sent last. */
export interface SentAndNext {
  /** undefined where nothing waits. */
  readonly next: string | undefined;
  /** What would be sent of the newest attempts, where nothing is sent because that was not agreed to. */
  readonly example: string | undefined;
  readonly last: LastSent | undefined;
}

/** Attempts of an example. */
const EXAMPLES = 20;

/**
 * Sends what happened, without names, to where the person has agreed that it goes. One process of this user sends for all;
 * in each one, everything that is not allowed to be sent is kept back as it is recorded.
 */
export class Sync {
  /** This process has sent to a collector. */
  #hasBegun = false;
  readonly #ports: SyncPorts;
  readonly #times: SyncTimes;
  readonly #lease: Lease | undefined;
  #gates: SyncGates = closedGates;
  #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #goesAgain = false;
  #isDisposed = false;
  #told = '';
  #trouble: string | undefined;

  constructor(ports: SyncPorts) {
    this.#ports = ports;
    this.#times = ports.times ?? usualTimes;
    this.#lease = ports.store && new Lease(ports.store, randomUUID(), this.#times.leaseMs);
  }

  /** What this process may do from now on. What is under way ends at once where it may no longer. */
  configure(gates: SyncGates): void {
    this.#gates = gates;
    if (!this.#isOpen()) {
      this.#stop();
      this.#releaseLease();
    }
    this.#tell();
    this.#plan(this.#times.soonMs);
  }

  /** To be called before an attempt is recorded: where this process may send nothing, nobody sends what it records. */
  recording(attemptId: string): void {
    if (areOpen(this.#gates)) return;
    this.#guarded('What must not be sent could not be marked', () =>
      this.#ports.store?.withhold(attemptId, this.#ports.now()),
    );
  }

  standing(): SyncStanding {
    return { team: this.#standingOf('team'), otlp: this.#standingOf('otlp') };
  }

  /**
   * Whether the person is to be asked now: once for each place, in one of all windows.
   * @param shown the place that the question will name, as {@link SinkStanding} has it
   */
  claimQuestion(sink: Sink, shown: string): boolean {
    const { store } = this.#ports;
    const place = this.#shownPlace(sink, shown);
    if (store === undefined || place === undefined || this.#standingOf(sink).state !== 'unasked') return false;
    return store.facts.setOnce(consentFact(sink, place), 'asked');
  }

  /**
   * What the person has answered, or wishes now: whether usage may go to this place.
   * @param shown the place that the question has named: where it is another one by now, the answer is not about it
   */
  answer(sink: Sink, agreed: boolean, shown: string): void {
    const { store } = this.#ports;
    const place = this.#shownPlace(sink, shown);
    if (store === undefined || place === undefined) return;
    store.facts.set(consentFact(sink, place), agreed ? 'agreed' : 'declined');
    if (agreed) this.#begin(sink, place);
    else {
      this.#stop();
      store.end(sink);
    }
    this.#goOn();
  }

  #shownPlace(sink: Sink, shown: string): Place | undefined {
    const found = this.#placeOf(sink);
    return found.kind === 'place' && destinationOf(found.place) === shown ? found.place : undefined;
  }

  /** Nothing is sent by any process of this user until it is resumed. */
  pause(paused: boolean): void {
    this.#ports.store?.facts.set('paused', paused ? 'yes' : undefined);
    if (paused) this.#stop();
    this.#goOn();
  }

  /** Forgets what was not sent yet. @returns how many events and attempts that were */
  deleteUnsent(): number {
    this.#stop();
    const count = this.#ports.store?.forgetUnsent() ?? 0;
    this.#goOn();
    return count;
  }

  /** What a link would join, without joining. @throws {MembershipError} where {@link join} would */
  describe(link: string): { readonly host: string; readonly name?: string | undefined } {
    const { endpoint, name } = this.#joinable(link);
    return { host: new URL(endpoint).host, name };
  }

  /**
   * Joins a team by its link.
   *
   * @param agreed what the person who was shown the link's host has answered; undefined: nobody was asked yet
   * @throws {MembershipError} where the link is none, or an administrator has set up another team
   */
  join(link: string, agreed?: boolean): SinkStanding {
    const membership = this.#joinable(link);
    const { folder, store } = this.#ports;
    this.#stop();
    if (folder !== undefined) {
      // Before the team is there: in between, another process would ask once more, or send what an earlier answer allowed.
      const place = placeOfTeam(membership, false);
      if (agreed !== undefined) store?.facts.set(consentFact('team', place), agreed ? 'agreed' : 'declined');
      writeMembership(folder, membership);
      if (agreed === true) this.#begin('team', place);
      else if (agreed === false) store?.end('team');
    }
    this.#goOn();
    return this.#standingOf('team');
  }

  #joinable(link: string): Membership {
    const membership = membershipFromLink(link);
    const found = this.#placeOf('team');
    const isManaged = found.kind === 'place' ? found.place.managed : found.kind === 'unusable' && found.managed;
    if (isManaged) {
      throw new MembershipError(
        'An administrator has set up a team on this machine, and that counts before a link: ask them to change it.',
      );
    }
    return membership;
  }

  /**
   * Leaves a team that was joined by a link; what waits for it is forgotten.
   * @returns where this machine stands then: with an administrator's team it goes on being joined
   */
  leave(): SinkStanding {
    const { folder, store } = this.#ports;
    const found = this.#placeOf('team');
    this.#stop();
    if (folder !== undefined) removeMembership(folder);
    if (found.kind === 'place' && !found.place.managed) store?.facts.set(consentFact('team', found.place), undefined);
    if (this.#placeOf('team').kind === 'nowhere') store?.end('team');
    this.#goOn();
    return this.#standingOf('team');
  }

  /** What will be sent next and what was sent last. What was recorded since is taken first, where it may be sent at all. */
  sentAndNext(sink: Sink): SentAndNext {
    const { store, common } = this.#ports;
    const found = this.#placeOf(sink);
    if (store === undefined || found.kind !== 'place') return { next: undefined, example: undefined, last: undefined };
    if (this.#isOpen()) {
      const collection = this.#collection(store);
      while (store.collect(collection));
    }
    const { place } = found;
    const bodyOf = (events: readonly WaitingEvent[]): string | undefined =>
      events.length === 0 ? undefined : this.#bodyOf(store, sink, place, events);
    const isAgreed = this.#hasAgreed(sink, place);
    return {
      next: bodyOf(this.#next(store, sink)),
      example: isAgreed ? undefined : bodyOf(store.example(common, this.#keyOf(place), EXAMPLES)),
      last: store.outbox.lastSent(sink),
    };
  }

  /** Sends what there is, now. Resolves when that is done, or cannot be. */
  async flush(): Promise<void> {
    this.#plan(0);
    await sleep(2);
    while (this.#running !== undefined) await this.#running;
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
    this.#stop();
    await this.#running;
    this.#releaseLease();
  }

  // When and whether

  #isOpen(): boolean {
    return areOpen(this.#gates) && !this.#isDisposed;
  }

  #stop(): void {
    this.#closing.abort();
    this.#closing = new AbortController();
  }

  #releaseLease(): void {
    this.#guarded('The turn to send could not be handed on', () => this.#lease?.release());
  }

  #goOn(): void {
    this.#tell();
    this.#plan(Math.min(1_000, this.#times.soonMs));
  }

  #tell(): void {
    const standing = this.standing();
    const words = JSON.stringify(
      [standing.team, standing.otlp].map(({ state, host, trouble }) => [state, host, trouble]),
    );
    if (words === this.#told) return;
    this.#told = words;
    this.#ports.changed?.(standing);
  }

  #plan(inMs: number): void {
    clearTimeout(this.#timer);
    if (this.#isDisposed || this.#ports.store === undefined) return;
    this.#timer = setTimeout(() => this.#run(), inMs);
    this.#timer.unref();
  }

  #run(): void {
    if (this.#isDisposed) return;
    if (this.#running !== undefined) {
      this.#goesAgain = true;
      return;
    }
    this.#running = this.#round().finally(() => {
      this.#running = undefined;
      this.#plan(this.#goesAgain ? 0 : Math.round(this.#times.everyMs * (0.75 + this.#chance() / 2)));
      this.#goesAgain = false;
    });
  }

  async #round(): Promise<void> {
    try {
      const { store } = this.#ports;
      if (store !== undefined) {
        this.#openAndClose(store);
        if (this.#isOpen() && sinks.some((sink) => this.#maySend(sink))) await this.#sendAll(store);
      }
      this.#trouble = undefined;
    } catch (error) {
      const message = `Usage could not be sent: ${wordsOf(error)}`;
      if (message !== this.#trouble) this.#ports.log('warn', message);
      this.#trouble = message;
    }
    this.#tell();
  }

  /** What was agreed to is begun; what is no longer there or agreed to is ended. */
  #openAndClose(store: SyncStore): void {
    for (const sink of sinks) {
      const found = this.#placeOf(sink);
      if (found.kind === 'place' && this.#hasAgreed(sink, found.place)) this.#begin(sink, found.place);
      // Each editor has a collector by its own settings: one that has none does not end another's.
      else if (found.kind !== 'unusable' && (sink !== 'otlp' || this.#hasBegun)) store.end(sink);
    }
  }

  #begin(sink: Sink, place: Place): void {
    const { store } = this.#ports;
    store?.begin(sink, destinationOf(place));
    if (sink === 'otlp') {
      this.#hasBegun = true;
      store?.facts.set('address.otlp', this.#collectorAddress());
    }
  }

  #hasAgreed(sink: Sink, place: Place): boolean {
    return this.#ports.store?.facts.text(consentFact(sink, place)) === 'agreed';
  }

  /** Everything allows it but time. */
  #maySend(sink: Sink): boolean {
    const { state } = this.#standingOf(sink);
    return state === 'sending' || state === 'failing';
  }

  // Sending

  async #sendAll(store: SyncStore): Promise<void> {
    if (this.#lease?.take(this.#ports.now()) !== true) return;
    for (let goesOn = true; goesOn; ) {
      await this.#collect(store);
      goesOn = false;
      for (const sink of sinks) if (await this.#sendOne(store, sink)) goesOn = true;
    }
  }

  /** @returns whether another batch may follow at once */
  async #sendOne(store: SyncStore, sink: Sink): Promise<boolean> {
    const { now, fetch } = this.#ports;
    const found = this.#placeOf(sink);
    if (found.kind !== 'place' || !this.#isOpen() || !this.#maySend(sink)) return false;
    if (pauseLeft(store.facts, sink, now()) > 0 || this.#lease?.take(now()) !== true) return false;
    const events = this.#next(store, sink);
    if (events.length === 0) return false;
    const ids = events.map(({ id }) => id);
    const body = this.#bodyOf(store, sink, found.place, events);
    const { signal } = this.#closing;
    const carrier: Carrier = { fetch, now: () => now(), deadlineMs: this.#times.deadlineMs };
    const delivery = await found.place.send(carrier, { body, ids }, signal);
    // What was stopped did not fail; whether it arrived is found out when it comes again.
    if (delivery.kind === 'later' && signal.aborted) return false;
    if (delivery.kind === 'delivered' && sink === 'otlp') store.facts.set('exported.otlp', this.#window(store).to);
    const moment: Moment = { now: now(), chance: this.#chance(), pace: this.#times };
    const pause = noteDelivery(store, { sink, delivery, ids, body }, moment);
    if (pause !== undefined && pause < this.#times.everyMs) this.#goesAgainAfter(pause);
    return pause === undefined;
  }

  /** The next look may be later than the next try. */
  #goesAgainAfter(pauseMs: number): void {
    setTimeout(() => this.#run(), pauseMs).unref();
  }

  #next(store: SyncStore, sink: Sink): readonly WaitingEvent[] {
    return fitting(store.outbox.next(sink, batchSize(store.facts, sink)));
  }

  #bodyOf(store: SyncStore, sink: Sink, place: Place, events: readonly WaitingEvent[]): string {
    if (sink === 'team') return batchBody(events);
    const window = this.#window(store);
    const parsed = events.map(({ body }) => JSON.parse(body) as UsageEvent);
    return metricsBody(parsed, { ...window, instance: personId(this.#keyOf(place), window.to) });
  }

  #window({ facts }: SyncStore): Window {
    return windowAfter(facts.number('exported.otlp'), this.#ports.now());
  }

  /** In steps, between which requests have their turn. */
  async #collect(store: SyncStore): Promise<void> {
    const collection = this.#collection(store);
    while (this.#isOpen() && store.collect(collection)) await nextTurn();
  }

  #collection(store: SyncStore): Collection {
    const { common, now } = this.#ports;
    const open = new Map<Sink, PseudonymKey>();
    for (const sink of sinks) {
      const found = this.#placeOf(sink);
      if (found.kind !== 'place' || !this.#hasAgreed(sink, found.place)) continue;
      if (store.facts.text(`destination.${sink}`) !== destinationOf(found.place)) continue;
      open.set(sink, this.#keyOf(found.place));
    }
    return { sinks: open, common, now: now() };
  }

  #keyOf({ salt }: Place): PseudonymKey {
    const { folder } = this.#ports;
    if (folder === undefined) throw new Error('there is no state folder.');
    return { salt, installId: secretIn(join(folder, 'install-id')).toString('hex') };
  }

  #chance(): number {
    return this.#ports.chance?.() ?? Math.random();
  }

  // Where to

  #placeOf(sink: Sink): FoundPlace {
    const { folder, managedFolders } = this.#ports;
    if (folder === undefined) return { kind: 'nowhere' };
    return sink === 'team' ? teamPlace(folder, managedFolders) : collectorPlace(this.#collectorAddress());
  }

  /** The setting, or where this process has no settings what an editor of this user had last. */
  #collectorAddress(): string | undefined {
    return this.#gates.otlp ?? this.#ports.store?.facts.text('address.otlp');
  }

  // What people are told

  #standingOf(sink: Sink): SinkStanding {
    const { store } = this.#ports;
    if (store === undefined) return { state: 'unavailable', counts: noCounts };
    try {
      const found = this.#placeOf(sink);
      const counts = store.outbox.counts(sink);
      if (found.kind === 'nowhere') return { state: 'nowhere', counts };
      if (found.kind === 'unusable') return { state: 'unusable', trouble: found.reason, counts };
      const { place } = found;
      const trouble = store.facts.text(`trouble.${sink}`);
      const last = store.outbox.lastSent(sink);
      return {
        state: this.#stateOf(store, sink, place),
        place: destinationOf(place),
        host: place.host,
        managed: place.managed,
        ...(place.name === undefined ? {} : { name: place.name }),
        ...(trouble === undefined ? {} : { trouble: `${place.host}: ${trouble}` }),
        counts,
        ...(last === undefined ? {} : { lastSentAt: last.at }),
      };
    } catch (error) {
      const trouble = `Nothing is sent: the ledger cannot be used (${wordsOf(error)}).`;
      return { state: 'unavailable', trouble, counts: noCounts };
    }
  }

  #stateOf({ facts }: SyncStore, sink: Sink, place: Place): SinkState {
    const { trusted, telemetry, enabled } = this.#gates;
    if (!trusted) return 'untrusted';
    if (!telemetry) return 'telemetry-off';
    if (!enabled) return 'switched-off';
    const consent = facts.text(consentFact(sink, place));
    if (consent === undefined) return 'unasked';
    if (consent !== 'agreed') return 'not-agreed';
    if (facts.text('paused') !== undefined) return 'paused';
    return facts.text(`trouble.${sink}`) === undefined ? 'sending' : 'failing';
  }

  /** Nothing of sending may fail what it is called from. */
  #guarded(what: string, work: () => unknown): void {
    try {
      work();
    } catch (error) {
      this.#ports.log('warn', `${what}: ${wordsOf(error)}`);
    }
  }
}

function areOpen({ trusted, telemetry, enabled }: SyncGates): boolean {
  return trusted && telemetry && enabled;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
