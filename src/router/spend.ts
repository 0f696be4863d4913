import { createHash } from 'node:crypto';
import type { CompiledBudget, ResolvedTarget } from '../policy/compiled.ts';
import type { LayeredPolicy } from '../policy/layers.ts';
import type { BudgetOutcome, CostEstimate, Decision } from '../routing/decision.ts';
import { comparableCost } from '../routing/estimate.ts';
import type { BudgetSpend, State } from '../routing/state.ts';
import type { Ledger } from '../usage/ledger.ts';
import { periodEnd, periodStart } from '../usage/periods.ts';
import type { Cost, SpendFilter } from '../usage/spend.ts';
import { ceilingOf, isTeams } from './leases/account.ts';
import type { TeamBudgets } from './leases/teamBudgets.ts';

const DAY_MS = 86_400_000;

/** Of budgets that a team's server counts. */
export interface SharedSpend {
  /** undefined: nobody counts them on this machine. */
  readonly teamBudgets: TeamBudgets | undefined;
  /** Ids of budgets that have no lease with enough left for the request. */
  readonly short?: ReadonlySet<string> | undefined;
  /** A budget that the server was not asked about yet has room: it is asked before anything is spent. */
  readonly asksFirst?: boolean | undefined;
}

/** What a request is counted by. */
export interface SpendPlace extends Omit<SharedSpend, 'teamBudgets'> {
  /** The repository; empty: none. */
  readonly root: string;
  /** undefined: it is a task of its own. Asked for only where a budget is one of tasks. */
  readonly taskId: string | undefined;
  /** What the task has cost so far, in nano-dollars. The same holds for it. */
  readonly taskSpentNanoUsd: number;
}

/** What a budget is counted by: its own name, the repository, and as what class of work its layer counts a request. */
interface Account {
  readonly id: string;
  readonly per: string;
  readonly repoKey: string;
  /** undefined: no request is meant. */
  readonly countedAs: string | undefined;
  readonly taskId?: string | undefined;
  /** {@link conditionOf}; undefined: every request counts. */
  readonly condition?: string | undefined;
}

/** Of whose spending a budget is. undefined: not known on this machine (a team's, an organisation's). */
function filterOf({ per, countedAs, repoKey, condition }: Account): SpendFilter | undefined {
  const met = condition === undefined ? {} : { condition };
  switch (per) {
    case 'developer':
      return met;
    case 'class':
      return countedAs === undefined ? undefined : { class: countedAs, ...met };
    case 'repo':
      return { repoKey, ...met };
    default:
      return undefined;
  }
}

/**
 * What the ledger calls a budget's condition. By its words rather than by the budget's id, which is another one where the
 * file is being edited or looked at from another folder: attempts are then counted in both, never in neither.
 */
function conditionOf(budget: CompiledBudget): string | undefined {
  const { when } = budget.source;
  if (when === undefined) return undefined;
  const condition =
    conditions.get(when) ?? createHash('sha256').update(JSON.stringify(when)).digest('hex').slice(0, 32);
  conditions.set(when, condition);
  return condition;
}

/** Every request asks for them, and what a compiled policy says never changes. */
const conditions = new WeakMap<object, string>();

/** The ids of budgets that count what meets a condition alone. */
function conditionalBudgets(policy: LayeredPolicy | undefined): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { policy: own } of policy?.layers ?? []) {
    for (const { id, source } of own.budgets) if (source.when !== undefined) ids.add(id);
  }
  return ids;
}

/** The conditions that a request met, or may have met, of the budgets that were consulted for it. */
export function conditionsMet(policy: LayeredPolicy | undefined, budgets: readonly BudgetOutcome[]): readonly string[] {
  const consulted = new Set(budgets.map(({ id }) => id));
  const own = policy?.layers.flatMap(({ policy: { budgets: ofLayer } }) => ofLayer) ?? [];
  return own.flatMap((budget) => (consulted.has(budget.id) ? (conditionOf(budget) ?? []) : []));
}

/** A sum from the ledger; undefined when the file has become unreadable, which is not zero. */
function sumOf<Sum>(read: () => Sum): Sum | undefined {
  try {
    return read();
  } catch {
    return undefined; // the ledger's own health says why, and the person is warned
  }
}

/** What is read meanwhile is of one moment, as far as anything can be read. */
export function readingOf<Result>(ledger: Ledger | undefined, work: () => Result): Result {
  return ledger === undefined ? work() : ledger.reading(work);
}

/** {@link Ledger.stamp}. */
export function stampOf(ledger: Ledger | undefined): number | undefined {
  return ledger && sumOf(() => ledger.stamp());
}

/** What was spent since midnight UTC; undefined where nothing can be read. */
export function spentToday(ledger: Ledger | undefined, now: number): Cost | undefined {
  return ledger && sumOf(() => ledger.today(now));
}

/** What budgets are asked about: a request. */
interface SpendQuestion {
  /** As what each layer counts it, by the layer's name. */
  readonly classes: ReadonlyMap<string, string>;
  readonly repoKey: string;
  readonly now: number;
  readonly task?: Pick<SpendPlace, 'taskId' | 'taskSpentNanoUsd'>;
  readonly shared?: SharedSpend;
}

/**
 * What each budget of a policy has been charged so far, in nano-dollars. A budget that cannot be counted here is left
 * out: the decision then treats its spend as unknown, and says so.
 */
export function budgetSpend(
  policy: LayeredPolicy | undefined,
  ledger: Ledger | undefined,
  where: SpendQuestion,
): State['spent'] {
  const spent: Record<string, BudgetSpend> = {};
  for (const { name, policy: own } of policy?.layers ?? []) {
    for (const budget of own.budgets) {
      const known = spentOf(budget, where.classes.get(name), ledger, where);
      if (known) spent[budget.id] = known;
    }
  }
  return spent;
}

/** undefined: not known. */
function spentOf(
  budget: CompiledBudget,
  countedAs: string | undefined,
  ledger: Ledger | undefined,
  { repoKey, now, task, shared }: SpendQuestion,
): BudgetSpend | undefined {
  const { per, period } = budget.source;
  if (isTeams(per)) {
    // Nothing can be set aside from a lease either.
    return ledger?.health.kind === 'degraded' || shared === undefined ? undefined : sharedSpend(budget, shared);
  }
  if (!ledger) return undefined;
  const taskId = per === 'task' ? task?.taskId : undefined;
  const account = { id: budget.id, per, repoKey, countedAs, taskId, condition: conditionOf(budget) };
  if (task !== undefined && taskId !== undefined) {
    // What the task cost is known even where the ledger is not; what its other requests have set aside, the ledger knows.
    const held = sumOf(() => ledger.reservations.held(heldUnder(account), now));
    return { spentNanoUsd: task.taskSpentNanoUsd, reservedNanoUsd: held ?? 0 };
  }
  const filter = filterOf(account);
  if (!filter || ledger.health.kind === 'degraded') return undefined;
  const since = period === undefined ? 0 : periodStart(now, period);
  // A clock that runs a day behind gives nobody a period anew; what one that ran far ahead has dated is of no period.
  const until = period === undefined ? undefined : periodEnd(now, period) + DAY_MS;
  return sumOf(() => ({
    spentNanoUsd: ledger.costSince(since, filter, until).costNanoUsd,
    reservedNanoUsd: ledger.reservations.held(heldUnder(account), now),
  }));
}

/** undefined: not known. */
function sharedSpend(budget: CompiledBudget, { teamBudgets, short, asksFirst }: SharedSpend): BudgetSpend | undefined {
  const known = sumOf(() => teamBudgets?.known(budget, short?.has(budget.id) === true));
  switch (known?.kind) {
    case 'counted': {
      const { kind: _, ...counted } = known;
      return counted;
    }
    case 'unasked':
      return asksFirst
        ? { spentNanoUsd: 0, reservedNanoUsd: 0, lease: { ceilingNanoUsd: ceilingOf(budget) } }
        : undefined;
    case 'uncounted':
    case undefined:
      return undefined;
    default:
      return known satisfies never;
  }
}

/** Why budgets of teams and organisations are not counted, in a sentence each, by their ids. */
export function uncountedBudgets(
  policy: LayeredPolicy | undefined,
  { teamBudgets, short }: SharedSpend,
): NonNullable<State['uncounted']> {
  const uncounted: Record<string, string> = {};
  if (teamBudgets === undefined) return uncounted;
  for (const { policy: own } of policy?.layers ?? []) {
    for (const budget of own.budgets) {
      if (!isTeams(budget.source.per)) continue;
      const known = sumOf(() => teamBudgets.known(budget, short?.has(budget.id) === true));
      if (known?.kind === 'uncounted') uncounted[budget.id] = known.why;
    }
  }
  return uncounted;
}

/** What a budget counts, whichever budget it is: all that counts the same sees what is set aside under it. */
function wholeKey({ per, countedAs = '', repoKey, taskId = '' }: Account): string {
  switch (per) {
    case 'task':
      return `all of task ${taskId}`;
    case 'class':
      return `all of class ${countedAs}`;
    case 'repo':
      return `all of repo ${repoKey}`;
    default:
      return 'all';
  }
}

/** Under what money is set aside that stands against a budget. What meets a condition is known for each budget by itself. */
function heldUnder(account: Account): string {
  return account.condition === undefined || account.per === 'task' ? wholeKey(account) : accountKey(account);
}

/** The name of a budget and of what it counts: of one repository or class it is no other's. */
export function accountKey({ id, per, countedAs = '', repoKey, taskId = '' }: Omit<Account, 'condition'>): string {
  switch (per) {
    case 'task':
      return `task ${taskId} ${id}`;
    case 'class':
      return `class ${countedAs} ${id}`;
    case 'repo':
      return `repo ${repoKey} ${id}`;
    default:
      return id;
  }
}

/** A decision whose cost is that of the dearest of these targets: of those that may be asked, rather than of its first. */
export function costing(decision: Decision, targets: readonly ResolvedTarget[]): Decision {
  const names = new Set(targets.map(({ target }) => target));
  const costs = decision.kept.flatMap(({ target, cost }) => (names.has(target.target) ? cost : []));
  const dearest = costs.reduce<CostEstimate>(
    (most, cost) => ((comparableCost(cost) ?? 0) > (comparableCost(most) ?? 0) ? cost : most),
    costs[0] ?? decision.cost,
  );
  return { ...decision, cost: dearest };
}

/** What a request has set aside. */
export interface Reserved {
  /** Gives it up again, once what the request really cost is written down. */
  giveUp(): void;
  /** The decision for which a team's budget had no lease with enough left; undefined: all had. */
  readonly short: Decision | undefined;
}

const NOTHING_RESERVED: Reserved = { giveUp: () => undefined, short: undefined };

/**
 * Sets the high estimate of a request aside against each budget that counts it, so that two windows do not both spend
 * the last of one: it is decided and set aside in one transaction. Where it cannot be set aside, the ledger's own health says
 * so, and it is decided anew: budgets that cannot be counted close, or open where they are to. Of a team's budget it is set
 * aside from a lease; where none has enough left, it is decided anew with that known.
 *
 * @param decide gives the decision that is to be paid for, with the budgets that have no lease with enough left
 */
export function reserveSpend(
  decide: (short: ReadonlySet<string>) => Decision | undefined,
  ledger: Ledger | undefined,
  place: {
    readonly requestId: string;
    readonly repoKey: string;
    /** Asked for where a budget is one of tasks. */
    taskId(): string | undefined;
    readonly now: number;
    /** In force for the request. */
    readonly policy: LayeredPolicy | undefined;
    readonly teamBudgets: TeamBudgets | undefined;
  },
): Reserved {
  const { requestId, repoKey, now, teamBudgets } = place;
  if (!ledger) {
    decide(NONE);
    return NOTHING_RESERVED;
  }
  const { reservations } = ledger;
  const conditional = conditionalBudgets(place.policy);
  const held: string[] = [];
  let short: Decision | undefined;
  const giveBack = (): void => {
    for (const id of held.splice(0)) reservations.settle(id);
  };
  /** @returns whether all of it is set aside */
  const setAside = ({ budgets }: Decision, nanoUsd: number): boolean => {
    const keys = new Set<string>();
    for (const { id, per, countedAs } of budgets) {
      const taskId = per === 'task' ? place.taskId() : undefined;
      const account: Account = { id, per, countedAs, repoKey, taskId };
      if (!filterOf(account) && (per !== 'task' || taskId === undefined)) continue;
      keys.add(wholeKey(account));
      // Under its own name it is looked for by budgets that have a condition alone.
      if (conditional.has(id)) keys.add(accountKey(account));
    }
    for (const key of keys) {
      const reserved = reservations.reserve(key, nanoUsd, now);
      if (reserved.result.kind === 'failed') return false;
      held.push(reserved.id);
    }
    return true;
  };
  ledger.together(() => {
    let without = NONE;
    for (;;) {
      const decision = decide(without);
      if (decision?.cost.kind !== 'priced' || decision.cost.highNanoUsd <= 0) return;
      const missing = teamBudgets?.hold(decision, requestId, decision.cost.highNanoUsd, without) ?? [];
      if (missing.length === 0) {
        if (setAside(decision, decision.cost.highNanoUsd)) return;
        giveBack();
        decide(without);
        return;
      }
      short ??= decision;
      // Each round knows one more at least, and a decision has so many budgets.
      without = new Set([...without, ...missing]);
    }
  });
  const giveUp = (): void => {
    if (held.length === 0 && teamBudgets === undefined) return;
    ledger.together(() => {
      giveBack();
      teamBudgets?.settle(requestId);
    });
  };
  return { giveUp, short };
}

const NONE: ReadonlySet<string> = new Set();
