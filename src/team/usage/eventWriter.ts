import type { Pool } from 'pg';
import { columnArrays, type IncomingEvent } from './eventColumns.ts';
import { ingestSql } from './ingestSql.ts';
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

/** The database gave way to another statement, or ended this one for it: the same again goes through. */
const WORTH_AGAIN = new Set(['40001', '40P01']);
const NO_PARTITION = '23514';
const MOST_TRIES = 3;

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
    const byName = distinct(incoming);
    const events = [...byName.values()];
    const values = [orgId, ...columnArrays(events)];
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#makeDays(events);
        const { rows } = await this.#pool.query<{ ids: readonly string[] | null }>({
          name: 'ingest',
          text: ingestSql,
          values,
        });
        const ids = rows[0]?.ids ?? undefined;
        if (ids === undefined && events.length === incoming.length) return undefined;
        return new Set(ids ?? byName.keys());
      } catch (error) {
        const code = codeOf(error);
        // Another server may have dropped a day that was there.
        if (code === NO_PARTITION) this.#days.clear();
        if (tries >= MOST_TRIES || !(WORTH_AGAIN.has(code) || code === NO_PARTITION)) throw error;
      }
    }
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

function distinct(incoming: readonly IncomingEvent[]): ReadonlyMap<string, IncomingEvent> {
  const byName = new Map<string, IncomingEvent>();
  for (const one of incoming) {
    const name = nameOf(one);
    if (!byName.has(name)) byName.set(name, one);
  }
  return byName;
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
