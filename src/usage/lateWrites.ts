import type { FileLock } from './fileLock.ts';
import type { Settlement } from './intake.ts';
import type { JoinedWrites } from './joinedWrites.ts';

/** It is tried again after so long, in milliseconds. */
const AGAIN_MS = 250;
/** Written in one transaction: some milliseconds, in which requests wait. */
const MOST_AT_ONCE = 256;
/** So many wait at the most, in so many characters: hours of work. What comes then is lost, and said to be; what came first is kept. */
const MOST_WAITING: LateBounds = { writes: 20_000, characters: 16 * 1024 * 1024 };
/** About as much as what waits without an attempt. */
const SMALL = 500;
const SQLITE_CONSTRAINT = 19;
const SQLITE_MISMATCH = 20;

/** Something that must be written, in the end. */
export interface LateWrite {
  /** The attempt that it is about, where it is one: it counts while it waits. */
  readonly settlement?: Settlement;
  /** @throws where it cannot be written; the same again changes nothing */
  write(): void;
  /** It is in the file. */
  done?(): void;
}

/** How much may wait. */
export interface LateBounds {
  readonly writes: number;
  readonly characters: number;
}

/** Told when something begins to wait, when it is written, and when it is lost. */
export type LateNews = (level: 'info' | 'warn' | 'error', message: string) => void;

/** What the ledger has to do with it. */
export interface LateLedger {
  /** Changes where what happened before must not be sent, and what comes after may be. */
  era(): string;
  /** Keeps an attempt from being sent. */
  withhold(settlement: Settlement): void;
  /** The file can be written again, and nothing waits any more. */
  over(): void;
}

/**
 * What could not be written because another program holds the file: it is kept in memory, in its order, and written as soon
 * as that is possible. Only the end of this process loses it, and what is more than a process should keep.
 */
export class LateWrites {
  readonly #writes: JoinedWrites;
  readonly #lock: FileLock;
  readonly #ledger: LateLedger;
  readonly #bounds: LateBounds;
  readonly #waiting: Waiting[] = [];
  #characters = 0;
  /** There was no room for one: what follows at once, and may rest on it, has none either, however small it is. */
  #isFull = false;
  /** Of those that wait. */
  #attempts = 0;
  /** Attempts that there was no room for, since this process began. */
  #lost = 0;
  #news: LateNews = () => undefined;
  /** Why what waits was not written the last time. */
  #reason = '';
  #isTold = false;
  #written = 0;
  /** Since the file was found to be held. */
  #lostNow = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(writes: JoinedWrites, lock: FileLock, ledger: LateLedger, bounds = MOST_WAITING) {
    this.#bounds = bounds;
    this.#writes = writes;
    this.#lock = lock;
    this.#ledger = ledger;
    lock.whenHeld(() => this.#tryIn(AGAIN_MS));
  }

  /** Why what happens is not written down just now, in a sentence; undefined: it is. */
  get trouble(): string | undefined {
    if (this.#attempts > 0) return `${counted(this.#attempts)} to be written: ${this.#reason}.`;
    if (this.#waiting.length > 0) return `What happens is not written down yet: ${this.#reason}.`;
    return this.#lock.isHeld ? `What happens is not written down yet: ${HELD}.` : undefined;
  }

  /** What this process could not keep until it could be written, in a sentence: every sum since lacks it. undefined: nothing. */
  get loss(): string | undefined {
    if (this.#lost === 0) return undefined;
    const lost = this.#lost === 1 ? '1 attempt is' : `${this.#lost} attempts are`;
    return `${lost} lost, and no sum has what they cost: another program held the ledger for longer than attempts can wait.`;
  }

  /** Whatever is to be written now waits behind others. */
  get areWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** @param news hears of what waits, from now on */
  tells(news: LateNews): void {
    this.#news = news;
  }

  /** Attempts that wait to be written, in the order in which they came. */
  *settlements(): Iterable<Settlement> {
    for (const { settlement } of this.#waiting) if (settlement) yield settlement;
  }

  /** Writes now, or after what waits already. @throws what is wrong with the file besides that another program holds it */
  run(late: LateWrite): void {
    if (this.areWaiting) {
      this.#keep(late);
      return;
    }
    try {
      late.write();
    } catch (error) {
      if (!this.#lock.meets(error)) throw error;
      this.#reason = HELD;
      this.#keep(late);
      return;
    }
    this.#lock.passed();
    if (late.done) this.#writes.afterwards(late.done);
  }

  /** Tries once more. What is still not written then is lost, and said to be. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lock.passed();
    try {
      while (this.#waiting.length > 0) this.#writeSome();
      this.#end();
    } catch (error) {
      this.#fails(error);
      const lost = this.#attempts + this.#lostNow;
      if (lost > 0)
        this.#news(
          'error',
          `${lost === 1 ? '1 attempt was' : `${lost} attempts were`} not written down: ${this.#reason}.`,
        );
      this.#taken(this.#waiting.length);
    }
  }

  #keep(late: LateWrite): void {
    const characters = late.settlement === undefined ? SMALL : JSON.stringify(late.settlement).length;
    this.#tryIn(AGAIN_MS);
    const { writes, characters: most } = this.#bounds;
    this.#isFull ||= this.#waiting.length >= writes || this.#characters + characters > most;
    if (this.#isFull) {
      this.#lose(late);
      return;
    }
    this.#waiting.push({ ...late, characters, era: late.settlement && this.#ledger.era() });
    this.#characters += characters;
    if (late.settlement) this.#attempts += 1;
    if (this.#isTold || late.settlement === undefined) return;
    this.#isTold = true;
    this.#news('warn', `${this.trouble ?? ''} Budgets are not counted until then.`);
  }

  /** The first one is spoken of at once, all of them when the file is free again. */
  #lose({ settlement }: LateWrite): void {
    if (settlement === undefined) return;
    this.#lost += 1;
    this.#lostNow += 1;
    if (this.#lostNow === 1)
      this.#news(
        'error',
        `${counted(this.#attempts)} to be written, and no more can: what is asked from now on is lost.`,
      );
  }

  /** The first ones do not wait any more. */
  #taken(count: number): readonly Waiting[] {
    const some = this.#waiting.splice(0, count);
    if (count > 0) this.#isFull = false;
    for (const { characters, settlement } of some) {
      this.#characters -= characters;
      if (settlement) this.#attempts -= 1;
    }
    return some;
  }

  #writeSome(): void {
    const some = this.#waiting.slice(0, MOST_AT_ONCE);
    // Also where there is nothing: it shows whether the file is free.
    this.#writes.atomically(() => {
      for (const late of some) this.#writeOne(late);
    });
    for (const { settlement, done } of this.#taken(some.length)) {
      done?.();
      if (settlement) this.#written += 1;
    }
  }

  /** One that no table takes must not keep all others from being written. */
  #writeOne({ settlement, era, write }: Waiting): void {
    try {
      this.#writes.atomically(() => {
        if (settlement && era !== this.#ledger.era()) this.#ledger.withhold(settlement);
        write();
      });
    } catch (error) {
      const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : SQLITE_MISMATCH;
      if (code !== SQLITE_CONSTRAINT && code !== SQLITE_MISMATCH) throw error;
    }
  }

  #tryIn(ms: number): void {
    if (this.#timer !== undefined || this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      try {
        this.#writeSome();
        if (this.#waiting.length > 0) this.#tryIn(0);
        else this.#end();
      } catch (error) {
        this.#fails(error);
        this.#tryIn(AGAIN_MS);
      }
    }, ms);
    this.#timer.unref();
  }

  #end(): void {
    if (this.#isTold) {
      const waited = `The ledger can be written again: ${counted(this.#written, 'had waited')}`;
      if (this.#lostNow === 0) this.#news('info', `${waited}, and nothing is lost.`);
      else this.#news('error', `${waited}, and ${this.#lostNow} more are lost: figures and budgets lack them.`);
    }
    this.#isTold = false;
    this.#written = 0;
    this.#lostNow = 0;
    this.#ledger.over();
  }

  #fails(error: unknown): void {
    this.#reason = this.#lock.meets(error) ? HELD : error instanceof Error ? error.message : String(error);
  }
}

type Waiting = LateWrite & { readonly era: string | undefined; readonly characters: number };

const HELD = 'the ledger is locked by another program';

function counted(attempts: number, verb?: string): string {
  return attempts === 1 ? `1 attempt ${verb ?? 'waits'}` : `${attempts} attempts ${verb ?? 'wait'}`;
}
