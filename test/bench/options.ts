/**
 * Reads the value of `--name`.
 * @throws when it is no whole number from 1.
 */
export function wholeNumber(name: string, value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new Error(`--${name} takes a whole number from 1, not "${value}".`);
}
