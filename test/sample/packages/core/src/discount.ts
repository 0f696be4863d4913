export interface Discount {
  readonly percent: number;
  readonly reason: string;
}

const STEPS: readonly { readonly fromCents: number; readonly discount: Discount }[] = [
  { fromCents: 50_000, discount: { percent: 10, reason: 'large order' } },
  { fromCents: 10_000, discount: { percent: 5, reason: 'medium order' } },
];

/** The best discount for an order of this many cents. */
export function discountFor(grossCents: number): Discount {
  const step = STEPS.find((candidate) => grossCents >= candidate.fromCents);
  return step?.discount ?? { percent: 0, reason: 'none' };
}
