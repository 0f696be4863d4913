import { randomUUID } from 'node:crypto';
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { LateWrite } from '../lateWrites.ts';
import type { ServerStanding } from './wire.ts';

/** A hold that is older belongs to a process that has died: what it set aside then counts as spent. In milliseconds. */
export const HOLD_MS = 3_600_000;
/** A lease that nothing was set aside from for so long is returned. */
export const IDLE_MS = 300_000;
/** A clock that was put back by more makes leases lapse, as nobody knows any more how old they are. */
const SKEW_MS = 5_000;

/** What this user holds of one budget. Amounts in nano-dollars. */
export interface AccountStanding {
  /** What can still be set aside from one lease. */
  readonly freeNanoUsd: number;
  /** Of leases that are not settled: what was spent, and what requests under way have set aside. */
  readonly spentNanoUsd: number;
  readonly heldNanoUsd: number;
  /** As the server last said; undefined: it has said nothing yet. */
  readonly server:
    | {
        readonly limitNanoUsd: number;
        /** Of all who share it. */
        readonly settledNanoUsd: number;
        /** What others hold. */
        readonly othersNanoUsd: number;
        /** It had less to give than was asked for. */
        readonly isUsedUp: boolean;
        readonly heardAt: number;
      }
    | undefined;
  /** Why the server gives nothing, and since when: it knows no such budget. */
  readonly refused: { readonly reason: string; readonly at: number } | undefined;
  /** Why the server was not heard the last time, and since when. */
  readonly trouble: { readonly reason: string; readonly at: number } | undefined;
}

/** A lease that is over: what came of it is to be told. */
export interface ClosedLease {
  readonly id: string;
  readonly account: string;
  readonly spentNanoUsd: number;
}

/** Whether this process is to ask the server, with the name of the request. */
export type AskTurn = { readonly kind: 'yours'; readonly request: string } | { readonly kind: 'busy' };

/**
 * What the team's server lets this user spend. It lies in the ledger's file, so that all windows and programs of a user share
 * a lease. Calls are synchronous and throw when the file cannot be used; `now` is in milliseconds since the epoch. An account is
 * the name of one budget at one server.
 */
export class LeaseBook {
  readonly #database: DatabaseSync;
  readonly #inTime: (late: LateWrite) => void;
  /** Prepared when they are first needed: most users have no team's budget. */
  readonly #prepared = new Map<StatementName, StatementSync>();
  /** Requests of this process that have set something aside: the others need not be looked for. */
  readonly #open = new Set<string>();
  /** Told apart from other processes by. */
  readonly #owner = randomUUID();

  /**
   * @param database at the newest version of the ledger's schema
   * @param inTime writes something as soon as that is possible, after what waits already
   */
  constructor(database: DatabaseSync, inTime: (late: LateWrite) => void) {
    this.#database = database;
    this.#inTime = inTime;
  }

  standing(account: string, now: number): AccountStanding {
    const row = this.#sql('account').get(account) ?? {};
    const sums = this.#sql('sums').get(account) ?? {};
    const free = this.#sql('free').get({ account, now, skew: SKEW_MS }) ?? {};
    const [trouble, refused] = [textOf(row['trouble']), textOf(row['refused'])];
    return {
      freeNanoUsd: Math.max(0, numberOf(free['nano'])),
      spentNanoUsd: numberOf(sums['spent']),
      heldNanoUsd: numberOf(sums['held']),
      server:
        row['heard_at'] == null
          ? undefined
          : {
              limitNanoUsd: numberOf(row['limit_nano_usd']),
              settledNanoUsd: numberOf(row['settled_nano_usd']),
              othersNanoUsd: numberOf(row['others_nano_usd']),
              isUsedUp: numberOf(row['used_up']) === 1,
              heardAt: numberOf(row['heard_at']),
            },
      refused: refused === undefined ? undefined : { reason: refused, at: numberOf(row['trouble_at']) },
      trouble: trouble === undefined ? undefined : { reason: trouble, at: numberOf(row['trouble_at']) },
    };
  }

  /**
   * Sets money aside for a request, from the first lease that has so much left. To be called within a transaction that has the
   * write lock.
   *
   * @param beyond where no lease has so much left, one is overdrawn: the policy lets the request pass all the same
   * @returns whether it was set aside
   */
  hold(account: string, request: string, nanoUsd: number, now: number, beyond = false): boolean {
    const wanted = Math.max(0, Math.ceil(nanoUsd));
    const found = this.#sql('roomy').get({ account, now, skew: SKEW_MS, nano: wanted });
    const lease = found ?? (beyond ? this.#sql('newest').get({ account, now, skew: SKEW_MS }) : undefined);
    if (lease === undefined) return false;
    const id = String(lease['id']);
    this.#sql('hold').run(request, id, wanted, now);
    this.#sql('used').run(now, this.#owner, id);
    this.#open.add(request);
    return true;
  }

  /** Whether a request of this process has set something aside. */
  get holdsAny(): boolean {
    return this.#open.size > 0;
  }

  /** What an attempt of a request has cost, for whatever it has set aside. @param nanoUsd undefined: there is no price */
  spent(request: string, nanoUsd: number | undefined): void {
    if (!this.#open.has(request)) return;
    this.#sql('spent').run(nanoUsd ?? 0, nanoUsd === undefined ? 1 : 0, request);
  }

  /** Takes what a request has spent from its leases, and gives back the rest of what it had set aside. */
  settle(request: string): void {
    if (!this.#open.has(request)) return;
    const write = (): void =>
      this.#atomically(() => {
        this.#sql('charge').run(request);
        this.#sql('release').run(request);
      });
    this.#inTime({ write, done: () => this.#open.delete(request) });
  }

  /**
   * Whose turn it is to ask the server for more: one of all processes at a time. A request that nobody knows the end of is asked
   * again under its name, so that it is granted once.
   *
   * @param longestMs after which a process that has not said how it ended is taken for dead
   */
  takeTurn(account: string, now: number, longestMs: number): AskTurn {
    return this.#atomically(() => {
      const row = this.#sql('account').get(account);
      const askedAt = row?.['asked_at'];
      const age = askedAt == null ? undefined : now - numberOf(askedAt);
      if (age !== undefined && age >= -SKEW_MS && age < longestMs) return { kind: 'busy' };
      const request = textOf(row?.['request']) ?? randomUUID();
      this.#sql('ask').run({ account, request, now });
      return { kind: 'yours', request };
    });
  }

  /** Whether some process is asking the server at this moment. */
  isAsking(account: string, now: number, longestMs: number): boolean {
    const askedAt = this.#sql('account').get(account)?.['asked_at'];
    if (askedAt == null) return false;
    const age = now - numberOf(askedAt);
    return age >= -SKEW_MS && age < longestMs;
  }

  /**
   * The server has answered.
   * @param sentAt when it was asked: a lease is valid from then on, as the answer may have taken a while
   */
  granted(
    account: string,
    answer: {
      readonly request: string;
      readonly lease: { readonly id: string; readonly amountNanoUsd: number; readonly validForMs: number } | undefined;
      readonly standing: ServerStanding;
      readonly isUsedUp: boolean;
    },
    { sentAt, now }: { readonly sentAt: number; readonly now: number },
  ): void {
    const { request, lease, standing, isUsedUp } = answer;
    this.#atomically(() => {
      if (lease !== undefined) {
        const { id, amountNanoUsd, validForMs } = lease;
        this.#sql('lease').run(id, account, amountNanoUsd, sentAt, sentAt + validForMs, now, this.#owner);
      }
      this.#hear(account, standing, now);
      this.#sql('answered').run({ account, request, used: isUsedUp ? 1 : 0 });
    });
  }

  /** The server has no such budget. @param reason for people */
  refused(account: string, request: string, reason: string, now: number): void {
    this.#sql('refused').run({ account, request, reason, now });
  }

  /** The server did not answer, or in a way that says nothing. */
  failed(account: string, request: string, reason: string, now: number): void {
    this.#sql('failed').run({ account, request, reason, now });
  }

  /**
   * Ends leases that have run out, that are idle, or that a clock that was put back has made ageless; nothing can be set aside from
   * them any more. Returns those that are ready to be told: all that was set aside from them is settled, or its process has died.
   *
   * @param ending this process ends: what it alone uses is returned as well
   * @param wanting more is asked for: what is left of leases that have less than this goes back first
   */
  closed(
    now: number,
    {
      ending = false,
      wanting,
    }: { readonly ending?: boolean; readonly wanting?: { readonly account: string; readonly nanoUsd: number } } = {},
  ): readonly ClosedLease[] {
    return this.#atomically(() => {
      const ways = { now, skew: SKEW_MS, idle: IDLE_MS, owner: ending ? this.#owner : '' };
      this.#sql('close').run({ ...ways, account: wanting?.account ?? '', needed: wanting?.nanoUsd ?? 0 });
      this.#sql('chargeDead').run(now - HOLD_MS);
      this.#sql('releaseDead').run(now - HOLD_MS);
      return this.#sql('closed')
        .all()
        .map((row) => ({
          id: String(row['id']),
          account: String(row['account']),
          spentNanoUsd: numberOf(row['spent']),
        }));
    });
  }

  /** The server knows what came of a lease. @param standing left out: it has no such lease */
  told(lease: ClosedLease, standing: ServerStanding | undefined, now: number): void {
    this.#atomically(() => {
      this.#sql('forget').run(lease.id);
      if (standing) this.#hear(lease.account, standing, now);
    });
  }

  /** Whether there is anything to return, now or later. */
  get isInUse(): boolean {
    return this.#sql('any').get() !== undefined;
  }

  /** What is in the server's figures for others alone: our own leases are counted as they stand here. */
  #hear(account: string, { limitNanoUsd, settledNanoUsd, committedNanoUsd }: ServerStanding, now: number): void {
    const own = numberOf(this.#sql('own').get(account)?.['nano']);
    const others = Math.max(0, committedNanoUsd - settledNanoUsd - own);
    this.#sql('heard').run({ account, now, limit: limitNanoUsd, settled: settledNanoUsd, others });
  }

  #sql(name: StatementName): StatementSync {
    const known = this.#prepared.get(name);
    if (known) return known;
    const made = this.#database.prepare(statements[name]);
    this.#prepared.set(name, made);
    return made;
  }

  #atomically<Result>(work: () => Result): Result {
    // Within a transaction of the ledger it is a part of that.
    const [begin, end, undo] = this.#database.isTransaction
      ? ['SAVEPOINT lease', 'RELEASE lease', 'ROLLBACK TO lease; RELEASE lease']
      : ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'];
    this.#database.exec(begin);
    try {
      const result = work();
      this.#database.exec(end);
      return result;
    } catch (error) {
      try {
        this.#database.exec(undo);
      } catch {
        // A full disk has ended it already; what went wrong first is what helps.
      }
      throw error;
    }
  }
}

const isValid = 'closed_at IS NULL AND taken_at <= :now + :skew AND ends_at > :now';
const heldOf = 'COALESCE((SELECT SUM(nano_usd) FROM lease_holds WHERE lease = leases.id), 0)';
/** What a hold has come to: without a price, all of it. */
const chargeOf = 'CASE WHEN is_unpriced = 1 THEN MAX(nano_usd, spent_nano_usd) ELSE spent_nano_usd END';
const chargesOf = (which: string): string =>
  `UPDATE leases SET spent_nano_usd = spent_nano_usd + (SELECT SUM(${which}) FROM lease_holds h WHERE h.lease = leases.id AND `;

const statements = {
  account: 'SELECT * FROM lease_accounts WHERE account = ?',
  sums: `SELECT COALESCE(SUM(spent_nano_usd), 0) AS spent, COALESCE(SUM(${heldOf}), 0) AS held FROM leases WHERE account = ?`,
  free: `SELECT MAX(nano_usd - spent_nano_usd - ${heldOf}) AS nano FROM leases WHERE account = :account AND ${isValid}`,
  roomy: `SELECT id FROM leases WHERE account = :account AND ${isValid} AND nano_usd - spent_nano_usd - ${heldOf} >= :nano
    ORDER BY ends_at, id LIMIT 1`,
  newest: `SELECT id FROM leases WHERE account = :account AND ${isValid} ORDER BY ends_at DESC, id LIMIT 1`,
  // A second attempt of a request comes after the first was settled; what is there already is of another candidate.
  hold: `INSERT INTO lease_holds (request, lease, nano_usd, at) VALUES (?, ?, ?, ?)
    ON CONFLICT (request, lease) DO UPDATE SET nano_usd = nano_usd + excluded.nano_usd`,
  used: 'UPDATE leases SET used_at = ?, used_by = ? WHERE id = ?',
  spent: `UPDATE lease_holds SET spent_nano_usd = spent_nano_usd + ?, is_unpriced = MAX(is_unpriced, ?) WHERE request = ?`,
  charge: `${chargesOf(chargeOf)} h.request = ?1) WHERE id IN (SELECT lease FROM lease_holds WHERE request = ?1)`,
  release: 'DELETE FROM lease_holds WHERE request = ?',
  ask: `INSERT INTO lease_accounts (account, request, asked_at) VALUES (:account, :request, :now)
    ON CONFLICT (account) DO UPDATE SET request = excluded.request, asked_at = excluded.asked_at`,
  lease: `INSERT INTO leases (id, account, nano_usd, taken_at, ends_at, used_at, used_by) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO NOTHING`,
  answered: `UPDATE lease_accounts SET request = NULL, asked_at = NULL, used_up = :used, refused = NULL, trouble = NULL,
    trouble_at = NULL WHERE account = :account AND request = :request`,
  heard: `INSERT INTO lease_accounts (account, heard_at, limit_nano_usd, settled_nano_usd, others_nano_usd)
    VALUES (:account, :now, :limit, :settled, :others)
    ON CONFLICT (account) DO UPDATE SET heard_at = :now, limit_nano_usd = :limit, settled_nano_usd = :settled,
      others_nano_usd = :others`,
  refused: `UPDATE lease_accounts SET request = NULL, asked_at = NULL, heard_at = NULL, used_up = 0, refused = :reason,
    trouble = NULL, trouble_at = :now WHERE account = :account AND request = :request`,
  // Its name stays: the server may have granted it, and says so when it is asked again.
  failed: `UPDATE lease_accounts SET asked_at = NULL, trouble = :reason, trouble_at = :now
    WHERE account = :account AND request = :request`,
  own: 'SELECT COALESCE(SUM(nano_usd), 0) AS nano FROM leases WHERE account = ?',
  close: `UPDATE leases SET closed_at = :now WHERE closed_at IS NULL AND (
      ends_at <= :now OR taken_at > :now + :skew OR used_at <= :now - :idle
      OR (spent_nano_usd > 0 AND spent_nano_usd >= nano_usd)
      OR (account = :account AND nano_usd - spent_nano_usd < :needed)
      OR (used_by = :owner AND NOT EXISTS (SELECT 1 FROM lease_holds WHERE lease = leases.id)))`,
  // Of a process that died nobody knows what the request cost in the end.
  chargeDead: `${chargesOf('MAX(nano_usd, spent_nano_usd)')} h.at <= ?1)
    WHERE closed_at IS NOT NULL AND id IN (SELECT lease FROM lease_holds WHERE at <= ?1)`,
  releaseDead: `DELETE FROM lease_holds WHERE at <= ? AND lease IN (SELECT id FROM leases WHERE closed_at IS NOT NULL)`,
  closed: `SELECT id, account, spent_nano_usd AS spent FROM leases
    WHERE closed_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM lease_holds WHERE lease = leases.id)`,
  forget: 'DELETE FROM leases WHERE id = ?',
  any: 'SELECT 1 FROM leases LIMIT 1',
} as const;
type StatementName = keyof typeof statements;

function numberOf(value: SQLOutputValue | undefined): number {
  return Number(value ?? 0);
}

function textOf(value: SQLOutputValue | undefined): string | undefined {
  return value == null ? undefined : String(value);
}
