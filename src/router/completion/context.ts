/** Where a completion is wanted: the whole text around the cursor, before any budget cuts it. */
export interface CompletionContext {
  readonly uri: string;
  readonly languageId: string;
  readonly version: number;
  readonly prefix: string;
  readonly suffix: string;
  /** A person pressed the key for it, as opposed to pausing. */
  readonly invoked: boolean;
}

/** The text of the cursor's line before the cursor. */
export function lineBefore(prefix: string): string {
  return prefix.slice(prefix.lastIndexOf('\n') + 1);
}

/** The text of the cursor's line after the cursor. */
export function lineAfter(suffix: string): string {
  const end = suffix.search(/\r?\n/);
  return end < 0 ? suffix : suffix.slice(0, end);
}

export type Exclusion = 'file-too-large' | 'inside-a-word' | 'text-after-cursor' | 'nothing-before-cursor';

/** Above this many characters a file is data or generated; nobody types there. */
const largestFile = 1_000_000;

/** What may follow the cursor on its line without being in the way: closing brackets, quotes, separators. */
const closing = /^[\s)\]}>"'`;,:]*$/;

/** Why no completion is offered here unasked; undefined where one is. A person who asks is refused only for size. */
export function findExclusion({ prefix, suffix, invoked }: CompletionContext): Exclusion | undefined {
  if (prefix.length + suffix.length > largestFile) return 'file-too-large';
  if (invoked) return undefined;
  if (prefix.trim() === '') return 'nothing-before-cursor';
  const after = lineAfter(suffix);
  if (/^[\p{L}\p{N}_$]/u.test(after) && /[\p{L}\p{N}_$]$/u.test(prefix)) return 'inside-a-word';
  return closing.test(after) ? undefined : 'text-after-cursor';
}
