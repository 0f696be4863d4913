/** Characters by code point, as sorted ranges that do not meet; both ends are included. */
export type CharSet = readonly (readonly [from: number, to: number])[];

const SLASH = 0x2f;
const HIGHEST = 0x10ffff;

/** Every character that the name of a file can have: all but "/". */
export const nameCharacters: CharSet = [
  [0, SLASH - 1],
  [SLASH + 1, HIGHEST],
];

/** One piece of a path segment's pattern. */
export type Piece =
  | { readonly kind: 'character'; readonly set: CharSet }
  /** `*`: any run of characters. */
  | { readonly kind: 'run' }
  /** `@(a|b)`, `?(a|b)`, `+(a|b)`, `*(a|b)`. */
  | {
      readonly kind: 'choice';
      readonly optional: boolean;
      readonly repeats: boolean;
      readonly options: readonly (readonly Piece[])[];
    };

/** One segment of a pattern without braces. `folders` is `**`. */
export type Segment = { readonly kind: 'folders' } | { readonly kind: 'name'; readonly pieces: readonly Piece[] };

/**
 * Reads one brace expansion of a glob by minimatch's rules. `'nothing'` where no path of a repository can match it;
 * undefined for what is too odd to reason about (`!(a|b)`, named classes, unclosed parentheses, "."), about which nothing
 * is then said.
 */
export function readRow(row: string): readonly Segment[] | 'nothing' | undefined {
  // A character outside the basic plane is two units here and one to the matcher.
  if (/[\ud800-\udfff]/.test(row)) return undefined;
  const written = row.split('/');
  if (written[0] === '' || written.at(-1) === '') return 'nothing';
  const segments: Segment[] = [];
  for (const name of written) {
    if (name === '') continue;
    if (name === '.' || name === '..') return undefined;
    if (name === '**') {
      if (segments.at(-1)?.kind !== 'folders') segments.push({ kind: 'folders' });
      continue;
    }
    const reading: Reading = { text: name, at: 0 };
    const pieces = readPieces(reading, false);
    if (pieces === undefined) return undefined;
    segments.push({ kind: 'name', pieces });
  }
  return segments;
}

interface Reading {
  readonly text: string;
  at: number;
}

/** The pieces up to the end, or inside parentheses up to a `|` or `)`. */
function readPieces(reading: Reading, inside: boolean): readonly Piece[] | undefined {
  const pieces: Piece[] = [];
  while (reading.at < reading.text.length) {
    const character = reading.text.charAt(reading.at);
    if (inside && (character === '|' || character === ')')) return pieces;
    const piece = readPiece(reading, character);
    if (piece === undefined) return undefined;
    pieces.push(piece);
  }
  return inside ? undefined : pieces;
}

function readPiece(reading: Reading, character: string): Piece | undefined {
  const { text, at } = reading;
  if (text.charAt(at + 1) === '(' && '?*+@!'.includes(character)) return readChoice(reading, character);
  switch (character) {
    case '*':
      reading.at += 1;
      return { kind: 'run' };
    case '?':
      reading.at += 1;
      return { kind: 'character', set: nameCharacters };
    case '[':
      return readClass(reading);
    case '\\':
      if (at + 1 === text.length) return undefined;
      reading.at += 2;
      return literal(text.charAt(at + 1));
    default:
      reading.at += 1;
      return literal(character);
  }
}

function literal(character: string): Piece {
  const code = character.charCodeAt(0);
  return { kind: 'character', set: [[code, code]] };
}

function readChoice(reading: Reading, sign: string): Piece | undefined {
  if (sign === '!') return undefined;
  const options: (readonly Piece[])[] = [];
  reading.at += 1;
  do {
    reading.at += 1;
    const pieces = readPieces(reading, true);
    if (pieces === undefined || pieces.length === 0) return undefined;
    options.push(pieces);
  } while (reading.text.charAt(reading.at) === '|');
  reading.at += 1;
  return { kind: 'choice', optional: sign === '?' || sign === '*', repeats: sign === '+' || sign === '*', options };
}

/** `[abc]`, `[a-z]`, `[!abc]`. One that is not closed, names a class or holds a range the wrong way round is not read. */
function readClass(reading: Reading): Piece | undefined {
  const { text } = reading;
  let at = reading.at + 1;
  const negated = '!^'.includes(text.charAt(at)) && text.charAt(at) !== '';
  if (negated) at += 1;
  const ranges: [number, number][] = [];
  for (let first = true; ; first = false) {
    const character = text.charAt(at);
    if (character === '' || startsNamed(text, at)) return undefined;
    if (character === ']' && !first) break;
    const from = memberAt(text, at);
    at += from.length;
    if (text.charAt(at) === '-' && text.charAt(at + 1) !== ']') {
      const to = memberAt(text, at + 1);
      if (to.code === undefined || from.code === undefined || to.code < from.code) return undefined;
      ranges.push([from.code, to.code]);
      at += 1 + to.length;
    } else {
      if (from.code === undefined) return undefined;
      ranges.push([from.code, from.code]);
    }
  }
  reading.at = at + 1;
  const set = joined(ranges);
  return { kind: 'character', set: withoutSlash(negated ? complement(set) : set) };
}

/** `[:alpha:]` and its kin inside a class. */
function startsNamed(text: string, at: number): boolean {
  return text.charAt(at) === '[' && ':.='.includes(text.charAt(at + 1)) && at + 1 < text.length;
}

function memberAt(text: string, at: number): { readonly code: number | undefined; readonly length: number } {
  const escaped = text.charAt(at) === '\\';
  const character = text.charAt(escaped ? at + 1 : at);
  return { code: character === '' ? undefined : character.charCodeAt(0), length: escaped ? 2 : 1 };
}

function joined(ranges: readonly [number, number][]): CharSet {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

function complement(set: CharSet): CharSet {
  const rest: [number, number][] = [];
  let next = 0;
  for (const [from, to] of set) {
    if (from > next) rest.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= HIGHEST) rest.push([next, HIGHEST]);
  return rest;
}

function withoutSlash(set: CharSet): CharSet {
  return set.flatMap(([from, to]): (readonly [number, number])[] => {
    if (SLASH < from || SLASH > to) return [[from, to]];
    const parts: (readonly [number, number])[] = [
      [from, SLASH - 1],
      [SLASH + 1, to],
    ];
    return parts.filter(([low, high]) => low <= high);
  });
}
