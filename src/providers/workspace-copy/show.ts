import { indentEnd } from './indent.ts';

/** Least confidence at which a completion is shown. */
export const SHOWN_FROM = { midLine: 0.5, wholeLine: 0.7 } as const;

/**
 * Whether a completion is worth a person's look.
 *
 * In the middle of a line, between 57 and 83 in a hundred at 0.5 were exactly right in the repositories it was
 * measured on. A whole line rests on less, so it needs more. `npm run bench:completer` gives the figures for a repository.
 */
export function isWorthShowing(completion: { readonly confidence: number; readonly wholeLine: boolean }): boolean {
  return completion.confidence >= (completion.wholeLine ? SHOWN_FROM.wholeLine : SHOWN_FROM.midLine);
}

/** Whether the cursor stands alone in a block that was just opened: where more than one line may be offered. */
export function isAtEmptyBlock(prefix: string, suffix: string): boolean {
  const lineStart = prefix.lastIndexOf('\n') + 1;
  if (lineStart === 0 || prefix.slice(lineStart).trim() !== '') return false;
  const [rest = '', ...below] = suffix.split('\n', 40);
  if (rest.trim() !== '') return false;
  const opener = prefix.slice(0, lineStart).trimEnd();
  if (!/([{([:]|=>|\b(do|then|else|begin))$/.test(opener)) return false;
  const next = below.find((line) => line.trim() !== '');
  if (next === undefined) return true;
  const openerLine = opener.slice(opener.lastIndexOf('\n') + 1);
  return indentEnd(next, 0, next.length) <= indentEnd(openerLine, 0, openerLine.length);
}
