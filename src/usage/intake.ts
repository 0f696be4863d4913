import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Attempt } from './attempt.ts';
import { LONGEST_NAME, storedName } from './attemptColumns.ts';
import type { JoinedWrites } from './joinedWrites.ts';
import type { LateWrites } from './lateWrites.ts';
import type { SessionEntry } from './sessionBook.ts';

/** How long what has come in waits to be filed with what comes after it, in milliseconds. */
const FILED_AFTER_MS = 50;
/** Where filing failed, it is tried again after so long; what another process has left is filed as late, if it does not do so. */
const LATER_MS = 1_000;
/** Filed in one transaction: some milliseconds, in which requests wait. */
const MOST_AT_ONCE = 64;
/** Of rows, for SQLite. */
const ALL = -1;
const SQLITE_CONSTRAINT = 19;
const SQLITE_MISMATCH = 20;

/** Money that was set aside for an attempt. */
export interface HeldReservation {
  readonly id: string;
  readonly budgetKey: string;
  readonly nanoUsd: number;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** An attempt with what it is counted by. */
export interface CountedAttempt {
  readonly attempt: Attempt;
  readonly classes: readonly string[];
  readonly conditions: readonly string[];
  /** {@link ./repoKey.ts fileKey} of the files that its task works on. */
  readonly fileKeys: readonly string[];
}

/** Everything that an attempt leaves behind when it has ended. */
export interface Settlement {
  readonly counted: CountedAttempt;
  readonly session: SessionEntry | undefined;
  /** Given up with it. */
  readonly released: readonly HeldReservation[];
}

type Row = Readonly<Record<string, SQLOutputValue>>;

interface Listed {
  readonly settlements: readonly Settlement[];
  readonly released: readonly HeldReservation[];
}

function listed(settlements: readonly Settlement[]): Listed {
  return { settlements, released: settlements.flatMap(({ released }) => released) };
}

/** A settlement that is being put together. */
interface Draft {
  counted: CountedAttempt | undefined;
  session: SessionEntry | undefined;
  readonly released: HeldReservation[];
}

/**
 * Attempts that have ended and are not yet in the tables that reports and budgets read. Filing one changes some twenty pages
 * of the file, which its client would wait for; here it is one row, as durable as those will be. Soon after, all that came
 * in is filed in one transaction, by whichever process is still there.
 *
 * Sums that are asked for meanwhile add what lies here, whoever has written it; what else is read has it filed first.
 */
export class Intake {
  readonly #writes: JoinedWrites;
  readonly #late: LateWrites;
  readonly #file: (settlement: Settlement) => void;
  readonly #insert: StatementSync;
  readonly #rows: StatementSync;
  readonly #body: StatementSync;
  readonly #drop: StatementSync;
  readonly #version: StatementSync;
  /** By the attempt's id, in the order in which they came. */
  #waiting = new Map<string, Settlement>();
  /** The same as lists, which each request goes through several times; undefined: they have changed since. */
  #listed: Listed | undefined;
  #seen: unknown;
  /** The transaction in which it was looked last. */
  #lookedIn: number | undefined;
  #revision = 0;
  #taken = 0;
  #ownRevision = 0;
  #draft: Draft | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isFiling = false;

  /**
   * @param late has those that could not be written yet, which count as well
   * @param file puts a settlement into its tables, in the transaction that is open; the same again changes nothing
   */
  constructor(database: DatabaseSync, writes: JoinedWrites, late: LateWrites, file: (settlement: Settlement) => void) {
    this.#writes = writes;
    this.#late = late;
    this.#file = file;
    this.#insert = database.prepare('INSERT INTO intake (attempt_id, body) VALUES (?, ?)');
    this.#rows = database.prepare('SELECT n, attempt_id FROM intake ORDER BY n LIMIT ?');
    this.#body = database.prepare('SELECT body FROM intake WHERE n = ? AND attempt_id = ?');
    this.#drop = database.prepare('DELETE FROM intake WHERE n <= ?');
    this.#version = database.prepare('PRAGMA data_version');
    writes.beginsWith(() => this.file());
  }

  /**
   * Gathers what is written meanwhile.
   *
   * @returns undefined where there was no attempt among it, or one is being gathered already
   */
  gather(work: () => void): Settlement | undefined {
    if (this.#draft !== undefined) {
      work();
      return undefined;
    }
    const draft: Draft = { counted: undefined, session: undefined, released: [] };
    this.#draft = draft;
    try {
      work();
    } finally {
      this.#draft = undefined;
    }
    const { counted, session, released } = draft;
    return counted && { counted, session, released };
  }

  /** An attempt is among what is being gathered. */
  get isGathering(): boolean {
    return this.#draft?.counted !== undefined;
  }

  /** Whether an attempt was taken into what is being gathered. */
  takesAttempt(counted: CountedAttempt): boolean {
    if (this.#draft === undefined || this.#draft.counted !== undefined) return false;
    this.#draft.counted = counted;
    return true;
  }

  takesSession(entry: SessionEntry): boolean {
    if (this.#draft?.counted === undefined) return false;
    this.#draft.session = entry;
    return true;
  }

  takesRelease(reservation: HeldReservation): boolean {
    if (this.#draft?.counted === undefined) return false;
    this.#draft.released.push(reservation);
    return true;
  }

  /**
   * Writes a settlement down, as soon as that is possible.
   *
   * @param first done before it, in the same transaction
   * @throws where it cannot be written, and will not be
   */
  add(settlement: Settlement, first: () => void): void {
    const work = (): void => {
      first();
      this.#write(settlement);
    };
    try {
      // It will wait behind others: nobody waits for the file's lock once more.
      if (this.#late.areWaiting) work();
      else this.#writes.join(work);
    } catch (error) {
      this.#lookAnew();
      throw error;
    }
  }

  #write(settlement: Settlement): void {
    const { id } = settlement.counted.attempt;
    this.#late.run({
      settlement,
      write: () => {
        this.#insert.run(id, bodyOf(settlement));
        this.#waiting.set(id, settlement);
        this.#listed = undefined;
        this.#taken += 1;
        this.#fileIn(FILED_AFTER_MS);
      },
    });
  }

  /**
   * What waits to be filed, in the order in which it came, whoever has written it, and what of this process waits to be
   * written.
   *
   * @throws where the file has become unreadable
   */
  waiting(): readonly Settlement[] {
    this.#look();
    return this.#known().settlements;
  }

  /** How many were taken in here so far. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * The same as long as nobody, this process or another, has changed what stands in the tables of attempts.
   *
   * @throws where the file has become unreadable
   */
  revision(): number {
    this.#look();
    if (this.#ownRevision !== this.#writes.revision) this.#revision += 1;
    this.#ownRevision = this.#writes.revision;
    return this.#revision;
  }

  /** What was given up and still stands in its table. */
  released(): readonly HeldReservation[] {
    return this.#known().released;
  }

  #known(): Listed {
    if (!this.#late.areWaiting) {
      this.#listed ??= listed([...this.#waiting.values()]);
      return this.#listed;
    }
    const late = [...this.#late.settlements()].filter(({ counted }) => !this.#waiting.has(counted.attempt.id));
    return listed([...this.#waiting.values(), ...late]);
  }

  /** Files all that has come in. @throws where that cannot be done: it goes on waiting, and counting */
  file(): void {
    if (this.#isFiling) return;
    this.#look();
    if (this.#waiting.size === 0) return;
    this.#isFiling = true;
    try {
      while (this.#fileSome());
    } finally {
      this.#isFiling = false;
    }
  }

  /** Files what came in for somebody who reads it, where that is possible: in a file that is only read it is not. */
  fileToRead(): void {
    try {
      this.file();
    } catch {
      // What was there a moment ago is read.
    }
  }

  /** Files what can be: another process does the rest. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      this.file();
    } catch {
      // It lies in the file, for whoever opens that next.
    }
  }

  /** Looks at what other processes have done since it was last looked. */
  #look(): void {
    const { moment } = this.#writes;
    if (moment !== undefined && moment === this.#lookedIn) return;
    const version = this.#version.get()?.['data_version'];
    this.#lookedIn = moment;
    if (version === this.#seen) return;
    this.#revision += 1;
    const before = this.#waiting;
    this.#waiting = new Map();
    this.#listed = undefined;
    for (const row of this.#rows.all(ALL)) {
      const settlement = this.#read(row, before);
      if (settlement !== undefined) this.#waiting.set(String(row['attempt_id']), settlement);
    }
    this.#seen = version;
    if (this.#waiting.size > 0) this.#fileIn(LATER_MS);
  }

  /** What is undone after all is not known. */
  #lookAnew(): void {
    this.#seen = undefined;
    this.#lookedIn = undefined;
  }

  /** @returns whether there may be more */
  #fileSome(): boolean {
    this.#lookAnew();
    try {
      return this.#writes.atomically(() => this.#fileNext((settlement) => this.#file(settlement)));
    } catch (error) {
      if (!isOfItsValues(error)) throw error;
      return this.#writes.atomically(() => this.#fileNext((settlement) => this.#fileOne(settlement)));
    }
  }

  #fileNext(file: (settlement: Settlement) => void): boolean {
    const some = this.#rows.all(MOST_AT_ONCE);
    for (const row of some) {
      const settlement = this.#read(row, this.#waiting);
      if (settlement !== undefined) file(settlement);
    }
    const last = some.at(-1)?.['n'];
    if (last !== undefined) this.#drop.run(last);
    return some.length === MOST_AT_ONCE;
  }

  /** What is known of a row is not read again: nobody changes one. Another process may have filed it a moment ago. */
  #read({ n, attempt_id: id }: Row, known: ReadonlyMap<string, Settlement>): Settlement | undefined {
    const before = known.get(String(id));
    if (before !== undefined) return before;
    const row = this.#body.get(Number(n), String(id));
    return row && settlementOf(String(row['body']));
  }

  /** One that no table takes, as a newer version may have written, must not keep all others from being filed. */
  #fileOne(settlement: Settlement): void {
    try {
      this.#writes.atomically(() => this.#file(settlement));
    } catch (error) {
      if (!isOfItsValues(error)) throw error;
    }
  }

  #fileIn(ms: number): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      try {
        this.file();
      } catch {
        // Nothing is lost by it, and everything counts: the file may be free, or the disk have room, the next time.
        this.#fileIn(LATER_MS);
      }
    }, ms);
    this.#timer.unref();
  }
}

/** Whether no table takes what was to be written, whenever that is tried. */
function isOfItsValues(error: unknown): boolean {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : SQLITE_MISMATCH;
  return code === SQLITE_CONSTRAINT || code === SQLITE_MISMATCH;
}

/** Names come from clients and providers: none becomes longer here than it will be in its table. Hardly any would. */
function bodyOf(settlement: Settlement): string {
  const { counted, session } = settlement;
  const names = [...Object.values(counted.attempt), ...counted.classes, session?.target, session?.class];
  return names.some(isLongName) ? JSON.stringify(settlement, shortened) : JSON.stringify(settlement);
}

function isLongName(value: unknown): boolean {
  return typeof value === 'string' && value.length > LONGEST_NAME;
}

/** A budget's key is that of the row that is given up. */
function shortened(name: string, value: unknown): unknown {
  return typeof value === 'string' && name !== 'budgetKey' ? storedName(value) : value;
}

/** Only {@link Intake.add} has written them. What is no number has become null, which no field of ours is. */
function settlementOf(body: string): Settlement | undefined {
  try {
    const value: unknown = JSON.parse(body, (_key, part: unknown) => part ?? undefined);
    return typeof value === 'object' && value !== null && 'counted' in value ? (value as Settlement) : undefined;
  } catch {
    return undefined; // no JSON: nobody can tell what it was
  }
}
