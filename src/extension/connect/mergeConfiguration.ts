import { applyEdits, findNodeAtLocation, getNodeValue, modify, type ParseError, parseTree } from 'jsonc-parser';
import { type ClientConfiguration, TOKEN_HEADER } from '../../contract/clients/client.ts';

/** What became of adding lines to a person's file. Nothing of theirs is ever changed: then it is a `conflict`. */
export type Merged =
  | { readonly kind: 'merged'; readonly text: string }
  | { readonly kind: 'there-already' }
  /** `what` is set otherwise there, or cannot be read. */
  | { readonly kind: 'conflict'; readonly what: string };

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
    if (there !== undefined && !isOurs(path, known)) return { kind: 'conflict', what: path.join('.') };
    text = applyEdits(text, modify(text, [...path], value, { formattingOptions: FORMATTING }));
  }
  return text === present ? { kind: 'there-already' } : { kind: 'merged', text };
}

/** A header list with nothing but the gateway's own header, or the value of that header. */
function isOurs(path: readonly string[], value: unknown): boolean {
  if (typeof value !== 'string') return false;
  return path.at(-1) === TOKEN_HEADER || new RegExp(`^${TOKEN_HEADER}: [0-9a-f]+$`).test(value);
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
  if (present.includes(keys) && present.includes(tables)) return { kind: 'there-already' };
  const names = [...keys.matchAll(/^([\w-]+)\s*=/gm), ...tables.matchAll(/^\[([^\]]+)\]/gm)].map(
    ([, name]) => name ?? '',
  );
  const taken = names.find((name) => {
    const written = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return new RegExp(`^\\s*(?:${written}\\s*=|\\[${written}\\])`, 'm').test(present);
  });
  if (taken !== undefined) return { kind: 'conflict', what: taken };
  // Keys of the file itself stand before its first table.
  return {
    kind: 'merged',
    text: [keys, present.trim(), tables]
      .filter((part) => part !== '')
      .join('\n\n')
      .concat('\n'),
  };
}
