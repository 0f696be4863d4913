import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SyncFacts } from './facts.ts';

/** Where events go: the team's server, or a collector of metrics. */
export type Sink = 'team' | 'otlp';
export const sinks: readonly Sink[] = ['team', 'otlp'];

/** An event that waits: its text is what will be sent. */
export interface WaitingEvent {
  readonly id: string;
  readonly body: string;
}

/** What became of events that were sent. */
export interface Settlement {
  readonly ids: readonly string[];
  /** Of these, which will never be accepted, and why. */
  readonly refused: readonly { readonly id: string; readonly code: string }[];
  /** The body of the request, as it went out before it was compressed. */
  readonly body: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What was sent last. */
export interface LastSent {
  readonly at: number;
  readonly body: string;
}

export interface OutboxCounts {
  readonly waiting: number;
  readonly sent: number;
  /** What was given up because it was too old, or could not be made to fit the record. */
  readonly dropped: number;
  /** By the server's code. */
  readonly refused: Readonly<Record<string, number>>;
}

/** What is thought of an event that the server would not have alone. */
export type Doubt =
  /** Another one is sent first: the server may take nothing just now. */
  | 'doubted'
  /** There is no other one to send. */
  | 'still-doubted'
  /** It was not taken after another one was: it is refused for good if the next one is taken, too. */
  | 'accused';

/** Refused events are kept so that they can be looked at: the newest of them. */
const MOST_REFUSED = 1_000;
/** A server's code as it is kept and shown. */
const CODE = /^[a-z][a-z0-9-]{0,31}$/;

/** Where an event was not sent yet. */
const UNSENT = "state IN ('waiting', 'doubted', 'suspect', 'accused')";

/** What waits to be sent, in the ledger's file, so that nothing is lost with a process or a network. */
export class Outbox {
  readonly #facts: SyncFacts;
  readonly #insert: StatementSync;
  readonly #inState: StatementSync;
  readonly #count: StatementSync;
  readonly #delete: StatementSync;
  readonly #refuse: StatementSync;
  readonly #trim: StatementSync;
  readonly #expire: StatementSync;
  readonly #doubt: StatementSync;
  readonly #suspect: StatementSync;
  readonly #accuse: StatementSync;
  readonly #acquit: StatementSync;
  readonly #accused: StatementSync;
  readonly #stateOf: StatementSync;
  readonly #clear: StatementSync;

  constructor(database: DatabaseSync, facts: SyncFacts) {
    this.#facts = facts;
    this.#insert = database.prepare(
      "INSERT INTO outbox (sink, id, at, body, state) VALUES (?, ?, ?, ?, 'waiting') ON CONFLICT DO NOTHING",
    );
    this.#inState = database.prepare(
      'SELECT id, body FROM outbox WHERE sink = ? AND state = ? ORDER BY at, id LIMIT ?',
    );
    this.#count = database.prepare(`SELECT COUNT(*) AS count FROM outbox WHERE sink = ? AND ${UNSENT}`);
    this.#doubt = database.prepare(
      "UPDATE outbox SET state = 'doubted' WHERE sink = ? AND id = ? AND state = 'waiting'",
    );
    this.#suspect = database.prepare("UPDATE outbox SET state = 'suspect' WHERE sink = ? AND state = 'doubted'");
    this.#accuse = database.prepare("UPDATE outbox SET state = 'accused', refusal = ? WHERE sink = ? AND id = ?");
    this.#acquit = database.prepare(
      "UPDATE outbox SET state = 'doubted', refusal = NULL WHERE sink = ? AND state = 'accused'",
    );
    this.#accused = database.prepare("SELECT id, refusal FROM outbox WHERE sink = ? AND state = 'accused'");
    this.#stateOf = database.prepare('SELECT state FROM outbox WHERE sink = ? AND id = ?');
    this.#delete = database.prepare('DELETE FROM outbox WHERE sink = ? AND id = ?');
    this.#refuse = database.prepare("UPDATE outbox SET state = 'refused', refusal = ? WHERE sink = ? AND id = ?");
    this.#trim = database.prepare(
      `DELETE FROM outbox WHERE sink = ?1 AND state = 'refused' AND id NOT IN
         (SELECT id FROM outbox WHERE sink = ?1 AND state = 'refused' ORDER BY at DESC LIMIT ${MOST_REFUSED})`,
    );
    this.#expire = database.prepare(`DELETE FROM outbox WHERE sink = ? AND ${UNSENT} AND at < ?`);
    this.#clear = database.prepare(`DELETE FROM outbox WHERE sink = ? AND ${UNSENT}`);
  }

  /** @param at when it happened, in milliseconds since the epoch */
  add(sink: Sink, event: WaitingEvent, at: number): void {
    this.#insert.run(sink, event.id, at, event.body);
  }

  /** The next to be sent together, in this order: what is suspect alone, and what is doubted when there is nothing else. */
  next(sink: Sink, most: number): readonly WaitingEvent[] {
    const [suspect] = this.#in(sink, 'suspect', 1);
    if (suspect !== undefined) return [suspect];
    const waiting = this.#in(sink, 'waiting', most);
    return waiting.length > 0 ? waiting : this.#in(sink, 'doubted', 1);
  }

  #in(sink: Sink, state: string, most: number): readonly WaitingEvent[] {
    return this.#inState.all(sink, state, most).map((row) => ({ id: String(row['id']), body: String(row['body']) }));
  }

  /**
   * What to do about an event that the server would not have alone: it may be the event, or the server may take nothing just
   * now. So it is stepped over first, tried alone after another one was taken, and refused for good where it is not taken
   * then and the one after it is.
   *
   * @param code why the server would not have it
   */
  doubt(sink: Sink, id: string, code: string): Doubt {
    const state = this.#stateOf.get(sink, id)?.['state'];
    if (state === 'suspect') {
      this.#accuse.run(code, sink, id);
      return 'accused';
    }
    if (state === 'doubted') return 'still-doubted';
    this.#doubt.run(sink, id);
    return 'doubted';
  }

  /** The server has taken something. @returns what it did not take just before, which is to be refused for good */
  taken(sink: Sink): Settlement['refused'] {
    const refused = this.#accused.all(sink).map((row) => ({ id: String(row['id']), code: String(row['refusal']) }));
    this.#suspect.run(sink);
    return refused;
  }

  /** The server has not taken something else either: nothing is said against any event by that. */
  acquit(sink: Sink): void {
    this.#acquit.run(sink);
  }

  /** Whether an event was not sent yet, nor deleted. */
  isWaiting(sink: Sink, id: string): boolean {
    const state = this.#stateOf.get(sink, id)?.['state'];
    return state !== undefined && state !== 'refused';
  }

  waitingCount(sink: Sink): number {
    return Number(this.#count.get(sink)?.['count'] ?? 0);
  }

  /** Takes what was settled out of what waits. To be called within a transaction. */
  settle(sink: Sink, { ids, refused, body, at }: Settlement): void {
    const codes = new Map(refused.map(({ id, code }) => [id, CODE.test(code) ? code : 'refused']));
    for (const id of ids) {
      const code = codes.get(id);
      if (code === undefined) this.#delete.run(sink, id);
      else {
        this.#refuse.run(code, sink, id);
        this.#facts.add(`refused.${sink}.${code}`, 1);
      }
    }
    if (codes.size > 0) this.#trim.run(sink);
    this.#facts.add(`sent.${sink}`, ids.length - codes.size);
    this.#facts.set(`last.${sink}`, JSON.stringify({ at, body } satisfies LastSent));
  }

  lastSent(sink: Sink): LastSent | undefined {
    const text = this.#facts.text(`last.${sink}`);
    return text === undefined ? undefined : (JSON.parse(text) as LastSent);
  }

  /** Gives up what happened before a moment. @returns how many */
  expire(sink: Sink, before: number): number {
    const dropped = Number(this.#expire.run(sink, before).changes);
    this.#facts.add(`dropped.${sink}`, dropped);
    return dropped;
  }

  /** Forgets what waits. @returns how many */
  clear(sink: Sink): number {
    return Number(this.#clear.run(sink).changes);
  }

  counts(sink: Sink): OutboxCounts {
    return {
      waiting: this.waitingCount(sink),
      sent: this.#facts.number(`sent.${sink}`) ?? 0,
      dropped: this.#facts.number(`dropped.${sink}`) ?? 0,
      refused: this.#facts.countsUnder(`refused.${sink}.`),
    };
  }
}
