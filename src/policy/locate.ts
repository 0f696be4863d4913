import { getLocation } from 'jsonc-parser';
import type { TextRange } from './diagnostic.ts';
import {
  type DocumentPath,
  findRefusal,
  type NodePart,
  rangeInDocument,
  readDocument,
  withoutByteOrderMark,
} from './document.ts';

/** The rule or name that a place in a policy belongs to. */
export type PolicyPart =
  | { readonly kind: 'class' | 'constraint' | 'budget' | 'test'; readonly index: number; readonly path: DocumentPath }
  | { readonly kind: 'alias' | 'route' | 'gate' | 'price'; readonly name: string; readonly path: DocumentPath };

/** A place in the text of a policy. */
export interface PolicyPlace {
  readonly path: DocumentPath;
  /** Whether the place is in a key rather than in a value. */
  readonly isKey: boolean;
  readonly part?: PolicyPart;
}

const LISTS: Readonly<Record<string, 'class' | 'constraint' | 'budget' | 'test'>> = {
  classes: 'class',
  constraints: 'constraint',
  budgets: 'budget',
  tests: 'test',
};
const RECORDS: Readonly<Record<string, 'alias' | 'route' | 'gate' | 'price'>> = {
  models: 'alias',
  routes: 'route',
  review: 'gate',
  prices: 'price',
};

/**
 * What stands at an offset of a policy's text, whole or half typed: for hovers, completion and links. Undefined for text
 * that is too large or too deep to look at.
 */
export function locate(text: string, offset: number): PolicyPlace | undefined {
  if (findRefusal(text) !== undefined) return undefined;
  const location = getLocation(withoutByteOrderMark(text), offset);
  const part = partAt(location.path);
  return { path: location.path, isKey: location.isAtPropertyKey, ...(part === undefined ? {} : { part }) };
}

/** Where something stands in a policy's text; what is missing, where its nearest ancestor begins. */
export function rangeOf(text: string, path: DocumentPath, part: NodePart = 'value'): TextRange {
  return rangeInDocument(readDocument(text), path, part);
}

function partAt(path: DocumentPath): PolicyPart | undefined {
  const [section, step] = path;
  if (typeof section !== 'string' || step === undefined) return undefined;
  const place = path.slice(0, 2);
  if (typeof step === 'number') {
    const kind = Object.hasOwn(LISTS, section) ? LISTS[section] : undefined;
    return kind === undefined ? undefined : { kind, index: step, path: place };
  }
  const kind = Object.hasOwn(RECORDS, section) ? RECORDS[section] : undefined;
  return kind === undefined || step === '' ? undefined : { kind, name: step, path: place };
}
