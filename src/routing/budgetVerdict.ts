import type { CompiledBudget, CompiledStep } from '../policy/compiled.ts';
import { type Candidate, nameOf } from './candidate.ts';
import type { RemovalReason, Shortfall } from './decision.ts';
import type { CountedBudget } from './limits.ts';
import type { BudgetSpend, State } from './state.ts';

/** One budget, with what is known of its spending when a request is decided. Money in nano-dollars. */
export interface Verdict {
  readonly budget: CompiledBudget;
  /** As what class its layer counts the request. */
  readonly countedAs: string;
  /** Spent and reserved; undefined: not known here. */
  readonly spentNanoUsd: number | undefined;
  readonly reservedNanoUsd: number;
  /** The policy's limit, or that of whoever counts it, if that is less. */
  readonly limitNanoUsd: number;
  readonly lease: BudgetSpend['lease'];
  /** Why the spending is not known. */
  readonly uncounted: string | undefined;
  /** What a person said when it asked. */
  readonly answer: 'yes' | 'no' | undefined;
}

/** What a budget asks for. */
export type Action = CompiledStep | 'nothing' | 'not-enforced' | 'permitted' | 'not-permitted';

type Step = CompiledBudget['steps'][number];

/** A budget that says nothing of what happens when it is used up says so at least. */
const DEFAULT_STEPS: CompiledBudget['steps'] = [{ at: 100, step: 'warn', source: 'warn' }];

/** What a budget that asks does once it has been answered. */
const afterAnswer = { yes: 'permitted', no: 'not-permitted' } as const;

export function verdictOf({ budget, countedAs }: CountedBudget, state: State): Verdict {
  const known = ownValue(state.spent, budget.id);
  const ofTask = budget.source.per === 'task' ? state.taskSpentNanoUsd : undefined;
  const spentNanoUsd = known === undefined ? ofTask : known.spentNanoUsd + known.reservedNanoUsd;
  return {
    budget,
    countedAs,
    spentNanoUsd,
    reservedNanoUsd: known?.reservedNanoUsd ?? 0,
    limitNanoUsd: Math.min(budget.limitNanoUsd, known?.limitNanoUsd ?? budget.limitNanoUsd),
    lease: known?.lease,
    uncounted: spentNanoUsd === undefined && state.uncounted ? ownValue(state.uncounted, budget.id) : undefined,
    answer: state.answers && ownValue(state.answers, budget.id),
  };
}

function ownValue<Value>(values: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

/**
 * What a candidate adds to what is spent and reserved, in nano-dollars: exactly what is set aside for it when it is asked.
 * 0 for what costs nothing, and where the price or the size is not known: then what was spent alone decides.
 */
export function ownCost(candidate: Candidate | undefined): number {
  return candidate?.kind === 'model' && candidate.cost.kind === 'priced' ? candidate.cost.highNanoUsd : 0;
}

/**
 * What a budget asks for, for one candidate: the strongest step that it trips, block, then downgrade, then ask, then warn; of
 * two downgrades the later.
 *
 * @param candidate undefined: what was spent alone is looked at
 */
export function actionFor(verdict: Verdict, candidate: Candidate | undefined): Action {
  if (!isEnforced(verdict)) return 'not-enforced';
  const step = strongest(verdict, candidate)?.step;
  return step === 'ask' && verdict.answer ? afterAnswer[verdict.answer] : (step ?? 'nothing');
}

export function isEnforced({ spentNanoUsd, budget }: Verdict): boolean {
  return spentNanoUsd !== undefined || budget.source.onUnknown !== 'open';
}

export function isBlock(action: Action): boolean {
  return action === 'block' || action === 'not-permitted';
}

/**
 * Whether a candidate trips a step. A warning comes when what was spent reaches the threshold. Everything else comes where
 * what was spent, what is reserved and what the candidate itself would reserve together pass it: what is admitted can pass
 * it only by what it costs beyond its estimate. Unknown spend may be past any.
 */
export function trips(verdict: Verdict, { at, step }: Step, candidate: Candidate | undefined): boolean {
  const { spentNanoUsd } = verdict;
  if (spentNanoUsd === undefined) return true;
  const threshold = (verdict.limitNanoUsd * at) / 100;
  return step === 'warn' ? spentNanoUsd >= threshold : withOwn(spentNanoUsd, verdict, ownCost(candidate)) > threshold;
}

/** What is leased was granted by whoever counts it: it stays within the budget, whatever others were heard to have spent. */
function withOwn(spent: number, { lease }: Verdict, own: number): number {
  if (lease === undefined) return spent + own;
  const { ceilingNanoUsd, mostNanoUsd = Number.POSITIVE_INFINITY } = lease;
  return own > mostNanoUsd
    ? Math.max(spent + own, ceilingNanoUsd + 1)
    : Math.min(spent + own, Math.max(spent, ceilingNanoUsd));
}

/**
 * The downgrades of a budget, each from its threshold on, as far as they can still count: those before one that was passed
 * already are over.
 */
export function downgradesOf(verdict: Verdict): readonly (Step & { readonly step: object })[] {
  const all = stepsOf(verdict).filter(isDowngrade);
  const begun = all.findLastIndex((step) => trips(verdict, step, undefined));
  return all.slice(Math.max(0, begun));
}

function isDowngrade(step: Step): step is Step & { readonly step: Extract<CompiledStep, object> } {
  return typeof step.step === 'object';
}

/** Why a candidate is taken away for the sake of a budget. @param step that it trips; left out: the strongest */
export function overBudget(verdict: Verdict, candidate: Candidate, step?: Step): RemovalReason {
  const { budget, limitNanoUsd, spentNanoUsd } = verdict;
  const shortfall = shortfallOf(verdict, candidate, step);
  return {
    kind: 'budget',
    rule: budget.id,
    limitNanoUsd,
    ...(spentNanoUsd === undefined ? {} : { spentNanoUsd }),
    ...(shortfall === undefined ? {} : { shortfall }),
  };
}

/** What is left for a candidate below the step that it trips; undefined where what was spent has passed that without it. */
export function shortfallOf(
  verdict: Verdict,
  candidate: Candidate | undefined,
  step = strongest(verdict, candidate),
): Shortfall | undefined {
  const { spentNanoUsd, limitNanoUsd, lease } = verdict;
  if (candidate === undefined || spentNanoUsd === undefined) return undefined;
  if (step === undefined || step.step === 'warn') return undefined;
  if (!trips(verdict, step, candidate) || trips(verdict, step, undefined)) return undefined;
  const left = Math.floor((limitNanoUsd * step.at) / 100) - spentNanoUsd;
  return {
    target: nameOf(candidate),
    requestNanoUsd: ownCost(candidate),
    leftNanoUsd: Math.max(0, Math.min(left, lease?.mostNanoUsd ?? left)),
    ...(step.at === 100 ? {} : { at: step.at }),
  };
}

function stepsOf({ budget }: Verdict): CompiledBudget['steps'] {
  return budget.steps.length === 0 ? DEFAULT_STEPS : budget.steps;
}

function strongest(verdict: Verdict, candidate: Candidate | undefined): Step | undefined {
  let best: Step | undefined;
  for (const step of stepsOf(verdict)) {
    if (best !== undefined && !isStronger(step, best)) continue;
    if (trips(verdict, step, candidate)) best = step;
  }
  return best;
}

function isStronger(step: Step, than: Step): boolean {
  const [own, other] = [strength(step.step), strength(than.step)];
  return own > other || (own === other && isDowngrade(step));
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
