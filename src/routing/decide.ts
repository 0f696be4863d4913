import type { LayeredPolicy } from '../policy/layers.ts';
import { namesTarget } from '../policy/namedTargets.ts';
import { overridesIn } from '../policy/overrides.ts';
import type { PolicyMode } from '../policy/schema.ts';
import { boundedLists } from './bounded.ts';
import { applyBudgets } from './budget.ts';
import { type Candidate, isModel, keep, type ModelCandidate, ruleOf, type Step } from './candidate.ts';
import { reachable } from './capability.ts';
import { classify } from './classify.ts';
import { constrain } from './constrain.ts';
import type { CostEstimate, Decision, Outcome, Reason } from './decision.ts';
import type { Facts } from './facts.ts';
import { gatesOf } from './gates.ts';
import { limitsOf } from './limits.ts';
import { opaqueReasons } from './opaque.ts';
import { outcomeOf } from './outcome.ts';
import { attestationReasons, blockReasons, classReason, constraintReasons, outcomeReasons } from './reasons.ts';
import { override } from './session/override.ts';
import { type PinMode, pin } from './session/pin.ts';
import type { Standing } from './session/standing.ts';
import type { State } from './state.ts';
import { askedFor, wantedOf } from './wanted.ts';

/**
 * Decides where one request goes. Pure: the same policy, facts and state give the same decision, byte for byte.
 *
 * @param inForce the layers in force; undefined where there is no policy: the requested model or the user's default is used, labelled so
 */
export function decide(inForce: LayeredPolicy | undefined, facts: Facts, state: State): Decision {
  if (inForce === undefined) return decideWithoutPolicy(facts, state);
  const { mode } = inForce;
  const classified = classify(inForce, facts);
  const limits = limitsOf(inForce, classified.rules, state);
  const wanted = wantedOf(classified.from, facts, state);
  const admitted = warnInstead(mode, wanted.kept, constrain(wanted.kept, limits));
  const budgeted = applyBudgets(admitted.kept, mode, limits);
  const affordable = warnInstead(mode, admitted.kept, budgeted);
  const able = reachable(affordable.kept, facts, state);
  const standing = { facts, state, limits, mode, classified, budgets: budgeted.outcomes };
  const chosen = chosenBy(able.kept, inForce, standing);
  const settled = budgeted.settle(chosen.kept);
  const removed = [...wanted.removed, ...admitted.removed, ...affordable.removed, ...able.removed];
  const blocking = limits.blocks ? limits.rules.filter(({ constraint }) => constraint.source.block === true) : [];
  const judged = outcomeOf(
    chosen.kept,
    removed,
    blocking.map(({ constraint }) => constraint.id),
  );
  const observed = mode === 'observe' ? serveUnjudged(wanted.kept, facts, state) : undefined;
  const outcome = observed ?? judged;
  const cost = costOf(outcome, chosen.kept, () => [...wanted.kept, ...askedFor(facts, state)]);
  const gates = gatesOf(classified, limits.rules);
  const why = [
    classReason(classified),
    ...wanted.why,
    ...constraintReasons(limits, wanted.kept, removed),
    ...admitted.why,
    ...blockReasons(judged, limits),
    ...settled.why,
    ...affordable.why,
    ...chosen.why,
    ...gates.why,
    ...attestationReasons(chosen.kept, limits),
    ...opaqueReasons(inForce, facts, limits),
    ...outcomeReasons({ outcome, removed, cost, wanted: wanted.kept, isObserved: observed !== undefined }),
  ];
  const carried = boundedLists({ kept: chosen.kept.filter(isModel).map(keep), removed, why });
  return {
    outcome,
    class: classified.class,
    mode,
    skipped: classified.skipped,
    skippedCount: classified.skippedCount,
    gates: gates.gates,
    // Elsewhere nothing is stopped, so there is nothing to ask.
    ask: settled.ask && mode === 'enforce',
    cost,
    budgets: settled.outcomes,
    kept: carried.kept,
    removed: carried.removed,
    why: carried.why,
    policyHash: inForce.hash,
    layers: classified.layers,
    counted: classified.counted,
    modules: classified.modules,
    globs: classified.globs,
    ...(carried.leftOut === undefined ? {} : { leftOut: carried.leftOut }),
  };
}

/** A person's wish comes before a session's habit; both only reorder what is admissible. */
function chosenBy(kept: readonly Candidate[], inForce: LayeredPolicy, standing: Standing): Step {
  const { override: asked } = standing.state;
  const wished = asked === undefined ? undefined : override(kept, asked, overridesIn(inForce), standing);
  if (wished?.granted === true) return wished;
  const pinned = pin(kept, pinOf(inForce), standing, (target) => namesTarget(inForce, target));
  return { ...pinned, why: [...(wished?.why ?? []), ...pinned.why] };
}

/** A preference: the innermost layer that has an opinion; undefined where none has. */
function pinOf({ layers }: LayeredPolicy): PinMode | undefined {
  return layers.findLast(({ prefers, policy }) => prefers && policy.source.session?.pin !== undefined)?.policy.source
    .session?.pin;
}

function decideWithoutPolicy(facts: Facts, state: State): Decision {
  const asked = askedFor(facts, state);
  const { kept, removed } = reachable(asked, facts, state);
  const outcome = outcomeOf(kept, removed, []);
  const cost = costOf(outcome, kept);
  const [first] = asked;
  return {
    outcome,
    class: 'default',
    mode: 'enforce',
    skipped: [],
    skippedCount: 0,
    kept: kept.filter(isModel).map(keep),
    removed,
    gates: [],
    budgets: [],
    ask: false,
    cost,
    why: [
      { kind: 'no-policy', ...(first === undefined ? {} : { target: first.target.target }) },
      ...outcomeReasons({ outcome, removed, cost, wanted: asked }),
    ],
    policyHash: '',
    layers: [],
    counted: {},
    modules: [],
    globs: {},
  };
}

/** With `mode: "warn"` rules that together leave nothing are set aside, and each of them says so. */
function warnInstead(mode: PolicyMode, before: readonly Candidate[], step: Step): Step {
  if (mode !== 'warn' || step.kept.length > 0) return step;
  const rules = new Set(step.removed.flatMap(({ reason }) => ruleOf(reason) ?? []));
  return {
    kept: before,
    removed: [],
    why: [...step.why, ...[...rules].map((rule): Reason => ({ kind: 'mode-warn', rule }))],
  };
}

/** With `mode: "observe"` what was asked for is served, else the route as it is written. */
function serveUnjudged(route: readonly Candidate[], facts: Facts, state: State): Outcome {
  const asked = reachable(askedFor(facts, state), facts, state);
  const left = asked.kept.length > 0 ? asked.kept : reachable(route, facts, state).kept;
  return outcomeOf(left, [], []);
}

/** @param others gives candidates that were looked at beside those that are left */
function costOf(
  outcome: Outcome,
  left: readonly Candidate[],
  others: () => readonly Candidate[] = () => [],
): CostEstimate {
  if (outcome.kind !== 'routed') return { kind: 'unpriced' };
  const { target: routed } = outcome.target;
  const isRouted = (candidate: Candidate): candidate is ModelCandidate =>
    isModel(candidate) && candidate.target.target === routed;
  return (left.find(isRouted) ?? others().find(isRouted))?.cost ?? { kind: 'unpriced' };
}
