/** One open brace while counting: what the alternatives seen so far come to, and what the current one does. */
interface OpenBrace {
  /** Where the brace's content begins. */
  readonly start: number;
  /** Alternatives already closed by a comma. */
  sum: number;
  /** The current alternative. */
  product: number;
  /** What the content comes to if the brace is never closed and its commas are plain text. */
  literal: number;
  commas: number;
}

const NUMERIC_SEQUENCE = /^(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?$/;
const LETTER_SEQUENCE = /^([A-Za-z])\.\.([A-Za-z])(?:\.\.(-?\d+))?$/;

/**
 * About how many patterns a glob's braces expand to, found in one pass without expanding anything: `{a,b}` counts 2,
 * `{1..9}` 9, neighbours multiply. Exact for braces as people write them; a shell's oddities (`${a,b}`, `{},b}`) may
 * come to less or more. Saturates at 2^53, so hostile nesting costs no more than its length.
 */
export function countBraceExpansions(pattern: string): number {
  if (!pattern.includes('{')) return 1;
  const open: OpenBrace[] = [];
  let total = 1;
  const multiply = (factor: number, literalFactor: number): void => {
    const outer = open.at(-1);
    if (outer === undefined) {
      total = saturate(total * factor);
      return;
    }
    outer.product = saturate(outer.product * factor);
    outer.literal = saturate(outer.literal * literalFactor);
  };
  for (let at = 0; at < pattern.length; at += 1) {
    const inner = open.at(-1);
    switch (pattern[at]) {
      case '\\':
        at += 1;
        break;
      case '{':
        open.push({ start: at + 1, sum: 0, product: 1, literal: 1, commas: 0 });
        break;
      case ',':
        if (inner === undefined) break;
        inner.sum = saturate(inner.sum + inner.product);
        inner.product = 1;
        inner.commas += 1;
        break;
      case '}': {
        if (inner === undefined) break;
        open.pop();
        const factor =
          inner.commas > 0
            ? saturate(inner.sum + inner.product)
            : Math.max(sequenceLength(pattern.slice(inner.start, at)), inner.product);
        multiply(factor, factor);
        break;
      }
    }
  }
  for (let unclosed = open.pop(); unclosed !== undefined; unclosed = open.pop()) {
    multiply(unclosed.literal, unclosed.literal);
  }
  return total;
}

function saturate(count: number): number {
  return Math.min(count, Number.MAX_SAFE_INTEGER);
}

/** The length of `1..9`, `a..f` or `0..100..10`; 1 for anything else. */
function sequenceLength(content: string): number {
  const numbers = NUMERIC_SEQUENCE.exec(content);
  const letters = numbers === null ? LETTER_SEQUENCE.exec(content) : null;
  const found = numbers ?? letters;
  if (found === null) return 1;
  const [, from = '', to = '', by = '1'] = found;
  const span = numbers === null ? Math.abs(from.charCodeAt(0) - to.charCodeAt(0)) : Math.abs(Number(from) - Number(to));
  const step = Math.max(1, Math.abs(Number(by)));
  return saturate(Math.floor(span / step) + 1);
}

/** Sets of plain alternatives in plain text, none in another: nearly all braces that people write. */
const PLAIN_SETS = /^[^{}\\$]+(?:\{[^{}\\$,]+(?:,[^{}\\$,]+)+\}[^{}\\$]*)+$/;

/** The brace expansions of a pattern that has no oddities, in the order of brace-expansion; undefined for any other. */
export function expandPlainBraces(pattern: string): readonly string[] | undefined {
  if (!PLAIN_SETS.test(pattern) || pattern.includes('..')) return undefined;
  const [start = '', ...sets] = pattern.split('{');
  let rows = [start];
  for (const set of sets) {
    const [alternatives = '', rest = ''] = set.split('}');
    const ends = alternatives.split(',').map((alternative) => alternative + rest);
    rows = rows.flatMap((row) => ends.map((end) => row + end));
  }
  return rows;
}
