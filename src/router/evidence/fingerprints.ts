import { isCopyable } from '../copyableFiles.ts';
import { secretsIn } from '../secretLiterals.ts';
import { type Anchors, findAnchored } from './anchors.ts';
import { isCommon, isOrdinary, keysOf } from './keys.ts';

/** Letters of a trimmed line that can tell where it is from; a longer one is cut into pieces. */
const lineCharacters = { least: 12, most: 1_000 } as const;
/** Letters and digits of such a line, of data and of code: `} catch (error) {` tells nothing. */
const lineWordCharacters = { data: 8, code: 20 } as const;
/** A line with so many letters and digits tells by itself, unless it is code, where many write the same. */
const longLine = 48;
/** What a file must be repeated by, in weights of lines: two common ones, or one that tells by itself. */
export const enoughWeight = 2;

/** What cannot be said otherwise in a language, and so tells nothing of where it is from. */
const boilerplate =
  /^(?:import\b|export (?:\*|\{|default|type \{)|from\s|use\s|using\s|package\s|#include|require|module\b|namespace\s|return\b.{0,16}$|@\w+(?:\(\))?$|describe\(|(?:\/[/*]+|#|\*|--)\s*(?:copyright|licen[cs]e|spdx|eslint|@ts-|todo))/i;
const setting = /^(?:export\s+)?([\w.-]{1,200})(\s*[=:]\s*)(?:"([^"]{8,})"|'([^']{8,})'|(\S.{7,}?))\s*(?:#.*)?$/;
const settingsFile = /(?:^|\/)(?:[^/]*\.env[^/]*|[^/]*\.(?:properties|ini|conf|cfg|toml|ya?ml|tfvars))$/i;

/** What stands out in a file: lines and keys by which its text is known again. */
export interface Fingerprint {
  /** Trimmed lines, each with its weight. */
  readonly lines: ReadonlyMap<string, number>;
  /** Keys and values that look like nobody chose them by their sense, wherever they stand in a line. */
  readonly keys: ReadonlySet<string>;
}

/**
 * The fingerprint of a guarded file. Lines of data weigh 1, and 2 when they are long, look like a key or set something to
 * a value that is not common; lines of code weigh 1 and must be longer, since imports, braces and short statements are
 * the same in every file.
 *
 * @param path repository-relative; its name says whether it is code, data or settings
 */
export function fingerprintOf(path: string, text: string): Fingerprint {
  const lines = new Map<string, number>();
  const keys = new Set<string>();
  const isCode = isCopyable(path);
  const isSettings = settingsFile.test(path);
  for (const line of linesOf(text)) {
    const secrets = secretsIn(line);
    for (const secret of secrets) for (const key of keysOf('', secret)) keys.add(key);
    const found = (isSettings && setting.exec(line)) || undefined;
    const [, name = '', sets = '', double, single, bare] = found ?? [];
    const value = double ?? single ?? bare;
    const tells = value !== undefined && !isOrdinary(value);
    if (value !== undefined) for (const key of keysOf(name, value)) keys.add(key);
    if (value !== undefined && isCommon(value)) continue;
    const weight = weightOf(line, isCode, secrets.some((secret) => !isOrdinary(secret)) || tells);
    if (weight === 0) continue;
    lines.set(line, weight);
    // Printed by a program, a value has lost its quotes.
    const unquoted = `${name}${sets}${double ?? single}`;
    if (double !== single && unquoted.length >= lineCharacters.least) lines.set(unquoted, weight);
  }
  return { lines, keys };
}

/** The trimmed lines of a text; of those that are too long the pieces between brackets, and of these what commas part. */
function* linesOf(text: string): Generator<string> {
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line.length < shortestKey) continue;
    if (line.length <= lineCharacters.most) yield line;
    else {
      for (const piece of line.split(/[{}[\]]+/)) {
        const trimmed = piece.replace(/^[\s,;]+|[\s,;]+$/g, '');
        if (trimmed.length <= lineCharacters.most) yield trimmed;
        else yield* chunksOf(trimmed);
      }
    }
  }
}

/** Pieces of a long line that are the same wherever it is repeated: each ends at the next comma, or at the bound. */
function* chunksOf(line: string): Generator<string> {
  let from = 0;
  while (from < line.length) {
    const comma = line.indexOf(',', from + longLine);
    const end = comma < 0 ? line.length : comma;
    const to = Math.min(end, from + lineCharacters.most);
    yield line.slice(from, to).trim();
    from = to === comma ? to + 1 : to;
  }
}

function weightOf(line: string, isCode: boolean, tells: boolean): number {
  if (line.length < lineCharacters.least || line.length > lineCharacters.most) return 0;
  if (boilerplate.test(line)) return 0;
  const count = line.replace(/[^\p{L}\p{N}]/gu, '').length;
  if (tells && count >= lineWordCharacters.data) return enoughWeight;
  if (count < (isCode ? lineWordCharacters.code : lineWordCharacters.data)) return 0;
  return !isCode && count >= longLine ? enoughWeight : 1;
}

/** No shorter one is told from a word. */
const shortestKey = 8;
/** A key with fewer letters counts only where no other letter touches it. */
const sureKey = 12;
/** A line with so many letters is known again within another one. */
const sureLine = 40;

/** What a text has of the lines and keys that are looked for. */
export interface Wanted {
  readonly lines: { has(line: string): boolean };
  readonly keys: { has(key: string): boolean };
  /** Of all lines and keys. */
  readonly anchors: Anchors;
}

/**
 * Finds known lines in a text, also behind numbers, paths, times and marks of comments or quotes, and known keys
 * anywhere; in the text as it stands and with the escapes of JSON undone. Linear.
 */
export function findRepeated(text: string, wanted: Wanted, found: (print: string) => void): void {
  for (const form of formsOf(text)) {
    findAnchored(form, wanted.anchors, (print, from) => {
      if (wanted.keys.has(print) && isKeyAt(form, print, from)) found(print);
      else if (wanted.lines.has(print) && isLineAt(form, print, from)) found(print);
    });
  }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/** A text, and what it says where it is JSON, or JSON within JSON. */
function* formsOf(text: string): Generator<string> {
  yield text;
  let form = text;
  for (let round = 0; round < 2 && form.includes('\\') && /\\[n"\\/tru]/.test(form); round += 1) {
    form = form.replace(/\\(?:u([\da-fA-F]{4})|([nrtbf"\\/]))/g, (_all, code?: string, letter = '') =>
      code === undefined ? (escapes[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16)),
    );
    yield form;
  }
}

const isLetter = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}]/u.test(character);

function isKeyAt(text: string, key: string, from: number): boolean {
  return key.length >= sureKey || !(isLetter(text[from - 1]) || isLetter(text[from + key.length]));
}

/** What stands before a line: nothing, something that ends in a mark, or a number, time or name with a digit in it. */
const beforeLine = /(?:^|[^\p{L}\p{N}\s]\s*|\d\S*\s+|\t)$/u;
/** What stands after it: nothing but the rules of a table, a quote or a bracket. */
const afterLine = /^[ \t|│]*(?:$|[\r\n"'<}\]\\])/;

function isLineAt(text: string, line: string, from: number): boolean {
  const end = from + line.length;
  if (line.length >= sureLine) return !isLetter(text[from - 1]) && !isLetter(text[end]);
  if (!afterLine.test(text.slice(end, end + 20))) return false;
  const before = text.slice(Math.max(0, from - 60), from);
  return beforeLine.test(before.slice(before.lastIndexOf('\n') + 1));
}
