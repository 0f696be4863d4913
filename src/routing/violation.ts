import type { CompiledConstraint, ResolvedTarget } from '../policy/compiled.ts';
import { isMakerGlob } from '../policy/targetGlob.ts';
import { attestationProblem } from './attestation.ts';
import { type Candidate, isFreeOfCharge, nameOf } from './candidate.ts';
import type { ConstraintKey, RemovalReason } from './decision.ts';
import { type Cap, type Limits, NANO_USD_PER_USD, type Rule } from './limits.ts';
import type { ProviderFacts, State } from './state.ts';

/** Why one constraint does not admit one candidate; its first key that fails. */
export function violation(
  rule: Rule,
  candidate: Candidate,
  head: Candidate | undefined,
  limits: Limits,
): RemovalReason | undefined {
  const { constraint } = rule;
  const failed =
    nameProblem(constraint, candidate, limits) ??
    attestedProblem(rule, candidate, head, limits.state) ??
    providerProblem(constraint, candidate);
  if (failed === 'not-configured') {
    return candidate.kind === 'model' ? { kind: 'not-configured', provider: candidate.target.provider } : undefined;
  }
  if (failed !== undefined) {
    const { by, detail } = failed;
    const { id, source } = constraint;
    return { kind: 'constraint', rule: id, by, reason: source.reason, ...(detail === undefined ? {} : { detail }) };
  }
  const { maxCostUsd } = constraint.source;
  if (maxCostUsd === undefined) return undefined;
  const limitNanoUsd = Math.round(maxCostUsd * NANO_USD_PER_USD);
  return costProblem(candidate, constraint.id, limitNanoUsd, limits.state) ?? sizeProblem(candidate, constraint.id);
}

interface Problem {
  readonly by: ConstraintKey;
  readonly detail?: string;
}

/** The keys that look at nothing but the target's name and maker. A maker that is not known may be the one denied. */
function nameProblem(
  { source, allow, deny }: CompiledConstraint,
  candidate: Candidate,
  { blocks }: Limits,
): Problem | undefined {
  const target = matchable(candidate);
  const makers = makersOf(candidate);
  if (source.block === true && blocks) return { by: 'block' };
  const possible = makers ?? [undefined];
  if (possible.some((maker) => deny?.(target, maker) === true)) return { by: 'deny' };
  if (makers === undefined && source.deny?.some(isMakerGlob) === true) {
    return { by: 'deny', detail: 'its maker is not known' };
  }
  if (possible.some((maker) => allow?.(target, maker) === false)) return { by: 'allow' };
  return undefined;
}

/** Who may have made it: of a model that the catalogue does not know, all whose models its provider serves. */
function makersOf(candidate: Candidate): readonly string[] | undefined {
  if (candidate.kind === 'native') return undefined;
  if (candidate.model !== undefined) return [candidate.model.maker];
  const served = candidate.provider?.makers ?? [];
  return served.length === 0 ? undefined : served;
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
  { constraint, attestation }: Rule,
  candidate: Candidate,
  head: Candidate | undefined,
  state: State,
): Problem | undefined {
  const { onMissing } = attestation;
  if (constraint.source.attested !== true || onMissing === 'warn') return undefined;
  if (candidate.kind === 'native') return { by: 'attested', detail: "the editor's own model is not known" };
  const own = attestationProblem(candidate, state, attestation);
  const ofHead =
    onMissing === 'block' && head?.kind === 'model' ? attestationProblem(head, state, attestation) : undefined;
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

/** Why a class's own cap does not admit a candidate. An unpriced target is only a warning there, unlike in a constraint. */
export function capViolation(
  { rule, limitNanoUsd }: Cap,
  candidate: Candidate,
  state: State,
): RemovalReason | undefined {
  if (candidate.kind === 'model' && candidate.cost.kind === 'unpriced') return undefined;
  return costProblem(candidate, rule, limitNanoUsd, state);
}

/** A constraint is not known to hold for a request whose size is not known, unless the target costs nothing. */
function sizeProblem(candidate: Candidate, rule: string): RemovalReason | undefined {
  const isUnknown = candidate.kind === 'model' && candidate.cost.kind === 'unknown-size' && !isFreeOfCharge(candidate);
  return isUnknown ? { kind: 'max-cost-unknown-size', rule } : undefined;
}

/**
 * A cap bounds the task: what it has spent plus the high estimate of this request. Of a request of unknown size only
 * what the task has spent is held against a class's own cap.
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
