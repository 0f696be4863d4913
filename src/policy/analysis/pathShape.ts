/** What a path of a repository looks like, as a small machine; `readable` ones are those that a person would type. */
export interface Shape {
  readonly name: 'readable' | 'any';
  /** Where it begins. */
  readonly state: number;
}

/** Every path that can be: no empty segment, none that is "." or "..". Readable: names of letters and digits, joined by ".", "-" or "_". */
export const shapes = {
  readable: { name: 'readable', state: 0 },
  any: { name: 'any', state: 0 },
} as const satisfies Record<string, Shape>;

const DOT = 0x2e;
const SLASH = 0x2f;

const SEGMENT_START = 0;
const IN_NAME = 1;
/** Any: the segment is "." so far. Readable: after a "." or "-" that something has to follow. */
const AFTER_DOT = 2;
const AFTER_TWO_DOTS = 3;

/** The state after one more character; undefined where no path of this shape goes on like that. */
export function stepShape({ name }: Shape, state: number, character: number): number | undefined {
  if (character === SLASH) return state === IN_NAME ? SEGMENT_START : undefined;
  if (name === 'readable') {
    if (isLetterOrDigit(character)) return IN_NAME;
    return state === IN_NAME && isJoiner(character) ? AFTER_DOT : undefined;
  }
  if (character !== DOT) return IN_NAME;
  if (state === SEGMENT_START) return AFTER_DOT;
  return state === AFTER_DOT ? AFTER_TWO_DOTS : IN_NAME;
}

/** Whether a path may end here. */
export function isEnd(state: number): boolean {
  return state === IN_NAME;
}

function isLetterOrDigit(character: number): boolean {
  return (
    (character >= 0x30 && character <= 0x39) ||
    (character >= 0x41 && character <= 0x5a) ||
    (character >= 0x61 && character <= 0x7a)
  );
}

function isJoiner(character: number): boolean {
  return character === DOT || character === 0x2d || character === 0x5f;
}
