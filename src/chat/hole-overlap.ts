/** A shorter echo may be chance: `a` before the cursor and an answer that begins with `a`. */
const shortestEcho = 3;

/** The answer without the text before the cursor, where the model began by repeating its line. */
export function withoutEcho(answer: string, prefix: string): string {
  const lineStart = prefix.lastIndexOf('\n') + 1;
  const line = prefix.slice(lineStart);
  const indent = line.slice(0, line.length - line.trimStart().length);
  // On a line that is only indented so far, the indentation again.
  if (line === indent) return answer.startsWith(indent) ? answer.slice(indent.length) : answer;
  // Some lines before it too: the longest stretch of whole lines that ends at the cursor.
  for (const start of lineStarts(prefix)) {
    const echo = prefix.slice(start);
    if (echo.trim().length >= shortestEcho && answer.startsWith(echo)) return answer.slice(echo.length);
  }
  const said = line.trimStart();
  return said.trim().length >= shortestEcho && answer.startsWith(said) ? answer.slice(said.length) : answer;
}

/** Starts of the last 20 lines, the earliest first. */
function lineStarts(text: string): number[] {
  const starts: number[] = [];
  let at = text.length;
  while (starts.length < 20 && at > 0) {
    at = text.lastIndexOf('\n', at - 1);
    starts.unshift(at + 1);
    if (at < 0) break;
  }
  return starts;
}

/**
 * The answer without what the text after the cursor says already: the longest end of the answer that is also a start of
 * the suffix, up to the end of one of its lines. Closing brackets stay where the answer itself has opened them.
 */
export function withoutOverlap(answer: string, suffix: string): string {
  for (const end of lineEnds(suffix)) {
    const overlap = suffix.slice(0, end);
    if (overlap.trim() === '' || !answer.endsWith(overlap)) continue;
    const kept = answer.slice(0, answer.length - overlap.length);
    if (!hasBracket(overlap) || closesForeign(answer)) return kept;
  }
  return answer;
}

/** Ends of the first 20 lines, the last first. */
function lineEnds(text: string): number[] {
  const ends: number[] = [];
  let from = 0;
  while (ends.length < 20) {
    const at = text.indexOf('\n', from);
    ends.unshift(at < 0 ? text.length : at);
    if (at < 0) break;
    from = at + 1;
  }
  return ends;
}

const pairs: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

function hasBracket(text: string): boolean {
  return /[)\]}]/.test(text);
}

/** Whether the text closes a bracket that it has not opened. Strings and comments are not told apart from code. */
function closesForeign(text: string): boolean {
  const open: string[] = [];
  for (const character of text) {
    if (character === '(' || character === '[' || character === '{') open.push(character);
    else if (pairs[character] !== undefined && open.pop() !== pairs[character]) return true;
  }
  return false;
}
