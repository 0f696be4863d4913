import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Attempt, Surface } from './attempt.ts';
import type { CountedAttempt, Intake } from './intake.ts';
import type { JoinedWrites } from './joinedWrites.ts';
import type { LateWrites } from './lateWrites.ts';
import { added, costOf } from './runningCosts.ts';
import type { Cost } from './spend.ts';
import { FOLLOW_UP_MS, IDLE_MS, type Task } from './task.ts';
import { isOver, judge, type Signal } from './taskOutcome.ts';
import { endOf, evidenceOf, noted, noteSql, type Row, signalOf, taskOf, whole } from './taskRow.ts';
import { failed, type WriteResult, written } from './writeResult.ts';

/** Files of one task that are remembered; the first ones tell what it is about. */
export const MOST_FILES = 64;
/** How long it is known which files a task was about: until its text may have been committed. */
export const FILES_MS = 7 * 86_400_000;
/** Tasks judged in one transaction, so that nobody waits for it. */
const JUDGED_AT_ONCE = 50;
/** Tasks whose files this process remembers to have written down. */
const MOST_REMEMBERED = 500;
/** And of each how many: a task that is about more has them written again. */
const MOST_FILED = 1_000;

/** What no other conversation's work goes on with. */
const ASIDE: ReadonlySet<Surface> = new Set(['completion', 'utility']);

/** What a request says of the task that it may belong to. Names are keyed hashes. */
export interface TaskQuestion {
  readonly conversation: string;
  /** undefined: of no repository. */
  readonly repoKey?: string | undefined;
  /** {@link ./repoKey.ts fileKey} of the files that it works on. */
  readonly fileKeys: readonly string[];
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** It hands over what tools gave: the same intent still, even where a commit has closed the task. */
  readonly inToolLoop: boolean;
}

/** What is known of a request's task. */
export type FoundTask =
  /** It goes on with its conversation's. */
  | { readonly kind: 'open'; readonly id: string }
  /** It goes on with another conversation's, which is about the same files. */
  | { readonly kind: 'joined'; readonly id: string }
  /** Its conversation's last one is over. */
  | { readonly kind: 'closed'; readonly id: string }
  | { readonly kind: 'none' };

/** The task that an attempt belongs to; what else a task has is the first attempt's. */
export interface AttemptTask {
  readonly id: string;
  readonly fileKeys?: readonly string[];
}

/** Something that was seen of a task's work; of an attempt's, where it is known by that. */
export type SeenOf = Signal & ({ readonly taskId: string } | { readonly attemptId: string });

/**
 * The tasks of this machine: which attempts are one intent, what it cost, and what became of it. Every window writes to the
 * same book; each call is one transaction, and the same call again changes nothing. Reading throws where the file has
 * become unreadable.
 */
export class TaskBook {
  readonly #writes: JoinedWrites;
  readonly #late: LateWrites;
  readonly #intake: Intake;
  readonly #ofConversation: StatementSync;
  readonly #standing: StatementSync;
  readonly #onFiles: StatementSync;
  readonly #note: StatementSync;
  readonly #converse: StatementSync;
  readonly #noteFile: StatementSync;
  readonly #cost: StatementSync;
  readonly #row: StatementSync;
  readonly #taskOf: StatementSync;
  readonly #signal: StatementSync;
  readonly #signals: StatementSync;
  readonly #judged: StatementSync;
  readonly #over: StatementSync;
  readonly #openIn: StatementSync;
  readonly #close: StatementSync;
  /** Files that are written down already, by task: an agent asks a hundred times about the same ones. */
  readonly #filed = new Map<string, Set<string>>();

  /**
   * @param writes of the same connection: a call within others joins them
   * @param late what was seen waits in it behind the attempt that it is about
   */
  constructor(database: DatabaseSync, writes: JoinedWrites, late: LateWrites, intake: Intake) {
    this.#late = late;
    this.#writes = writes;
    this.#intake = intake;
    this.#standing = database.prepare('SELECT last_at, closed_at FROM tasks WHERE id = ?');
    this.#ofConversation = database.prepare(
      `SELECT tasks.id, last_at, closed_at FROM task_conversations JOIN tasks ON tasks.id = task_id
       WHERE task_conversations.conversation = ?`,
    );
    this.#onFiles = database.prepare(
      `SELECT DISTINCT tasks.id, last_at FROM task_files JOIN tasks ON tasks.id = task_id
       WHERE file_key IN (SELECT value FROM json_each(:files)) AND repo_key IS :repoKey AND closed_at IS NULL
         AND surface NOT IN ('completion', 'utility') AND last_at BETWEEN :from AND :to
       ORDER BY last_at DESC LIMIT 1`,
    );
    this.#note = database.prepare(noteSql);
    this.#converse = database.prepare(
      `INSERT INTO task_conversations (conversation, task_id) VALUES (?, ?)
       ON CONFLICT (conversation) DO UPDATE SET task_id = excluded.task_id WHERE task_id <> excluded.task_id`,
    );
    this.#noteFile = database.prepare(
      'INSERT INTO task_files (task_id, file_key, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.#cost = database.prepare(
      'SELECT cost_nano_usd AS cost, simulated_nano_usd AS simulated, unpriced FROM tasks WHERE id = ?',
    );
    this.#row = database.prepare('SELECT * FROM tasks WHERE id = ?');
    this.#taskOf = database.prepare('SELECT task_id FROM attempts WHERE id = ?');
    this.#signal = database.prepare(
      `INSERT INTO signals (task_id, at, signal, source, age_ms, survival) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    );
    this.#signals = database.prepare('SELECT * FROM signals WHERE task_id = ? ORDER BY at, rowid');
    this.#judged = database.prepare(
      `UPDATE tasks SET outcome = :outcome, survival = :survival, settled = :settled,
         outcome_at = CASE WHEN outcome = :outcome THEN outcome_at ELSE :at END,
         closed_at = CASE WHEN :settled = 1 THEN COALESCE(closed_at, last_at + ${IDLE_MS}) ELSE closed_at END
       WHERE id = :id`,
    );
    this.#over = database.prepare(
      `SELECT * FROM tasks WHERE settled = 0 AND (last_at <= :now - ${IDLE_MS} OR last_at >= :now + ${IDLE_MS}) LIMIT :most`,
    );
    this.#openIn = database.prepare(
      `SELECT id FROM tasks WHERE repo_key = :repoKey AND opened_at BETWEEN :since AND :by AND surface <> 'completion'
         AND closed_at IS NULL AND (:files IS NULL OR EXISTS (SELECT 1 FROM task_files
           WHERE task_id = id AND file_key IN (SELECT value FROM json_each(:files))))
       ORDER BY opened_at`,
    );
    this.#close = database.prepare('UPDATE tasks SET closed_at = ? WHERE id = ? AND closed_at IS NULL');
  }

  /**
   * The task that a request goes on with: its conversation's while that is open; for a conversation that nobody knows, the
   * one on the same files that somebody was at within the last ten minutes.
   */
  find({ conversation, repoKey, fileKeys, at, inToolLoop }: TaskQuestion): FoundTask {
    const last = this.#newest((one) => one.attempt.conversation === conversation);
    const own = last === undefined ? this.#ofConversation.get(conversation) : this.#standing.get(last.id);
    const id = last?.id ?? own?.['id'];
    if (id !== undefined) {
      const lastAt = Math.max(Number(own?.['last_at'] ?? 0), last?.endedAt ?? 0);
      const isOpen = ((own?.['closed_at'] ?? null) === null || inToolLoop) && !isOver(lastAt, at);
      return { kind: isOpen ? 'open' : 'closed', id: String(id) };
    }
    if (repoKey === undefined || fileKeys.length === 0) return { kind: 'none' };
    const asked = fileKeys.slice(0, MOST_FILES);
    const [from, to] = [at - FOLLOW_UP_MS, at + FOLLOW_UP_MS];
    const other = this.#onFiles.get({ files: JSON.stringify(asked), repoKey, from, to });
    const since = Math.max(from, Number(other?.['last_at'] ?? from));
    const newer = this.#newest(
      ({ attempt, fileKeys: keys }, taskId) =>
        attempt.repoKey === repoKey &&
        !ASIDE.has(attempt.surface) &&
        endOf(attempt) >= since &&
        endOf(attempt) <= to &&
        keys.some((key) => asked.includes(key)) &&
        (this.#standing.get(taskId)?.['closed_at'] ?? null) === null,
    );
    const joined = newer?.id ?? other?.['id'];
    return joined === undefined ? { kind: 'none' } : { kind: 'joined', id: String(joined) };
  }

  /** The task of the last such attempt among those that are not in their tables yet. */
  #newest(isMeant: (counted: CountedAttempt, taskId: string) => boolean): WaitingTask | undefined {
    const newest = this.#intake
      .waiting()
      .findLast(({ counted }) => counted.attempt.taskId !== undefined && isMeant(counted, counted.attempt.taskId));
    const { attempt } = newest?.counted ?? {};
    return attempt?.taskId === undefined ? undefined : { id: attempt.taskId, endedAt: endOf(attempt) };
  }

  /** Adds an attempt to its task, or opens one with it. To be called in the attempt's transaction, once. */
  note(attempt: Attempt, task: AttemptTask): void {
    const { id } = task;
    const { conversation } = attempt;
    this.#note.run(...noted(attempt, id));
    if (conversation !== undefined) this.#converse.run(conversation, id);
    const before = this.#filed.get(id);
    for (const key of (task.fileKeys ?? []).slice(0, MOST_FILES)) {
      if (!before?.has(key)) this.#noteFile.run(id, key, attempt.at);
    }
  }

  /** Its files need not be written again. To be called when the transaction of {@link note} has ended well. */
  remember({ id, fileKeys = [] }: AttemptTask): void {
    if (fileKeys.length === 0) return;
    const before = this.#filed.get(id);
    const known = before === undefined || before.size >= MOST_FILED ? new Set<string>() : before;
    for (const key of fileKeys.slice(0, MOST_FILES)) known.add(key);
    this.#filed.delete(id);
    this.#filed.set(id, known);
    const [oldest] = this.#filed.keys();
    if (this.#filed.size > MOST_REMEMBERED && oldest !== undefined) this.#filed.delete(oldest);
  }

  /** What a task has cost so far; nothing for one that nobody has written down. */
  cost(id: string): Cost {
    const row = this.#cost.get(id);
    let cost: Cost = {
      costNanoUsd: Number(row?.['cost'] ?? 0),
      simulatedNanoUsd: Number(row?.['simulated'] ?? 0),
      unpriced: Number(row?.['unpriced'] ?? 0),
    };
    for (const { counted } of this.#intake.waiting()) {
      if (counted.attempt.taskId === id) cost = added(cost, costOf(counted.attempt));
    }
    return cost;
  }

  read(id: string): Task | undefined {
    this.#intake.fileToRead();
    const row = this.#row.get(id);
    return row && taskOf(row);
  }

  /** What was seen of a task, the oldest first. */
  signals(id: string): readonly Signal[] {
    return this.#signals.all(id).flatMap(signalOf);
  }

  /**
   * Writes down what was seen, and judges the task anew; what is committed is closed. Of a task that nobody knows any more nothing is written.
   *
   * @param now milliseconds since the epoch
   */
  signal(seen: SeenOf, now = seen.at): WriteResult {
    return this.#tried('What was seen of a task was not recorded', () => {
      const id = 'taskId' in seen ? seen.taskId : this.taskOf(seen.attemptId);
      const row = id === undefined ? undefined : this.#row.get(id);
      if (id === undefined || row === undefined) return;
      const { at, signal, source, ageMs, survival } = seen;
      const share = survival === undefined ? null : Math.min(Math.max(survival, 0), 1);
      const { changes } = this.#signal.run(
        id,
        whole(at),
        signal,
        source,
        ageMs === undefined ? null : whole(ageMs),
        share,
      );
      if (changes === 0) return;
      if (signal === 'committed') this.#close.run(whole(at), id);
      this.#judge(row, Math.max(now, at));
    });
  }

  /** The task of an attempt. */
  taskOf(attemptId: string): string | undefined {
    this.#intake.fileToRead();
    const id = this.#taskOf.get(attemptId)?.['task_id'];
    return typeof id === 'string' ? id : undefined;
  }

  /**
   * Closes the tasks that nobody has gone on with for half an hour, and judges those of which nothing more is waited for.
   * Some at a time: to be called until there is nothing left.
   *
   * @returns how many it closed or judged
   * @throws where the ledger cannot be written
   */
  closeIdle(now: number): number {
    return this.#writes.atomically(() => {
      const over = this.#over.all({ now, most: JUDGED_AT_ONCE });
      for (const row of over) {
        this.#judge(row, now);
        this.#filed.delete(String(row['id']));
      }
      return over.length;
    });
  }

  /**
   * Closes the open tasks of a repository that a commit was about.
   *
   * @param files what was committed; `all` where that is not known
   * @param moment when that was found out, and by when it was there: what began later was not committed
   * @returns the tasks that it closed, the oldest first: whether their text is in it is another question
   * @throws where the ledger cannot be written
   */
  closeByCommit(
    repoKey: string,
    files: readonly string[] | 'all',
    { at, by = at }: { readonly at: number; readonly by?: number },
  ): readonly string[] {
    return this.#writes.atomically(() => {
      const asked = { repoKey, since: at - FILES_MS, by, files: files === 'all' ? null : JSON.stringify(files) };
      const ids = this.#openIn.all(asked).map(({ id }) => String(id));
      for (const id of ids) this.#close.run(whole(at), id);
      return ids;
    });
  }

  /** Closes one task, because what comes now is another intent. @throws where the ledger cannot be written */
  close(id: string, at: number): void {
    this.#intake.file();
    this.#close.run(whole(at), id);
  }

  #judge(row: Row, now: number): void {
    const id = String(row['id']);
    const { outcome, survival, settled } = judge({ ...evidenceOf(row), signals: this.signals(id) }, now);
    this.#judged.run({ id, outcome, survival: survival ?? null, settled: settled ? 1 : 0, at: whole(now) });
  }

  #tried(what: string, work: () => void): WriteResult {
    try {
      this.#late.run({ write: () => this.#writes.atomically(work) });
      return written;
    } catch (error) {
      return failed(what, error);
    }
  }
}

interface WaitingTask {
  readonly id: string;
  /** When its attempt had ended, in milliseconds since the epoch. */
  readonly endedAt: number;
}
