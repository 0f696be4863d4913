import { findNodeAtLocation, type Node, type ParseError, parseTree } from 'jsonc-parser';
import type { TextRange } from './diagnostic.ts';
import { limits } from './schema.ts';

/** Keys and indices from the root of the document. */
export type DocumentPath = readonly (string | number)[];

/** A policy file as text and as a tree with offsets, whatever its content means. */
export interface PolicyDocument {
  readonly text: string;
  /** Set where the text is JSON without comments or any oddity: then the tree is only needed to point into the text. */
  readonly plain?: { readonly value: unknown };
  /** Missing when the text holds no value, or too much to look at. Made when it is first asked for. */
  readonly root: Node | undefined;
  readonly syntaxErrors: readonly ParseError[];
  /** Why the text was not looked at any further. */
  readonly refused?: Refusal;
  /** Offsets at which lines begin. */
  readonly lineStarts: readonly number[];
}

export type Refusal =
  | { readonly kind: 'too-large'; readonly offset: 0 }
  | { readonly kind: 'too-many'; readonly offset: number }
  | { readonly kind: 'too-many-conditions'; readonly offset: 0 }
  | { readonly kind: 'too-blank'; readonly offset: number }
  | { readonly kind: 'too-deep'; readonly offset: number };

/** The part of a node that a diagnostic points at. `opening` is the bracket that an object or a list begins with. */
export type NodePart = 'value' | 'key' | 'opening';

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const QUOTE = 34;
const STAR = 42;
const COMMA = 44;
const SLASH = 47;
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/**
 * Reads JSON with comments and trailing commas. Size, nesting and the number of values are measured in one flat pass
 * before anything recursive runs, so no text can exhaust the stack. Never throws.
 */
export function readDocument(text: string): PolicyDocument {
  const measured = measure(text);
  if ('refused' in measured) {
    const { refused } = measured;
    const lineStarts = refused.kind === 'too-large' ? [0] : lineStartsOf(text);
    return { text, refused, root: undefined, syntaxErrors: [], lineStarts };
  }
  const plain = readPlain(text, measured.keys);
  let tree: Pick<PolicyDocument, 'root' | 'syntaxErrors'> | undefined;
  const treeOf = (): Pick<PolicyDocument, 'root' | 'syntaxErrors'> => {
    tree ??= readTree(text);
    return tree;
  };
  let lineStarts: readonly number[] | undefined;
  return {
    text,
    ...(plain === undefined ? {} : { plain }),
    get root() {
      return treeOf().root;
    },
    get syntaxErrors() {
      return treeOf().syntaxErrors;
    },
    get lineStarts() {
      lineStarts ??= lineStartsOf(text);
      return lineStarts;
    },
  };
}

function readTree(text: string): Pick<PolicyDocument, 'root' | 'syntaxErrors'> {
  const syntaxErrors: ParseError[] = [];
  const root = parseTree(withoutByteOrderMark(text), syntaxErrors, { allowTrailingComma: true });
  return { root, syntaxErrors };
}

/**
 * The value of a text by the engine's own parser, which takes a tenth of the time; undefined where it does not say all that
 * the tree would: in JSON with comments, with a key twice in one object, or with the one name that no object may have.
 *
 * @param keys how many the text has
 */
function readPlain(text: string, keys: number): PolicyDocument['plain'] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined; // the tree tells where and why
  }
  let left = keys;
  const bare = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(bare);
    const copy: Record<string, unknown> = Object.create(null);
    for (const [key, inner] of Object.entries(value)) {
      if (key !== '__proto__') left -= 1;
      copy[key] = bare(inner);
    }
    return copy;
  };
  const value = bare(parsed);
  return left === 0 ? { value } : undefined;
}

/** The text with a leading byte order mark made a blank, so that offsets stay what they are. */
export function withoutByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? ` ${text.slice(1)}` : text;
}

/** Why a text is too large, too deep or holds too many values to be looked at; undefined for any reasonable policy. */
export function findRefusal(text: string): Refusal | undefined {
  const measured = measure(text);
  return 'refused' in measured ? measured.refused : undefined;
}

/** In one flat pass: why a text is not looked at, or how many keys it has. */
function measure(text: string): { readonly refused: Refusal } | { readonly keys: number } {
  if (isLargerThan(text, limits.fileBytes)) return { refused: { kind: 'too-large', offset: 0 } };
  const blank = findLongBlank(text);
  if (blank !== undefined) return { refused: { kind: 'too-blank', offset: blank } };
  let depth = 0;
  let values = 0;
  let keys = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case SLASH:
        at = endOfComment(text, at);
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depth += 1;
        values += 1;
        if (depth > limits.nesting) return { refused: { kind: 'too-deep', offset: at } };
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth = Math.max(0, depth - 1);
        break;
      case COMMA:
        values += 1;
        break;
      case COLON:
        keys += 1;
        break;
    }
    if (values > limits.values) return { refused: { kind: 'too-many', offset: at } };
  }
  return { keys };
}

/** The place of a text's last character: its closing quote, or the last before the line break that it cannot go over. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) return at;
    if (unit === BACKSLASH) at += 1;
    else if (isLineBreak(unit)) return at - 1;
  }
  return text.length;
}

/** The place of a comment's last character; of a "/" that begins none, its own. */
function endOfComment(text: string, start: number): number {
  const next = text.charCodeAt(start + 1);
  if (next === STAR) {
    const end = text.indexOf('*/', start + 2);
    return end === -1 ? text.length : end + 1;
  }
  if (next !== SLASH) return start;
  let at = start + 1;
  while (at + 1 < text.length && !isLineBreak(text.charCodeAt(at + 1))) at += 1;
  return at;
}

function isLineBreak(unit: number): boolean {
  return unit === LINE_FEED || unit === CARRIAGE_RETURN;
}

/** Whether the text takes more bytes in UTF-8, without encoding it. */
function isLargerThan(text: string, bytes: number): boolean {
  if (text.length > bytes) return true;
  if (text.length * 3 <= bytes) return false;
  let size = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    // Each half of a surrogate pair is half of four bytes.
    size += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3;
  }
  return size > bytes;
}

/** Where so much white space begins that jsonc-parser, which collects it letter by letter, would take hundreds of MB. */
function findLongBlank(text: string): number | undefined {
  if (text.length <= limits.blanks) return undefined;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    const isBlank = unit === 32 || (unit >= 9 && unit <= 13);
    if (!isBlank) start = at + 1;
    else if (at - start >= limits.blanks) return start;
  }
  return undefined;
}

/** Line breaks as editors count them: `\n`, `\r\n` and a lone `\r`. */
function lineStartsOf(text: string): readonly number[] {
  const starts = [0];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 10 || (unit === 13 && text.charCodeAt(at + 1) !== 10)) starts.push(at + 1);
  }
  return starts;
}

/** A range of the document with lines and columns counted from 1. */
export function textRange(document: PolicyDocument, start: number, end: number): TextRange {
  const from = positionAt(document.lineStarts, start);
  const to = positionAt(document.lineStarts, end);
  return { start, end, line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
}

function positionAt(lineStarts: readonly number[], offset: number): { readonly line: number; readonly column: number } {
  let low = 0;
  let high = lineStarts.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 };
}

/**
 * Where something stands in the document. What is not there is reported where its nearest ancestor begins; a document
 * without any value, at its first character.
 */
export function rangeInDocument(document: PolicyDocument, path: DocumentPath, part: NodePart = 'value'): TextRange {
  const { root } = document;
  if (root === undefined) return textRange(document, 0, Math.min(1, document.text.length));
  for (let length = path.length; length >= 0; length -= 1) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    if (node !== undefined) return rangeOfNode(document, node, length === path.length ? part : 'opening');
  }
  return rangeOfNode(document, root, 'opening');
}

function rangeOfNode(document: PolicyDocument, node: Node, part: NodePart): TextRange {
  const key = node.parent?.type === 'property' ? node.parent.children?.[0] : undefined;
  const shown = part === 'key' ? (key ?? node) : node;
  const isContainer = shown.type === 'object' || shown.type === 'array';
  const length = part === 'opening' && isContainer ? 1 : shown.length;
  return textRange(document, shown.offset, shown.offset + length);
}

/** The value of a node, in objects without a prototype: `__proto__` and `constructor` are names like any other. */
export function plainValue(node: Node): unknown {
  switch (node.type) {
    case 'object': {
      const value: Record<string, unknown> = Object.create(null);
      for (const property of node.children ?? []) {
        const [key, child] = property.children ?? [];
        if (key !== undefined && child !== undefined) value[String(key.value)] = plainValue(child);
      }
      return value;
    }
    case 'array':
      return (node.children ?? []).map(plainValue);
    default:
      return node.value;
  }
}
