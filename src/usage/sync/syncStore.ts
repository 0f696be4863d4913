import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { JoinedWrites } from '../joinedWrites.ts';
import type { LateWrites } from '../lateWrites.ts';
import { type Collection, Collector } from './collect.ts';
import { SyncFacts } from './facts.ts';
import { type Doubt, Outbox, type Settlement, type Sink, sinks, type WaitingEvent } from './outbox.ts';
import type { PseudonymKey } from './pseudonym.ts';
import type { CommonNames } from './vocabulary.ts';

/** How often it was said that what was not sent yet is to be forgotten. */
const FORGOTTEN = 'forgotten';

/** Everything about sending that lies in the ledger's file. Calls are synchronous, and throw when the file cannot be used. */
export class SyncStore {
  readonly facts: SyncFacts;
  readonly outbox: Outbox;
  readonly #writes: JoinedWrites;
  readonly #late: LateWrites;
  readonly #collector: Collector;
  readonly #withhold: StatementSync;
  readonly #settled: () => void;

  /**
   * @param database at the newest version of the ledger's schema
   * @param writes of the same connection
   * @param late marks wait in it together with what they are about
   * @param settled brings what was settled into the tables that are read here
   */
  constructor(database: DatabaseSync, writes: JoinedWrites, late: LateWrites, settled: () => void) {
    this.#writes = writes;
    this.#late = late;
    this.#settled = settled;
    this.facts = new SyncFacts(database);
    this.outbox = new Outbox(database, this.facts);
    this.#collector = new Collector(database, this.facts, this.outbox);
    this.#withhold = database.prepare(
      `INSERT INTO withheld (attempt_id, at) SELECT ?, ? WHERE EXISTS (SELECT 1 FROM sync WHERE name = 'cursor')
       ON CONFLICT DO NOTHING`,
    );
  }

  /**
   * Keeps an attempt from ever being sent. To be called before it is recorded, because another process may take it at once.
   * Costs next to nothing where nothing is sent at all.
   */
  withhold(attemptId: string, now: number): void {
    this.#late.run({ write: () => this.mark(attemptId, now) });
  }

  /** The same at once, in the transaction that is open. @throws where it cannot be written */
  mark(attemptId: string, now: number): void {
    this.#withhold.run(attemptId, now);
  }

  /**
   * Up to which row of the attempts everything was taken that will be sent; later ones must be kept. undefined: nothing is
   * sent, and none need be kept for that.
   */
  takenUpTo(): number | undefined {
    return this.facts.number('cursor');
  }

  /**
   * From now on what happens is kept for a sink.
   * @param destination where that is: what waits for another one is forgotten
   */
  begin(sink: Sink, destination: string): void {
    if (this.facts.text(`destination.${sink}`) === destination) return;
    this.together(() => {
      if (this.facts.text(`destination.${sink}`) === destination) return;
      this.#forget(sink);
      const newest = this.#collector.newest();
      this.facts.set(`destination.${sink}`, destination);
      this.facts.set(`start.${sink}`, newest);
      this.facts.setOnce('cursor', String(newest));
    });
  }

  /** Is another one after a yes to sending, and after what was not sent was forgotten: what happened before is not sent then. */
  era(): string {
    const destinations = sinks.map((sink) => this.facts.text(`destination.${sink}`) ?? '');
    return JSON.stringify([...destinations, this.facts.number(FORGOTTEN) ?? 0]);
  }

  /** Nothing is kept for a sink any more, and what waits for it is forgotten. */
  end(sink: Sink): void {
    if (this.facts.text(`destination.${sink}`) === undefined) return;
    this.together(() => {
      this.#forget(sink);
      if (sinks.every((other) => this.facts.text(`destination.${other}`) === undefined)) {
        this.facts.set('cursor', undefined);
      }
    });
  }

  /** Makes events of some of what was recorded since the last time. @returns whether there may be more */
  collect(collection: Collection): boolean {
    return collection.sinks.size > 0 && this.together(() => this.#collector.step(collection));
  }

  /** What would be made of the newest attempts, for people to look at before they agree. */
  example(common: CommonNames, key: PseudonymKey, most: number): readonly WaitingEvent[] {
    this.#settled();
    return this.#collector.example({ common }, key, most);
  }

  /** Forgets what was not sent yet: what waits, and what happened that nothing was made of. @returns how many of both */
  forgetUnsent(): number {
    return this.together(() => {
      const behind = this.#collector.skip();
      this.facts.add(FORGOTTEN, 1);
      return sinks.reduce((total, sink) => total + this.outbox.clear(sink), behind);
    });
  }

  /** Notes what became of events that were sent. */
  settle(sink: Sink, settlement: Settlement): void {
    this.together(() => {
      const refused = this.outbox.taken(sink);
      const ids = [...settlement.ids, ...refused.map(({ id }) => id)];
      this.outbox.settle(sink, { ...settlement, ids, refused: [...settlement.refused, ...refused] });
    });
  }

  /**
   * Of events that the server would not have.
   * @returns undefined of several: one of them may be the reason
   */
  doubt(sink: Sink, ids: readonly string[], code: string): Doubt | undefined {
    return this.together(() => {
      const [only = ''] = ids;
      const doubt = ids.length === 1 ? this.outbox.doubt(sink, only, code) : undefined;
      if (doubt !== 'accused') this.outbox.acquit(sink);
      return doubt;
    });
  }

  /**
   * All of it or nothing. What was settled until then is brought into its tables first: it comes before what is decided now,
   * and what happened before a yes is never sent.
   */
  together<Result>(work: () => Result): Result {
    return this.#writes.atomically(work);
  }

  #forget(sink: Sink): void {
    this.outbox.clear(sink);
    for (const name of [
      'destination',
      'start',
      'notBefore',
      'failures',
      'trouble',
      'failing',
      'size',
      'indigestible',
      'last',
      'address',
    ]) {
      this.facts.set(`${name}.${sink}`, undefined);
    }
  }
}
