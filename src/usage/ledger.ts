import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Attempt, AttemptOutcome } from './attempt.ts';
import { attemptOf, columnNames, rowOf, storedName } from './attemptColumns.ts';
import { FileLock } from './fileLock.ts';
import { type CountedAttempt, Intake, type Settlement } from './intake.ts';
import { JoinedWrites } from './joinedWrites.ts';
import { type LateNews, LateWrites } from './lateWrites.ts';
import { LeaseBook } from './leases/leaseBook.ts';
import { type ModelUse, modelUseOf, modelUseSql } from './modelUse.ts';
import { periodStart } from './periods.ts';
import { PolicyBook } from './policyBook.ts';
import { SpanSums } from './report/spanSums.ts';
import { Reservations } from './reservations.ts';
import { Retention } from './retention.ts';
import { added, costOf, isAmong, RunningCosts } from './runningCosts.ts';
import { type MoreSalvaged, salvageMore } from './salvage.ts';
import { SessionBook } from './sessionBook.ts';
import {
  byClassAndModelSql,
  byClassSql,
  type ClassModelSpend,
  type Cost,
  classModelSpendOf,
  filterValues,
  type Spend,
  type SpendFilter,
  spendOf,
  spentSql,
} from './spend.ts';
import { SyncStore } from './sync/syncStore.ts';
import { type AttemptTask, TaskBook } from './taskBook.ts';
import { failed, type WriteResult, written } from './writeResult.ts';

/** Whether what happens is written down. `degraded` says why it was not, until a write succeeds again. */
export type LedgerHealth = { readonly kind: 'good' } | { readonly kind: 'degraded'; readonly reason: string };

/**
 * The one place where each attempt and what it cost is written down. Calls are synchronous and take well under a
 * millisecond; they belong in the router's process, where no editor waits for them. {@link ./ledgerFile.ts openLedger}
 * opens it. Times are milliseconds since the epoch. Writing gives a value either way; reading throws when the file has
 * become unreadable, because a sum that is silently too small would open every budget.
 */
export class Ledger {
  readonly reservations: Reservations;
  readonly leases: LeaseBook;
  readonly sessions: SessionBook;
  readonly tasks: TaskBook;
  readonly policies: PolicyBook;
  readonly retention: Retention;
  readonly sync: SyncStore;
  readonly spanSums: SpanSums;
  readonly #database: DatabaseSync;
  readonly #writes: JoinedWrites;
  readonly #late: LateWrites;
  readonly #intake: Intake;
  readonly #insert: StatementSync;
  readonly #insertClass: StatementSync;
  readonly #insertCondition: StatementSync;
  readonly #update: StatementSync;
  readonly #spent: StatementSync;
  readonly #running: RunningCosts;
  readonly #byClass: StatementSync;
  readonly #byClassAndModel: StatementSync;
  readonly #modelUse: StatementSync;
  readonly #recent: StatementSync;
  #health: LedgerHealth = { kind: 'good' };
  #announce: (attemptId: string) => void = () => undefined;
  #isSalvaging = false;
  #salvages = 0;

  /** @param database at the newest version of the schema; the ledger closes it. */
  constructor(database: DatabaseSync) {
    const names = columnNames.join(', ');
    const places = columnNames.map(() => '?').join(', ');
    this.#database = database;
    const lock = new FileLock(database);
    this.#writes = new JoinedWrites(database, lock);
    this.#late = new LateWrites(this.#writes, lock, {
      era: () => this.sync.era(),
      withhold: ({ counted: { attempt } }) => this.sync.mark(attempt.id, attempt.at),
      over: () => {
        this.#health = { kind: 'good' };
      },
    });
    this.#intake = new Intake(database, this.#writes, this.#late, (settlement) => this.#file(settlement));
    this.reservations = new Reservations(database, this.#late, this.#intake, (reason) => {
      this.#health = { kind: 'degraded', reason };
    });
    this.leases = new LeaseBook(database, (late) => this.#late.run(late));
    this.sessions = new SessionBook(database, this.#intake);
    this.retention = new Retention(database, this.#writes);
    this.policies = new PolicyBook(database);
    this.spanSums = new SpanSums(database, this.#writes);
    this.sync = new SyncStore(database, this.#writes, this.#late, () => this.fileToRead());
    this.tasks = new TaskBook(database, this.#writes, this.#late, this.#intake);
    this.#insert = database.prepare(`INSERT INTO attempts (${names}) VALUES (${places}) ON CONFLICT (id) DO NOTHING`);
    this.#insertClass = database.prepare(
      'INSERT INTO attempt_classes (attempt_id, class) VALUES (?, ?) ON CONFLICT DO NOTHING',
    );
    this.#insertCondition = database.prepare(
      'INSERT INTO attempt_conditions (attempt_id, condition) VALUES (?, ?) ON CONFLICT DO NOTHING',
    );
    this.#update = database.prepare('UPDATE attempts SET outcome = ? WHERE id = ?');
    this.#spent = database.prepare(spentSql);
    this.#running = new RunningCosts(database);
    this.#byClass = database.prepare(byClassSql);
    this.#byClassAndModel = database.prepare(byClassAndModelSql);
    this.#modelUse = database.prepare(modelUseSql);
    this.#recent = database.prepare(`SELECT ${names} FROM attempts ORDER BY at DESC, rowid DESC LIMIT ?`);
  }

  get health(): LedgerHealth {
    const reason = this.#late.trouble;
    return reason === undefined ? this.#health : { kind: 'degraded', reason };
  }

  /** What was lost while another program held the file, in a sentence; undefined: nothing. */
  get loss(): string | undefined {
    return this.#late.loss;
  }

  /** @param news hears when attempts wait because another program holds the file, when they are written, and when they are lost */
  tells(news: LateNews): void {
    this.#late.tells(news);
  }

  /** @param to called for each attempt before it is written down: with what a request leaves behind, in the same transaction */
  announces(to: (attemptId: string) => void): void {
    this.#announce = to;
  }

  /**
   * Writes an attempt down, as soon as that is possible. The same id again is the same attempt, and changes nothing.
   *
   * @param classes what the policies in force count it as, each by its own classes: what budgets per class add up
   * @param conditions those of budgets that the request met, by names that tell nothing of them
   * @param fileKeys of the files that its task works on: {@link ./repoKey.ts fileKey}
   */
  record(
    attempt: Attempt,
    classes: readonly string[] = [attempt.class],
    conditions: readonly string[] = [],
    fileKeys: readonly string[] = [],
  ): WriteResult {
    const counted: CountedAttempt = { attempt, classes, conditions, fileKeys };
    if (this.#intake.takesAttempt(counted)) return written;
    return this.#write('The attempt was not recorded', () => this.#recordInTime(counted));
  }

  /**
   * Writes down how an attempt ended: the attempt, who answered its session, and what was set aside for it and is given up.
   * It counts at once, is durable as soon as no other program holds the file, and in its tables a moment later.
   *
   * @param work calls {@link record}, and the others
   */
  settle(work: () => void): WriteResult {
    try {
      // What a team lets this user spend is charged with the attempt itself.
      if (this.leases.holdsAny) return this.together(work);
      const settlement = this.#intake.gather(work);
      if (settlement === undefined) return written;
      try {
        this.#intake.add(settlement, () => this.#announce(settlement.counted.attempt.id));
      } catch {
        return this.together(() => this.#writeAtOnce(settlement)); // each part says by itself what is wrong
      }
      this.#health = { kind: 'good' };
      return written;
    } catch (error) {
      const result = failed('What a request cost was not recorded', error);
      this.#health = { kind: 'degraded', reason: result.reason };
      return result;
    }
  }

  /** Writes what comes together at the price of one write; each part of it says by itself whether it succeeded. */
  together(work: () => void): WriteResult {
    try {
      // What is being gathered is written by whoever gathers it.
      if (this.#intake.isGathering) work();
      else this.#writes.join(work);
      return written;
    } catch (error) {
      const result = failed('What a request cost was not recorded', error);
      this.#health = { kind: 'degraded', reason: result.reason };
      return result;
    }
  }

  /** What is read meanwhile is of one moment, and cheaper than each by itself. @throws what the work threw */
  reading<Result>(work: () => Result): Result {
    return this.#writes.reading(work);
  }

  /** What became of an attempt, once that is known: a completion is accepted or rejected after it was shown. */
  setOutcome(id: string, outcome: AttemptOutcome): WriteResult {
    return this.#write('The outcome was not recorded', () => {
      this.#late.run({
        write: () => {
          this.#intake.file();
          this.#update.run(outcome, id);
        },
      });
    });
  }

  /** What was spent since a moment ({@link ./periods.ts periodStart}), for budgets: quick, however much there was. @param until the end of that time */
  costSince(since: number, filter: SpendFilter = {}, until = Number.POSITIVE_INFINITY): Cost {
    let cost = this.#running.between(since, until, filter, this.#revision());
    for (const { counted } of this.#intake.waiting()) {
      if (isAmong(counted, since, until, filter)) cost = added(cost, costOf(counted.attempt));
    }
    return cost;
  }

  /**
   * The same as long as nothing that stands in the ledger or waits for it has changed, here or in another process; undefined
   * where that cannot be said.
   *
   * @throws where the file has become unreadable
   */
  stamp(): number | undefined {
    // Each of them only grows.
    return this.health.kind === 'good' ? this.#revision() + this.reservations.writes + this.#intake.taken : undefined;
  }

  /** What was spent since a moment, with how many attempts and requests that took. */
  spentSince(since: number, filter: SpendFilter = {}): Spend {
    this.fileToRead();
    return spendOf(this.#spent.get({ since, ...filterValues(filter) }) ?? {});
  }

  /** What a task has cost so far. */
  spentOnTask(taskId: string): Cost {
    return this.tasks.cost(taskId);
  }

  /** What was spent since midnight UTC. */
  today(now: number): Cost {
    return this.costSince(periodStart(now, 'day'));
  }

  /** What each class of work came to in one repository since a moment, by the class's id; refused requests left out. */
  byClass(since: number, repoKey: string): ReadonlyMap<string, Spend> {
    this.fileToRead();
    return new Map(this.#byClass.all(since, repoKey).map((row) => [String(row['class']), spendOf(row)]));
  }

  /** What each model did for each class of work since a moment. */
  byClassAndModel(since: number): readonly ClassModelSpend[] {
    this.fileToRead();
    return this.#byClassAndModel.all(since).map(classModelSpendOf);
  }

  /** What each model of each provider did and asked for since a moment. */
  modelUse(since: number): readonly ModelUse[] {
    this.fileToRead();
    return this.#modelUse.all(since).map(modelUseOf);
  }

  /** The newest attempts, newest first. */
  recent(count: number): readonly Attempt[] {
    this.fileToRead();
    return this.#recent.all(count).map(attemptOf);
  }

  /** Brings all that was settled into the tables, for whoever reads those by themselves. */
  fileToRead(): void {
    this.#intake.fileToRead();
  }

  /** Goes on copying what a damaged ledger still has: {@link ./salvage.ts salvageMore}. */
  async salvageMore(): Promise<MoreSalvaged | undefined> {
    this.#isSalvaging = true;
    try {
      return await salvageMore(this.#database);
    } finally {
      this.#isSalvaging = false;
      this.#salvages += 1;
    }
  }

  /** See {@link ./intake.ts Intake.revision}. What is copied meanwhile is in no sum that was made before. */
  #revision(): number {
    if (this.#isSalvaging) this.#salvages += 1;
    return this.#intake.revision() + this.#salvages;
  }

  close(): void {
    if (!this.#database.isOpen) return;
    this.#late.close();
    this.#intake.close();
    this.#database.close();
  }

  #recordInTime(counted: CountedAttempt): void {
    this.#announce(counted.attempt.id);
    const settlement = { counted, session: undefined, released: [] };
    this.#late.run({ settlement, write: () => this.#recordNow(counted) });
  }

  #recordNow(counted: CountedAttempt): void {
    // An attempt that no class counts would open a budget.
    this.#writes.atomically(() => this.#recordParts(counted));
  }

  /** In the transaction that is open. */
  #recordParts({ attempt, classes, conditions, fileKeys }: CountedAttempt): void {
    const { taskId } = attempt;
    const task: AttemptTask | undefined = taskId === undefined ? undefined : { id: taskId, fileKeys };
    if (task) this.#writes.afterwards(() => this.tasks.remember(task));
    if (this.#insert.run(...rowOf(attempt)).changes === 0) return;
    for (const one of classes) this.#insertClass.run(attempt.id, storedName(one));
    for (const one of conditions) this.#insertCondition.run(attempt.id, storedName(one));
    if (task) this.tasks.note(attempt, task);
    // Tokens without a price are not nothing; an attempt without tokens is.
    this.leases.spent(attempt.requestId, attempt.costNanoUsd ?? (attempt.inputTokens === undefined ? 0 : undefined));
  }

  #file({ counted, session, released }: Settlement): void {
    this.#recordParts(counted);
    if (session) this.sessions.put(session);
    for (const one of released) this.reservations.drop(one);
  }

  #writeAtOnce({ counted, session, released }: Settlement): void {
    this.#write('The attempt was not recorded', () => this.#recordInTime(counted));
    if (session) this.sessions.write(session);
    for (const one of released) {
      this.#write('What was set aside was not given up, and lapses by itself', () => this.reservations.drop(one));
    }
  }

  #write(what: string, work: () => unknown): WriteResult {
    try {
      work();
      this.#health = { kind: 'good' };
      return written;
    } catch (error) {
      const result = failed(what, error);
      this.#health = { kind: 'degraded', reason: result.reason };
      return result;
    }
  }
}
