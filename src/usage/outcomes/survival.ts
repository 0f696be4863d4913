import { diffArrays } from 'diff';

/** Part of a text, in UTF-16 code units: from `start` up to, not with, `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What was put into a text: the text right after, and where in it the new parts are. In order, not overlapping. */
export interface Insertion {
  readonly text: string;
  readonly spans: readonly Span[];
}

/** How much of what was put in is left. Sums of several add up: a task's share is that of all its insertions together. */
export interface Survival {
  /** Four-grams that were put in. */
  readonly total: number;
  /** Those of them that are still where they were put. */
  readonly left: number;
}

const GRAM = 4;
/** Two texts that differ in more lines than this are not compared: the work grows with the square of it. */
const MOST_EDITED_LINES = 1_500;
const LONGEST_TEXT = 1_000_000;

/**
 * What stands in `after` and did not stand in `before`, by whole lines; where a line was changed, by the part between its
 * first and its last changed character.
 *
 * @returns undefined where the texts are too large, or differ in too much, to be compared
 */
export function insertionBetween(before: string, after: string): Insertion | undefined {
  const changes = changedLines(before, after);
  if (changes === undefined) return undefined;
  const starts = lineStarts(after);
  const oldStarts = lineStarts(before);
  const spans = changes.flatMap(({ old, now }): Span[] => {
    const removed = before.slice(oldStarts[old.start], oldStarts[old.end]);
    const start = starts[now.start] ?? after.length;
    const added = after.slice(start, starts[now.end]);
    const head = commonHead(removed, added);
    const tail = commonTail(removed.slice(head), added.slice(head));
    return added.length - tail > head ? [{ start: start + head, end: start + added.length - tail }] : [];
  });
  return { text: after, spans };
}

/**
 * How much of an insertion is left in a text that came after it. The share is of character four-grams, each counted as
 * often as it was put in, with every run of white space taken as one blank, so that a formatter that only moves lines in or
 * breaks them loses nothing. Looked for is between the unchanged lines around the place, so that code that is like it elsewhere does
 * not stand in for it; text that was moved away counts as gone.
 *
 * After the measure that GitHub Copilot Chat reports as `edit.survival.four_gram`; that one is symmetric, this one is the
 * share of what was put in, because text that a person writes beside it takes nothing away from it.
 *
 * @returns undefined where the texts are too large, or differ in too much, to be compared
 */
export function survivalOf({ text, spans }: Insertion, now: string): Survival | undefined {
  if (text === now) return whole(text, spans);
  const changes = changedLines(text, now);
  if (changes === undefined) return undefined;
  const starts = lineStarts(text);
  const nowStarts = lineStarts(now);
  let total = 0;
  let left = 0;
  for (const { put, image } of placesOf(spans, starts, changes)) {
    const wanted = gramsOf(put.map(({ start, end }) => text.slice(start, end)));
    const rest = gramsOf([now.slice(nowStarts[image.start] ?? now.length, nowStarts[image.end] ?? now.length)]);
    for (const [gram, count] of wanted) {
      total += count;
      left += Math.min(count, rest.get(gram) ?? 0);
    }
  }
  return { total, left };
}

/**
 * Where parts of a text stand in one that came after it: those of lines that are as they were, and of a changed line what its
 * unchanged head and tail have of them.
 */
export function spansAfter(spans: readonly Span[], text: string, now: string): readonly Span[] {
  if (text === now) return spans;
  const changes = changedLines(text, now);
  if (changes === undefined) return [];
  const [starts, nowStarts] = [lineStarts(text), lineStarts(now)];
  const kept: Span[] = [];
  let from = 0;
  let nowFrom = 0;
  const keep = (end: number): void => {
    for (const span of spans) {
      const [start, last] = [Math.max(span.start, from), Math.min(span.end, end)];
      if (last > start) kept.push({ start: start - from + nowFrom, end: last - from + nowFrom });
    }
  };
  for (const { old, now: image } of changes) {
    const start = starts[old.start] ?? text.length;
    const removed = text.slice(start, starts[old.end]);
    const nowStart = nowStarts[image.start] ?? now.length;
    const added = now.slice(nowStart, nowStarts[image.end]);
    const head = commonHead(removed, added);
    const tail = commonTail(removed.slice(head), added.slice(head));
    keep(start + head);
    from = start + removed.length - tail;
    nowFrom = nowStart + added.length - tail;
  }
  keep(text.length);
  return kept;
}

/** The share that is left, 0 to 1; undefined where nothing was put in. */
export function shareLeft(parts: readonly Survival[]): number | undefined {
  const total = parts.reduce((sum, part) => sum + part.total, 0);
  return total === 0 ? undefined : parts.reduce((sum, part) => sum + part.left, 0) / total;
}

function whole(text: string, spans: readonly Span[]): Survival {
  const grams = gramsOf(spans.map(({ start, end }) => text.slice(start, end)));
  const total = [...grams.values()].reduce((sum, count) => sum + count, 0);
  return { total, left: total };
}

/** What was put in, and the lines of the new text where it would be: spans that share a place are looked for together. */
function placesOf(spans: readonly Span[], starts: readonly number[], changes: readonly Change[]) {
  const places: { put: Span[]; image: Lines }[] = [];
  for (const span of spans) {
    const lines = { start: lineOf(starts, span.start), end: lineOf(starts, Math.max(span.start, span.end - 1)) + 1 };
    const image = imageOf(lines, changes);
    const last = places.at(-1);
    if (last !== undefined && image.start < last.image.end) {
      last.put.push(span);
      last.image = { start: last.image.start, end: Math.max(last.image.end, image.end) };
    } else places.push({ put: [span], image });
  }
  return places;
}

/** A run of lines: from `start` up to, not with, `end`. */
interface Lines {
  readonly start: number;
  readonly end: number;
}

interface Change {
  readonly old: Lines;
  readonly now: Lines;
}

function changedLines(before: string, after: string): readonly Change[] | undefined {
  if (Math.max(before.length, after.length) > LONGEST_TEXT) return undefined;
  const parts = diffArrays(before.split('\n'), after.split('\n'), { maxEditLength: MOST_EDITED_LINES });
  if (parts === undefined) return undefined;
  const changes: Change[] = [];
  let old = 0;
  let now = 0;
  for (const { added, removed, value } of parts) {
    const last = changes.at(-1);
    const goesOn = last !== undefined && last.old.end === old && last.now.end === now;
    const oldEnd = old + (added ? 0 : value.length);
    const nowEnd = now + (removed ? 0 : value.length);
    if (added || removed) {
      const change = { old: { start: old, end: oldEnd }, now: { start: now, end: nowEnd } };
      if (goesOn) {
        changes[changes.length - 1] = {
          old: { start: last.old.start, end: oldEnd },
          now: { start: last.now.start, end: nowEnd },
        };
      } else changes.push(change);
    }
    old = oldEnd;
    now = nowEnd;
  }
  return changes;
}

/** Where lines of the old text are in the new one: with the whole of every change that touches them. */
function imageOf(lines: Lines, changes: readonly Change[]): Lines {
  let { start, end } = lines;
  for (const { old, now } of changes) {
    const isInsertion = old.start === old.end;
    const isBefore = old.end < lines.start || (old.end === lines.start && !isInsertion);
    const isAfter = old.start > lines.end || (old.start === lines.end && !isInsertion);
    if (isBefore) start = lines.start + now.end - old.end;
    else if (old.start < lines.start) start = now.start;
    if (!isAfter) end = old.end > lines.end ? now.end : lines.end + now.end - old.end;
  }
  return { start, end };
}

/** How often each four-gram stands in some texts; one that is shorter is a gram by itself, and a blank one has none. */
function gramsOf(texts: readonly string[]): ReadonlyMap<string, number> {
  const grams = new Map<string, number>();
  for (const text of texts) {
    const plain = text.replace(/\s+/g, ' ').trim();
    for (let at = 0; at <= Math.max(0, plain.length - GRAM) && plain !== ''; at += 1) {
      const gram = plain.slice(at, at + GRAM);
      grams.set(gram, (grams.get(gram) ?? 0) + 1);
    }
  }
  return grams;
}

/** The offset of each line, and after them the length of the text. */
function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  starts.push(text.length);
  return starts;
}

/** The number of the line that an offset stands on. */
function lineOf(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 2;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

function commonHead(one: string, other: string): number {
  const most = Math.min(one.length, other.length);
  let length = 0;
  while (length < most && one.charCodeAt(length) === other.charCodeAt(length)) length += 1;
  return length;
}

function commonTail(one: string, other: string): number {
  const most = Math.min(one.length, other.length);
  let length = 0;
  while (length < most && one.charCodeAt(one.length - 1 - length) === other.charCodeAt(other.length - 1 - length))
    length += 1;
  return length;
}
