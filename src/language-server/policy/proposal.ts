import { CompletionItemKind } from 'vscode-languageserver/node';

/** Something that may be written at a place, as a whole value or key with its quotes. */
export interface Proposal {
  readonly label: string;
  /** In place of what stands there; a snippet where `isSnippet`. */
  readonly insert: string;
  readonly kind: CompletionItemKind;
  readonly detail?: string;
  /** Plain text. */
  readonly documentation?: string;
  readonly isSnippet?: boolean;
  /** More of the same value is to come, such as the rest of a path. */
  readonly goesOn?: boolean;
}

/** A text as it is written in the file. */
export function written(
  text: string,
  kind: CompletionItemKind = CompletionItemKind.Value,
  more: Partial<Proposal> = {},
): Proposal {
  return { label: text, insert: JSON.stringify(text), kind, ...more };
}
