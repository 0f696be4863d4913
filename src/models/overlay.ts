import { anthropicModels } from './makers/anthropic.ts';
import { googleModels } from './makers/google.ts';
import { microsoftModels } from './makers/microsoft.ts';
import { openModels } from './makers/open.ts';
import { openaiModels } from './makers/openai.ts';
import { otherModels } from './makers/others.ts';
import type { ModelRecord } from './model.ts';

/** US dollars per million tokens: input, output, cache read, cache write, cache write kept for an hour. */
export type UsdRates = readonly [
  input: number,
  output: number,
  read?: number | undefined,
  write?: number | undefined,
  longWrite?: number | undefined,
];

/** One model as we know it, with the day on which we knew it. */
export interface OverlayRow extends ModelRecord {
  /** Other names of the same model, beyond spellings that {@link ./modelKey.ts modelKey} sees through. */
  readonly aliases?: readonly string[];
  /** The maker's list price; left out where it has none or we do not know it. */
  readonly usd?: UsdRates;
  /** The list price of a whole request whose input is larger; ascending. */
  readonly above?: readonly { readonly tokens: number; readonly usd: UsdRates }[];
  /** Anyone may serve it, at any price: the list price is then the maker's own alone. */
  readonly openWeights?: true;
}

/**
 * Our own dated model data: what is newer than the price library, and the capabilities that it does not have. A row is
 * mended by hand; `scripts/refresh-prices.ts` says where a row no longer agrees with public data.
 */
export const overlay: readonly OverlayRow[] = [
  ...anthropicModels,
  ...openaiModels,
  ...googleModels,
  ...microsoftModels,
  ...otherModels,
  ...openModels,
];
