import type { BudgetSpend } from '../../routing/state.ts';
import type { AccountStanding } from '../../usage/leases/leaseBook.ts';

/** What is known of the spending of a team or an organisation. Amounts in nano-dollars. */
export type SpendKnown =
  | {
      readonly kind: 'counted';
      readonly spentNanoUsd: number;
      readonly reservedNanoUsd: number;
      /** What the server allows, where that is less than the policy says. */
      readonly limitNanoUsd?: number;
      readonly lease: NonNullable<BudgetSpend['lease']>;
    }
  /** Nobody has asked the server yet. */
  | { readonly kind: 'unasked' }
  | { readonly kind: 'uncounted'; readonly why: string };

const SILENT = 'the team’s server has not answered yet.';

/**
 * What all have spent as the server last said, with what was spent here since; reserved is what others hold, and what requests
 * under way here have set aside. Where nothing is left it is just beyond the budget; where something is, though not enough for a
 * request that asks, that is told: a cheaper one may have it.
 *
 * @param ceilingNanoUsd up to where a budget can be leased
 * @param isShort a request has found that no lease has enough left for it
 */
export function spendKnown(
  { server, freeNanoUsd, spentNanoUsd, heldNanoUsd, refused, trouble }: AccountStanding,
  budget: { readonly ceilingNanoUsd: number; readonly limitNanoUsd: number; readonly isShort: boolean },
): SpendKnown {
  const hasRoom = freeNanoUsd > 0 && !budget.isShort;
  if (!hasRoom && refused !== undefined) return { kind: 'uncounted', why: refused.reason };
  if (!hasRoom && trouble !== undefined) return { kind: 'uncounted', why: trouble.reason };
  if (server === undefined) return budget.isShort ? { kind: 'uncounted', why: SILENT } : { kind: 'unasked' };
  if (budget.isShort && !server.isUsedUp) return { kind: 'uncounted', why: SILENT };
  const limitNanoUsd = Math.min(budget.limitNanoUsd, server.limitNanoUsd);
  const ceiling = Math.min(budget.ceilingNanoUsd, server.limitNanoUsd);
  const spent = server.settledNanoUsd + spentNanoUsd;
  const reserved = server.othersNanoUsd + heldNanoUsd;
  const isOver = freeNanoUsd === 0 && (budget.isShort || server.isUsedUp);
  return {
    kind: 'counted',
    ...bounded(spent, reserved, ceiling, isOver),
    ...(limitNanoUsd < budget.limitNanoUsd ? { limitNanoUsd } : {}),
    lease: { ceilingNanoUsd: ceiling, ...(budget.isShort ? { mostNanoUsd: freeNanoUsd } : {}) },
  };
}

/** What is leased was granted: it stays within the budget until it is spent. What is not is beyond it, if only just. */
function bounded(
  spent: number,
  reserved: number,
  ceiling: number,
  isOver: boolean,
): { readonly spentNanoUsd: number; readonly reservedNanoUsd: number } {
  if (isOver) return { spentNanoUsd: spent, reservedNanoUsd: Math.max(reserved, ceiling + 1 - spent) };
  return { spentNanoUsd: spent, reservedNanoUsd: Math.max(0, Math.min(reserved, ceiling - spent)) };
}
