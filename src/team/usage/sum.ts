/** A whole number, however large. */
export type Sum = number | bigint;

/** A sum as a number for as long as that is exact. */
export function sumOf(sum: Sum, value: number): Sum {
  if (typeof sum === 'number') {
    const next = sum + value;
    if (next <= Number.MAX_SAFE_INTEGER) return next;
  }
  return BigInt(sum) + BigInt(value);
}
