import { RequestFault } from './dialect.ts';

/** Keys of objects and places in lists, from the whole text inwards: `['messages', 3, 'content', 0]`. */
export type JsonPath = readonly (string | number)[];

/**
 * One change of a JSON text. `set` replaces a value, or adds its key (and the object that the key stands in) where it
 * is not there; a place that a list does not have is not added. `remove` of what is not there changes nothing.
 */
export type JsonEdit =
  | { readonly kind: 'set'; readonly path: JsonPath; readonly value: unknown }
  | { readonly kind: 'remove'; readonly path: JsonPath };

/** The edits as a tree; an edit of a value goes before those of what is in it. */
interface EditTree {
  edit?: JsonEdit;
  readonly inner: Map<string | number, EditTree>;
}

/** A member of an object or of a list, as it stands in the text. */
export interface Member {
  readonly key: string | number;
  /** Where its key begins, or its value in a list. */
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

/** A piece of a text, and what stands in its place instead. */
export interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/**
 * The text with these changes, and everything else byte for byte as it was: white space, the order of keys, the spelling
 * of numbers and strings, what nobody here knows. In each object that an edit leads to, the whole text among them, a key
 * that is written more than once is kept only the last time, which is what `JSON.parse` reads: a provider that reads
 * the first would otherwise be told something that the policy has not judged.
 *
 * @param text a JSON object that `JSON.parse` accepts. It is read once for each level of the deepest path.
 * @throws {RequestFault} when it is no object
 */
export function rewriteJson(text: string, edits: readonly JsonEdit[]): string {
  return spliced(text, splicesOf(text, edits));
}

/**
 * What {@link rewriteJson} changes, in the order of the text.
 *
 * @param members those of the text, where they are known
 * @throws {RequestFault} when it is no object
 */
export function splicesOf(text: string, edits: readonly JsonEdit[], members?: readonly Member[]): readonly Splice[] {
  const start = skipSpace(text, 0);
  if (text.charCodeAt(start) !== openBrace) throw new RequestFault('The body is not a JSON object.');
  const splices: Splice[] = [];
  spliceObject(text, start, treeOf(edits), splices, members);
  return splices;
}

export function spliced(text: string, splices: readonly Splice[]): string {
  if (splices.length === 0) return text;
  let rewritten = '';
  let from = 0;
  for (const splice of splices) {
    rewritten += text.slice(from, splice.from) + splice.text;
    from = splice.to;
  }
  return rewritten + text.slice(from);
}

function treeOf(edits: readonly JsonEdit[]): EditTree {
  const root: EditTree = { inner: new Map() };
  for (const edit of edits) {
    let node = root;
    for (const step of edit.path) {
      const next: EditTree = node.inner.get(step) ?? { inner: new Map() };
      node.inner.set(step, next);
      node = next;
    }
    if (node !== root) node.edit = edit;
  }
  return root;
}

function spliceObject(
  text: string,
  start: number,
  tree: EditTree,
  splices: Splice[],
  members: readonly Member[] = membersOf(text, start),
): void {
  const lastOf = new Map(members.map(({ key }, index) => [key, index]));
  const gone = (member: Member, index: number) =>
    lastOf.get(member.key) !== index || tree.inner.get(member.key)?.edit?.kind === 'remove';
  const keptAny = spliceMembers(text, members, gone, tree, splices);

  const added: string[] = [];
  for (const [key, node] of tree.inner) {
    if (typeof key !== 'string' || lastOf.has(key)) continue;
    const value = valueAdded(node);
    if (value !== undefined) added.push(`${JSON.stringify(key)}:${value}`);
  }
  if (added.length === 0) return;
  // After the last member, before the white space that leads to the closing brace.
  const at = members.at(-1)?.end ?? start + 1;
  splices.push({ from: at, to: at, text: (keptAny ? ',' : '') + added.join(',') });
}

function spliceList(text: string, start: number, tree: EditTree, splices: Splice[]): void {
  const gone = ({ key }: Member) => tree.inner.get(key)?.edit?.kind === 'remove';
  spliceMembers(text, membersOf(text, start), gone, tree, splices);
}

/** Takes out the members that are gone, each with one comma, and edits the others. Returns whether any stays. */
function spliceMembers(
  text: string,
  members: readonly Member[],
  gone: (member: Member, index: number) => boolean,
  tree: EditTree,
  splices: Splice[],
): boolean {
  let kept = false;
  for (const [index, member] of members.entries()) {
    if (!gone(member, index)) {
      kept = true;
      const node = tree.inner.get(member.key);
      if (node !== undefined) spliceValue(text, member, node, splices);
      continue;
    }
    // The comma before it goes with it; before the first that stays there is none, so there the comma after it goes.
    const from = kept ? (members[index - 1]?.end ?? member.start) : member.start;
    const to = kept ? member.end : (members[index + 1]?.start ?? member.end);
    splices.push({ from, to, text: '' });
  }
  return kept;
}

function spliceValue(text: string, { valueStart, end }: Member, node: EditTree, splices: Splice[]): void {
  if (node.edit?.kind === 'set') {
    const value = JSON.stringify(node.edit.value);
    if (value !== text.slice(valueStart, end)) splices.push({ from: valueStart, to: end, text: value });
    return;
  }
  const first = text.charCodeAt(valueStart);
  if (first === openBrace) {
    spliceObject(text, valueStart, node, splices);
  } else if (first === openBracket) {
    spliceList(text, valueStart, node, splices);
  } else {
    const value = valueAdded(node);
    if (value !== undefined) splices.push({ from: valueStart, to: end, text: value });
  }
}

/** The JSON of a value that was not there, or undefined when the edits only take away. */
function valueAdded({ edit, inner }: EditTree): string | undefined {
  if (edit !== undefined) return edit.kind === 'set' ? JSON.stringify(edit.value) : undefined;
  const members: string[] = [];
  for (const [key, node] of inner) {
    const value = typeof key === 'string' ? valueAdded(node) : undefined;
    if (value !== undefined) members.push(`${JSON.stringify(key)}:${value}`);
  }
  return members.length === 0 ? undefined : `{${members.join(',')}}`;
}

/** The members of the object or list that begins at `start`. @throws {RequestFault} */
export function membersOf(text: string, start: number): Member[] {
  const isObject = text.charCodeAt(start) === openBrace;
  const members: Member[] = [];
  let at = skipSpace(text, start + 1);
  if (text.charCodeAt(at) === (isObject ? closeBrace : closeBracket)) return members;
  for (;;) {
    const memberStart = at;
    let key: string | number = members.length;
    if (isObject) {
      const read = readKey(text, at);
      key = read.key;
      at = read.valueStart;
    }
    const end = endOfValue(text, at);
    members.push({ key, start: memberStart, valueStart: at, end });
    at = skipSpace(text, end);
    if (text.charCodeAt(at) !== comma) return members;
    at = skipSpace(text, at + 1);
  }
}

/** The key of a member that begins at `start`, and where its value does. @throws {RequestFault} */
export function readKey(text: string, start: number): { readonly key: string; readonly valueStart: number } {
  const keyEnd = endOfString(text, start);
  const at = skipSpace(text, keyEnd);
  if (text.charCodeAt(at) !== colon) throw notJson();
  return { key: keyOf(text, start, keyEnd), valueStart: skipSpace(text, at + 1) };
}

function keyOf(text: string, start: number, end: number): string {
  const inside = text.slice(start + 1, end - 1);
  // A key may be spelled with escapes and mean the same, or with what no string may hold.
  return /[\\\p{Cc}]/u.test(inside) ? String(JSON.parse(`"${inside}"`)) : inside;
}

/** The first place from here on that is no white space. */
export function skipSpace(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at); code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09; ) {
    code = text.charCodeAt(++at);
  }
  return at;
}

/** The place after the string that begins at `start`. */
export function endOfString(text: string, start: number): number {
  if (text.charCodeAt(start) !== quote) throw notJson();
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at - 1;
    while (text.charCodeAt(before) === backslash) before--;
    // An even number of backslashes are escapes of one another, and the quote is the end.
    if ((at - before) % 2 === 1) return at + 1;
  }
  throw notJson();
}

/** The place after the value that begins at `start`. @throws {RequestFault} */
export function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfString(text, at) - 1;
        if (depth === 0) return at + 1;
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
