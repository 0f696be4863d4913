import { randomUUID } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { HeldReservation, Intake } from './intake.ts';
import type { LateWrites } from './lateWrites.ts';
import { failed, type WriteResult, written } from './writeResult.ts';

/** A reservation that nobody settles, because its process was killed, lapses after this long. */
export const RESERVATION_MS = 600_000;
/** A request that is under way for longer has been forgotten: what it has set aside is not renewed any more. */
const LONGEST_REQUEST_MS = 6 * 3_600_000;
/** A sum is made anew after so long, in milliseconds: what a clock that ran ahead has set aside may count by then. */
const SUM_MS = 1_000;
const MOST_SUMS = 500;
/** Lapsed ones count no more, and are cleared away now and then. */
const CLEARED_MS = 60_000;

/** What stands against a budget at a moment, until the first of it lapses. */
interface Sum {
  readonly nanoUsd: number;
  readonly at: number;
  readonly until: number;
  readonly revision: number;
}

/**
 * Money set aside for requests that are under way, so that several at once (in several windows, too) do not each spend
 * the last of a budget. What this process has set aside is renewed while its request is under way. `now` is in milliseconds
 * since the epoch.
 */
export class Reservations {
  readonly #lapse: StatementSync;
  readonly #reserve: StatementSync;
  readonly #settle: StatementSync;
  readonly #held: StatementSync;
  readonly #renew: StatementSync;
  readonly #forget: StatementSync;
  readonly #late: LateWrites;
  readonly #intake: Intake;
  readonly #failed: (reason: string) => void;
  /** Set aside by this process, by their ids, and when. */
  readonly #own = new Map<string, { readonly held: HeldReservation; readonly since: number }>();
  #clearedAt = Number.NEGATIVE_INFINITY;
  /** What stands in the table against a budget, and what else it rests on. */
  readonly #sums = new Map<string, Sum>();
  #writes = 0;

  /**
   * @param late what is given up waits in it, where it must
   * @param failed told why money could not be set aside: budgets are not enforced as long as that is so
   */
  constructor(database: DatabaseSync, late: LateWrites, intake: Intake, failed: (reason: string) => void) {
    this.#late = late;
    this.#intake = intake;
    this.#failed = failed;
    this.#renew = database.prepare('UPDATE reservations SET expires_at = ? WHERE budget_key = ? AND id = ?');
    this.#lapse = database.prepare(
      `DELETE FROM reservations WHERE expires_at <= ?1 OR expires_at > ?1 + ${2 * RESERVATION_MS}`,
    );
    this.#reserve = database.prepare(
      'INSERT INTO reservations (id, budget_key, nano_usd, expires_at) VALUES (?, ?, ?, ?)',
    );
    this.#settle = database.prepare('DELETE FROM reservations WHERE budget_key = ? AND id = ?');
    this.#forget = database.prepare('DELETE FROM reservations WHERE id = ?');
    this.#held = database.prepare(
      // One that lapses later than any that is made now was made by a clock that ran ahead.
      `SELECT TOTAL(nano_usd) AS nano, MIN(expires_at) AS until FROM reservations
       WHERE budget_key = ?1 AND expires_at > ?2 AND expires_at <= ?2 + ${2 * RESERVATION_MS}`,
    );
  }

  /** How often something was changed here so far. */
  get writes(): number {
    return this.#writes;
  }

  /** Sets money aside against one budget; the id is for {@link settle}. */
  reserve(budgetKey: string, nanoUsd: number, now: number): { readonly id: string; readonly result: WriteResult } {
    const id = randomUUID();
    try {
      this.#writes += 1;
      if (now - this.#clearedAt >= CLEARED_MS) {
        this.#sums.clear();
        this.#lapse.run(now);
        this.#clearedAt = now;
      }
      const held = { id, budgetKey, nanoUsd: Math.max(0, Math.ceil(nanoUsd)), expiresAt: now + RESERVATION_MS };
      const before = this.#known(budgetKey, now);
      this.#sums.delete(budgetKey);
      this.#reserve.run(id, budgetKey, held.nanoUsd, held.expiresAt);
      if (before) this.#sums.set(budgetKey, { ...before, nanoUsd: before.nanoUsd + held.nanoUsd });
      this.#own.set(id, { held, since: now });
      return { id, result: written };
    } catch (error) {
      const result = failed('What a request may cost could not be set aside, so its budgets cannot be kept', error);
      this.#failed(result.reason);
      return { id, result };
    }
  }

  /** Gives a reservation up, when the attempt that it was for is recorded. Settling twice does no harm. */
  settle(id: string): WriteResult {
    const held = this.#own.get(id)?.held;
    this.#own.delete(id);
    try {
      this.#writes += 1;
      if (held === undefined) {
        this.#sums.clear();
        this.#forget.run(id);
      } else if (!this.#intake.takesRelease(held)) this.#late.run({ write: () => this.drop(held) });
      return written;
    } catch (error) {
      return failed('The reservation was not settled, and lapses by itself', error);
    }
  }

  /** Gives up what was set aside, whoever did so. @throws where it cannot be written */
  drop({ budgetKey, id }: HeldReservation): void {
    this.#writes += 1;
    this.#sums.delete(budgetKey);
    this.#settle.run(budgetKey, id);
  }

  /** Keeps what this process has set aside from lapsing while its requests are under way. @throws where the file cannot be written */
  renew(now: number): void {
    this.#writes += 1;
    this.#sums.clear();
    for (const [id, { held, since }] of [...this.#own]) {
      if (Math.abs(now - since) > LONGEST_REQUEST_MS) this.#own.delete(id);
      else {
        const expiresAt = now + RESERVATION_MS;
        this.#renew.run(expiresAt, held.budgetKey, id);
        this.#own.set(id, { held: { ...held, expiresAt }, since });
      }
    }
  }

  /** What is set aside against a budget, in nano-dollars. */
  held(budgetKey: string, now: number): number {
    let held = this.#sumOf(budgetKey, now);
    for (const released of this.#intake.released()) {
      const counts = released.expiresAt > now && released.expiresAt <= now + 2 * RESERVATION_MS;
      if (released.budgetKey === budgetKey && counts) held -= released.nanoUsd;
    }
    return Math.max(0, held);
  }

  /** What is known of the table is added to by each request, and asked for before each. */
  #known(budgetKey: string, now: number): Sum | undefined {
    const before = this.#sums.get(budgetKey);
    if (before === undefined || now < before.at || now >= before.until) return undefined;
    return before.revision === this.#intake.revision() ? before : undefined;
  }

  #sumOf(budgetKey: string, now: number): number {
    const before = this.#known(budgetKey, now);
    if (before) return before.nanoUsd;
    const revision = this.#intake.revision();
    const row = this.#held.get(budgetKey, now);
    const nanoUsd = Number(row?.['nano'] ?? 0);
    if (this.#sums.size >= MOST_SUMS) this.#sums.clear();
    this.#sums.set(budgetKey, {
      nanoUsd,
      at: now,
      until: Math.min(now + SUM_MS, Number(row?.['until'] ?? Number.POSITIVE_INFINITY)),
      revision,
    });
    return nanoUsd;
  }
}
