import type { Policy } from '../../policy/schema.ts';
import { type Candidate, isModel, nameOf, type Step } from '../candidate.ts';
import type { Reason, RemovedCandidate } from '../decision.ts';
import { comparableCost } from '../estimate.ts';
import { type Standing, standingOf } from './standing.ts';

/** How long a preference keeps the model that answers a conversation. */
export type PinMode = NonNullable<NonNullable<Policy['session']>['pin']>;

export const DEFAULT_PIN: PinMode = 'until-compaction';

/** What reading a conversation costs a model whose cache holds it, and one that has never seen it, in nano-dollars. */
export interface CacheCost {
  readonly cachedTokens: number;
  readonly coldNanoUsd?: number;
  readonly warmNanoUsd?: number;
}

/**
 * Keeps a conversation with the model that answered it last, where the policy would only rather have another: a switch
 * costs a cold cache. It gives way at once to a constraint, to a budget, and (between turns) to a class whose first
 * choice is dearer by list price, which stands for larger, or, where no policy says how long to stay, whose first choice
 * reads the conversation anew for no more than the cache takes; to nothing in the middle of a tool loop as long as its provider
 * serves and the policy admits it. A model that the policy no longer names is no habit of it.
 *
 * @param kept what is left of the route, in order; the first would be routed
 * @param isNamed whether the policy in force names a target anywhere
 */
export function pin(
  kept: readonly Candidate[],
  written: PinMode | undefined,
  standing: Standing,
  isNamed: (target: string) => boolean,
): Step {
  const mode = written ?? DEFAULT_PIN;
  const unchanged: Step = { kept, removed: [], why: [] };
  const { session } = standing.state;
  const [head] = kept;
  if (session?.last === undefined || head === undefined || nameOf(head) === session.last.target) return unchanged;
  const { target, cachedTokens } = session.last;
  const costs = cacheCost(head, target, cachedTokens, standing);
  const switched = (because: Extract<Reason, { kind: 'switched' }>['because']): Step => ({
    ...unchanged,
    why: [{ kind: 'switched', from: target, to: nameOf(head), because, ...costs }],
  });
  if (!session.inToolLoop) {
    if (mode === 'turn') return switched('turn');
    if (mode === 'until-compaction' && session.compacted) return switched('compacted');
    if (!isNamed(target)) return switched('not-named');
  }
  // Where the route's own choice may merely cost more than is left, what answered last is judged by its own estimate.
  const standsByBudget = standing.budgets.some(
    ({ did, shortfall }) => shortfall === undefined && (did === 'downgraded' || did === 'blocked'),
  );
  if (standsByBudget && !kept.some((candidate) => nameOf(candidate) === target)) return switched('budget');
  const isEscalated = session.retry !== undefined && standing.classified.from?.route.escalateTo !== undefined;
  if (isEscalated && session.isSameAttempt !== true) return unchanged;
  const last = standingOf(target, 'session.pin', kept, standing);
  if (last.kind === 'out') return switched(isOverBudget(last.removed) ? 'budget' : 'not-available');
  // Within one class the order of a route is a matter of who is available, not of size.
  const isOther = session.last.class !== standing.classified.class;
  if (!session.inToolLoop && isOther && isLarger(head, last.candidate)) return switched('larger');
  if (standsByBudget && !session.inToolLoop) return switched('budget');
  if (!session.inToolLoop && written === undefined && isOther && !pays(costs)) return switched('free');
  return {
    kept: [last.candidate, ...kept.filter((candidate) => nameOf(candidate) !== target)],
    removed: [],
    why: [{ kind: 'pinned', target, instead: nameOf(head), until: session.inToolLoop ? 'turn' : mode, ...costs }],
  };
}

/** Whether a budget has no room for it, though it may have for another. */
function isOverBudget(removed: readonly RemovedCandidate[]): boolean {
  return removed.some(({ reason }) => reason.kind === 'budget');
}

/** Whether a switch would cost anything: reading anew what the last model has in its cache, and would read from there. */
function pays({ cachedTokens, coldNanoUsd, warmNanoUsd }: CacheCost): boolean {
  return cachedTokens > 0 && (coldNanoUsd === undefined || warmNanoUsd === undefined || coldNanoUsd > warmNanoUsd);
}

function isLarger(head: Candidate, last: Candidate): boolean {
  if (!isModel(head) || !isModel(last)) return false;
  const [wanted, had] = [comparableCost(head.cost), comparableCost(last.cost)];
  return wanted !== undefined && (had === undefined || wanted > had);
}

/** The input of the cached part of the conversation at the new target's list price, and at the cache's. */
function cacheCost(head: Candidate, last: string, cachedTokens: number, { state }: Standing): CacheCost {
  const slash = last.indexOf('/');
  const cold = isModel(head) ? state.price(head.target.provider, head.target.model)?.rates.input : undefined;
  const warm = state.price(last.slice(0, slash), last.slice(slash + 1))?.rates.cacheRead;
  return {
    cachedTokens,
    ...(cold === undefined ? {} : { coldNanoUsd: Math.round(cachedTokens * cold) }),
    ...(warm === undefined ? {} : { warmNanoUsd: Math.round(cachedTokens * warm) }),
  };
}
