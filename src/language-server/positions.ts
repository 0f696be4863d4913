import type { Range } from 'vscode-languageserver/node';
import type { TextRange } from '../policy/diagnostic.ts';

/** Ours are counted from 1, the protocol's from 0. */
export function toRange(range: TextRange): Range {
  return {
    start: { line: range.line - 1, character: range.column - 1 },
    end: { line: range.endLine - 1, character: range.endColumn - 1 },
  };
}
