import { applyEdits, findNodeAtLocation, getNodeValue, modify, type ParseError, parseTree } from 'jsonc-parser';
import { fieldsOf } from '../../chat/untrusted.ts';
import { type ClientConfiguration, TOKEN_HEADER } from '../../contract/clients/client.ts';

/** What became of adding lines to a person's file. Nothing of theirs is ever changed: then it is a `conflict`. */
export type Merged =
  | { readonly kind: 'merged'; readonly text: string }
  | { readonly kind: 'there-already' }
  /** `what` is set otherwise there, or cannot be read. */
  | { readonly kind: 'conflict'; readonly what: string };

const OWN_HEADERS = new RegExp(`^${TOKEN_HEADER}: [0-9a-f]+$`);
const OWN_ADDRESS = /^http:\/\/127\.0\.0\.1:\d+(?:\/v1(?:beta)?)?$/;
const FORMATTING = { tabSize: 2, insertSpaces: true, eol: '\n' } as const;

/**
 * Adds what a client needs to its file, comments and order of which stay.
 *
 * @param present the file's text; undefined where there is none
 * @param added in the file's own language; JSON is merged value by value, TOML as keys before all tables and one table
 */
export function mergeConfiguration(
  language: ClientConfiguration['language'],
  present: string | undefined,
  added: string,
): Merged {
  if (present === undefined || present.trim() === '') return { kind: 'merged', text: `${added}\n` };
  switch (language) {
    case 'json':
      return mergeJson(present, added);
    case 'toml':
      return mergeToml(present, added);
    case 'yaml':
    case 'sh':
      return { kind: 'conflict', what: 'the file' };
    default:
      return language satisfies never;
  }
}

function mergeJson(present: string, added: string): Merged {
  const errors: ParseError[] = [];
  const tree = parseTree(present, errors, { allowTrailingComma: true });
  if (errors.length > 0 || tree?.type !== 'object')
    return { kind: 'conflict', what: 'the file, which is no JSON object' };
  let text = present;
  for (const [path, value] of leaves(JSON.parse(added))) {
    const root = parseTree(text);
    const there = root && findNodeAtLocation(root, [...path]);
    const known: unknown = there && getNodeValue(there);
    if (there !== undefined && JSON.stringify(known) === JSON.stringify(value)) continue;
    // What an earlier token or port of ours left there is ours to renew.
    if (there !== undefined && !isOurs(path, known, root && getNodeValue(root)))
      return { kind: 'conflict', what: path.join('.') };
    text = applyEdits(text, modify(text, [...path], value, { formattingOptions: FORMATTING }));
  }
  return text === present ? { kind: 'there-already' } : { kind: 'merged', text };
}

/** A header list with nothing but the gateway's own header, the value of that header, or a gateway's address beside it. */
function isOurs(path: readonly string[], value: unknown, present: unknown): boolean {
  if (typeof value !== 'string') return false;
  if (path.at(-1) === TOKEN_HEADER || OWN_HEADERS.test(value)) return true;
  // Some other program on this machine may have such an address too: ours stands beside our header.
  return OWN_ADDRESS.test(value) && JSON.stringify(siblings(path, present)).includes(TOKEN_HEADER);
}

function siblings(path: readonly string[], present: unknown): unknown {
  return path.slice(0, -1).reduce<unknown>((inner, name) => fieldsOf(inner)[name], present);
}

/** Values that are no objects, by their path. */
function leaves(value: unknown, path: readonly string[] = []): readonly (readonly [readonly string[], unknown])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

function mergeToml(present: string, added: string): Merged {
  const table = added.search(/^\[/m);
  const keys = (table < 0 ? added : added.slice(0, table)).trim();
  const tables = table < 0 ? '' : added.slice(table).trim();
  const { top, rest } = withoutOwnTable(present, tables);
  const lines = top.split(/\r?\n/).map((line) => line.trim());
  const wanted = keys.split('\n');
  const hasKeys = wanted.every((line) => lines.includes(line));
  if (hasKeys && present.includes(tables)) return { kind: 'there-already' };
  const taken =
    (hasKeys ? undefined : namesIn(keys).find((name) => startsWith(top, `${escaped(name)}\\s*=`))) ??
    tableNames(tables).find((name) => startsWith(`${top}\n${rest}`, `\\[\\s*${escaped(name)}\\s*\\]`));
  if (taken !== undefined) return { kind: 'conflict', what: taken };
  // Keys of the file itself stand before its first table.
  return {
    kind: 'merged',
    text: [hasKeys ? '' : keys, `${top}${rest}`.trim(), tables]
      .filter((part) => part !== '')
      .join('\n\n')
      .concat('\n'),
  };
}

/**
 * A TOML file in two: what stands before its first table, and its tables without the one that an earlier token or port of
 * ours left there. That one has our header, and nothing but what we write.
 */
function withoutOwnTable(present: string, tables: string): { readonly top: string; readonly rest: string } {
  const first = present.search(/^\s*\[/m);
  if (first < 0) return { top: present, rest: '' };
  const [name = ''] = tableNames(tables);
  const sections = present.slice(first).split(/^(?=[ \t]*\[)/m);
  const kept = sections.filter((section) => {
    const isSame = startsWith(section, `\\[\\s*${escaped(name)}\\s*\\]`);
    const known = new Set(namesIn(tables));
    return !(isSame && section.includes(TOKEN_HEADER) && namesIn(section).every((key) => known.has(key)));
  });
  return { top: present.slice(0, first), rest: kept.join('') };
}

function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/^\s*([\w-]+)\s*=/gm)].map(([, name]) => name ?? '');
}

function tableNames(text: string): readonly string[] {
  return [...text.matchAll(/^\[([^\]]+)\]/gm)].map(([, name]) => name ?? '');
}

function startsWith(text: string, pattern: string): boolean {
  return new RegExp(`^\\s*${pattern}`, 'm').test(text);
}

function escaped(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
