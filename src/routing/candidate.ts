import type { ModelRecord } from '../models/model.ts';
import type { NativeTarget, ResolvedTarget, TargetChain } from '../policy/compiled.ts';
import { readTarget } from '../policy/targets.ts';
import type { CostEstimate, KeptCandidate, Reason, RemovalReason, RemovedCandidate } from './decision.ts';
import { costsNothing, estimateCost } from './estimate.ts';
import type { ProviderFacts, State } from './state.ts';

/** A target under consideration, with what is known about it. */
export type Candidate = ModelCandidate | NativeCandidate;

export interface ModelCandidate {
  readonly kind: 'model';
  readonly target: ResolvedTarget;
  /** undefined: no such provider is configured. */
  readonly provider: ProviderFacts | undefined;
  readonly model: ModelRecord | undefined;
  readonly cost: CostEstimate;
  /** The rule that brought it in, when it was not on the route. */
  readonly broughtBy?: string;
}

/** Standing aside. It costs nothing that a policy could count. */
export interface NativeCandidate {
  readonly kind: 'native';
  readonly target: NativeTarget;
  readonly broughtBy?: string;
}

/** What a step of the decision made of the candidates. */
export interface Step {
  readonly kept: readonly Candidate[];
  readonly removed: readonly RemovedCandidate[];
  readonly why: readonly Reason[];
}

export function candidatesOf(chain: TargetChain, state: State, broughtBy?: string): readonly Candidate[] {
  const candidates = chain.map((target): Candidate => {
    if (target.kind === 'native') return { kind: 'native', target };
    const model = state.model(target.provider, target.model);
    const provider = state.provider(target.provider);
    return { kind: 'model', target, provider, model, cost: estimateCost(target, model, state) };
  });
  return broughtBy === undefined ? candidates : candidates.map((candidate) => ({ ...candidate, broughtBy }));
}

/**
 * Targets that a rule brings in beside the route's. In an untrusted workspace a policy may spend nothing, so there they
 * are refused.
 */
export function bringIn(
  chain: TargetChain,
  rule: string,
  state: State,
): { readonly offered: readonly Candidate[]; readonly refused: readonly RemovedCandidate[] } {
  if (state.trusted) return { offered: candidatesOf(chain, state, rule), refused: [] };
  return { offered: [], refused: chain.map((target) => ({ target, reason: { kind: 'untrusted-workspace' } })) };
}

export function nameOf(candidate: Candidate): string {
  return candidate.target.target;
}

export function remove(candidate: Candidate, reason: RemovalReason): RemovedCandidate {
  return { target: candidate.target, reason };
}

/** Whether serving it adds nothing to any budget. */
export function isFreeOfCharge(candidate: Candidate): boolean {
  return candidate.kind === 'native' || costsNothing(candidate.cost);
}

export function isModel(candidate: Candidate): candidate is ModelCandidate {
  return candidate.kind === 'model';
}

/** Candidates without those whose target came before. */
export function distinct(candidates: readonly Candidate[]): readonly Candidate[] {
  const seen = new Set<string>();
  return candidates.filter((candidate) => {
    const isNew = !seen.has(nameOf(candidate));
    seen.add(nameOf(candidate));
    return isNew;
  });
}

/** What is made field by field: of literals with fields that may be left out, each is made by a call of the runtime. */
export type Growing<Thing> = { -readonly [Field in keyof Thing]: Thing[Field] };

export function keep(candidate: ModelCandidate): KeptCandidate {
  const { target, model, cost, provider, broughtBy } = candidate;
  const kept: Growing<KeptCandidate> = model === undefined ? { target, cost } : { target, maker: model.maker, cost };
  if (provider?.simulated === true) kept.simulated = true;
  if (broughtBy !== undefined) kept.broughtBy = broughtBy;
  return kept;
}

/** A target that a person or a client named: `provider/model` or `native`, never an alias of the policy. */
export function chainOfName(name: string | undefined): TargetChain {
  const named = name === undefined ? undefined : readTarget(name);
  switch (named?.kind) {
    case 'native':
      return [{ kind: 'native', target: 'native' }];
    case 'model':
      return [
        { kind: 'model', target: `${named.provider}/${named.model}`, provider: named.provider, model: named.model },
      ];
    case 'alias':
    case undefined:
      return [];
  }
}

/** The rule that a removal is put down to, where it is a rule's doing. */
export function ruleOf(reason: RemovalReason): string | undefined {
  return 'rule' in reason ? reason.rule : undefined;
}
