import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { attemptOf, columnNames } from '../attemptColumns.ts';
import type { Task } from '../task.ts';
import { type Anonymity, anonymousAttempt, anonymousOutcome, type ToldTask } from './anonymize.ts';
import { MOST_REVISIONS, type UsageEvent, usageEvent } from './event.ts';
import type { SyncFacts } from './facts.ts';
import { sinks as allSinks, type Outbox, type Sink, type WaitingEvent } from './outbox.ts';
import type { PseudonymKey } from './pseudonym.ts';
import { steadyNow } from './steadyNow.ts';
import { type CommonNames, type DeclaredNames, declaredNames, nothingDeclared } from './vocabulary.ts';

type Row = Readonly<Record<string, SQLOutputValue>>;

interface Listener {
  readonly sink: Sink;
  readonly key: PseudonymKey;
  readonly start: number;
}

/** What is older is not sent any more, in milliseconds: a server keeps single events for little longer. */
export const OLDEST_MS = 30 * 86_400_000;
/** A task's outcome is followed for so long, in milliseconds. */
const FOLLOWED_MS = 30 * 86_400_000;
/** One transaction takes so many attempts, and as many tasks: a few milliseconds, which a request may have to wait. */
const AT_ONCE = 100;
/** While so many events wait, no more are made: the ledger keeps what they will be made of. */
export const MOST_WAITING = 5_000;

/** For whom events are made, and with what. */
export interface Collection {
  /** Each open sink, with what its events are keyed with. */
  readonly sinks: ReadonlyMap<Sink, PseudonymKey>;
  readonly common: CommonNames;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Makes events of what was recorded since the last time: of attempts behind a cursor, and of tasks that were closed or whose
 * outcome has changed. Events, cursor and what was told are written in one transaction, so that each attempt is told of once,
 * whenever a process dies.
 */
export class Collector {
  readonly #facts: SyncFacts;
  readonly #outbox: Outbox;
  readonly #attempts: StatementSync;
  readonly #newest: StatementSync;
  readonly #behind: StatementSync;
  readonly #policy: StatementSync;
  /** A task tells what its first attempt was: it is followed from that one on, or not at all. */
  readonly #follow: StatementSync;
  readonly #tasks: StatementSync;
  readonly #told: StatementSync;
  readonly #unfollowTask: StatementSync;
  readonly #unfollow: StatementSync;
  readonly #unfollowAll: StatementSync;
  readonly #unwithhold: StatementSync;
  readonly #forgetWithheld: StatementSync;

  constructor(database: DatabaseSync, facts: SyncFacts, outbox: Outbox) {
    this.#facts = facts;
    this.#outbox = outbox;
    const columns = columnNames.map((name) => `attempts.${name}`).join(', ');
    this.#attempts = database.prepare(
      `SELECT attempts.rowid AS row_number, ${columns},
         withheld.attempt_id IS NOT NULL AS is_withheld
       FROM attempts
       LEFT JOIN withheld ON withheld.attempt_id = attempts.id
       WHERE attempts.rowid > ? ORDER BY attempts.rowid LIMIT ${AT_ONCE}`,
    );
    this.#newest = database.prepare('SELECT MAX(rowid) AS place FROM attempts');
    this.#behind = database.prepare(
      'SELECT COUNT(*) AS count FROM attempts WHERE rowid > ? AND id NOT IN (SELECT attempt_id FROM withheld)',
    );
    this.#policy = database.prepare('SELECT names, labels FROM policies WHERE hash = ?');
    this.#follow = database.prepare(
      `INSERT INTO sync_tasks (task_id, at, place, simulated, revision)
       SELECT :task, :at, :place, :simulated, 0
       WHERE NOT EXISTS (SELECT 1 FROM attempts WHERE task_id = :task AND rowid < :place)
         OR EXISTS (SELECT 1 FROM sync_tasks WHERE task_id = :task)
       ON CONFLICT (task_id) DO UPDATE SET simulated = max(simulated, excluded.simulated)`,
    );
    this.#tasks = database.prepare(
      `SELECT tasks.*, sync_tasks.place, sync_tasks.told, sync_tasks.revision, sync_tasks.simulated AS is_simulated
       FROM sync_tasks JOIN tasks ON tasks.id = sync_tasks.task_id
       WHERE tasks.closed_at IS NOT NULL AND tasks.outcome IS NOT sync_tasks.told
         AND sync_tasks.revision <= ${MOST_REVISIONS} LIMIT ${AT_ONCE}`,
    );
    this.#told = database.prepare('UPDATE sync_tasks SET told = ?, revision = revision + 1 WHERE task_id = ?');
    this.#unfollowTask = database.prepare('DELETE FROM sync_tasks WHERE task_id = ?');
    this.#unfollow = database.prepare('DELETE FROM sync_tasks WHERE at < ?');
    this.#unfollowAll = database.prepare('DELETE FROM sync_tasks');
    this.#unwithhold = database.prepare('DELETE FROM withheld WHERE attempt_id = ?');
    this.#forgetWithheld = database.prepare(
      'DELETE FROM withheld WHERE at < ? AND attempt_id NOT IN (SELECT id FROM attempts)',
    );
  }

  /** Where the ledger's attempts end now. */
  newest(): number {
    return Number(this.#newest.get()?.['place'] ?? 0);
  }

  /** What would be made of the newest attempts, without keeping any of it. */
  example({ common }: Pick<Collection, 'common'>, key: PseudonymKey, most: number): readonly WaitingEvent[] {
    const declared = this.#declarations();
    return this.#attempts.all(Math.max(this.newest() - most, 0)).map((row) => {
      const attempt = attemptOf(row);
      const anonymity: Anonymity = { key, common, declared: declared(attempt.policyHash) };
      const event = anonymousAttempt(attempt, anonymity);
      return { id: event.id, body: JSON.stringify(event) };
    });
  }

  /**
   * Passes over what was recorded since the last time, and tells no more of the tasks that were followed. To be called within
   * a transaction.
   * @returns how many attempts
   */
  skip(): number {
    const cursor = this.#facts.number('cursor');
    if (cursor === undefined) return 0;
    const behind = Number(this.#behind.get(cursor)?.['count'] ?? 0);
    this.#facts.set('cursor', this.newest());
    this.#unfollowAll.run();
    return behind;
  }

  /**
   * One step of it, to be called within a transaction.
   * @returns whether there may be more
   */
  step(collection: Collection): boolean {
    const { sinks } = collection;
    const now = steadyNow(this.#facts, collection.now);
    for (const sink of sinks.keys()) this.#outbox.expire(sink, now - OLDEST_MS);
    this.#unfollow.run(now - FOLLOWED_MS);
    this.#forgetWithheld.run(now - OLDEST_MS);
    if ([...sinks.keys()].some((sink) => this.#outbox.waitingCount(sink) >= MOST_WAITING)) return false;
    const declared = this.#declarations();
    if (this.#collectAttempts({ ...collection, now }, declared) === AT_ONCE) return true;
    // Not before all attempts were looked at: one of a task's that is further on may have to be kept back.
    return this.#collectTasks({ ...collection, now }, declared) === AT_ONCE;
  }

  #collectAttempts({ sinks, common, now }: Collection, declared: (hash: string) => DeclaredNames): number {
    const cursor = this.#facts.number('cursor');
    if (cursor === undefined) return 0;
    const rows = this.#attempts.all(cursor);
    const listeners = this.#listeners(sinks);
    for (const row of rows) {
      const attempt = attemptOf(row);
      if (row['is_withheld'] === 1) {
        this.#unwithhold.run(attempt.id);
        if (attempt.taskId !== undefined) this.#unfollowTask.run(attempt.taskId);
        continue;
      }
      const place = Number(row['row_number']);
      const listening = listeners.filter(({ start }) => place > start);
      for (const { sink, key } of listening) {
        const anonymity: Anonymity = { key, common, declared: declared(attempt.policyHash) };
        this.#put(sink, anonymousAttempt(attempt, anonymity), attempt.at, now);
      }
      if (listening.length > 0 && attempt.taskId !== undefined) {
        const simulated = attempt.simulated === true ? 1 : 0;
        this.#follow.run({ task: attempt.taskId, at: now, place, simulated });
      }
    }
    const last = rows.at(-1)?.['row_number'];
    if (last !== undefined) this.#facts.set('cursor', Number(last));
    else this.#stayWithin(this.newest());
    return rows.length;
  }

  /** Where the newest rows are gone, those that come next get their places anew. */
  #stayWithin(newest: number): void {
    for (const name of ['cursor', ...allSinks.map((sink) => `start.${sink}`)]) {
      if ((this.#facts.number(name) ?? 0) > newest) this.#facts.set(name, newest);
    }
  }

  #collectTasks({ sinks, common, now }: Collection, declared: (hash: string) => DeclaredNames): number {
    const rows = this.#tasks.all();
    const listeners = this.#listeners(sinks);
    for (const row of rows) {
      const task = toldTaskOf(row);
      const told = { revision: Number(row['revision']), previous: textOf(row['told']) };
      for (const { sink, key, start } of listeners) {
        // Of a task that was there before its sink, nothing was told.
        if (Number(row['place']) <= start) continue;
        const event = anonymousOutcome(task, told, { key, common, declared: declared(task.policyHash) });
        this.#put(sink, event, task.outcomeAt ?? task.lastAt, now);
      }
      // A commit that comes after the horizon still makes it good: it is followed for as long as that may be.
      this.#told.run(task.outcome, task.id);
    }
    return rows.length;
  }

  /** The sinks, each with the place of the last attempt before it was there. */
  #listeners(sinks: Collection['sinks']): readonly Listener[] {
    return [...sinks].flatMap(([sink, key]) => {
      const start = this.#facts.number(`start.${sink}`);
      return start === undefined ? [] : [{ sink, key, start }];
    });
  }

  /** What does not fit the record goes nowhere, whatever the code above has made of it. */
  #put(sink: Sink, event: UsageEvent, at: number, now: number): void {
    if (at < now - OLDEST_MS || !usageEvent.safeParse(event).success) this.#facts.add(`dropped.${sink}`, 1);
    else this.#outbox.add(sink, { id: event.id, body: JSON.stringify(event) }, at);
  }

  #declarations(): (hash: string) => DeclaredNames {
    const known = new Map<string, DeclaredNames>();
    return (hash) => {
      const before = known.get(hash);
      if (before !== undefined) return before;
      const row = this.#policy.get(hash);
      const declared = row === undefined ? nothingDeclared : declaredNames(String(row['names']), String(row['labels']));
      known.set(hash, declared);
      return declared;
    };
  }
}

/** A task read back. Only the ledger has written the rows, and the record takes no word that it does not know. */
function toldTaskOf(row: Row): ToldTask {
  const closedAt = numberOf(row['closed_at']);
  const provider = textOf(row['provider']);
  const model = textOf(row['model']);
  const trial = textOf(row['trial']);
  const arm = textOf(row['arm']) as Task['arm'];
  const outcomeAt = numberOf(row['outcome_at']);
  const survival = numberOf(row['survival']);
  return {
    id: String(row['id']),
    openedAt: Number(row['opened_at']),
    lastAt: Number(row['last_at']),
    surface: String(row['surface']) as Task['surface'],
    kind: String(row['kind']) as Task['kind'],
    class: String(row['class']),
    outcome: String(row['outcome']) as Task['outcome'],
    policyHash: String(row['policy_hash']),
    simulated: row['is_simulated'] === 1,
    ...(closedAt === undefined ? {} : { closedAt }),
    ...(provider === undefined ? {} : { provider }),
    ...(model === undefined ? {} : { model }),
    ...(trial === undefined ? {} : { trial }),
    ...(arm === undefined ? {} : { arm }),
    ...(outcomeAt === undefined ? {} : { outcomeAt }),
    ...(survival === undefined ? {} : { survival }),
  };
}

function numberOf(value: SQLOutputValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function textOf(value: SQLOutputValue | undefined): string | undefined {
  return value === null || value === undefined ? undefined : String(value);
}
