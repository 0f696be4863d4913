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
export function typicalWords(): string {
  // Not when this is loaded: the first number that is told in words loads what every language needs, some 6 ms.
  const told = ({ input, output }: TypicalSize): readonly string[] =>
    [input, output].map((tokens) => tokens.toLocaleString('en-US'));
  const [[completionIn, completionOut], [usualIn, usualOut]] = [told(COMPLETION), told(USUAL)];
  return (
    `A completion is taken for ${completionIn} tokens in and ${completionOut} out, ` +
    `any other request for ${usualIn} in and ${usualOut} out, nothing cached and nothing spent before.`
  );
}

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
