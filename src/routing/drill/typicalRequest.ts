import { ratesFor } from '../../models/cost.ts';
import type { Price } from '../../models/model.ts';
import type { RequestKind } from '../../policy/schema.ts';
import type { Facts } from '../facts.ts';

/** What a request is taken to send and to get back, in tokens. */
export interface TypicalSize {
  readonly input: number;
  readonly output: number;
}

const COMPLETION: TypicalSize = { input: 2_000, output: 50 };
const USUAL: TypicalSize = { input: 10_000, output: 1_000 };

/** The assumption behind every cost of a drill, told with each result. It is no measurement. */
export const typicalWords =
  `A completion is taken for ${COMPLETION.input.toLocaleString('en-US')} tokens in and ${COMPLETION.output} out, ` +
  `any other request for ${USUAL.input.toLocaleString('en-US')} in and ${USUAL.output.toLocaleString('en-US')} out, ` +
  'nothing cached and nothing spent before.';

/** The size of a request that does not say its own. */
export function typicalSize({ kind, context }: Pick<Facts, 'kind' | 'context'>): TypicalSize {
  const usual = kind === 'completion' ? COMPLETION : USUAL;
  return context?.tokens === undefined ? usual : { ...usual, input: context.tokens };
}

/** What a request of one of these kinds costs at a price, in nano-dollars: a completion's size where all are completions. */
export function typicalCost(kinds: readonly RequestKind[], price: Price): number {
  const { input, output } = kinds.every((kind) => kind === 'completion') ? COMPLETION : USUAL;
  const rates = ratesFor(price, input);
  return Math.round(input * rates.input + output * rates.output);
}
