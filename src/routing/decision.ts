import type { Price } from '../models/model.ts';
import type { Clause, DiffMeasure, NativeTarget, ResolvedTarget } from '../policy/compiled.ts';
import type { PolicyLayer } from '../policy/layers.ts';
import type { PolicyMode } from '../policy/schema.ts';
import type { OverrideRefusal, OverrideRequest } from './session/override.ts';
import type { CacheCost, PinMode } from './session/pin.ts';
import type { RetryReason } from './session/session.ts';
import type { TrialArm } from './session/trial.ts';

/** Why a `when` did not hold: the first clause that failed, and what was seen instead. */
export interface FailedClause {
  readonly clause: Clause;
  /** `unknown` when the fact was not known, which a preference does not accept. */
  readonly because: 'no' | 'unknown';
  /** What was seen, for people: a path that did not match, a number, a kind. */
  readonly seen?: string;
}

export interface SkippedClass {
  readonly id: string;
  readonly failed: FailedClause;
}

/** Why a candidate was taken away. Every removal is one of these; words for people are made in one place, `explain.ts`. */
export type RemovalReason =
  | {
      readonly kind: 'constraint';
      readonly rule: string;
      readonly by: ConstraintKey;
      readonly reason: string;
      readonly detail?: string;
    }
  /**
   * `spentNanoUsd` counts what is reserved; undefined: not known, which a closed budget takes for too much. `shortfall` is
   * left out where what was spent has passed the budget already.
   */
  | {
      readonly kind: 'budget';
      readonly rule: string;
      readonly spentNanoUsd?: number;
      readonly limitNanoUsd: number;
      readonly shortfall?: Shortfall;
    }
  | { readonly kind: 'budget-unpriced'; readonly rule: string }
  | { readonly kind: 'max-cost'; readonly rule: string; readonly highNanoUsd: number; readonly limitNanoUsd: number }
  | { readonly kind: 'max-cost-unpriced'; readonly rule: string }
  | { readonly kind: 'max-cost-unknown-size'; readonly rule: string }
  | { readonly kind: 'dearer-than-routed'; readonly rule: string }
  | { readonly kind: 'not-configured'; readonly provider: string }
  | { readonly kind: 'not-usable'; readonly provider: string; readonly reason: string }
  | { readonly kind: 'cannot'; readonly capability: 'chat' | 'completion' | 'tools' | 'images' }
  | { readonly kind: 'context-too-long'; readonly tokens: number; readonly contextTokens: number }
  | { readonly kind: 'retired'; readonly successor?: string }
  | { readonly kind: 'unhealthy'; readonly reason: string }
  | { readonly kind: 'native-not-completion' }
  | { readonly kind: 'untrusted-workspace' };

export type ConstraintKey = 'allow' | 'deny' | 'hosts' | 'local' | 'block' | 'residency' | 'retention' | 'attested';

/** A request that a budget has no room for, though something is left of it. In nano-dollars. */
export interface Shortfall {
  /** On which target. */
  readonly target: string;
  /** What the request may cost at most, and would set aside. */
  readonly requestNanoUsd: number;
  readonly leftNanoUsd: number;
  /** In percent of the budget, what is left up to; left out: all of it. */
  readonly at?: number;
}

/** A cost before the fact. `unpriced` is unknown, which is not zero. */
export type CostEstimate =
  | { readonly kind: 'priced'; readonly lowNanoUsd: number; readonly highNanoUsd: number; readonly price: Price }
  | { readonly kind: 'unpriced' }
  | { readonly kind: 'unknown-size'; readonly price: Price };

export interface KeptCandidate {
  readonly target: ResolvedTarget;
  readonly maker?: string;
  readonly cost: CostEstimate;
  readonly simulated?: boolean;
  /** The rule that brought it in when it was not on the route: a constraint's `else`, a budget's downgrade. */
  readonly broughtBy?: string;
}

export interface RemovedCandidate {
  readonly target: ResolvedTarget | NativeTarget;
  readonly reason: RemovalReason;
}

/** A budget that was looked at, and what it did. */
export interface BudgetOutcome {
  readonly id: string;
  readonly per: string;
  /** Per class: as what class the budget's own layer counts the request. */
  readonly countedAs?: string;
  readonly period?: string;
  readonly limitNanoUsd: number;
  /** With what is reserved; undefined: not known here. */
  readonly spentNanoUsd?: number;
  /** What of it requests under way have set aside: most of that comes back. Left out: nothing. */
  readonly reservedNanoUsd?: number;
  /** Why it acted, where what was spent alone would not have been the reason: of what it had no room for, the least. */
  readonly shortfall?: Shortfall;
  /** `kept-out`: it had no room for some of the targets, and had for others that cost something. */
  readonly did: 'nothing' | 'warned' | 'asked' | 'permitted' | 'downgraded' | 'kept-out' | 'blocked' | 'not-enforced';
  /** It took targets away because a person was asked and did not allow more. */
  readonly notPermitted?: boolean;
  /** Why the spending is not known, in a sentence. */
  readonly uncounted?: string;
}

/** What made the outcome, in order: one closed union. The status bar, hover, explain, logs and docs speak from it. */
export type Reason =
  | { readonly kind: 'class-matched'; readonly class: string; readonly clauses: readonly Clause[] }
  | { readonly kind: 'default-used' }
  | { readonly kind: 'no-policy'; readonly target?: string }
  | { readonly kind: 'untrusted'; readonly target?: string }
  | {
      readonly kind: 'constraint-applied';
      readonly rule: string;
      readonly reason: string;
      readonly certain: boolean;
      readonly removed: number;
    }
  | { readonly kind: 'constraint-observed'; readonly rule: string; readonly reason: string; readonly removed: number }
  | {
      readonly kind: 'blocked-by';
      readonly rule: string;
      readonly reason: string;
      readonly certain: boolean;
      /** A file whose text goes out and that the rule speaks of. */
      readonly file?: string;
    }
  | { readonly kind: 'else-used'; readonly rule: string }
  | { readonly kind: 'budget'; readonly outcome: BudgetOutcome }
  | {
      readonly kind: 'gate';
      readonly gate: string;
      readonly rule: string;
      readonly who: readonly string[];
      readonly approvals?: number;
      /** As written: `2d`. */
      readonly within?: string;
    }
  | { readonly kind: 'gate-not-enforced'; readonly gate: string }
  | { readonly kind: 'candidate-removed'; readonly target: string; readonly reason: RemovalReason }
  /** `place` on the route, 0 for its first choice; left out when some rule brought the target in. */
  | { readonly kind: 'routed'; readonly target: string; readonly place?: number }
  | { readonly kind: 'native' }
  | { readonly kind: 'unpriced'; readonly target: string }
  | { readonly kind: 'mode-observe'; readonly served: string }
  | { readonly kind: 'mode-warn'; readonly rule: string }
  | { readonly kind: 'attestation-missing'; readonly target: string; readonly reason: string }
  | { readonly kind: 'not-enforced-here'; readonly what: string }
  /** It had been failing and was left alone; with nothing else left it is tried. */
  | { readonly kind: 'tried-although-failing'; readonly target: string; readonly reason: string }
  | { readonly kind: 'nothing-left' }
  /** Another attempt at what was asked before: the route's `escalateTo`. */
  | { readonly kind: 'escalated'; readonly because: RetryReason }
  /** `until` in milliseconds since the epoch. */
  | { readonly kind: 'trial'; readonly id: string; readonly arm: TrialArm; readonly until: number }
  /** The conversation stays with the model that has it in its cache; `until` says how long. */
  | ({
      readonly kind: 'pinned';
      readonly target: string;
      readonly instead: string;
      readonly until: PinMode;
    } & CacheCost)
  | ({
      readonly kind: 'switched';
      readonly from: string;
      readonly to: string;
      readonly because: 'larger' | 'budget' | 'not-available' | 'not-named' | 'turn' | 'compacted' | 'free';
    } & CacheCost)
  | {
      readonly kind: 'overridden';
      readonly target: string;
      readonly instead: string;
      readonly by: OverrideRequest['by'];
      readonly reason?: string;
    }
  /** `layer`: whose rule it is, empty for the repository's own file. */
  | {
      readonly kind: 'override-refused';
      readonly target: string;
      readonly layer: string;
      readonly because: OverrideRefusal;
    };

export type Outcome =
  | { readonly kind: 'routed'; readonly target: ResolvedTarget; readonly fallbacks: readonly ResolvedTarget[] }
  /** Stand aside: the editor's own completions serve it. */
  | { readonly kind: 'native' }
  /** By policy: what to do is in `explain`. `by` are the rules that took part. */
  | { readonly kind: 'blocked'; readonly by: readonly string[] }
  /** Nothing is reachable, capable or configured: not the policy's doing. */
  | { readonly kind: 'unserved' };

/** A layer that was in force. Its name is what qualifies the ids of its rules, empty for the repository's own file. */
export type DecisionLayer = Pick<PolicyLayer, 'name' | 'source'> & {
  readonly hash: string;
  /** As what class of work its budgets count the request. */
  readonly countedAs: string;
};

/** The answer to one request, complete enough to be explained, replayed and tested without asking anything again. */
export interface Decision {
  readonly outcome: Outcome;
  /** `default` when no class matched. */
  readonly class: string;
  readonly mode: PolicyMode;
  /** Classes before the winner, nearest to the winner last, at most `MOST_SKIPPED`; `explainClasses` gives all. */
  readonly skipped: readonly SkippedClass[];
  readonly skippedCount: number;
  readonly kept: readonly KeptCandidate[];
  readonly removed: readonly RemovedCandidate[];
  /** Sorted, without duplicates. */
  readonly gates: readonly string[];
  readonly budgets: readonly BudgetOutcome[];
  /** True when a budget wants the person asked first. */
  readonly ask: boolean;
  readonly cost: CostEstimate;
  readonly why: readonly Reason[];
  /** How many entries of a list this decision does not carry, where a policy made it too long; missing: none. */
  readonly leftOut?: { readonly [list in 'kept' | 'removed' | 'why']?: number };
  readonly policyHash: string;
  /** What was in force, the outermost layer first; empty without a policy. */
  readonly layers: readonly DecisionLayer[];
  /** What classification counted, for people. `undefined`: not known. */
  readonly counted: { readonly [measure in DiffMeasure]?: number };
  readonly modules: readonly string[];
  /** The glob lists that the clauses in this decision name, by number, so that it can be explained without its policy. */
  readonly globs: Readonly<Record<number, readonly string[]>>;
}
