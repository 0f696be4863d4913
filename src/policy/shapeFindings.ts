import type * as z from 'zod';
import type { DocumentPath } from './document.ts';
import { DIAGNOSTIC_LIMIT, type Finding, listWords, quote, replaceWith } from './finding.ts';
import { descriptionAt, keysAt } from './schemaPath.ts';
import { mostSimilar } from './similar.ts';

type Issue = z.core.$ZodIssue;
type UnionIssue = Extract<Issue, { code: 'invalid_union' }>;

/** The keys whose text is a glob or a list of them. */
const GLOB_KEYS = new Set(['files', 'touches', 'branch', 'ignore', 'roots', 'named', 'support']);

/** What the schema found wrong with a value, in plain words: one finding for each thing to mend, as many as are shown. */
export function shapeFindings(value: unknown, issues: readonly Issue[]): readonly Finding[] {
  const findings: Finding[] = [];
  for (const issue of issues) {
    if (findings.length >= DIAGNOSTIC_LIMIT) break;
    findings.push(...readIssue(value, issue, []).slice(0, DIAGNOSTIC_LIMIT));
  }
  return findings;
}

function readIssue(root: unknown, issue: Issue, base: DocumentPath): Finding[] {
  const path = [...base, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  if (isMissing(root, path)) return [missingKey(path)];
  const value = valueAt(root, path);
  switch (issue.code) {
    case 'invalid_union':
      return readUnion(root, issue, path);
    case 'unrecognized_keys':
      return issue.keys.slice(0, DIAGNOSTIC_LIMIT).map((key) => unknownKey(path, key));
    case 'invalid_key':
      return [{ ...badValue(path, sentence(issue.issues[0]?.message ?? 'this name cannot be used')), part: 'key' }];
    case 'invalid_element':
      return issue.issues.flatMap((inner) => readIssue(root, inner, path));
    case 'invalid_value':
      return [wrongChoice(path, value, issue.values)];
    case 'invalid_type':
      return [badValue(path, `Write ${describeType(issue.expected)} here, not ${describeValue(value)}.`)];
    case 'too_small':
      return [badValue(path, tooSmall(issue, value))];
    case 'too_big':
      return [badValue(path, tooBig(issue, value))];
    case 'invalid_format':
      return [badValue(path, sentence(issue.message))];
    case 'not_multiple_of':
    case 'custom':
      return [badValue(path, sentence(issue.message))];
    default:
      return closed(issue);
  }
}

/** The branch of a choice that the writer most likely meant: the right kind of value, then the fewest mistakes in it. */
function readUnion(root: unknown, issue: UnionIssue, path: DocumentPath): Finding[] {
  const branches = issue.errors.filter((branch) => branch.length > 0);
  const value = valueAt(root, path);
  const fitting = branches.filter((branch) => !branch.every((inner) => isOtherKind(inner, value)));
  if (fitting.length === 0) {
    const kinds = [...new Set(branches.flatMap((branch) => branch.flatMap(expectedKinds)))];
    return [badValue(path, `Write ${kinds.join(' or ')} here, not ${describeValue(value)}.`)];
  }
  const readings = fitting.map((branch) =>
    branch.slice(0, DIAGNOSTIC_LIMIT).flatMap((inner) => readIssue(root, inner, path)),
  );
  return readings.reduce((best, reading) => (reading.length < best.length ? reading : best));
}

/** Whether an issue of a branch says that the value is of another kind altogether, so that this branch was not meant. */
function isOtherKind(issue: Issue, value: unknown): boolean {
  if (issue.path.length > 0) return false;
  switch (issue.code) {
    case 'invalid_type':
      return true;
    case 'invalid_value':
      return !issue.values.some((choice) => typeof choice === typeof value);
    case 'invalid_union':
      return issue.errors.every((branch) => branch.some((inner) => isOtherKind(inner, value)));
    default:
      return false;
  }
}

function expectedKinds(issue: Issue): readonly string[] {
  if (issue.path.length > 0) return [];
  switch (issue.code) {
    case 'invalid_type':
      return [describeType(issue.expected)];
    case 'invalid_value':
      return [
        issue.values.length === 1 ? JSON.stringify(issue.values[0]) : `one of ${listWords(issue.values.map(String))}`,
      ];
    case 'invalid_union':
      return issue.errors.flatMap((branch) => branch.flatMap(expectedKinds));
    default:
      return [];
  }
}

function missingKey(path: DocumentPath): Finding {
  const key = String(path.at(-1));
  const description = descriptionAt(path);
  return {
    code: 'missing-key',
    severity: 'error',
    message: `${quote(key)} is missing here. Add it.${description === undefined ? '' : ` ${description}`}`,
    path: path.slice(0, -1),
    part: 'opening',
  };
}

/** A key that nothing here reads, with the one that was most likely meant. */
export function unknownKey(path: DocumentPath, key: string): Finding {
  const allowed = keysAt(path).map((known) => known.key);
  const meant = mostSimilar(key, allowed);
  const advice = meant === undefined ? `Remove it, or use ${listWords(allowed, 16)}.` : `Did you mean ${quote(meant)}?`;
  return {
    code: 'unknown-key',
    severity: 'error',
    message: `${quote(key)} means nothing here. ${advice}`,
    path: [...path, key],
    part: 'key',
    ...(meant === undefined ? {} : replaceWith(meant)),
  };
}

function wrongChoice(path: DocumentPath, value: unknown, choices: readonly unknown[]): Finding {
  const words = choices.filter((choice) => typeof choice === 'string');
  const meant = typeof value === 'string' ? mostSimilar(value, words) : undefined;
  const only = choices[0];
  const asked = choices.length === 1 ? JSON.stringify(only) : listWords(choices.map(String), 16);
  const advice = path.length === 1 && path[0] === 'version' ? ' This is the only version there is.' : '';
  return {
    ...badValue(
      path,
      meant === undefined
        ? `Write ${asked} here, not ${describeValue(value)}.${only === true ? ' To switch it off, remove the key.' : advice}`
        : `${describeValue(value)} is not one of ${asked}. Did you mean ${quote(meant)}?`,
    ),
    ...(meant === undefined ? {} : replaceWith(meant)),
  };
}

function badValue(path: DocumentPath, message: string): Finding {
  const key = path.at(-1);
  const parent = path.at(-2);
  const isRange =
    (parent === 'diff' && key !== 'base' && typeof key === 'string' && key !== 'ignore') ||
    (parent === 'context' && key === 'tokens');
  const isGlob =
    typeof key === 'number' && typeof parent === 'string' && GLOB_KEYS.has(parent) && !path.includes('given');
  return { code: isRange ? 'bad-range' : isGlob ? 'bad-glob' : 'bad-value', severity: 'error', message, path };
}

function tooSmall(issue: Extract<Issue, { code: 'too_small' }>, value: unknown): string {
  if (issue.origin === 'array') return 'This list is empty. Put something in it, or remove the key.';
  if (issue.origin === 'string') return 'This text is empty. Write something, or remove the key.';
  return `Write a number ${issue.inclusive === true ? 'of at least' : 'above'} ${issue.minimum} here, not ${describeValue(value)}.`;
}

function tooBig(issue: Extract<Issue, { code: 'too_big' }>, value: unknown): string {
  if (issue.origin === 'string') return `This text is longer than ${issue.maximum} characters. Shorten it.`;
  if (issue.origin === 'array') return `This list has more than ${issue.maximum} items. Shorten it.`;
  return `Write a number of at most ${issue.maximum} here, not ${describeValue(value)}.`;
}

function describeType(expected: string): string {
  switch (expected) {
    case 'string':
      return 'a text in quotes';
    case 'number':
      return 'a number';
    case 'int':
      return 'a whole number';
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list in [ ]';
    case 'object':
    case 'record':
      return 'an object in { }';
    default:
      return `a ${expected}`;
  }
}

function describeValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'string') return quote(value);
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

/** A message of the schema as a sentence. */
function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return text.endsWith('.') ? text : `${text}.`;
}

function isMissing(root: unknown, path: DocumentPath): boolean {
  const key = path.at(-1);
  if (typeof key !== 'string') return false;
  const parent = valueAt(root, path.slice(0, -1));
  return typeof parent === 'object' && parent !== null && !Array.isArray(parent) && !Object.hasOwn(parent, key);
}

function valueAt(root: unknown, path: DocumentPath): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
  }
  return value;
}

function closed(issue: never): never {
  throw new TypeError(`an issue of an unknown kind: ${JSON.stringify(issue)}`);
}
