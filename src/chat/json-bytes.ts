import { RequestFault } from './dialect.ts';

/** A member of an object or of a list, as it stands in a text. */
export interface Member {
  readonly key: string | number;
  /** Where its key begins, or its value in a list. */
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

export const quote = 0x22;
const backslash = 0x5c;
export const comma = 0x2c;
const colon = 0x3a;
export const openBrace = 0x7b;
export const closeBrace = 0x7d;
export const openBracket = 0x5b;
export const closeBracket = 0x5d;

/** What is longer than this, in bytes, is searched through; up to there it is walked sooner. */
const shortString = 16;

/**
 * How many members the objects have that were gone through, as they are written. Outside strings a colon stands in members
 * alone, so that no key has to be read for it.
 */
export interface WrittenMembers {
  count: number;
}

/** What an object or a list holds, and the place after it. */
interface Holder {
  readonly members: HeldMember[];
  readonly end: number;
}

interface HeldMember extends Member {
  /** Of a list, where they are wanted. */
  readonly items: readonly Member[] | undefined;
}

/**
 * The members of the object or list that begins at `start`.
 *
 * @param written added to
 * @param hasItems whether those of a member that is a list are wanted too
 * @throws {RequestFault}
 */
export function membersOf(
  bytes: Buffer,
  start: number,
  written: WrittenMembers = { count: 0 },
  hasItems = false,
): Holder {
  const isObject = bytes[start] === openBrace;
  const close = isObject ? closeBrace : closeBracket;
  const members: HeldMember[] = [];
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === close) return { members, end: at + 1 };
  for (;;) {
    const memberStart = at;
    let key: string | number = members.length;
    if (isObject) {
      const read = readKey(bytes, at);
      key = read.key;
      at = read.valueStart;
      written.count++;
    }
    const list = hasItems && bytes[at] === openBracket ? membersOf(bytes, at, written) : undefined;
    const end = list?.end ?? endOfValue(bytes, at, written);
    members.push({ key, start: memberStart, valueStart: at, end, items: list?.members });
    at = skipSpace(bytes, end);
    if (bytes[at] === close) return { members, end: at + 1 };
    if (bytes[at] !== comma) throw notJson();
    at = skipSpace(bytes, at + 1);
  }
}

/** The key of a member that begins at `start`, and where its value does. @throws {RequestFault} */
export function readKey(bytes: Buffer, start: number): { readonly key: string; readonly valueStart: number } {
  const keyEnd = endOfString(bytes, start);
  const at = skipSpace(bytes, keyEnd);
  if (bytes[at] !== colon) throw notJson();
  return { key: keyOf(bytes, start, keyEnd), valueStart: skipSpace(bytes, at + 1) };
}

function keyOf(bytes: Buffer, start: number, end: number): string {
  const inside = bytes.toString('utf8', start + 1, end - 1);
  // A key may be spelled with escapes and mean the same, or with what no string may hold.
  return /[\\\p{Cc}]/u.test(inside) ? String(JSON.parse(`"${inside}"`)) : inside;
}

/** The first place from here on that is no white space. */
export function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  for (let code = bytes[at]; code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09; ) {
    code = bytes[++at];
  }
  return at;
}

/** The place after the string that begins at `start`. @throws {RequestFault} */
export function endOfString(bytes: Buffer, start: number): number {
  if (bytes[start] !== quote) throw notJson();
  for (let at = start + 1; ; at++) {
    for (const far = at + shortString; at < far; at++) {
      const code = bytes[at];
      if (code === quote) return at + 1;
      if (code === backslash) at++;
    }
    at = bytes.indexOf(quote, at);
    if (at < 0) throw notJson();
    let before = at - 1;
    while (bytes[before] === backslash) before--;
    // An even number of backslashes are escapes of one another, and the quote is the end.
    if ((at - before) % 2 === 1) return at + 1;
  }
}

/**
 * The place after the value that begins at `start`.
 *
 * @param written added to
 * @throws {RequestFault}
 */
export function endOfValue(bytes: Buffer, start: number, written: WrittenMembers): number {
  let depth = 0;
  for (let at = start; at < bytes.length; at++) {
    switch (bytes[at]) {
      case quote:
        at = endOfString(bytes, at) - 1;
        if (depth === 0) return at + 1;
        break;
      case colon:
        written.count++;
        break;
      case openBrace:
      case openBracket:
        depth++;
        break;
      case closeBrace:
      case closeBracket:
        // With nothing open, it closes what a number or a word stands in.
        if (depth === 0) return at;
        depth--;
        if (depth === 0) return at + 1;
        break;
      case comma:
      case 0x20:
      case 0x0a:
      case 0x0d:
      case 0x09:
        if (depth === 0) return at;
        break;
      default:
    }
  }
  throw notJson();
}

function notJson(): RequestFault {
  return new RequestFault('The body is not JSON.');
}
