import type { TargetChain } from '../policy/compiled.ts';
import { bringIn, type Candidate, isFreeOfCharge, nameOf, remove } from './candidate.ts';
import { admit } from './constrain.ts';
import type { RemovalReason, RemovedCandidate } from './decision.ts';
import { comparableCost } from './estimate.ts';
import type { Limits } from './limits.ts';

/** A budget's downgrade, for the candidates that it is about. */
export interface Downgrade {
  /** The budget. */
  readonly rule: string;
  readonly chain: TargetChain;
  /** Whether it has room for a candidate all the same. */
  fits(candidate: Candidate): boolean;
  /** Why a candidate that it has no room for is taken away. */
  reasonFor(candidate: Candidate): RemovalReason;
  /** What the budgets let pass of targets that the downgrade offers. */
  counted(offered: readonly Candidate[], removed: RemovedCandidate[]): readonly Candidate[];
}

/**
 * The downgrade's targets that cost no more than what would have been routed; where all are dearer, what would have
 * been routed and whatever costs no more. Behind them, as fallbacks, those of the downgrade's targets that were
 * fallbacks before, what the budget has room for, and what costs nothing. Returns the same list when it changes nothing.
 *
 * @param current the first of them would be routed, and is what the budget has no room for
 */
export function downgrade(
  current: readonly Candidate[],
  { rule, chain, fits, reasonFor, counted }: Downgrade,
  limits: Limits,
  removed: RemovedCandidate[],
): readonly Candidate[] {
  const [routed] = current;
  if (routed === undefined) return current;
  const wasThere = new Map(current.map((candidate) => [nameOf(candidate), candidate]));
  const known = chain.flatMap(({ target }) => wasThere.get(target) ?? []);
  const brought = bringIn(
    chain.filter(({ target }) => !wasThere.has(target)),
    rule,
    limits.state,
  );
  const places = new Map(chain.map(({ target }, place) => [target, place]));
  const offered = [...known, ...brought.offered].sort(
    (a, b) => (places.get(nameOf(a)) ?? 0) - (places.get(nameOf(b)) ?? 0),
  );
  const allowed = admit(offered, limits);
  const removedByOffer = [...brought.refused, ...allowed.removed.filter(({ target }) => !wasThere.has(target.target))];
  const priced = counted(allowed.kept, removedByOffer);
  const cheap = priced.filter((candidate) => !isDearer(candidate, routed));
  const staysPut = cheap.length === 0 && priced.length > 0;
  const heads = staysPut ? current.filter((candidate) => !isDearer(candidate, routed)) : cheap;
  const fallbacks = current.filter(
    (candidate) =>
      !heads.includes(candidate) && (priced.includes(candidate) || isFreeOfCharge(candidate) || fits(candidate)),
  );
  const kept = [...heads, ...fallbacks];
  for (const gone of removedByOffer) removed.push(gone);
  for (const candidate of priced) {
    if (!kept.includes(candidate)) removed.push(remove(candidate, { kind: 'dearer-than-routed', rule }));
  }
  for (const candidate of current) {
    if (!kept.includes(candidate)) removed.push(remove(candidate, reasonFor(candidate)));
  }
  const isSame = kept.length === current.length && kept.every((candidate, place) => candidate === current[place]);
  return isSame ? current : kept;
}

/** Not known to be as cheap counts as dearer, unless the other's price is not known either. */
function isDearer(candidate: Candidate, routed: Candidate): boolean {
  if (candidate === routed || isFreeOfCharge(candidate)) return false;
  if (isFreeOfCharge(routed)) return true;
  const own = candidate.kind === 'model' ? comparableCost(candidate.cost) : 0;
  const other = routed.kind === 'model' ? comparableCost(routed.cost) : 0;
  return own === undefined || (other !== undefined && own > other);
}
