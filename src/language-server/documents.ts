import { parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Connection, TextDocuments } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { readRegularFile } from '../workspace/untracked.ts';
import { TypedTexts } from './typedTexts.ts';

/** A text longer than this is not compared with the disk: it counts as it was opened. */
const largestCompared = 5_000_000;

export type Documents = TextDocuments<TextDocument>;

/** What the editor has open, kept up with every keystroke, and which of it is not on the disk yet. */
export interface OpenDocuments {
  readonly all: Documents;
  /** Open documents with changes that were not saved. */
  unsaved(): readonly TextDocument[];
  readonly typed: TypedTexts;
}

export function openDocuments(connection: Connection): OpenDocuments {
  const typed = new TypedTexts();
  const all = new TextDocuments(typed);
  const saved = new Map<string, number>();
  all.onDidOpen(async ({ document }) => {
    const { uri, version } = document;
    saved.set(uri, version);
    // An editor that was closed with unsaved changes brings them back when it opens.
    if ((await differsFromDisk(uri, document.getText())) && saved.get(uri) === version) saved.delete(uri);
  });
  all.onDidSave(({ document }) => saved.set(document.uri, document.version));
  all.onDidClose(({ document: { uri } }) => {
    saved.delete(uri);
    typed.forget(uri);
  });
  all.listen(connection);
  return {
    all,
    typed,
    unsaved: () => all.all().filter((document) => saved.get(document.uri) !== document.version),
  };
}

/** Whether a text is not what lies on the disk; a file that cannot be read is taken to be as it was opened. */
async function differsFromDisk(uri: string, text: string): Promise<boolean> {
  const path = localPath(uri);
  if (path === undefined) return false;
  const file = await readRegularFile(parse(path).root, path, largestCompared);
  return file.kind === 'content' && file.bytes.toString('utf8').replace(/^\ufeff/, '') !== text;
}

/** Undefined for a URI that is no file of this machine. */
function localPath(uri: string): string | undefined {
  try {
    return uri.startsWith('file:') ? fileURLToPath(uri) : undefined;
  } catch {
    return undefined; // another host, or an encoded slash
  }
}
