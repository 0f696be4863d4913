import type { NumberRange } from './compiled.ts';

const SPAN = /^(\d+(?:\.\d+)?)\s*\.\.\s*(\d+(?:\.\d+)?)$/;
const COMPARISON = /^(<=|>=|<|>|=)?\s*(\d+(?:\.\d+)?)$/;

/** Reads `3`, `"=3"`, `"<=3"`, `"<3"`, `">=2"`, `">2"` or `"10..100"` (both ends included); undefined for anything else. */
export function parseRange(written: string | number): NumberRange | undefined {
  const text = String(written).trim();
  const span = SPAN.exec(text);
  if (span !== null) return { min: Number(span[1]), max: Number(span[2]), text };
  const comparison = COMPARISON.exec(text);
  if (comparison === null) return undefined;
  const value = Number(comparison[2]);
  switch (comparison[1]) {
    case '<=':
      return { max: value, text };
    case '>=':
      return { min: value, text };
    case '<':
      return { max: value, maxExclusive: true, text };
    case '>':
      return { min: value, minExclusive: true, text };
    default:
      return { min: value, max: value, text };
  }
}

/** Whether a number lies in a range. */
export function isInRange(value: number, range: NumberRange): boolean {
  if (range.min !== undefined && (range.minExclusive === true ? value <= range.min : value < range.min)) return false;
  if (range.max !== undefined && (range.maxExclusive === true ? value >= range.max : value > range.max)) return false;
  return true;
}

/** Whether no number of at least 0 lies in a range: `"100..10"`, `"<0"`. */
export function isEmptyRange(range: NumberRange): boolean {
  const { min = 0, max } = range;
  if (max === undefined) return false;
  return max < min || (max === min && (range.minExclusive === true || range.maxExclusive === true));
}
