import type { Price } from '../../models/model.ts';
import type { LayeredPolicy } from '../../policy/layers.ts';
import type { TeamBudgets } from '../leases/teamBudgets.ts';

/** What a report knows beside the ledger's figures. */
export interface ReportWorld {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What counts budgets of a team; left out: nobody does here. */
  readonly teamBudgets?: TeamBudgets | undefined;
  /** In force where the report is looked at; undefined: there is none. */
  readonly policy: LayeredPolicy | undefined;
  /** The repository that it is in force in; undefined where no folder is open. */
  readonly repository: { readonly name: string; readonly key: string } | undefined;
  /** In force now; undefined: unpriced. */
  price(provider: string, model: string): Price | undefined;
  /** undefined: not in the catalogue. */
  makerOf(model: string): string | undefined;
}

/** A target's provider and model. @param target `provider/model` */
export function partsOf(target: string): { readonly provider: string; readonly model: string } {
  const slash = target.indexOf('/');
  return { provider: target.slice(0, slash), model: target.slice(slash + 1) };
}

/**
 * One figure to compare prices by: three tokens read for each that is written, about what coding takes. undefined:
 * unpriced.
 */
export function dearness(price: Price | undefined): number | undefined {
  return price && 3 * price.rates.input + price.rates.output;
}
