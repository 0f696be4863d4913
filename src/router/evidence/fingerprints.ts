import { isCopyable } from '../copyableFiles.ts';
import { secretsIn } from '../secretLiterals.ts';

/** Letters of a trimmed line that can tell where it is from; a longer one is machine-made, and its keys still tell. */
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
/** Values that every project sets something to. */
const commonValue =
  /^(?:[a-z]+|[\d.:]+|true|false|null|info|https?:\/\/(?:localhost|127\.0\.0\.1|example)\S*|localhost\S*|[\w-]+\.(?:example|local|test))$/i;
const setting = /^(?:export\s+)?[\w.-]{1,200}\s*[=:]\s*(?:"([^"]{8,})"|'([^']{8,})'|(\S.{7,}?))\s*(?:#.*)?$/;
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
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line.length < shortestKey) continue;
    const secrets = line.length <= lineCharacters.most * 4 ? secretsIn(line) : [];
    for (const secret of secrets) for (const key of keysIn(secret)) keys.add(key);
    const [, double, single, bare] = (isSettings && setting.exec(line)) || [];
    const value = double ?? single ?? bare;
    const isCommon = value !== undefined && commonValue.test(value);
    if (value !== undefined && !isCommon) {
      for (const key of keysIn(value)) if (/\d/.test(key) && /[a-z]/i.test(key)) keys.add(key);
    }
    const weight = isCommon ? 0 : weightOf(line, isCode, secrets.length > 0 || value !== undefined);
    if (weight > 0) lines.set(line, weight);
  }
  return { lines, keys };
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

/** Runs of letters that keys are made of. */
function keysIn(text: string): readonly string[] {
  return text.match(key) ?? [];
}

const key = /[\w+/.~-]{8,512}/g;
/** What stands before a line in the output of editors, `grep`, `diff` and `cat -n`. */
const numbered = /^\s{0,20}\d{1,9}\s{0,4}[→\t|:-]\s?/;
const located = /^[^\s:]{1,300}:(?:\d{1,9}:)?\s?/;
const marked = /^[+\-<> ]{1,2}\s?/;
const mayBeNumbered = [numbered];
const mayBeMarked = [marked, located];
const mayBeLocated = [located];

function prefixesOf(line: string): readonly RegExp[] {
  const first = line.charCodeAt(0);
  // A digit or a space; a colon somewhere; one of + - < >
  if ((first >= 48 && first <= 57) || first === 32 || first === 9) return mayBeNumbered;
  if (first === 43 || first === 45 || first === 60 || first === 62) return mayBeMarked;
  return line.includes(':') ? mayBeLocated : [];
}

/** What a text has of the lines and keys that are looked for. */
export interface Wanted {
  readonly lines: { has(line: string): boolean };
  /** The {@link shapeOf} of each line. */
  readonly shapes: { has(shape: number): boolean };
  readonly keys: { has(key: string): boolean; readonly size: number };
}

/** A quick look at a line's length and ends, which spares nearly all others the cost of a look-up. */
export function shapeOf(line: string): number {
  return (line.length * 131 + line.charCodeAt(0) * 31 + line.charCodeAt(line.length - 1)) & 0xffff;
}

/** Finds known lines in a text, by themselves or behind numbers and paths, and known keys anywhere. Linear. */
export function findRepeated(text: string, wanted: Wanted, found: (print: string) => void): void {
  const isEscaped = text.includes('\\n');
  const pieces = isEscaped ? text.split(/\n|\\r?\\n|\\n/) : text.split('\n');
  const look = (line: string): void => {
    if (line.length < lineCharacters.least) return;
    const trimmed = line.trim();
    if (wanted.shapes.has(shapeOf(trimmed)) && wanted.lines.has(trimmed)) found(trimmed);
  };
  for (const piece of pieces) {
    if (piece.length < lineCharacters.least) continue;
    look(piece);
    for (const prefix of prefixesOf(piece)) {
      const match = prefix.exec(piece);
      if (match) look(piece.slice(match[0].length));
    }
    if (piece.includes('"')) for (const part of piece.split('"')) look(part);
    else if (piece.includes('>')) look(piece.slice(piece.indexOf('>') + 1));
  }
  if (wanted.keys.size === 0) return;
  for (const [word] of text.matchAll(key)) if (wanted.keys.has(word)) found(word);
}
