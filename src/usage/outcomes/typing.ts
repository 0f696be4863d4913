import { type Insertion, type Span, spansAfter } from './survival.ts';

/** A text as it stands before a person, and which parts of it they put in themselves. Offsets are of `text`. */
export interface TypedText {
  readonly text: string;
  readonly spans: readonly Span[];
}

/** One change of a text: what stood at `start` gives way to something else. Offsets are of the text before it. */
export interface TextChange {
  readonly start: number;
  readonly removed: string;
  readonly inserted: string;
}

/** What a key puts in at once: a character, or a pair of brackets. */
const KEY_CHARACTERS = 2;
/** Between two brackets a line break puts in another one. */
const KEY_LINES = 3;
/** A word that an editor completes is no longer than this. */
const LONGEST_WORD = 100;
/** Places of one text that are remembered; the last ones of it are forgotten first. */
const MOST_SPANS = 2_000;
/** Less than a four-gram is nobody's work, and an edit that is put in word by word has words as short as what keys put in. */
const SHORTEST_WORK = 4;

/**
 * Whether a change can only come from a person's keys: a character, a pair of brackets, a line break with what it is indented
 * by; or a word that was typed and is completed. What is pasted cannot be told from what an agent puts in.
 */
export function isTyping(change: TextChange, typed: readonly Span[]): boolean {
  const { start, removed, inserted } = change;
  const put = smallest(change).inserted;
  if (nonBlank(put) <= KEY_CHARACTERS && put.split('\n').length <= KEY_LINES) return true;
  const end = start + removed.length;
  const completes = removed !== '' && inserted.toLowerCase().startsWith(removed.toLowerCase());
  const isWord = inserted.length <= LONGEST_WORD && !inserted.includes('\n');
  return completes && isWord && typed.some((span) => span.start <= start && span.end >= end);
}

/** Where a person's text is after a change. @param isTheirs the change is, too */
export function typedAfter(typed: readonly Span[], change: TextChange, isTheirs: boolean): readonly Span[] {
  const { start, removed, inserted } = smallest(change);
  const end = start + removed.length;
  const by = inserted.length - removed.length;
  const before = typed.flatMap((span) =>
    span.start < start ? { start: span.start, end: Math.min(span.end, start) } : [],
  );
  const own = isTheirs && inserted !== '' ? [{ start, end: start + inserted.length }] : [];
  const after = typed.flatMap((span) =>
    span.end > end ? { start: Math.max(span.start, end) + by, end: span.end + by } : [],
  );
  return joined([...before, ...own, ...after]).slice(0, MOST_SPANS);
}

/** What was put in, without what a person put in themselves. */
export function withoutTyped(insertion: Insertion, typed: TypedText | undefined): Insertion {
  if (typed === undefined || typed.spans.length === 0) return insertion;
  const theirs = spansAfter(typed.spans, typed.text, insertion.text).filter(
    ({ start, end }) => nonBlank(insertion.text.slice(start, end)) >= SHORTEST_WORK,
  );
  const spans = theirs.reduce<readonly Span[]>(
    (left, { start, end }) =>
      left.flatMap((span) =>
        [
          { start: span.start, end: Math.min(span.end, start) },
          { start: Math.max(span.start, end), end: span.end },
        ].filter((part) => part.end > part.start),
      ),
    insertion.spans,
  );
  return { text: insertion.text, spans };
}

/** A change without what it puts back as it was. */
function smallest({ start, removed, inserted }: TextChange): TextChange {
  const most = Math.min(removed.length, inserted.length);
  let head = 0;
  while (head < most && removed.charCodeAt(head) === inserted.charCodeAt(head)) head += 1;
  let tail = 0;
  while (
    tail < most - head &&
    removed.charCodeAt(removed.length - 1 - tail) === inserted.charCodeAt(inserted.length - 1 - tail)
  )
    tail += 1;
  return {
    start: start + head,
    removed: removed.slice(head, removed.length - tail),
    inserted: inserted.slice(head, inserted.length - tail),
  };
}

/** In order, what touches made one. */
function joined(spans: readonly Span[]): readonly Span[] {
  const whole: Span[] = [];
  for (const span of spans) {
    const last = whole.at(-1);
    if (last !== undefined && span.start <= last.end) {
      whole[whole.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    } else whole.push(span);
  }
  return whole;
}

function nonBlank(text: string): number {
  return text.replace(/\s+/g, '').length;
}
