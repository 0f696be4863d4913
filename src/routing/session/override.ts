import type { OverrideRules } from '../../policy/overrides.ts';
import { type Candidate, chainOfName, isModel, nameOf, type Step } from '../candidate.ts';
import type { Reason, RemovalReason } from '../decision.ts';
import { comparableCost } from '../estimate.ts';
import { type Standing, standingOf } from './standing.ts';

/** What somebody asked for against the policy's own choice. */
export interface OverrideRequest {
  /** `provider/model`. */
  readonly target: string;
  /** A person through the editor, who can give a reason, or a client that named a model. */
  readonly by: 'person' | 'client';
  readonly reason?: string;
  /** How many other overrides this person has used today (UTC). */
  readonly usedToday: number;
}

/** Why an override was not followed. */
export type OverrideRefusal =
  | { readonly kind: 'forbidden' }
  /** Only dearer targets may be asked for, and this one is not known to be. */
  | { readonly kind: 'not-up' }
  | { readonly kind: 'no-reason' }
  | { readonly kind: 'used-up'; readonly maxPerDay: number }
  | { readonly kind: 'not-yours'; readonly who: readonly string[] }
  | { readonly kind: 'not-a-target' }
  | { readonly kind: 'removed'; readonly reason: RemovalReason };

/**
 * Puts the target that was asked for first, where the rules for overrides let it. It reorders within what is admissible:
 * constraints, budgets and abilities are asked as of any target, so nothing that is refused comes back this way.
 *
 * @param kept what is left of the route, in order; the first would be routed
 */
export function override(
  kept: readonly Candidate[],
  request: OverrideRequest,
  rules: OverrideRules,
  standing: Standing,
): Step & { readonly granted: boolean } {
  const refused = (because: OverrideRefusal): Step & { readonly granted: boolean } => ({
    kept,
    removed: [],
    why: [{ kind: 'override-refused', target: request.target, layer: rules.layer, because }],
    granted: false,
  });
  const [head] = kept;
  if (chainOfName(request.target).length === 0) return refused({ kind: 'not-a-target' });
  // The policy's own choice is nobody's wish against it; whether a conversation may leave its model for it is.
  const isHead = head !== undefined && nameOf(head) === request.target;
  const denied = deniedBy(rules, request, standing.facts.team);
  if (isHead) return { kept, removed: [], why: [], granted: denied === undefined };
  if (denied !== undefined) return refused(denied);
  if (head === undefined) return refused({ kind: 'forbidden' });
  const asked = standingOf(request.target, 'override', kept, standing);
  if (asked.kind === 'out') {
    const [first] = asked.removed;
    return refused(first === undefined ? { kind: 'not-a-target' } : { kind: 'removed', reason: first.reason });
  }
  if (rules.direction === 'up' && !isUp(head, asked.candidate)) return refused({ kind: 'not-up' });
  const why: Reason = {
    kind: 'overridden',
    target: request.target,
    instead: nameOf(head),
    by: request.by,
    ...(request.reason === undefined ? {} : { reason: request.reason }),
  };
  return {
    kept: [asked.candidate, ...kept.filter((candidate) => nameOf(candidate) !== request.target)],
    removed: [],
    why: [why],
    granted: true,
  };
}

/** What the rules say before anything is known of the target. `team`: the one that the person is configured to be in. */
export function deniedBy(
  rules: OverrideRules,
  request: OverrideRequest,
  team: string | undefined,
): OverrideRefusal | undefined {
  if (rules.direction === 'none') return { kind: 'forbidden' };
  const missing = rules.who.find((teams) => !teams.some((written) => isTeam(written, team)));
  if (missing !== undefined) return { kind: 'not-yours', who: missing };
  if (rules.reasonRequired && (request.reason ?? '').trim() === '') return { kind: 'no-reason' };
  const { maxPerDay } = rules;
  if (maxPerDay !== undefined && request.usedToday >= maxPerDay) return { kind: 'used-up', maxPerDay };
  return undefined;
}

/** A team by its full handle (`@acme/platform`) or its last part; who nobody says they are is in no team. */
function isTeam(written: string, own: string | undefined): boolean {
  if (own === undefined) return false;
  const bare = (name: string): string => name.replace(/^@/, '');
  return bare(written) === bare(own) || bare(written).split('/').at(-1) === bare(own);
}

/** By list price; what is not known to be dearer is not up. */
function isUp(head: Candidate, asked: Candidate): boolean {
  if (!isModel(head) || !isModel(asked)) return false;
  const [from, to] = [comparableCost(head.cost), comparableCost(asked.cost)];
  return from !== undefined && to !== undefined && to > from;
}
