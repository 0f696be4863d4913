import { createScanner, type SyntaxKind } from 'jsonc-parser';
import type { Snippet } from '../../policy/jsonSchema.ts';

// Ambient const enums cannot be inlined by a compiler that only strips types.
const token = {
  closeBrace: 2 satisfies SyntaxKind.CloseBraceToken,
  closeBracket: 4 satisfies SyntaxKind.CloseBracketToken,
  comma: 5 satisfies SyntaxKind.CommaToken,
  endOfFile: 17 satisfies SyntaxKind.EOF,
} as const;

/** How far before the cursor a bare word is looked for. */
const longestWord = 256;

/** Where the bare word that ends at the cursor begins: a key or a name that is typed without its quotes. */
export function wordStart(text: string, offset: number): number {
  const before = text.slice(Math.max(0, offset - longestWord), offset);
  return offset - (/[\w$./-]*$/.exec(before)?.[0].length ?? 0);
}

/** Whether what follows an offset needs no comma before it. */
export function isSeparated(text: string, offset: number): boolean {
  const scanner = createScanner(text, true);
  scanner.setPosition(offset);
  const next: number = scanner.scan();
  return next === token.comma || next === token.closeBrace || next === token.closeBracket || next === token.endOfFile;
}

/** A snippet's body as an editor inserts it: `"^${2:50}"` stands for a number, so that its quotes fall away. */
export function snippetText({ body }: Pick<Snippet, 'body'>): string {
  return JSON.stringify(body, undefined, 2).replace(/"\^((?:[^"\\]|\\.)*)"/g, '$1');
}
