import type { CompiledBudget, CompiledStep, TargetChain } from '../policy/compiled.ts';
import type { PolicyMode } from '../policy/schema.ts';
import { bringIn, type Candidate, isFreeOfCharge, nameOf, remove, type Step } from './candidate.ts';
import type { Classification } from './classify.ts';
import { holds } from './conditions.ts';
import { admit } from './constrain.ts';
import { countedClass } from './countedClass.ts';
import type { BudgetOutcome, Reason, RemovalReason, RemovedCandidate } from './decision.ts';
import { comparableCost } from './estimate.ts';
import type { Limits } from './limits.ts';

/** What the budgets made of the candidates. */
export interface BudgetStepResult extends Step {
  readonly outcomes: readonly BudgetOutcome[];
  readonly ask: boolean;
}

/** What one budget asks for now. */
interface Verdict {
  readonly budget: CompiledBudget;
  /** As what class its layer counts the request. */
  readonly countedAs: string;
  /** Spent and reserved; undefined: not known here. */
  readonly spentNanoUsd: number | undefined;
  readonly reservedNanoUsd: number;
  /** The policy's limit, or that of whoever counts it, if that is less. */
  readonly limitNanoUsd: number;
  /** Why the spending is not known. */
  readonly uncounted: string | undefined;
  readonly action: CompiledStep | 'nothing' | 'not-enforced' | 'permitted' | 'not-permitted';
}

/** A budget that says nothing of what happens when it is used up says so at least. */
const DEFAULT_STEPS: CompiledBudget['steps'] = [{ at: 100, step: 'warn', source: 'warn' }];

/** Downgrades that one decision follows. A policy in which more trip at once is broken or hostile. */
const MOST_DOWNGRADES = 10;

/**
 * Holds the candidates against every budget that the request does not certainly escape, in the policies' order. A
 * downgrade chooses anew from its own targets, under all constraints and never dearer; then a block leaves only what
 * costs nothing. With `mode: "warn"` a block is only a warning.
 */
export function applyBudgets(
  candidates: readonly Candidate[],
  mode: PolicyMode,
  { views }: Classification,
  limits: Limits,
): BudgetStepResult {
  const verdicts = views
    .flatMap((view) => {
      const { layer, outgoing } = view;
      const countedAs = countedClass(view);
      return layer.policy.budgets
        .filter(({ when }) => when === undefined || holds(when, outgoing) !== false)
        .map((budget) => ({ ...judge(budget, limits), countedAs }));
    })
    .map(withoutExcess());
  const removed: RemovedCandidate[] = [];
  const why: Reason[] = [];
  const outcomes: BudgetOutcome[] = [];
  const closed = verdicts.filter(({ budget }) => budget.source.onUnknown !== 'open');
  let kept = dropUnpriced(candidates, closed, removed);
  for (const verdict of verdicts) {
    const { budget, action } = verdict;
    let did = outcomeOf(action);
    if (typeof action === 'object') {
      const before = kept;
      const reason = overBudget(verdict);
      kept = downgrade(kept, action.downgradeTo, { budget, reason, closed }, limits, removed);
      if (kept === before) did = 'warned';
    } else if (isBlock(action) && mode === 'warn') {
      did = 'warned';
      why.push({ kind: 'mode-warn', rule: budget.id });
    }
    const described = describe(verdict, did);
    const outcome = action === 'not-permitted' ? { ...described, notPermitted: true } : described;
    outcomes.push(outcome);
    if (did !== 'nothing') why.push({ kind: 'budget', outcome });
  }
  if (mode !== 'warn') kept = dropWhatCosts(kept, verdicts, removed);
  const costs = kept.some((candidate) => !isFreeOfCharge(candidate));
  return { kept, removed, why, outcomes, ask: costs && verdicts.some(({ action }) => action === 'ask') };
}

/** The strongest step that has tripped: block, then downgrade, then ask, then warn; of two downgrades the later. */
function judge(budget: CompiledBudget, { state }: Limits): Omit<Verdict, 'countedAs'> {
  const known = Object.hasOwn(state.spent, budget.id) ? state.spent[budget.id] : undefined;
  const ofTask = budget.source.per === 'task' ? state.taskSpentNanoUsd : undefined;
  const spentNanoUsd = known === undefined ? ofTask : known.spentNanoUsd + known.reservedNanoUsd;
  const common = {
    budget,
    spentNanoUsd,
    reservedNanoUsd: known?.reservedNanoUsd ?? 0,
    limitNanoUsd: Math.min(budget.limitNanoUsd, known?.limitNanoUsd ?? budget.limitNanoUsd),
    uncounted: spentNanoUsd === undefined && state.uncounted ? ownValue(state.uncounted, budget.id) : undefined,
  };
  if (spentNanoUsd === undefined && budget.source.onUnknown === 'open') return { ...common, action: 'not-enforced' };
  const steps = budget.steps.length === 0 ? DEFAULT_STEPS : budget.steps;
  const tripped = steps.filter(({ at, step }) => hasTripped(spentNanoUsd, (common.limitNanoUsd * at) / 100, step));
  const strongest = tripped.reduce<CompiledStep | undefined>(
    (best, { step }) => (best === undefined || strength(step) >= strength(best) ? step : best),
    undefined,
  );
  const said =
    strongest === 'ask' && Object.hasOwn(state.answers ?? {}, budget.id) ? state.answers?.[budget.id] : undefined;
  return { ...common, action: said ? afterAnswer[said] : (strongest ?? 'nothing') };
}

function ownValue(values: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

/** What a budget that asks does once it has been answered. */
const afterAnswer = { yes: 'permitted', no: 'not-permitted' } as const;

/** Each downgrade beyond the first {@link MOST_DOWNGRADES} blocks instead: fail closed rather than keep us busy. */
function withoutExcess(): (verdict: Verdict) => Verdict {
  let downgrades = 0;
  return (verdict) => {
    if (typeof verdict.action !== 'object') return verdict;
    downgrades += 1;
    return downgrades > MOST_DOWNGRADES ? { ...verdict, action: 'block' } : verdict;
  };
}

/** A warning comes when the threshold is reached, everything else when it is passed. Unknown spend may be past any. */
function hasTripped(spentNanoUsd: number | undefined, thresholdNanoUsd: number, step: CompiledStep): boolean {
  if (spentNanoUsd === undefined) return true;
  return step === 'warn' ? spentNanoUsd >= thresholdNanoUsd : spentNanoUsd > thresholdNanoUsd;
}

function strength(step: CompiledStep): number {
  if (typeof step === 'object') return 2;
  switch (step) {
    case 'block':
      return 3;
    case 'ask':
      return 1;
    case 'warn':
      return 0;
  }
}

/** What cannot be counted would get past a budget, so a closed one keeps it out. */
function dropUnpriced(
  candidates: readonly Candidate[],
  closed: readonly Verdict[],
  removed: RemovedCandidate[],
): readonly Candidate[] {
  if (closed.length === 0) return candidates;
  return candidates.filter((candidate) => {
    if (candidate.kind === 'native' || candidate.cost.kind !== 'unpriced') return true;
    for (const { budget } of closed) removed.push(remove(candidate, { kind: 'budget-unpriced', rule: budget.id }));
    return false;
  });
}

/**
 * The downgrade's targets that cost no more than what would have been routed; where all are dearer, what would have
 * been routed and whatever costs no more. Behind them, as fallbacks, those of the downgrade's targets that were
 * fallbacks before, and what costs nothing. Returns the same list when it changes nothing.
 */
function downgrade(
  current: readonly Candidate[],
  chain: TargetChain,
  over: { readonly budget: CompiledBudget; readonly reason: RemovalReason; readonly closed: readonly Verdict[] },
  limits: Limits,
  removed: RemovedCandidate[],
): readonly Candidate[] {
  const [routed] = current;
  if (routed === undefined) return current;
  const rule = over.budget.id;
  const wasThere = new Map(current.map((candidate) => [nameOf(candidate), candidate]));
  const known = chain.flatMap(({ target }) => wasThere.get(target) ?? []);
  const brought = bringIn(
    chain.filter(({ target }) => !wasThere.has(target)),
    rule,
    limits.state,
  );
  const places = new Map(chain.map(({ target }, place) => [target, place]));
  const offered = [...known, ...brought.offered].sort(
    (a, b) => (places.get(nameOf(a)) ?? 0) - (places.get(nameOf(b)) ?? 0),
  );
  const allowed = admit(offered, limits);
  const removedByOffer = [...brought.refused, ...allowed.removed.filter(({ target }) => !wasThere.has(target.target))];
  const priced = dropUnpriced(allowed.kept, over.closed, removedByOffer);
  const cheap = priced.filter((candidate) => !isDearer(candidate, routed));
  const staysPut = cheap.length === 0 && priced.length > 0;
  const heads = staysPut ? current.filter((candidate) => !isDearer(candidate, routed)) : cheap;
  const fallbacks = current.filter(
    (candidate) => !heads.includes(candidate) && (priced.includes(candidate) || isFreeOfCharge(candidate)),
  );
  const kept = [...heads, ...fallbacks];
  for (const gone of removedByOffer) removed.push(gone);
  for (const candidate of priced) {
    if (!kept.includes(candidate)) removed.push(remove(candidate, { kind: 'dearer-than-routed', rule }));
  }
  for (const candidate of current) {
    if (!kept.includes(candidate)) removed.push(remove(candidate, over.reason));
  }
  const isSame = kept.length === current.length && kept.every((candidate, place) => candidate === current[place]);
  return isSame ? current : kept;
}

/** Not known to be as cheap counts as dearer, unless the other's price is not known either. */
function isDearer(candidate: Candidate, routed: Candidate): boolean {
  if (candidate === routed || isFreeOfCharge(candidate)) return false;
  if (isFreeOfCharge(routed)) return true;
  const own = candidate.kind === 'model' ? comparableCost(candidate.cost) : 0;
  const other = routed.kind === 'model' ? comparableCost(routed.cost) : 0;
  return own === undefined || (other !== undefined && own > other);
}

function dropWhatCosts(
  candidates: readonly Candidate[],
  verdicts: readonly Verdict[],
  removed: RemovedCandidate[],
): readonly Candidate[] {
  const blocking = verdicts.filter(({ action }) => isBlock(action));
  if (blocking.length === 0) return candidates;
  return candidates.filter((candidate) => {
    if (isFreeOfCharge(candidate)) return true;
    for (const verdict of blocking) removed.push(remove(candidate, overBudget(verdict)));
    return false;
  });
}

function isBlock(action: Verdict['action']): boolean {
  return action === 'block' || action === 'not-permitted';
}

function overBudget({ budget, limitNanoUsd, spentNanoUsd }: Verdict): RemovalReason {
  return { kind: 'budget', rule: budget.id, limitNanoUsd, ...(spentNanoUsd === undefined ? {} : { spentNanoUsd }) };
}

function outcomeOf(action: Verdict['action']): BudgetOutcome['did'] {
  if (typeof action === 'object') return 'downgraded';
  switch (action) {
    case 'block':
    case 'not-permitted':
      return 'blocked';
    case 'ask':
      return 'asked';
    case 'warn':
      return 'warned';
    case 'nothing':
    case 'not-enforced':
    case 'permitted':
      return action;
  }
}

function describe(
  { budget, countedAs, spentNanoUsd, reservedNanoUsd, limitNanoUsd, uncounted }: Verdict,
  did: BudgetOutcome['did'],
): BudgetOutcome {
  const { id, source } = budget;
  return {
    id,
    per: source.per,
    ...(source.per === 'class' ? { countedAs } : {}),
    ...(source.period === undefined ? {} : { period: source.period }),
    limitNanoUsd,
    ...(spentNanoUsd === undefined ? {} : { spentNanoUsd }),
    ...(reservedNanoUsd > 0 ? { reservedNanoUsd } : {}),
    did,
    ...(uncounted === undefined ? {} : { uncounted }),
  };
}
