import { hash } from 'node:crypto';
import type { Word } from './rollups.ts';

/** The words of a cell; labels as {@link labelsText} writes them. */
export type Words<Of extends Word = Word> = Readonly<Record<Of, string | boolean>>;

/**
 * What tells cells apart, also those of one roll-up from those of another, as the database works it out when it counts again
 * (`cellSql` in {@link ./rollupSql.ts}).
 *
 * @param text as {@link cellText} makes it
 * @returns a UUID without its dashes
 */
export function cellOf(rollup: 'attempts' | 'routes' | 'tasks', text: string): string {
  return hash('md5', `${rollup}\x1f${text}`, 'hex');
}

export function cellText<Of extends Word>(words: Words<Of>, names: readonly Of[]): string {
  return names.map((name) => textOf(words[name])).join('\x1f');
}

function textOf(word: string | boolean): string {
  if (typeof word === 'string') return word;
  return word ? 't' : 'f';
}

/** Labels as `jsonb` says them: shorter keys first, a space after each colon and comma. Neither keys nor values need an escape. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  if (labels === undefined) return '{}';
  const keys = Object.keys(labels).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  return `{${keys.map((key) => `${JSON.stringify(key)}: ${JSON.stringify(labels[key])}`).join(', ')}}`;
}
