import type { Cost } from '../spend.ts';
import type { SupplierShare } from '../supplierUse.ts';

/**
 * What the panel, `routing-policy usage` and the exports show: one document, made in the router and sent as JSON. Money is
 * in whole nano-dollars and at list price where nothing else is said; times are milliseconds since the epoch, UTC; shares
 * are from 0 to 1. What is not known is left out, which is not zero.
 */
export interface UsageReport {
  readonly madeAt: number;
  readonly since: number;
  readonly until: number;
  readonly totals: UsageTotals;
  readonly heat: HeatTable;
  readonly budgets: readonly BudgetStanding[];
  /** A day each, the oldest first, without gaps. */
  readonly days: readonly UsageDay[];
  readonly suppliers: { readonly providers: readonly SupplierShare[]; readonly makers: readonly SupplierShare[] };
  /** The most frequent first. */
  readonly fallbacks: readonly FallbackCount[];
  readonly refusals: readonly RefusalCount[];
  /** The newest first. */
  readonly overrides: readonly OverrideUse[];
  readonly tokens: TokenUse;
  readonly savings: readonly Saving[];
  readonly billing: readonly BillingShare[];
  readonly trials: readonly TrialUse[];
  /** The newest first, 50 at most. */
  readonly decisions: readonly DecisionLine[];
  /** In sentences, the gravest first: what makes these figures less than they seem (no ledger, unpriced models, dropped rows). */
  readonly warnings: readonly string[];
  /** The repository whose policy's routes and floors are shown, by its folder's name; left out without a policy. */
  readonly policy?: { readonly name: string; readonly hash: string };
}

export interface UsageTotals extends Cost {
  readonly attempts: number;
  readonly requests: number;
  readonly tasks: number;
  readonly successes: number;
  /** What providers will ask for, as each is billed: pools and seats ask for nothing more. */
  readonly billedNanoUsd: number;
  readonly fallbacks: number;
  readonly refusals: number;
  /**
   * Cost of all tasks over the number of successes, the low end with unknown tasks taken for successes; left out where there
   * can be no success, and where more than one kind of work may have had some: see {@link byWork}.
   */
  readonly costPerSuccessNanoUsd?: Interval;
  /** The same for each kind of work that there was, because they are not to be pooled. */
  readonly byWork?: readonly WorkTotals[];
}

export interface WorkTotals {
  readonly work: WorkKind;
  readonly tasks: number;
  /** Like {@link HeatCell.untold}. */
  readonly untold?: number;
  readonly judged: number;
  readonly successes: number;
  readonly unknown: number;
  readonly costNanoUsd: number;
  /** Like {@link HeatCell.passRate}. */
  readonly passRate?: Interval;
  /** Like {@link HeatCell.costPerSuccessNanoUsd}. */
  readonly costPerSuccessNanoUsd?: Interval;
}

/** Completions and edits are judged by different signals and have different sizes: never one figure for both. */
export type WorkKind = 'completion' | 'change' | 'question';

export interface HeatTable {
  /** The dearest first; an id each, `provider/model`. */
  readonly models: readonly HeatModel[];
  readonly rows: readonly HeatRow[];
}

export interface HeatModel {
  readonly target: string;
  readonly maker?: string;
}

export interface HeatRow {
  readonly class: string;
  readonly work: WorkKind;
  readonly passFloor?: number;
  /** What the policy sends the class to, by target, the first choice first. */
  readonly route: readonly string[];
  /** By target; a model that had no task of the class is left out. */
  readonly cells: Readonly<Record<string, HeatCell>>;
  /** The cheapest target at or above the floor with 20 judged tasks or more; left out without a floor. */
  readonly best?: string;
  /** 20 judged tasks or more on every model tried, and none reaches the floor. */
  readonly seniorReview: boolean;
}

/** How sure a figure is: `few` below 20 judged tasks, `low` below 50. */
export type Confidence = 'few' | 'low' | 'enough';

export interface HeatCell extends Cost {
  readonly tasks: number;
  /**
   * Of them, those of which a team's server does not tell what became, because too few persons had part in it: neither they nor
   * their cost is in a pass rate or in what a success cost. Left out where there are none.
   */
  readonly untold?: number;
  /** Tasks that were judged, unknown ones among them. */
  readonly judged: number;
  readonly successes: number;
  readonly unknown: number;
  readonly confidence: Confidence;
  /** From successes ÷ judged to (successes + unknown) ÷ judged; one number where nothing is unknown. */
  readonly passRate?: Interval;
  /** Of {@link passRate}, at 95 %: how far chance alone may have moved it. */
  readonly passInterval?: Interval;
  /** Cost of all its tasks (but the untold) ÷ successes; the low end takes unknown tasks for successes. */
  readonly costPerSuccessNanoUsd?: Interval;
  /** At 95 %: by bootstrap over tasks, of more than 200 by Fieller's theorem. Left out for `few`. */
  readonly costInterval?: Interval;
  /**
   * The pass rate if it had had the same mix of work (surfaces, sizes of the input) as all models together had; an unknown
   * task counts half. Left out where its mix is much the same, where it never had a fifth of the work, and for `few`.
   */
  readonly standardisedPassRate?: number;
  readonly belowFloor?: boolean;
}

/** `high` may be infinite where there may have been no success at all; JSON writes that as null. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface BudgetStanding {
  readonly id: string;
  readonly per: string;
  readonly period?: string;
  /** Of whose spending: a class's id, a repository's folder name. */
  readonly of?: string;
  readonly limitNanoUsd: number;
  readonly spentNanoUsd?: number;
  readonly reservedNanoUsd: number;
  /** When the period ends. */
  readonly until?: number;
  readonly steps: readonly { readonly atShare: number; readonly then: string; readonly reached: boolean }[];
  /** In a sentence: why it does not bind here, or binds although what was spent is not known. */
  readonly notEnforced?: string;
}

export interface UsageDay extends Cost {
  /** `2026-11-22`. */
  readonly day: string;
  readonly requests: number;
  readonly successes: number;
}

export interface FallbackCount {
  readonly from: string;
  readonly to: string;
  /** A provider failure kind. */
  readonly failure?: string;
  readonly count: number;
}

export interface RefusalCount {
  readonly rule: string;
  readonly outcome: 'blocked' | 'unserved';
  readonly count: number;
}

export interface OverrideUse {
  readonly at: number;
  readonly target: string;
  readonly by: 'person' | 'client';
  readonly reason?: string;
}

export interface TokenUse {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly reasoning: number;
  /** Cached reads of all that was read; left out where nothing was. */
  readonly cacheHitShare?: number;
}

/** What the same tokens would have cost elsewhere: an estimate, because another model takes other tokens. */
export interface Saving {
  readonly against: 'all-large' | 'all-mid';
  /** `provider/model`. */
  readonly target: string;
  readonly baselineNanoUsd: number;
  readonly actualNanoUsd: number;
  readonly priceAsOf: string;
}

export interface BillingShare {
  readonly billing: 'metered' | 'pool' | 'seat';
  readonly listNanoUsd: number;
  readonly billedNanoUsd: number;
  readonly requests: number;
}

export interface TrialUse {
  readonly id: string;
  readonly class: string;
  /** Left out: the class has one kind of work. */
  readonly work?: WorkKind;
  readonly arms: readonly {
    readonly arm: 'trial' | 'control';
    readonly targets: readonly string[];
    readonly cell: HeatCell;
  }[];
}

export interface DecisionLine {
  readonly requestId: string;
  readonly at: number;
  readonly surface: string;
  readonly kind: string;
  readonly class: string;
  /** `provider/model` that answered; left out for a refusal. */
  readonly target?: string;
  readonly outcome: string;
  readonly attempts: number;
  readonly costNanoUsd?: number;
  /** In a sentence; ids are in backticks. */
  readonly why: string;
}
