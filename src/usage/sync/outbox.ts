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

/** Refused events are kept so that they can be looked at: the newest of them. */
const MOST_REFUSED = 1_000;
/** A server's code as it is kept and shown. */
const CODE = /^[a-z][a-z0-9-]{0,31}$/;

/** What waits to be sent, in the ledger's file, so that nothing is lost with a process or a network. */
export class Outbox {
  readonly #facts: SyncFacts;
  readonly #insert: StatementSync;
  readonly #waiting: StatementSync;
  readonly #count: StatementSync;
  readonly #delete: StatementSync;
  readonly #refuse: StatementSync;
  readonly #trim: StatementSync;
  readonly #expire: StatementSync;
  readonly #clear: StatementSync;

  constructor(database: DatabaseSync, facts: SyncFacts) {
    this.#facts = facts;
    this.#insert = database.prepare(
      "INSERT INTO outbox (sink, id, at, body, state) VALUES (?, ?, ?, ?, 'waiting') ON CONFLICT DO NOTHING",
    );
    this.#waiting = database.prepare(
      "SELECT id, body FROM outbox WHERE sink = ? AND state = 'waiting' ORDER BY at, id LIMIT ?",
    );
    this.#count = database.prepare("SELECT COUNT(*) AS count FROM outbox WHERE sink = ? AND state = 'waiting'");
    this.#delete = database.prepare('DELETE FROM outbox WHERE sink = ? AND id = ?');
    this.#refuse = database.prepare("UPDATE outbox SET state = 'refused', refusal = ? WHERE sink = ? AND id = ?");
    this.#trim = database.prepare(
      `DELETE FROM outbox WHERE sink = ?1 AND state = 'refused' AND id NOT IN
         (SELECT id FROM outbox WHERE sink = ?1 AND state = 'refused' ORDER BY at DESC LIMIT ${MOST_REFUSED})`,
    );
    this.#expire = database.prepare("DELETE FROM outbox WHERE sink = ? AND state = 'waiting' AND at < ?");
    this.#clear = database.prepare("DELETE FROM outbox WHERE sink = ? AND state = 'waiting'");
  }

  /** @param at when it happened, in milliseconds since the epoch */
  add(sink: Sink, event: WaitingEvent, at: number): void {
    this.#insert.run(sink, event.id, at, event.body);
  }

  /** The oldest, in the order in which they will be sent. */
  waiting(sink: Sink, most: number): readonly WaitingEvent[] {
    return this.#waiting.all(sink, most).map((row) => ({ id: String(row['id']), body: String(row['body']) }));
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
