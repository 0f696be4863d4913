import type { CompiledConstraint, CompiledPolicy, ResolvedTarget } from '../policy/compiled.ts';
import { attestationProblem } from './attestation.ts';
import { bringIn, type Candidate, distinct, isFreeOfCharge, nameOf, remove, type Step } from './candidate.ts';
import type { Classification } from './classify.ts';
import { holds } from './conditions.ts';
import type { ConstraintKey, Reason, RemovalReason, RemovedCandidate } from './decision.ts';
import type { ProviderFacts, State } from './state.ts';

const NANO_USD_PER_USD = 1e9;

/** A constraint that applies to this request. */
export interface Rule {
  readonly constraint: CompiledConstraint;
  /** False when it applies only because a fact is not known. */
  readonly certain: boolean;
}

/** Everything that limits the candidates of one request, apart from budgets. */
export interface Limits {
  readonly state: State;
  /** Applied. */
  readonly rules: readonly Rule[];
  /** Only recorded. */
  readonly observed: readonly Rule[];
  /** The cap of the class's own route. */
  readonly routeCap: { readonly rule: string; readonly limitNanoUsd: number } | undefined;
  readonly onMissing: 'skip' | 'warn' | 'block';
  /** False with `mode: "warn"`: a `block` then takes nothing away. */
  readonly blocks: boolean;
}

/** The constraints that are in force at `state.now` and that the request does not certainly escape. */
export function limitsOf(policy: CompiledPolicy, classified: Classification, state: State): Limits {
  const matching = policy.constraints.flatMap((constraint): Rule[] => {
    if (constraint.until !== undefined && state.now >= constraint.until) return [];
    const truth = constraint.when === undefined ? true : holds(constraint.when, classified.outgoing);
    return truth === false ? [] : [{ constraint, certain: truth === true }];
  });
  const { maxCostUsd } = classified.route;
  return {
    state,
    rules: matching.filter(({ constraint }) => constraint.source.mode !== 'observe'),
    observed: matching.filter(({ constraint }) => constraint.source.mode === 'observe'),
    routeCap:
      maxCostUsd === undefined
        ? undefined
        : { rule: classified.class, limitNanoUsd: Math.round(maxCostUsd * NANO_USD_PER_USD) },
    onMissing: policy.source.attestations?.onMissing ?? 'skip',
    blocks: policy.mode !== 'warn',
  };
}

/**
 * Takes away what some constraint does not admit. Each constraint judges each target by itself, so their order does not
 * matter and one more can only take away. Where nothing is left, the `else` of the constraints that took something away
 * is tried, in the order of their ids, under the same constraints.
 */
export function constrain(candidates: readonly Candidate[], limits: Limits): Step {
  const first = admit(candidates, limits);
  const tookAway = new Set(first.removed.flatMap(({ reason }) => ruleOf(reason) ?? []));
  const offering =
    first.kept.length > 0
      ? []
      : limits.rules
          .map(({ constraint }) => constraint)
          .filter(({ id, else: chain }) => chain !== undefined && (tookAway.has(id) || candidates.length === 0))
          .sort((a, b) => (a.id < b.id ? -1 : 1));
  const brought = offering.map(({ id, else: chain = [] }) => bringIn(chain, id, limits.state));
  const second = admit(distinct(brought.flatMap(({ offered }) => offered)), limits);
  const usedElse = new Set(second.kept.flatMap(({ broughtBy }) => broughtBy ?? []));
  return {
    kept: [...first.kept, ...second.kept],
    removed: [...first.removed, ...brought.flatMap(({ refused }) => refused), ...second.removed],
    why: [...usedElse].map((rule): Reason => ({ kind: 'else-used', rule })),
  };
}

/** Splits candidates by all constraints and the route's cap; a target that several do not admit is removed by each of them. */
export function admit(candidates: readonly Candidate[], limits: Limits): Omit<Step, 'why'> {
  const kept: Candidate[] = [];
  const removed: RemovedCandidate[] = [];
  const head = candidates.find(({ kind }) => kind === 'model');
  for (const candidate of candidates) {
    const reasons = [
      ...limits.rules.flatMap(({ constraint }) => violation(constraint, candidate, head, limits) ?? []),
      ...(routeCapViolation(candidate, limits) ?? []),
    ];
    if (reasons.length === 0) kept.push(candidate);
    else removed.push(...distinctReasons(reasons).map((reason) => remove(candidate, reason)));
  }
  return { kept, removed };
}

/** How many of these candidates one constraint alone would take away. */
export function countViolations(rule: Rule, candidates: readonly Candidate[], limits: Limits): number {
  const head = candidates.find(({ kind }) => kind === 'model');
  return candidates.filter((candidate) => violation(rule.constraint, candidate, head, limits) !== undefined).length;
}

/** The rule that a removal is put down to, where it is a rule's doing. */
export function ruleOf(reason: RemovalReason): string | undefined {
  return 'rule' in reason ? reason.rule : undefined;
}

/** Why one constraint does not admit one candidate; its first key that fails. */
function violation(
  constraint: CompiledConstraint,
  candidate: Candidate,
  head: Candidate | undefined,
  limits: Limits,
): RemovalReason | undefined {
  const failed =
    nameProblem(constraint, candidate, limits) ??
    attestedProblem(constraint, candidate, head, limits) ??
    providerProblem(constraint, candidate);
  if (failed === 'not-configured') {
    return candidate.kind === 'model' ? { kind: 'not-configured', provider: candidate.target.provider } : undefined;
  }
  if (failed !== undefined) {
    const { by, detail } = failed;
    const { id: rule, source } = constraint;
    return { kind: 'constraint', rule, by, reason: source.reason, ...(detail === undefined ? {} : { detail }) };
  }
  const { maxCostUsd } = constraint.source;
  if (maxCostUsd === undefined) return undefined;
  return costProblem(candidate, constraint.id, Math.round(maxCostUsd * NANO_USD_PER_USD), limits.state);
}

interface Problem {
  readonly by: ConstraintKey;
  readonly detail?: string;
}

/** The keys that look at nothing but the target's name and maker. */
function nameProblem(
  { source, allow, deny }: CompiledConstraint,
  candidate: Candidate,
  { blocks }: Limits,
): Problem | undefined {
  const target = matchable(candidate);
  const maker = candidate.kind === 'model' ? candidate.model?.maker : undefined;
  if (source.block === true && blocks) return { by: 'block' };
  if (deny?.(target, maker) === true) return { by: 'deny' };
  if (allow?.(target, maker) === false) return { by: 'allow' };
  return undefined;
}

/** `native` as the target globs see it: a name that only `native` and `*` match. */
function matchable(candidate: Candidate): ResolvedTarget {
  if (candidate.kind === 'model') return candidate.target;
  return { kind: 'model', target: 'native', provider: 'native', model: '' };
}

/**
 * With `onMissing: "block"` a route whose first choice lacks its attestation is refused as a whole, so that nobody
 * slides to a second choice unnoticed; with `skip` (the default) each target without one is passed over; with `warn`
 * it is used. The first choice is the one written, whatever other constraints say of it, so that the order of
 * constraints stays without effect.
 */
function attestedProblem(
  { source }: CompiledConstraint,
  candidate: Candidate,
  head: Candidate | undefined,
  { state, onMissing }: Limits,
): Problem | undefined {
  if (source.attested !== true || onMissing === 'warn') return undefined;
  if (candidate.kind === 'native') return { by: 'attested', detail: "the editor's own model is not known" };
  const own = attestationProblem(candidate, state);
  const ofHead = onMissing === 'block' && head?.kind === 'model' ? attestationProblem(head, state) : undefined;
  const detail = own ?? (ofHead === undefined || head === undefined ? undefined : `${nameOf(head)}: ${ofHead}`);
  return detail === undefined ? undefined : { by: 'attested', detail };
}

/**
 * The keys that look at the endpoint. What is not known fails a constraint that asks for it; but of a provider that is
 * not configured nothing can be known, and that is not the policy's doing.
 */
function providerProblem(
  { source, hosts }: CompiledConstraint,
  candidate: Candidate,
): Problem | 'not-configured' | undefined {
  const asks =
    hosts !== undefined || source.local === true || source.residency !== undefined || source.retention !== undefined;
  if (!asks) return undefined;
  if (candidate.kind === 'model' && candidate.provider === undefined) return 'not-configured';
  const facts: Partial<ProviderFacts> = candidate.kind === 'model' ? (candidate.provider ?? {}) : {};
  const { host, residency, retention } = facts;
  if (hosts !== undefined && (host === undefined || !hosts(host))) return { by: 'hosts', detail: seen(host) };
  if (source.local === true && facts.local !== true) return { by: 'local', detail: 'not on this machine' };
  if (source.residency !== undefined && (residency === undefined || !source.residency.includes(residency))) {
    return { by: 'residency', detail: seen(residency) };
  }
  if (source.retention !== undefined && retention !== source.retention)
    return { by: 'retention', detail: seen(retention) };
  return undefined;
}

function seen(fact: string | undefined): string {
  return fact ?? 'not known';
}

/** An unpriced target is only a warning on a route, unlike in a constraint. */
function routeCapViolation(candidate: Candidate, { routeCap, state }: Limits): readonly RemovalReason[] | undefined {
  if (routeCap === undefined) return undefined;
  if (candidate.kind === 'model' && candidate.cost.kind === 'unpriced') return undefined;
  const reason = costProblem(candidate, routeCap.rule, routeCap.limitNanoUsd, state);
  return reason === undefined ? undefined : [reason];
}

/**
 * A cap bounds the task: what it has spent plus the high estimate of this request. Of a request of unknown size only
 * what the task has spent is held against it.
 */
function costProblem(
  candidate: Candidate,
  rule: string,
  limitNanoUsd: number,
  state: State,
): RemovalReason | undefined {
  if (candidate.kind === 'native' || isFreeOfCharge(candidate)) return undefined;
  const { cost } = candidate;
  if (cost.kind === 'unpriced') return { kind: 'max-cost-unpriced', rule };
  const highNanoUsd = state.taskSpentNanoUsd + (cost.kind === 'priced' ? cost.highNanoUsd : 0);
  return highNanoUsd > limitNanoUsd ? { kind: 'max-cost', rule, highNanoUsd, limitNanoUsd } : undefined;
}

/** Several constraints can find the same provider not configured; once is enough. */
function distinctReasons(reasons: readonly RemovalReason[]): readonly RemovalReason[] {
  const first = reasons.findIndex(({ kind }) => kind === 'not-configured');
  return reasons.filter((reason, index) => reason.kind !== 'not-configured' || index === first);
}
