import type { PolicyMode } from '../policy/schema.ts';
import {
  type Action,
  actionFor,
  downgradesOf,
  isBlock,
  isEnforced,
  overBudget,
  shortfallOf,
  trips,
  type Verdict,
  verdictOf,
} from './budgetVerdict.ts';
import { type Candidate, type Growing, isFreeOfCharge, nameOf, remove, type Step } from './candidate.ts';
import type { BudgetOutcome, Reason, RemovedCandidate, Shortfall } from './decision.ts';
import { downgrade } from './downgrade.ts';
import type { Limits } from './limits.ts';

/** What the budgets made of the candidates. */
export interface BudgetStepResult extends Step {
  /** As far as they have acted when the first candidate that is left is routed. */
  readonly outcomes: readonly BudgetOutcome[];
  /** What they have to say, once it is known who is left and who comes first. */
  settle(kept: readonly Candidate[]): SettledBudgets;
}

export interface SettledBudgets {
  readonly outcomes: readonly BudgetOutcome[];
  readonly ask: boolean;
  readonly why: readonly Reason[];
}

/** One budget, and what it did to the candidates. */
interface Work {
  readonly verdict: Verdict;
  /** It gave the first candidate's place to its downgrade's targets. */
  downgraded: boolean;
  /** It left nothing that costs. */
  barred: boolean;
  /** It took away what it had no room for; others that cost stayed. */
  keptOut: boolean;
  /** It took something away that a person was asked for, and did not allow. */
  notPermitted: boolean;
  /** Of what it took away, the least. */
  shortfall: Shortfall | undefined;
}

/** Downgrades that one decision follows. A policy in which more trip at once is broken or hostile. */
const MOST_DOWNGRADES = 10;

/**
 * Holds the candidates against every budget that the request does not certainly escape, in the policies' order: each
 * candidate with what it would itself set aside, so that what is admitted passes a budget only by what it costs beyond its
 * estimate. A downgrade chooses anew from its own targets, under all constraints and never dearer, from the first candidate
 * on that it has no room for; then a block leaves what fits, and what costs nothing. With `mode: "warn"` a block is only a
 * warning.
 */
export function applyBudgets(candidates: readonly Candidate[], mode: PolicyMode, limits: Limits): BudgetStepResult {
  const works = limits.budgets.map((counted) => newWork(verdictOf(counted, limits.state)));
  const removed: RemovedCandidate[] = [];
  const closed = works.flatMap(({ verdict: { budget } }) => (budget.source.onUnknown === 'open' ? [] : budget.id));
  const priced = dropUnpriced(candidates, closed, removed);
  const downgraded = downgradeAll(priced, works, { closed, limits, removed });
  const kept = mode === 'warn' ? downgraded : dropUnaffordable(downgraded, works, removed);
  const first = settled(kept, works, mode);
  // Most often nothing more is taken away, or put before it.
  const settle = (left: readonly Candidate[]): SettledBudgets =>
    isSame(left, kept) ? first : settled(left, works, mode);
  return { kept, removed, why: [], outcomes: first.outcomes, settle };
}

function isSame(one: readonly Candidate[], other: readonly Candidate[]): boolean {
  return one.length === other.length && one.every((candidate, at) => candidate === other[at]);
}

function newWork(verdict: Verdict): Work {
  return { verdict, downgraded: false, barred: false, keptOut: false, notPermitted: false, shortfall: undefined };
}

/** What cannot be counted would get past a budget, so a closed one keeps it out. */
function dropUnpriced(
  candidates: readonly Candidate[],
  closed: readonly string[],
  removed: RemovedCandidate[],
): readonly Candidate[] {
  if (closed.length === 0) return candidates;
  return candidates.filter((candidate) => {
    if (candidate.kind === 'native' || candidate.cost.kind !== 'unpriced') return true;
    for (const rule of closed) removed.push(remove(candidate, { kind: 'budget-unpriced', rule }));
    return false;
  });
}

function downgradeAll(
  candidates: readonly Candidate[],
  works: readonly Work[],
  {
    closed,
    limits,
    removed,
  }: { readonly closed: readonly string[]; readonly limits: Limits; readonly removed: RemovedCandidate[] },
): readonly Candidate[] {
  let kept = candidates;
  let followed = 0;
  for (const work of works) {
    const { verdict } = work;
    if (!isEnforced(verdict) || isBlock(actionFor(verdict, undefined))) continue;
    for (const due of downgradesOf(verdict)) {
      const place = kept.findIndex((candidate) => trips(verdict, due, candidate));
      const first = kept[place];
      if (first === undefined) continue;
      followed += 1;
      // Each beyond blocks instead: fail closed rather than keep us busy.
      if (followed > MOST_DOWNGRADES) {
        work.barred = true;
        break;
      }
      const fitting = kept.slice(0, place);
      const names = new Set(fitting.map(nameOf));
      const before = kept.slice(place);
      const after = downgrade(
        before,
        {
          rule: verdict.budget.id,
          chain: due.step.downgradeTo.filter(({ target }) => !names.has(target)),
          fits: (candidate) => !trips(verdict, due, candidate),
          reasonFor: (candidate) => overBudget(verdict, candidate, due),
          counted: (offered, gone) => dropUnpriced(offered, closed, gone),
        },
        limits,
        removed,
      );
      if (after === before) continue;
      if (place === 0) work.downgraded = true;
      else work.keptOut = true;
      work.shortfall ??= shortfallOf(verdict, first, due);
      kept = [...fitting, ...after];
    }
  }
  return kept;
}

/** Takes away what costs and what some budget that blocks has no room for. */
function dropUnaffordable(
  candidates: readonly Candidate[],
  works: readonly Work[],
  removed: RemovedCandidate[],
): readonly Candidate[] {
  const costly = candidates.filter((candidate) => !isFreeOfCharge(candidate));
  const gone = new Set<Candidate>();
  for (const work of works) {
    const { verdict, barred } = work;
    const alone = actionFor(verdict, undefined);
    let taken = 0;
    work.notPermitted = alone === 'not-permitted';
    for (const candidate of costly) {
      const action = actionFor(verdict, candidate);
      if (!barred && !isBlock(action)) continue;
      taken += 1;
      gone.add(candidate);
      removed.push(remove(candidate, overBudget(verdict, candidate)));
      work.notPermitted ||= action === 'not-permitted';
      work.shortfall = least(work.shortfall, shortfallOf(verdict, candidate));
    }
    work.barred ||= isBlock(alone) || (taken > 0 && taken === costly.length);
    work.keptOut ||= taken > 0;
  }
  return gone.size === 0 ? candidates : candidates.filter((candidate) => !gone.has(candidate));
}

function least(one: Shortfall | undefined, other: Shortfall | undefined): Shortfall | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return other.requestNanoUsd < one.requestNanoUsd ? other : one;
}

/**
 * Whether a person is asked goes by the first candidate that costs something. Of one behind it that would have to be asked for
 * it is decided again when it is its turn.
 */
function settled(left: readonly Candidate[], works: readonly Work[], mode: PolicyMode): SettledBudgets {
  const [first] = left;
  const payer = left.find((candidate) => !isFreeOfCharge(candidate));
  const why: Reason[] = [];
  let ask = false;
  const outcomes = works.map((work) => {
    const { verdict } = work;
    const action = actionFor(verdict, first);
    const paying = actionFor(verdict, payer ?? first);
    ask ||= payer !== undefined && paying === 'ask';
    const wouldBlock = mode === 'warn' && (work.barred || isBlock(action));
    const did = wouldBlock ? 'warned' : didOf(work, action, paying);
    const outcome = describe(work, did, did === 'asked' ? shortfallOf(verdict, payer) : work.shortfall);
    if (wouldBlock) why.push({ kind: 'mode-warn', rule: outcome.id });
    if (did !== 'nothing') why.push({ kind: 'budget', outcome });
    return outcome;
  });
  return { outcomes, ask, why };
}

/**
 * @param action for the first candidate that is left
 * @param paying for the first of them that costs something
 */
function didOf({ barred, downgraded, keptOut }: Work, action: Action, paying: Action): BudgetOutcome['did'] {
  if (action === 'not-enforced') return action;
  if (barred) return 'blocked';
  if (paying === 'ask') return 'asked';
  if (downgraded) return 'downgraded';
  if (keptOut) return 'kept-out';
  if (paying === 'permitted') return paying;
  return action === 'nothing' || action === 'ask' || action === 'permitted' ? 'nothing' : 'warned';
}

function describe(
  { verdict, notPermitted }: Work,
  did: BudgetOutcome['did'],
  shortfall: Shortfall | undefined,
): BudgetOutcome {
  const { budget, countedAs, spentNanoUsd, reservedNanoUsd, limitNanoUsd, uncounted } = verdict;
  const { id, source } = budget;
  const isRefusal = did === 'blocked' || did === 'kept-out';
  const tellsRoom = isRefusal || did === 'asked' || did === 'downgraded';
  const outcome: Growing<BudgetOutcome> = { id, per: source.per, limitNanoUsd, did };
  if (source.per === 'class') outcome.countedAs = countedAs;
  if (source.period !== undefined) outcome.period = source.period;
  if (spentNanoUsd !== undefined) outcome.spentNanoUsd = spentNanoUsd;
  if (reservedNanoUsd > 0) outcome.reservedNanoUsd = reservedNanoUsd;
  if (shortfall !== undefined && tellsRoom) outcome.shortfall = shortfall;
  if (isRefusal && notPermitted) outcome.notPermitted = true;
  if (uncounted !== undefined) outcome.uncounted = uncounted;
  return outcome;
}
