import type { Lexicon } from './lexicon.ts';
import { tokenOf } from './token.ts';

const TAB = 9;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
/** No word of code begins so: `\n` never stands inside a line. */
const MARK = '\n';

/** Where the indentation of the line `text[start, end)` ends. */
export function indentEnd(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && (text.charCodeAt(at) === SPACE || text.charCodeAt(at) === TAB)) at++;
  return at;
}

/** The indentation of the last line before `offset` (a line's start) that is not blank. */
export function indentBefore(text: string, offset: number): string {
  for (let end = offset - 1; end >= 0; ) {
    const start = end === 0 ? 0 : text.lastIndexOf('\n', end - 1) + 1;
    const code = indentEnd(text, start, end);
    if (code < end && text.charCodeAt(code) !== CARRIAGE_RETURN) return text.slice(start, code);
    end = start - 1;
  }
  return '';
}

/** The token for a change of indentation. It is relative, so that nesting depth does not hide a likeness. */
export function indentToken(before: string, after: string, lexicon: Lexicon): number {
  const change = after.startsWith(before)
    ? `>${after.slice(before.length)}`
    : before.startsWith(after)
      ? `<${before.length - after.length}`
      : `=${after}`;
  return tokenOf(lexicon.intern(MARK + change), 0);
}

/** The indentation after `spelling` in a line indented by `before`; undefined when it is no indentation token's. */
export function indentAfter(before: string, spelling: string): string | undefined {
  if (!spelling.startsWith(MARK) || spelling === MARK) return undefined;
  const amount = spelling.slice(2);
  if (spelling[1] === '>') return before + amount;
  if (spelling[1] === '<') return before.slice(0, Math.max(0, before.length - Number(amount)));
  return amount;
}
