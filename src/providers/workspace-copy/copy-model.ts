import { type Refusal, refusalOf } from './admission.ts';
import { type Completion, continuation, nextToken } from './continuation.ts';
import { type Cursor, readCursor } from './cursor.ts';
import { DraftPart } from './draft.ts';
import { Lexicon } from './lexicon.ts';
import { Library, ownerAt } from './library.ts';
import { TokenBuffer } from './token.ts';
import { LOCALITY, type Shelving } from './vote.ts';

export interface CopyModelOptions {
  /** Tokens kept at most, at 18 bytes each or a little more; files beyond are refused. Default 8 million. */
  readonly maxTokens?: number;
}

/** Where the cursor stands. */
export interface CopyQuery {
  /** The file, with `/` between folders, as it was given to `index`. */
  readonly path: string;
  /** The whole text before the cursor; what is left out cannot be copied from. */
  readonly prefix: string;
  /** The whole text after it. */
  readonly suffix: string;
}

export interface PredictQuery extends CopyQuery {
  /** Lines at most. More than one is meant for the start of an empty block (`isAtEmptyBlock`). Default 1. */
  readonly maxLines?: number;
  /** Below it nothing is returned. Default 0; `isWorthShowing` says what to show. */
  readonly minConfidence?: number;
}

export type IndexOutcome =
  | { readonly kind: 'indexed' | 'unchanged'; readonly tokens: number }
  /** `full`: no room for its tokens. What stood under the path before is taken out as well. */
  | { readonly kind: 'refused'; readonly reason: Refusal | 'full' };

export interface CopyModel {
  /** Puts a file's text in the place of what was known under `path`. Synchronous: yield between files. */
  index(path: string, text: string): IndexOutcome;
  /** Forgets a file; false when it was not known. */
  remove(path: string): boolean;
  /** The rest of the line, or more; undefined when nothing known continues this. */
  predict(query: PredictQuery): Completion | undefined;
  /** The next token with the white space before it, or what is left of the one being typed; `\n` for a line's end. */
  nextToken(query: CopyQuery): { readonly text: string; readonly confidence: number } | undefined;
  /** Tokens and files indexed, and bytes held by the arrays. */
  size(): { readonly tokens: number; readonly files: number; readonly bytes: number };
}

/**
 * A completer that copies from the files it was given: no network, no weights, no cost.
 *
 * What a query says about its own file is used as it stands there, so the file being edited need not be indexed at
 * each change: the last indexed version of it counts as any other file of its folder, but for the line at the cursor,
 * which may have been half typed when it was indexed. It invents no word. The caller decides which files it sees.
 */
export function createCopyModel(options: CopyModelOptions = {}): CopyModel {
  const lexicon = new Lexicon();
  const library = new Library(lexicon, options.maxTokens ?? 8_000_000);
  const buffer = new TokenBuffer();
  const above = new DraftPart(lexicon, buffer);
  const below = new DraftPart(lexicon, buffer);

  function read({ prefix, suffix }: CopyQuery): Cursor {
    above.followEnd(prefix.slice(0, prefix.lastIndexOf('\n') + 1));
    const newline = suffix.indexOf('\n');
    below.followStart(newline < 0 ? '' : suffix.slice(newline + 1));
    return readCursor(prefix, suffix, above, lexicon);
  }

  function shelvings(path: string): Shelving[] {
    const sameFile = () => LOCALITY.sameFile;
    const folder = library.folderOf(path);
    const own = library.find(path)?.id;
    const isCurrent = () => false;
    return [
      { shelf: above.shelf, locality: sameFile, isStale: isCurrent },
      { shelf: below.shelf, locality: sameFile, isStale: isCurrent },
      ...library.shelves.map((shelf) => ({
        shelf: shelf.tokens,
        locality: (position: number) =>
          library.folders[ownerAt(shelf, position)] === folder ? LOCALITY.sameFolder : LOCALITY.elsewhere,
        isStale: (position: number) => ownerAt(shelf, position) === own,
      })),
    ];
  }

  return {
    index(path, text) {
      const reason = refusalOf(path, text);
      if (reason !== undefined) {
        library.remove(path);
        return { kind: 'refused', reason };
      }
      const outcome = library.put(path, text);
      return outcome.kind === 'full' ? { kind: 'refused', reason: 'full' } : outcome;
    },
    remove: (path) => library.remove(path),
    predict(query) {
      const { maxLines = 1, minConfidence = 0 } = query;
      return continuation(read(query), shelvings(query.path), lexicon, { maxLines, minConfidence });
    },
    nextToken: (query) => nextToken(read(query), shelvings(query.path), lexicon),
    size: () => ({ tokens: library.tokens, files: library.files, bytes: library.bytes + lexicon.bytes }),
  };
}
