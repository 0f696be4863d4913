import type { CompiledBudget } from '../../policy/compiled.ts';
import type { LayeredPolicy } from '../../policy/layers.ts';
import type { Decision } from '../../routing/decision.ts';
import { spoken } from '../../routing/labels.ts';
import type { LeaseBook } from '../../usage/leases/leaseBook.ts';
import { askForLease, type LeasePlace, settleLease } from '../../usage/leases/leaseServer.ts';
import type { LeaseWish } from '../../usage/leases/wire.ts';
import { type BudgetAccount, budgetAccount, ceilingOf, isTeams, sourceId } from './account.ts';
import { type SpendKnown, spendKnown } from './spendKnown.ts';

/** What counting the budgets of a team needs of the process. */
export interface TeamBudgetPorts {
  readonly book: LeaseBook;
  readonly fetch: typeof globalThis.fetch;
  /** The team's server, with a token that takes leases; undefined: there is none. */
  place(): LeasePlace | undefined;
  now(): number;
  log(level: 'info' | 'warn', message: string): void;
}

/** How long a request of the server may take, in milliseconds. */
const DEADLINE_MS = 5_000;
/** One process asks at a time. One that has not said for so long how that ended is taken for dead. */
const TURN_MS = DEADLINE_MS + 1_000;
/** After it failed, it is asked again after so long, and nobody waits for that. */
const RETRY_MS = 2_000;
/** After it had nothing left, or knew no such budget. */
const USED_UP_MS = 15_000;
const REFUSED_MS = 60_000;
/** How often leases that are over are returned, and when at first: not while the editor waits for its router. */
const RETURN_MS = 20_000;
const FIRST_MS = 5_000;
/** At the end of a process. */
const LAST_MS = 2_000;
/** Another process asks: how often its answer is looked for. */
const LOOK_MS = 25;
/** Of one policy. More are hostile, and stay uncounted. */
const MOST_BUDGETS = 8;
/** A lease is a small part of a budget, and lasts for some requests. Of the last of one the server gives less. */
const PART_OF_BUDGET = 500;
const REQUESTS_AHEAD = 8;
/** Below this part of what is wanted, more is asked for beside the requests. */
const LOW_WATER = 0.5;
const MOST_LEASED = 1e15;

/**
 * Budgets of a team and of an organisation, which no machine can count by itself. A small amount of each is leased from the
 * team's server before it is needed, requests spend from that, and what is left is returned. What the server learns is an
 * amount; it does not depend on whether usage is sent.
 */
export class TeamBudgets {
  readonly #ports: TeamBudgetPorts;
  readonly #asking = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #returning: Promise<void> | undefined;
  /** Why a budget is not counted, by its id, as of its last request. */
  readonly #troubles = new Map<string, string>();

  constructor(ports: TeamBudgetPorts) {
    this.#ports = ports;
    this.#schedule(FIRST_MS);
  }

  /** Whether a server counts budgets for this machine: without one, what is known of them never changes. */
  get hasServer(): boolean {
    return this.#ports.place() !== undefined;
  }

  /** The budgets that cannot be counted now, in a sentence for the status bar; undefined: all can. */
  warning(): string | undefined {
    const [first] = this.#troubles;
    if (first === undefined) return undefined;
    const [budget, why] = first;
    const more = this.#troubles.size > 1 ? ` The same goes for ${this.#troubles.size - 1} more.` : '';
    return `Budget "${spoken(budget)}" is not counted: ${why}${more}`;
  }

  /**
   * What was spent of a budget by all who share it.
   *
   * @param isShort a request that asks has found that no lease has enough left for it
   */
  known(budget: CompiledBudget, isShort: boolean): SpendKnown {
    const account = this.#accountOf(budget.source.per, budget.source.period, budget.source.id);
    if (account === undefined) return { kind: 'uncounted', why: NO_SERVER };
    const standing = this.#ports.book.standing(account.key, this.#ports.now());
    return spendKnown(standing, { ceilingNanoUsd: ceilingOf(budget), limitNanoUsd: budget.limitNanoUsd, isShort });
  }

  /**
   * Makes sure that what a decision may come to is leased. Waits only where too little is: for an answer, or until it is enough.
   *
   * @returns whether more is known now than the decision knew
   */
  async cover(decision: Decision, policy: LayeredPolicy | undefined, enough: () => AbortSignal): Promise<boolean> {
    const needed = decision.cost.kind === 'priced' ? decision.cost.highNanoUsd : 0;
    const budgets = sharedBudgets(decision, policy);
    const waits = budgets.slice(0, MOST_BUDGETS).flatMap((budget) => this.#cover(budget, needed) ?? []);
    // Of those beyond, nobody is asked: that they are not counted is news as well.
    if (waits.length === 0) return budgets.length > MOST_BUDGETS;
    await unless(enough(), Promise.all(waits));
    return true;
  }

  /**
   * Sets what a decision may cost aside, from a lease of each of its budgets. To be called within the ledger's transaction.
   *
   * @param short budgets that are known to have no lease with enough left: the decision allows the request nevertheless
   * @returns the budgets that have no lease with enough left; where there is one, nothing was set aside
   */
  hold(decision: Decision, requestId: string, nanoUsd: number, short: ReadonlySet<string>): readonly string[] {
    const { book, now } = this.#ports;
    const at = now();
    const held = new Set<string>();
    const missing: string[] = [];
    for (const { id, per, period, spentNanoUsd } of decision.budgets) {
      const account = this.#accountOf(per, period, sourceId(id));
      // Where nobody knows what was spent the policy has said what becomes of the request.
      if (account === undefined || spentNanoUsd === undefined || held.has(account.key)) continue;
      if (book.hold(account.key, requestId, nanoUsd, at, short.has(id))) held.add(account.key);
      else if (!short.has(id)) missing.push(id);
    }
    if (missing.length > 0 && held.size > 0) book.settle(requestId);
    return missing;
  }

  settle(requestId: string): void {
    this.#ports.book.settle(requestId);
  }

  /** Returns what this process alone has used, and waits a moment for that. */
  async dispose(): Promise<void> {
    clearTimeout(this.#timer);
    const enough = AbortSignal.timeout(LAST_MS);
    await unless(enough, Promise.allSettled([...this.#asking.values(), this.#return(enough, { ending: true })]));
    this.#closing.abort();
    await Promise.allSettled([...this.#asking.values(), this.#returning]);
  }

  #accountOf(per: string, period: string | undefined, id: string): BudgetAccount | undefined {
    if (!isTeams(per)) return undefined;
    const place = this.#ports.place();
    return place && budgetAccount(place, { per, period, id });
  }

  /** What a request has to wait for, of one budget. undefined: nothing. */
  #cover(budget: CompiledBudget, needed: number): Promise<void> | undefined {
    const { source } = budget;
    const account = this.#accountOf(source.per, source.period, source.id);
    if (account === undefined) return undefined;
    const now = this.#ports.now();
    const { freeNanoUsd, server, refused, trouble } = this.#ports.book.standing(account.key, now);
    const ceiling = ceilingOf(budget);
    const wanted = wantedOf(ceiling, needed);
    const isEnough = freeNanoUsd >= needed && freeNanoUsd > 0;
    this.#note(budget, isEnough ? undefined : (refused ?? trouble)?.reason);
    const wish = { account, ceiling, needed, wanted, evenEmpty: !isEnough };
    if (isEnough) {
      if (freeNanoUsd - needed < wanted * LOW_WATER && !server?.isUsedUp) this.#askBeside(wish, trouble);
      return undefined;
    }
    if (isRecent(refused?.at, now, REFUSED_MS)) return undefined;
    // Nobody waits for a server that was away a moment ago.
    if (trouble !== undefined) {
      this.#askBeside(wish, trouble);
      return undefined;
    }
    if (server?.isUsedUp && isRecent(server.heardAt, now, USED_UP_MS)) return undefined;
    return this.#ask(wish).then(() => {
      const after = this.#ports.book.standing(account.key, this.#ports.now());
      this.#note(budget, after.freeNanoUsd >= needed ? undefined : (after.refused ?? after.trouble)?.reason);
    });
  }

  #askBeside(wish: Wish, trouble: { readonly at: number } | undefined): void {
    if (trouble !== undefined && isRecent(trouble.at, this.#ports.now(), RETRY_MS)) return;
    void this.#ask(wish);
  }

  /** Asks the server, once for all that wait for the same budget in this process and in others. Never rejects. */
  #ask(wish: Wish): Promise<void> {
    const { key } = wish.account;
    const before = this.#asking.get(key);
    if (before) return before;
    const asked = this.#askOnce(wish)
      .catch((error: unknown) => this.#ports.log('warn', `A lease could not be kept: ${String(error)}`))
      .finally(() => this.#asking.delete(key));
    this.#asking.set(key, asked);
    return asked;
  }

  async #askOnce({ account, ceiling, needed, wanted, evenEmpty }: Wish): Promise<void> {
    const { book, now, fetch } = this.#ports;
    const { key, place } = account;
    // What is over goes back first: what was spent beyond it counts before more is granted.
    await this.#return(this.#closing.signal, { wanting: { account: key, nanoUsd: Math.ceil(needed) } });
    const turn = book.takeTurn(key, now(), TURN_MS);
    if (turn.kind === 'busy') return this.#untilAnswered(key);
    const sentAt = now();
    const wishSent: LeaseWish = {
      request: turn.request,
      budget: account.id,
      per: account.per,
      period: account.period,
      needNanoUsd: Math.min(MOST_LEASED, Math.ceil(needed)),
      wantedNanoUsd: wanted,
      mostNanoUsd: ceiling,
      evenEmpty,
    };
    const reply = await askForLease({ fetch, now, deadlineMs: DEADLINE_MS }, place, wishSent, this.#closing.signal);
    const at = now();
    switch (reply.kind) {
      case 'answered': {
        const { lease, standing } = reply.answer;
        const isUsedUp = (lease?.amountNanoUsd ?? 0) < Math.max(1, Math.ceil(needed));
        book.granted(
          key,
          { request: turn.request, lease, standing, isUsedUp },
          { sentAt: Math.min(sentAt, at), now: at },
        );
        this.#schedule(RETURN_MS);
        break;
      }
      case 'unknown-budget':
        book.refused(key, turn.request, UNKNOWN, at);
        break;
      case 'failed':
        book.failed(key, turn.request, `the team’s server was asked at ${timeOf(at)}, and ${reply.reason}`, at);
        break;
      default:
        reply satisfies never;
    }
  }

  /** Another process of this user asks. */
  async #untilAnswered(key: string): Promise<void> {
    const { book, now } = this.#ports;
    const until = performance.now() + DEADLINE_MS;
    while (performance.now() < until && !this.#closing.signal.aborted) {
      await sleep(LOOK_MS);
      if (!book.isAsking(key, now(), TURN_MS)) return;
    }
  }

  #note({ id }: CompiledBudget, trouble: string | undefined): void {
    if (trouble === undefined) this.#troubles.delete(id);
    else if (this.#troubles.size < MOST_BUDGETS || this.#troubles.has(id)) this.#troubles.set(id, trouble);
  }

  #schedule(ms: number): void {
    if (this.#timer !== undefined || this.#closing.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#returning = this.#return(this.#closing.signal).finally(() => {
        this.#returning = undefined;
      });
    }, ms);
    this.#timer.unref();
  }

  /** Tells the server what came of leases that are over. Those that it does not hear of are told again later. Never rejects. */
  async #return(signal: AbortSignal, which: Parameters<LeaseBook['closed']>[1] = {}): Promise<void> {
    const { book, fetch, now, log } = this.#ports;
    try {
      const place = this.#ports.place();
      const carrier = { fetch, now, deadlineMs: DEADLINE_MS };
      for (const lease of place ? book.closed(now(), which) : []) {
        // What another server has granted, only that one can settle.
        if (place === undefined || !lease.account.startsWith(`${place.endpoint}\n`)) continue;
        const reply = await settleLease(carrier, place, lease.id, { spentNanoUsd: lease.spentNanoUsd }, signal);
        if (reply.kind === 'failed') break;
        book.told(lease, reply.kind === 'settled' ? reply.standing : undefined, now());
      }
      if (which.ending !== true && book.isInUse) this.#schedule(RETURN_MS);
    } catch (error) {
      log('warn', `Leases of the team’s budgets could not be returned: ${String(error)}`);
    }
  }
}

interface Wish {
  readonly account: BudgetAccount;
  readonly ceiling: number;
  readonly needed: number;
  readonly wanted: number;
  readonly evenEmpty: boolean;
}

const NO_SERVER = 'no team’s server counts it for this machine: join the team with a link that may take leases.';
const UNKNOWN = 'the team’s server has no such budget: an admin of it sets one.';

function sharedBudgets({ budgets }: Decision, policy: LayeredPolicy | undefined): readonly CompiledBudget[] {
  const consulted = new Set(budgets.flatMap(({ id, per }) => (isTeams(per) ? id : [])));
  if (consulted.size === 0) return [];
  const all = policy?.layers.flatMap(({ policy: { budgets: own } }) => own) ?? [];
  return all.filter(({ id }) => consulted.has(id));
}

function wantedOf(ceiling: number, needed: number): number {
  return Math.min(MOST_LEASED, Math.ceil(Math.max(needed * REQUESTS_AHEAD, ceiling / PART_OF_BUDGET)));
}

function isRecent(at: number | undefined, now: number, ms: number): boolean {
  return at !== undefined && now - at < ms && now >= at;
}

function timeOf(at: number): string {
  return `${new Date(at).toISOString().slice(11, 16)} UTC`;
}

function sleep(ms: number): Promise<void> {
  return new Promise((settle) => setTimeout(settle, ms).unref());
}

/** Waits for work unless it is enough; the work goes on. */
async function unless(enough: AbortSignal, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  const stopped = new Promise<void>((settle) => {
    if (enough.aborted) settle();
    else enough.addEventListener('abort', () => settle(), { once: true, signal: done.signal });
  });
  try {
    await Promise.race([work, stopped]);
  } finally {
    done.abort();
  }
}
