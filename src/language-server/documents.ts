import { type Connection, TextDocuments } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';

export type Documents = TextDocuments<TextDocument>;

/** What the editor has open, kept up with every keystroke, and which of it is not on the disk yet. */
export interface OpenDocuments {
  readonly all: Documents;
  /** Open documents with changes that were not saved. */
  unsaved(): readonly TextDocument[];
}

export function openDocuments(connection: Connection): OpenDocuments {
  const all = new TextDocuments(TextDocument);
  const saved = new Map<string, number>();
  all.onDidOpen(({ document }) => saved.set(document.uri, document.version));
  all.onDidSave(({ document }) => saved.set(document.uri, document.version));
  all.onDidClose(({ document }) => saved.delete(document.uri));
  all.listen(connection);
  return {
    all,
    unsaved: () => all.all().filter((document) => saved.get(document.uri) !== document.version),
  };
}
