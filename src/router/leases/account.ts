import type { CompiledBudget } from '../../policy/compiled.ts';
import type { LeasePlace } from '../../usage/leases/leaseServer.ts';
import { type BudgetPeriod, budgetPeriods, type LeaseWish } from '../../usage/leases/wire.ts';

/** One budget at one server. */
export interface BudgetAccount {
  /** What the ledger calls it. */
  readonly key: string;
  readonly place: LeasePlace;
  /** As the policy that declares it has it: the server's admins know no layers. */
  readonly id: string;
  readonly per: LeaseWish['per'];
  readonly period: BudgetPeriod;
}

/** Whether many machines share such a budget. */
export function isTeams(per: string): per is LeaseWish['per'] {
  return per === 'team' || per === 'org';
}

export function budgetAccount(
  place: LeasePlace,
  { per, period, id }: { readonly per: LeaseWish['per']; readonly period: string | undefined; readonly id: string },
): BudgetAccount {
  const counted = budgetPeriods.find((one) => one === period) ?? 'ever';
  return { key: `${place.endpoint}\n${per} ${counted} ${id}`, place, id, per, period: counted };
}

/** A budget's id without its layer's name, which has a colon behind it; an id has none. */
export function sourceId(id: string): string {
  return id.slice(id.lastIndexOf(':') + 1);
}

/**
 * How much may be leased of a budget, in nano-dollars: up to where it blocks, if that comes before all of it is spent. Steps beyond
 * the budget go by what the server last said.
 */
export function ceilingOf({ limitNanoUsd, steps }: CompiledBudget): number {
  const blocking = steps.flatMap(({ at, step }) => (step === 'block' && at < 100 ? at : []));
  return Math.floor((limitNanoUsd * Math.min(100, ...blocking)) / 100);
}
