import { spoken } from '../routing/labels.ts';
import { escapeMarkdown, withCode } from '../routing/markdown.ts';

/** A page for people, before it is a terminal's or an editor's. */
export interface Page {
  readonly title: string;
  readonly sections: readonly Section[];
}

/** A heading where it needs one, a table where it has one, and sentences after that. Ids in sentences are in backticks. */
export interface Section {
  readonly heading?: string;
  readonly table?: Table;
  readonly lines: readonly string[];
}

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Columns of numbers, which end at the same place. */
  readonly numbers?: readonly number[];
}

/** A text, or one that is meant to be seen. */
export type Cell = string | { readonly text: string; readonly tone: 'bad' | 'name' };

/** A page as Markdown. Everything in it may come from a policy that nobody has reviewed, so all of it is escaped. */
export function pageMarkdown({ title, sections }: Page): string {
  return [`# ${escapeMarkdown(spoken(title))}`, ...sections.flatMap(sectionMarkdown)].join('\n');
}

function sectionMarkdown({ heading, table, lines }: Section): readonly string[] {
  return [
    '',
    ...(heading === undefined ? [] : [`## ${escapeMarkdown(spoken(heading))}`, '']),
    ...(table === undefined ? [] : tableMarkdown(table)),
    ...lines.flatMap((line) => [withCode(line), '']),
  ];
}

function tableMarkdown({ head, rows, numbers = [] }: Table): readonly string[] {
  return [
    row(head.map(cellMarkdown)),
    row(head.map((_, place) => (numbers.includes(place) ? '--:' : '---'))),
    ...rows.map((cells) => row(cells.map(cellMarkdown))),
    '',
  ];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function cellMarkdown(cell: Cell): string {
  if (typeof cell === 'string') return escapeMarkdown(spoken(cell));
  const text = escapeMarkdown(spoken(cell.text));
  return text === '' ? '' : `**${text}**`;
}
