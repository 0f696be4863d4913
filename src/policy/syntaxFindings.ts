import type { Node, ParseError } from 'jsonc-parser';
import type { Diagnostic } from './diagnostic.ts';
import { type PolicyDocument, type Refusal, textRange } from './document.ts';
import { type Finding, quote } from './finding.ts';
import { limits } from './schema.ts';

/** By jsonc-parser's `ParseErrorCode`. */
const SYNTAX_MESSAGES: Readonly<Record<number, string>> = {
  1: 'This is not JSON. Texts stand in double quotes; other words are only true, false and null.',
  2: 'This is not a number that JSON knows. Write it like 3, 0.5 or 1e3.',
  3: 'A key in double quotes is expected here.',
  4: 'A value is expected here.',
  5: 'A ":" is expected here, between the key and its value.',
  6: 'A "," is expected here, between one entry and the next.',
  7: 'A "}" is missing here.',
  8: 'A "]" is missing here.',
  9: 'The policy ends before this. Remove what follows, or put it inside the braces.',
  10: 'This comment cannot stand here.',
  11: 'This comment never ends. Close it with "*/".',
  12: 'This text never ends. Close it with a double quote on the same line.',
  13: 'This number breaks off.',
  14: 'This is not a character: "\\u" takes four hexadecimal digits.',
  15: 'This "\\" escapes nothing that JSON knows. Write "\\\\" for a backslash, or "/" between folders.',
  16: 'This character cannot stand in a text. Write it as an escape, "\\n" or "\\t" for instance.',
};

/** The diagnostic for a text that was not looked at. */
export function refusalDiagnostic(document: PolicyDocument, refused: Refusal): Diagnostic {
  const range = textRange(document, refused.offset, Math.min(refused.offset + 1, document.text.length));
  const about = { severity: 'error', range, path: [] } as const;
  switch (refused.kind) {
    case 'too-large':
      return {
        ...about,
        code: 'too-large',
        message: `A policy has at most ${limits.fileBytes / (1024 * 1024)} MB; this file is larger and was not read. Shorten it.`,
      };
    case 'too-many':
      return {
        ...about,
        code: 'too-large',
        message: `A policy has at most ${limits.values.toLocaleString('en-US')} values; this file has more and was not read. Shorten it.`,
      };
    case 'too-many-conditions':
      return {
        ...about,
        code: 'too-large',
        message: `A policy has at most ${limits.nestedConditions.toLocaleString('en-US')} conditions within "anyOf" and "not"; this one has more. Name what they have in common.`,
      };
    case 'too-blank':
      return {
        ...about,
        code: 'too-large',
        message: `More than ${limits.blanks.toLocaleString('en-US')} spaces and line breaks stand in a row here, so the file was not read. Remove them.`,
      };
    case 'too-deep':
      return {
        ...about,
        code: 'too-deep',
        message: `Brackets are nested deeper than ${limits.nesting} levels here, so the file was not read. Remove levels.`,
      };
  }
}

/** Where the text is not JSON with comments. */
export function syntaxDiagnostics(document: PolicyDocument): Diagnostic[] {
  if (document.root === undefined && document.text.trim() === '') {
    const message = 'The file is empty. The smallest policy is { "version": 1, "default": "provider/model" }.';
    return [{ code: 'syntax', severity: 'error', message, range: textRange(document, 0, 0), path: [] }];
  }
  return document.syntaxErrors.map((error) => ({
    code: 'syntax',
    severity: 'error',
    message: SYNTAX_MESSAGES[error.error] ?? 'This is not JSON.',
    range: rangeOfError(document, error),
    path: [],
  }));
}

/** Something is underlined even where the mistake is that nothing is there. */
function rangeOfError(document: PolicyDocument, error: ParseError): Diagnostic['range'] {
  const start = Math.min(error.offset, Math.max(0, document.text.length - 1));
  return textRange(document, start, Math.min(document.text.length, Math.max(error.offset + error.length, start + 1)));
}

/** A key that cannot stand where it does. Of a repeated one, which would win is not a guess to make. */
export interface BadKey {
  readonly node: Node;
  readonly finding: Omit<Finding, 'part'>;
}

/** Keys that stand twice in one object, and the one name that no object may have. The tree's depth is limited. */
export function findBadKeys(root: Node): BadKey[] {
  const found: BadKey[] = [];
  const path: (string | number)[] = [];
  const visit = (node: Node): void => {
    if (node.type === 'array') {
      for (const [index, child] of (node.children ?? []).entries()) inside(child, index);
    } else if (node.type === 'object') visitKeys(node.children ?? []);
  };
  const inside = (child: Node, step: string | number): void => {
    if (child.children === undefined) return;
    path.push(step);
    visit(child);
    path.pop();
  };
  const visitKeys = (properties: readonly Node[]): void => {
    const seen = new Set<string>();
    for (const { children: [keyNode, child] = [] } of properties) {
      if (keyNode === undefined) continue;
      const key = String(keyNode.value);
      const finding = badKey(key, seen.has(key));
      if (finding !== undefined) found.push({ node: keyNode, finding: { ...finding, path: [...path, key] } });
      seen.add(key);
      if (child !== undefined) inside(child, key);
    }
  };
  visit(root);
  return found;
}

function badKey(key: string, isRepeated: boolean): Omit<BadKey['finding'], 'path'> | undefined {
  if (isRepeated) {
    const message = `${quote(key)} stands here a second time. Keep one of them.`;
    return { code: 'duplicate-key', severity: 'error', message };
  }
  if (key !== '__proto__') return undefined;
  const message = '"__proto__" cannot be a name in a policy. Choose another.';
  return { code: 'unknown-key', severity: 'error', message };
}
