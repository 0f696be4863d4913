import { lineAfter, lineBefore } from './context.ts';

const indentOf = (line: string): number => /^[ \t]*/.exec(line)?.[0].replaceAll('\t', '    ').length ?? 0;

/** Ends of lines that open a block, in the languages that have them. */
const opensBlock = /(?:[{([:]|=>|\b(?:do|then|begin|else|try|of)|\|[^|]*\|)\s*$/;

/** The last line with text in it, and the first. */
const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';
const firstLine = (text: string): string | undefined => text.split(/\r?\n/).find((line) => line.trim() !== '');

/**
 * Whether several lines are wanted: only where a block has just been opened and is still empty. Everywhere else one line
 * is what a person can judge at a glance.
 */
export function wantsMultiline(prefix: string, suffix: string): boolean {
  if (!/^[\s)\]}]*$/.test(lineAfter(suffix))) return false;
  const before = lineBefore(prefix);
  const opener = before.trim() === '' ? lastLine(prefix) : before;
  if (!opensBlock.test(opener)) return false;
  const following = firstLine(suffix.slice(lineAfter(suffix).length));
  return following === undefined || indentOf(following) <= indentOf(opener);
}
