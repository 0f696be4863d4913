import type { TextDocumentContentChangeEvent } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Span } from '../usage/outcomes/survival.ts';
import { isTyping, type TextChange, typedAfter } from '../usage/outcomes/typing.ts';

interface Typed {
  readonly spans: readonly Span[];
  /** The last change, and what was typed before it. */
  readonly last: { readonly change: TextChange; readonly before: readonly Span[] };
}

/**
 * Keeps open documents as the editor has them, and with them what their person has typed: agents outside of the editor change
 * the disk, and those inside put in more at once than a key does.
 */
export class TypedTexts {
  readonly #typed = new Map<string, Typed>();

  create(uri: string, languageId: string, version: number, text: string): TextDocument {
    return TextDocument.create(uri, languageId, version, text);
  }

  update(document: TextDocument, changes: TextDocumentContentChangeEvent[], version: number): TextDocument {
    const { uri } = document;
    let updated = document;
    for (const change of changes) {
      this.#note(uri, changeOf(updated, change));
      updated = TextDocument.update(updated, [change], version);
    }
    return updated;
  }

  /** What of a document was typed, in order; undefined where nothing has changed since it was opened. */
  in(uri: string): readonly Span[] | undefined {
    return this.#typed.get(uri)?.spans;
  }

  /** What changed last in a document is a ghost text that its person took. */
  taken(uri: string): void {
    const known = this.#typed.get(uri);
    if (known === undefined) return;
    const { change, before } = known.last;
    this.#typed.set(uri, { ...known, spans: typedAfter(before, change, true) });
  }

  forget(uri: string): void {
    this.#typed.delete(uri);
  }

  #note(uri: string, change: TextChange): void {
    const before = this.in(uri) ?? [];
    this.#typed.set(uri, { spans: typedAfter(before, change, isTyping(change, before)), last: { change, before } });
  }
}

function changeOf(document: TextDocument, change: TextDocumentContentChangeEvent): TextChange {
  if (!('range' in change)) return { start: 0, removed: document.getText(), inserted: change.text };
  const { range, text: inserted } = change;
  return { start: document.offsetAt(range.start), removed: document.getText(range), inserted };
}
