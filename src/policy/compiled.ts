import type {
  Budget,
  BudgetStep,
  ClassOfWork,
  Constraint,
  Effort,
  GateDefinition,
  Policy,
  RequestKind,
  Trial,
} from './schema.ts';

/** A provider and a model, with what the policy asks of it. Everything after the first "/" is the model's name. */
export interface ResolvedTarget {
  readonly kind: 'model';
  /** `provider/model`. */
  readonly target: string;
  readonly provider: string;
  readonly model: string;
  readonly effort?: Effort;
  /** In tokens. */
  readonly maxOutputTokens?: number;
  /** The alias it was written as, when it was. */
  readonly alias?: string;
}

/** `"native"`: stand aside for the editor's own completions. */
export interface NativeTarget {
  readonly kind: 'native';
  readonly target: 'native';
}

/** What an alias, a route or an `else` comes down to: an ordered list without duplicates. */
export type TargetChain = readonly (ResolvedTarget | NativeTarget)[];

/** A numeric condition; both ends may be open. `max` and `min` are inclusive unless the `exclusive` flag says otherwise. */
export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  readonly minExclusive?: boolean;
  readonly maxExclusive?: boolean;
  /** As written, for explanations. */
  readonly text: string;
}

export type DiffMeasure = 'files' | 'lines' | 'added' | 'deleted' | 'modules';

/** One key of a `when`. Glob lists are numbers of sets in the policy's {@link PathIndex}. */
export type Clause =
  | { readonly key: 'kind'; readonly any: readonly RequestKind[] }
  | { readonly key: 'files' | 'touches' | 'branch'; readonly set: number }
  /** Keywords are normalised as the prompt is, once. */
  | { readonly key: 'languages' | 'client' | 'team' | 'intent' | 'keywords'; readonly any: readonly string[] }
  | { readonly key: 'diff'; readonly measure: DiffMeasure; readonly range: NumberRange }
  | { readonly key: 'context'; readonly measure: 'tokens'; readonly range: NumberRange }
  | { readonly key: 'context'; readonly measure: 'images' | 'tools'; readonly is: boolean }
  | { readonly key: 'not'; readonly when: CompiledWhen }
  | { readonly key: 'anyOf'; readonly whens: readonly CompiledWhen[] };

/** Clauses in the order in which they are written in the schema; all must hold. */
export interface CompiledWhen {
  readonly clauses: readonly Clause[];
}

/** One list of globs, as written. */
export interface GlobSet {
  readonly id: number;
  readonly patterns: readonly string[];
  /** The naive answer: minimatch on every pattern. The index must agree with it. */
  test(path: string): boolean;
}

/** All glob lists of a policy, indexed by literal prefix, segment and extension and confirmed with minimatch. */
export interface PathIndex {
  readonly sets: readonly GlobSet[];
  /** The ids of the sets that match this path, ascending. Memoised per path within a bounded cache. */
  match(path: string): readonly number[];
}

/** A share of a route's tasks that goes elsewhere until a date. */
export interface CompiledTrial {
  readonly id: string;
  readonly use: TargetChain;
  readonly when?: CompiledWhen;
  /** In percent. */
  readonly share: number;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly source: Trial;
}

export interface CompiledRoute {
  readonly use: TargetChain;
  /** Gates by their qualified names. */
  readonly review: readonly string[];
  readonly escalateTo?: TargetChain;
  readonly trial?: CompiledTrial;
  readonly maxCostUsd?: number;
  readonly passFloor?: number;
}

export interface CompiledClass {
  /** The place in the policy's list; of those that match, the lowest wins (a final one before any that is not). */
  readonly index: number;
  /** Qualified by the layer's name; `source.id` is as written. The same holds for constraints and budgets. */
  readonly id: string;
  readonly when: CompiledWhen;
  readonly route: CompiledRoute;
  readonly source: ClassOfWork;
}

export interface CompiledConstraint {
  readonly id: string;
  readonly when?: CompiledWhen;
  readonly allow?: (target: ResolvedTarget, maker: string | undefined) => boolean;
  readonly deny?: (target: ResolvedTarget, maker: string | undefined) => boolean;
  readonly hosts?: (host: string) => boolean;
  readonly else?: TargetChain;
  /** Gates by their qualified names. */
  readonly review: readonly string[];
  /** Milliseconds since the epoch. */
  readonly until?: number;
  readonly source: Constraint;
}

export type CompiledStep = 'warn' | 'ask' | 'block' | { readonly downgradeTo: TargetChain };

export interface CompiledBudget {
  readonly id: string;
  readonly when?: CompiledWhen;
  readonly limitNanoUsd: number;
  /** Ascending by `at` (percent); `then` of the policy is the step at 100. */
  readonly steps: readonly { readonly at: number; readonly step: CompiledStep; readonly source: BudgetStep }[];
  readonly source: Budget;
}

export interface NamedModule {
  readonly name: string;
  readonly place: number;
}

/** A policy made ready: compile once, decide often. Immutable. */
export interface CompiledPolicy {
  /** Of the text that was compiled; the caller computes it (this floor has no crypto). */
  readonly hash: string;
  /** What qualifies its ids: the name of the layer that it is, empty for a repository's own file. */
  readonly name: string;
  readonly source: Policy;
  /** Its own aliases; those of outer layers were resolved when it was compiled. */
  readonly aliases: ReadonlyMap<string, TargetChain>;
  /** The gates that it defines, by their qualified names. */
  readonly gates: ReadonlyMap<string, GateDefinition>;
  readonly index: PathIndex;
  readonly classes: readonly CompiledClass[];
  /** Those of `classes` that are tried before all others, inner layers' included, and the rest. */
  readonly finalClasses: readonly CompiledClass[];
  readonly otherClasses: readonly CompiledClass[];
  /** By qualified id. */
  readonly classById: ReadonlyMap<string, CompiledClass>;
  readonly default: CompiledRoute;
  readonly constraints: readonly CompiledConstraint[];
  readonly budgets: readonly CompiledBudget[];
  /** Set in the index for `diff.ignore`, when there is one. */
  readonly ignoreSet?: number;
  /** Set in the index for `modules.support`, when there is one. */
  readonly supportSet?: number;
  /** Set in the index for `modules.roots`: folders, each of which is a module. */
  readonly rootsSet?: number;
  /** `modules.named` by its set in the index, with its place in the policy: of several, the first named counts. */
  readonly namedModules: ReadonlyMap<number, NamedModule>;
  /**
   * Classes whose first cheap test is a glob set, by that set, so that a decision over ten thousand classes only
   * evaluates those that its paths can reach. Classes without such a test are in `unindexed`. Both ascending.
   */
  readonly classesBySet: ReadonlyMap<number, readonly number[]>;
  readonly unindexedClasses: readonly number[];
}
