import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lease } from './lease.ts';
import { Marks } from './marks.ts';
import {
  type Membership,
  MembershipError,
  membershipFromLink,
  removeMembership,
  writeMembership,
} from './membership.ts';
import { type Sink, sinks, type WaitingEvent } from './outbox.ts';
import { standingAt } from './placeStanding.ts';
import {
  collectorPlace,
  consentFact,
  destinationOf,
  type FoundPlace,
  type Place,
  placeOfTeam,
  teamPlace,
} from './places.ts';
import { Sender } from './sender.ts';
import { closedGates, type SinkStanding, type SyncGates, type SyncStanding } from './standing.ts';
import { type SentAndNext, type SyncPorts, type SyncTimes, usualTimes } from './syncPorts.ts';
import type { SyncStore } from './syncStore.ts';

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
  readonly #marks: Marks | undefined;
  readonly #sender: Sender | undefined;
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
    this.#marks = ports.store && new Marks(ports.store);
    this.#lease = ports.store && new Lease(ports.store, randomUUID(), this.#times.leaseMs);
    this.#sender = this.#lease && this.#senderWith(this.#lease);
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

  /**
   * To be called before an attempt is recorded: where this process may send nothing, nobody sends what it records.
   * @returns what a person has to know where that could not be written down
   */
  recording(attemptId: string): string | undefined {
    const marks = this.#marks;
    if (marks === undefined) return undefined;
    const before = marks.trouble;
    if (!areOpen(this.#gates)) marks.withhold(attemptId, this.#ports.now());
    else if (before !== undefined) marks.write();
    const { trouble } = marks;
    if (trouble !== undefined && before === undefined) this.#ports.log('warn', trouble);
    return trouble;
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
    const sender = this.#sender;
    const found = this.#placeOf(sink);
    if (sender === undefined || store === undefined || found.kind !== 'place') {
      return { next: undefined, example: undefined, last: undefined };
    }
    if (this.#isOpen()) sender.collectNow();
    const { place } = found;
    const bodyOf = (events: readonly WaitingEvent[]): string | undefined =>
      events.length === 0 ? undefined : sender.bodyOf(sink, place, events);
    const isAgreed = this.#hasAgreed(sink, place);
    return {
      next: bodyOf(sender.next(sink)),
      example: isAgreed ? undefined : bodyOf(store.example(common, sender.keyOf(place), EXAMPLES)),
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
      [standing.team, standing.otlp].map(({ state, host, trouble, failingSince }) => [
        state,
        host,
        trouble,
        failingSince,
      ]),
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
        this.#marks?.write();
        this.#openAndClose(store);
        if (this.#isOpen()) await this.#sender?.sendAll();
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

  #senderWith(lease: Lease): Sender | undefined {
    const { store, folder, common, fetch, now } = this.#ports;
    return (
      store &&
      new Sender({
        store,
        folder,
        common,
        fetch,
        now: () => now(),
        times: this.#times,
        lease,
        chance: () => this.#chance(),
        isOpen: () => this.#isOpen(),
        closing: () => this.#closing.signal,
        placeOf: (sink) => this.#placeOf(sink),
        standingOf: (sink) => this.#standingOf(sink),
        hasAgreed: (sink, place) => this.#hasAgreed(sink, place),
        goesAgainAfter: (pauseMs) => this.#goesAgainAfter(pauseMs),
      })
    );
  }

  /** The next look may be later than the next try. */
  #goesAgainAfter(pauseMs: number): void {
    setTimeout(() => this.#run(), pauseMs).unref();
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
    return standingAt(this.#ports.store, sink, () => this.#placeOf(sink), this.#gates);
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
