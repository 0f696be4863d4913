import { RequestFault } from './dialect.ts';
import { type Member, membersOf, openBrace, openBracket, skipSpace } from './json-bytes.ts';

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

/** A piece of a text, and what stands in its place instead; in the order of the text. */
interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * The text with these changes, and everything else byte for byte as it was: white space, the order of keys, the spelling
 * of numbers and strings, what nobody here knows. In each object that an edit leads to, the whole text among them, a key
 * that is written more than once is kept only the last time, which is what `JSON.parse` reads: a provider that reads
 * the first would otherwise be told something that the policy has not judged.
 *
 * @param bytes UTF-8 of a JSON object that `JSON.parse` accepts. It is read once for each level of the deepest path.
 * @param members those of the text, where they are known
 * @returns the same bytes where nothing changes
 * @throws {RequestFault} when it is no object
 */
export function rewriteJson(bytes: Buffer, edits: readonly JsonEdit[], members?: readonly Member[]): Buffer {
  const start = skipSpace(bytes, 0);
  if (bytes[start] !== openBrace) throw new RequestFault('The body is not a JSON object.');
  const splices: Splice[] = [];
  spliceObject(bytes, start, treeOf(edits), splices, members);
  return splices.length === 0 ? bytes : spliced(bytes, splices);
}

function spliced(bytes: Buffer, splices: readonly Splice[]): Buffer {
  let size = bytes.length;
  for (const { from, to, text } of splices) size += Buffer.byteLength(text) - (to - from);
  const rewritten = Buffer.allocUnsafe(size);
  let from = 0;
  let at = 0;
  for (const splice of splices) {
    at += bytes.copy(rewritten, at, from, splice.from);
    at += rewritten.write(splice.text, at);
    from = splice.to;
  }
  bytes.copy(rewritten, at, from);
  return rewritten;
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
  bytes: Buffer,
  start: number,
  tree: EditTree,
  splices: Splice[],
  members: readonly Member[] = membersOf(bytes, start).members,
): void {
  const lastOf = new Map(members.map(({ key }, index) => [key, index]));
  const gone = (member: Member, index: number) =>
    lastOf.get(member.key) !== index || tree.inner.get(member.key)?.edit?.kind === 'remove';
  const keptAny = spliceMembers(bytes, members, gone, tree, splices);

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

function spliceList(bytes: Buffer, start: number, tree: EditTree, splices: Splice[]): void {
  const gone = ({ key }: Member) => tree.inner.get(key)?.edit?.kind === 'remove';
  spliceMembers(bytes, membersOf(bytes, start).members, gone, tree, splices);
}

/** Takes out the members that are gone, each with one comma, and edits the others. Returns whether any stays. */
function spliceMembers(
  bytes: Buffer,
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
      if (node !== undefined) spliceValue(bytes, member, node, splices);
      continue;
    }
    // The comma before it goes with it; before the first that stays there is none, so there the comma after it goes.
    const from = kept ? (members[index - 1]?.end ?? member.start) : member.start;
    const to = kept ? member.end : (members[index + 1]?.start ?? member.end);
    splices.push({ from, to, text: '' });
  }
  return kept;
}

function spliceValue(bytes: Buffer, { valueStart, end }: Member, node: EditTree, splices: Splice[]): void {
  if (node.edit?.kind === 'set') {
    const value = JSON.stringify(node.edit.value);
    if (value !== bytes.toString('utf8', valueStart, end)) splices.push({ from: valueStart, to: end, text: value });
    return;
  }
  const first = bytes[valueStart];
  if (first === openBrace) {
    spliceObject(bytes, valueStart, node, splices);
  } else if (first === openBracket) {
    spliceList(bytes, valueStart, node, splices);
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
