/** Beyond twice its amount, what one lease may come to without anybody's word but the installation's. In nano-dollars. */
export const OVERSHOOT_NANO_USD = 25e9;

/**
 * What counts of a settlement at once: requests that were running may come to more than was set aside for them, but whoever has
 * a token could say anything. So a lease comes to twice its amount and {@link OVERSHOOT_NANO_USD} at most, and all that goes
 * beyond leases to as much again as the budget. The rest is a claim. Amounts in nano-dollars.
 *
 * @param beyond what other leases of the budget's period came to beyond their amounts
 */
export function countedAtOnce(
  saidNanoUsd: number,
  { amount, limit, beyond }: { readonly amount: number; readonly limit: number; readonly beyond: number },
): number {
  const ofAll = Math.max(0, limit - beyond);
  return Math.min(saidNanoUsd, amount + Math.min(amount + OVERSHOOT_NANO_USD, ofAll));
}
