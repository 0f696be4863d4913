import { lineAfter, lineBefore } from './context.ts';

/** What a filter is shown beside the model's text. */
export interface FilterContext {
  readonly prefix: string;
  readonly suffix: string;
  readonly multiline: boolean;
}

/** Takes something away from a completion; an empty text means that nothing of it is worth showing. */
type Filter = (text: string, context: FilterContext) => string;

const mostLines = 16;

/** A model's text is untrusted: control and direction-changing characters would show one thing and insert another. */
const withoutControls: Filter = (text) =>
  text
    .replace(/\r\n?/g, '\n')
    .replace(/\p{Cc}|\p{Bidi_Control}|\ufeff/gu, (character) =>
      character === '\n' || character === '\t' ? character : '',
    );

const withoutFence: Filter = (text) => {
  const fenced = /^\s*```[\w-]*\n([\s\S]*?)(?:\n```\s*)?$/.exec(text);
  return fenced?.[1] ?? text;
};

const fewLines: Filter = (text, { multiline }) => {
  if (multiline) return text.split('\n').slice(0, mostLines).join('\n');
  const end = text.indexOf('\n');
  if (end < 0) return text;
  return text.slice(0, end);
};

/** Some models begin with a copy of the line that is already there. */
const withoutEcho: Filter = (text, { prefix }) => {
  const line = lineBefore(prefix);
  return line.trim().length >= 3 && text.startsWith(line) ? text.slice(line.length) : text;
};

/** Stops where a line begins to repeat itself: three of the same in a row is a loop. */
const withoutLoop: Filter = (text) => {
  const lines = text.split('\n');
  for (let index = 2; index < lines.length; index += 1) {
    const line = lines[index]?.trim();
    if (line && line === lines[index - 1]?.trim() && line === lines[index - 2]?.trim())
      return lines.slice(0, index - 1).join('\n');
  }
  return text;
};

const pairs: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** Whether a text opens a bracket that it does not close: what follows it then belongs to it. */
function leavesOpen(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if ('([{'.includes(character)) depth += 1;
    else if (character in pairs && depth > 0) depth -= 1;
  }
  return depth > 0;
}

/** Takes from the end what already stands after the cursor. */
const withoutOverlap: Filter = (text, { suffix }) => {
  const after = lineAfter(suffix).trimEnd();
  if (after) {
    const body = text.trimEnd();
    for (let length = Math.min(after.length, body.length); length > 0; length -= 1) {
      const overlap = after.slice(0, length);
      const rest = body.slice(0, body.length - length);
      const whole = length === after.length || /^[)\]}"'`;,]+$/.test(overlap);
      if (whole && body.endsWith(overlap) && !leavesOpen(rest)) return rest;
    }
    return text;
  }
  const following = suffix
    .slice(lineAfter(suffix).length)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);
  const lines = text.split('\n');
  // From the first line that the file goes on with, the completion only says again what is there.
  const repeated = lines.findIndex(
    (line, index) =>
      index > 0 && line.trim().length > 0 && line.trim() === following[0] && restMatches(lines.slice(index), following),
  );
  return repeated < 0 ? text : lines.slice(0, repeated).join('\n');
};

function restMatches(lines: readonly string[], following: readonly string[]): boolean {
  return lines
    .map((line) => line.trim())
    .filter(Boolean)
    .every((line, index) => line === following[index]);
}

/** A completion that only says the line before or after once more. */
const withoutRepeatedLine: Filter = (text, { prefix, suffix }) => {
  const line = (lineBefore(prefix) + (text.split('\n')[0] ?? '')).trim();
  if (line.length < 4) return text;
  const previous = prefix
    .split('\n')
    .slice(0, -1)
    .findLast((other) => other.trim() !== '')
    ?.trim();
  const next = suffix
    .slice(lineAfter(suffix).length)
    .split(/\r?\n/)
    .find((other) => other.trim() !== '')
    ?.trim();
  return !text.trimEnd().includes('\n') && (line === previous || line === next) ? '' : text;
};

/** Ends before a bracket that closes what this text did not open, where one stands after the cursor already. */
const balanced: Filter = (text, { suffix }) => {
  const waiting = /^[\s)\]}"'`;,]*/.exec(suffix)?.[0] ?? '';
  const open: string[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if ('([{'.includes(character)) open.push(character);
    const opener = pairs[character];
    if (!opener) continue;
    if (open.at(-1) === opener) open.pop();
    else if (open.length === 0 && waiting.includes(character)) return text.slice(0, index);
  }
  return text;
};

const trimmed: Filter = (text) => (text.trim() === '' ? '' : text.trimEnd());

const filters: readonly Filter[] = [
  withoutControls,
  withoutFence,
  withoutEcho,
  fewLines,
  withoutLoop,
  withoutOverlap,
  withoutRepeatedLine,
  balanced,
  trimmed,
];

/** Runs a model's text through the filters, in order; an empty result is not worth showing. */
export function filterCompletion(text: string, context: FilterContext): string {
  let kept = text;
  for (const filter of filters) {
    kept = filter(kept, context);
    if (kept === '') return '';
  }
  return kept;
}
