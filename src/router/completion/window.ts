import { roughTokenCount } from '../../models/roughTokenCount.ts';

/**
 * How much of the file a model is shown, in tokens: the prefix is assured its share, the suffix never gets more than its
 * own, and what one does not use the other may. The figures are those that Continue arrived at.
 */
const budget = { tokens: 1_024, prefixLeast: 0.3, suffixMost: 0.2 } as const;

/** About how many characters so many tokens are; the cut is exact afterwards. */
const charactersPerToken = 3.5;

/** The last part of a text, from a line's beginning where one lies within reach. */
function lastPart(text: string, tokens: number): string {
  const rough = text.slice(-Math.ceil(tokens * charactersPerToken));
  if (rough.length === text.length) return text;
  const line = rough.indexOf('\n');
  return line >= 0 && line < rough.length - 1 ? rough.slice(line + 1) : rough;
}

/** The first part of a text, to a line's end where one lies within reach. */
function firstPart(text: string, tokens: number): string {
  const rough = text.slice(0, Math.ceil(tokens * charactersPerToken));
  if (rough.length === text.length) return text;
  const line = rough.lastIndexOf('\n');
  return line > 0 ? rough.slice(0, line) : rough;
}

/** Cuts what surrounds the cursor to the budget. */
export function cutWindow(prefix: string, suffix: string): { readonly prefix: string; readonly suffix: string } {
  const after = firstPart(suffix, budget.tokens * budget.suffixMost);
  const left = budget.tokens - roughTokenCount(after);
  return { prefix: lastPart(prefix, Math.max(left, budget.tokens * budget.prefixLeast)), suffix: after };
}
