import type { Pool } from 'pg';
import { copyIn } from '../store/copyIn.ts';
import { addUp } from './addUp.ts';
import type { IncomingEvent } from './eventColumns.ts';
import { ALREADY_THERE, beginSql, eventRows, ingestSql, ingestValues, thereSql, thereValues } from './ingestSql.ts';
import { makePartitions } from './partitions.ts';

/** What became of the events of one request. */
export type WriteResult =
  /** On the disk. */
  | { readonly kind: 'written'; readonly accepted: number; readonly duplicate: number }
  /** Too much waits already: nothing was kept of it. */
  | { readonly kind: 'busy' }
  /** Nobody knows whether it was written: sent again, it counts once. */
  | { readonly kind: 'failed'; readonly code: string };

export interface WriterLimits {
  /** Events that may wait, of all organisations. */
  readonly mostWaiting: number;
  /** Events that go in one statement, unless a single request has more. */
  readonly mostTogether: number;
  /** Statements at once; of an organisation there is one, because two would wait for the same rows. */
  readonly mostAtOnce: number;
}

export const writerLimits: WriterLimits = { mostWaiting: 20_000, mostTogether: 2_000, mostAtOnce: 4 };

interface Waiting {
  readonly incoming: readonly IncomingEvent[];
  settle(result: WriteResult): void;
}

const NO_PARTITION = '23514';
/**
 * The database gave way to another statement, or ended this one for it, and the same again goes through; or some of it is there,
 * and the rest goes through.
 */
const WORTH_AGAIN = new Set(['40001', '40P01', NO_PARTITION, ALREADY_THERE]);
const MOST_TRIES = 4;

/**
 * Takes events to the database. Requests that come while a statement is under way wait and go together in the next one: a
 * developer's editor sends a few events a minute, and a statement costs much the same for one event as for a hundred.
 */
export class EventWriter {
  readonly #pool: Pool;
  readonly #limits: WriterLimits;
  /** By organisation, in the order in which they came. */
  readonly #queues = new Map<number, Waiting[]>();
  readonly #busyOrgs = new Set<number>();
  /** Days that are known to have a place. */
  readonly #days = new Set<string>();
  #waiting = 0;

  constructor(pool: Pool, limits: Partial<WriterLimits> = {}) {
    this.#pool = pool;
    this.#limits = { ...writerLimits, ...limits };
  }

  /** Resolves when they are on the disk, or are not. Never rejects. */
  write(orgId: number, incoming: readonly IncomingEvent[]): Promise<WriteResult> {
    if (incoming.length === 0) return Promise.resolve({ kind: 'written', accepted: 0, duplicate: 0 });
    if (this.#waiting + incoming.length > this.#limits.mostWaiting) return Promise.resolve({ kind: 'busy' });
    this.#waiting += incoming.length;
    return new Promise((resolve) => {
      const settle = (result: WriteResult): void => {
        this.#waiting -= incoming.length;
        resolve(result);
      };
      const queue = this.#queues.get(orgId) ?? [];
      queue.push({ incoming, settle });
      this.#queues.set(orgId, queue);
      this.#next();
    });
  }

  #next(): void {
    for (const [orgId, queue] of this.#queues) {
      if (this.#busyOrgs.size >= this.#limits.mostAtOnce) return;
      if (this.#busyOrgs.has(orgId)) continue;
      const together = this.#taken(queue);
      if (queue.length === 0) this.#queues.delete(orgId);
      this.#busyOrgs.add(orgId);
      void this.#writeTogether(orgId, together).finally(() => {
        this.#busyOrgs.delete(orgId);
        this.#next();
      });
    }
  }

  #taken(queue: Waiting[]): readonly Waiting[] {
    let events = 0;
    const end = queue.findIndex(({ incoming }, index) => {
      events += incoming.length;
      return index > 0 && events > this.#limits.mostTogether;
    });
    return queue.splice(0, end < 0 ? queue.length : end);
  }

  async #writeTogether(orgId: number, together: readonly Waiting[]): Promise<void> {
    try {
      const all = together.flatMap(({ incoming }) => incoming);
      const fresh = await this.#insert(orgId, all);
      for (const { incoming, settle } of together) settle(resultOf(incoming, fresh));
    } catch (error) {
      // What one of them has, the others need not suffer for.
      if (together.length > 1 && isAboutData(error)) {
        for (const one of together) await this.#writeTogether(orgId, [one]);
        return;
      }
      for (const { settle } of together) settle({ kind: 'failed', code: codeOf(error) });
    }
  }

  /** @returns the names of those that are new; undefined: each is, and is there once */
  async #insert(orgId: number, incoming: readonly IncomingEvent[]): Promise<Set<string> | undefined> {
    let events = distinct(incoming);
    for (let tries = 1; ; tries += 1) {
      try {
        if (events.length > 0) await this.#insertNew(orgId, events);
        return events.length === incoming.length ? undefined : new Set(events.map(nameOf));
      } catch (error) {
        const code = codeOf(error);
        // Another server may have dropped a day that was there.
        if (code === NO_PARTITION) this.#days.clear();
        if (tries >= MOST_TRIES || !WORTH_AGAIN.has(code)) throw error;
        if (code === ALREADY_THERE) events = await this.#without(orgId, events);
      }
    }
  }

  /** All of it in one transaction, so that an event counts once, whatever breaks and however often it is sent. */
  async #insertNew(orgId: number, events: readonly IncomingEvent[]): Promise<void> {
    await this.#makeDays(events);
    const client = await this.#pool.connect();
    try {
      await copyIn(client, beginSql, eventRows(orgId, events));
      await client.query({ name: 'ingest', text: ingestSql, values: [...ingestValues(orgId, addUp(events))] });
      await client.query('COMMIT');
      client.release();
    } catch (error) {
      // A connection that cannot go back goes with what it has begun.
      await client.query('ROLLBACK').then(
        () => client.release(),
        () => client.release(true),
      );
      throw error;
    }
  }

  /** Those that are not there yet. */
  async #without(orgId: number, events: readonly IncomingEvent[]): Promise<readonly IncomingEvent[]> {
    const { rows } = await this.#pool.query<{ team_id: number; id: string }>(thereSql, [...thereValues(orgId, events)]);
    const there = new Set(rows.map(({ team_id, id }) => `${team_id} ${id}`));
    return events.filter((one) => !there.has(nameOf(one)));
  }

  async #makeDays(events: readonly IncomingEvent[]): Promise<void> {
    const missing = [...new Set(events.map(({ day }) => day))].filter((day) => !this.#days.has(day));
    if (missing.length === 0) return;
    await makePartitions(this.#pool, missing);
    for (const day of missing) this.#days.add(day);
  }
}

/** The database's own spelling of an id. */
function nameOf({ teamId, event }: IncomingEvent): string {
  return `${teamId} ${event.id.toLowerCase()}`;
}

/** The first of each name. */
function distinct(incoming: readonly IncomingEvent[]): readonly IncomingEvent[] {
  const byName = new Map<string, IncomingEvent>();
  for (const one of incoming) {
    const name = nameOf(one);
    if (!byName.has(name)) byName.set(name, one);
  }
  return [...byName.values()];
}

/** @param fresh undefined: all of them */
function resultOf(incoming: readonly IncomingEvent[], fresh: Set<string> | undefined): WriteResult {
  if (fresh === undefined) return { kind: 'written', accepted: incoming.length, duplicate: 0 };
  const accepted = incoming.filter((one) => fresh.delete(nameOf(one))).length;
  return { kind: 'written', accepted, duplicate: incoming.length - accepted };
}

/** Of PostgreSQL, of the network or of the language; a word, never a text. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** "Data exception" and "integrity constraint violation". */
function isAboutData(error: unknown): boolean {
  return /^2[23]/.test(codeOf(error));
}
