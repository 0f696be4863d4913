import { type BudgetPeriod, budgetPeriods } from '../../usage/leases/wire.ts';

const MOST_USD = 1_000_000;

/** What somebody has written as a budget; or what is wrong with it, in a sentence. */
export type BudgetWritten =
  | {
      readonly kind: 'budget';
      readonly name: string;
      readonly period: BudgetPeriod;
      /** undefined: it is taken away. */
      readonly amountNanoUsd: number | undefined;
    }
  | { readonly kind: 'mistake'; readonly message: string };

/**
 * Reads a budget as a form or a command line has it.
 * @param usd dollars, as `6000` or `6000.50`; empty or `none`: the budget is taken away
 */
export function budgetWritten(name: string, period: string, usd: string): BudgetWritten {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name)) {
    return mistake('A budget goes by its id in the policy: letters, digits, "-", "_" and ".".');
  }
  const known = budgetPeriods.find((one) => one === period);
  if (known === undefined) return mistake(`The period is ${budgetPeriods.join(', ')}, as the policy has it.`);
  if (usd === '' || usd === 'none') return { kind: 'budget', name, period: known, amountNanoUsd: undefined };
  if (!/^\d{1,7}(?:\.\d{1,9})?$/.test(usd) || Number(usd) > MOST_USD) {
    return mistake(`An amount is in dollars, as 6000 or 6000.50, and at most ${MOST_USD}.`);
  }
  return { kind: 'budget', name, period: known, amountNanoUsd: Math.round(Number(usd) * 1e9) };
}

function mistake(message: string): BudgetWritten {
  return { kind: 'mistake', message };
}
