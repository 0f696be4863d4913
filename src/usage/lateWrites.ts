import type { FileLock } from './fileLock.ts';
import type { Settlement } from './intake.ts';
import type { JoinedWrites } from './joinedWrites.ts';

/** It is tried again after so long, in milliseconds. */
const AGAIN_MS = 250;
/** Written in one transaction: some milliseconds, in which requests wait. */
const MOST_AT_ONCE = 256;
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
 * as that is possible. Only the end of this process loses it.
 */
export class LateWrites {
  readonly #writes: JoinedWrites;
  readonly #lock: FileLock;
  readonly #ledger: LateLedger;
  readonly #waiting: (LateWrite & { readonly era: string | undefined })[] = [];
  #news: LateNews = () => undefined;
  /** Why what waits was not written the last time. */
  #reason = '';
  #isTold = false;
  #written = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(writes: JoinedWrites, lock: FileLock, ledger: LateLedger) {
    this.#writes = writes;
    this.#lock = lock;
    this.#ledger = ledger;
    lock.whenHeld(() => this.#tryIn(AGAIN_MS));
  }

  /** Why what happens is not written down just now, in a sentence; undefined: it is. */
  get trouble(): string | undefined {
    const attempts = this.#attempts();
    if (attempts > 0) return `${counted(attempts)} to be written: ${this.#reason}.`;
    if (this.#waiting.length > 0) return `What happens is not written down yet: ${this.#reason}.`;
    return this.#lock.isHeld ? `What happens is not written down yet: ${HELD}.` : undefined;
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
    if (this.#waiting.length > 0) {
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
      const lost = this.#attempts();
      if (lost > 0)
        this.#news(
          'error',
          `${lost === 1 ? '1 attempt was' : `${lost} attempts were`} not written down: ${this.#reason}.`,
        );
      this.#waiting.length = 0;
    }
  }

  #keep(late: LateWrite): void {
    this.#waiting.push({ ...late, era: late.settlement && this.#ledger.era() });
    this.#tryIn(AGAIN_MS);
    if (this.#isTold || late.settlement === undefined) return;
    this.#isTold = true;
    this.#news('warn', `${this.trouble ?? ''} Budgets are not counted until then.`);
  }

  #writeSome(): void {
    const some = this.#waiting.slice(0, MOST_AT_ONCE);
    // Also where there is nothing: it shows whether the file is free.
    this.#writes.atomically(() => {
      for (const late of some) this.#writeOne(late);
    });
    this.#waiting.splice(0, some.length);
    for (const { settlement, done } of some) {
      done?.();
      if (settlement) this.#written += 1;
    }
  }

  /** One that no table takes must not keep all others from being written. */
  #writeOne({ settlement, era, write }: LateWrite & { readonly era: string | undefined }): void {
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
    if (this.#isTold)
      this.#news(
        'info',
        `The ledger can be written again: ${counted(this.#written, 'had waited')}, and nothing is lost.`,
      );
    this.#isTold = false;
    this.#written = 0;
    this.#ledger.over();
  }

  #fails(error: unknown): void {
    this.#reason = this.#lock.meets(error) ? HELD : error instanceof Error ? error.message : String(error);
  }

  #attempts(): number {
    return this.#waiting.filter(({ settlement }) => settlement !== undefined).length;
  }
}

const HELD = 'the ledger is locked by another program';

function counted(attempts: number, verb?: string): string {
  return attempts === 1 ? `1 attempt ${verb ?? 'waits'}` : `${attempts} attempts ${verb ?? 'wait'}`;
}
