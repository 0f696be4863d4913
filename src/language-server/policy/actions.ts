import { type JSONPath, modify } from 'jsonc-parser';
import { type CodeAction, CodeActionKind, type Diagnostic, type TextEdit } from 'vscode-languageserver/node';
import { textRange } from '../../policy/document.ts';
import { referencesIn, targetPlaces } from '../../policy/walk.ts';
import { toRange } from '../positions.ts';
import { type Mend, source } from './diagnoser.ts';
import type { Look } from './openPolicies.ts';
import { textAt } from './texts.ts';

/** Texts larger than this are not edited for anybody: each edit reads all of it. */
const largestEdited = 1_000_000;

/** What mends these diagnostics: the fix that one carries, or what it asks for, where it is certain. */
export function actionsFor(look: Look, diagnostics: readonly Diagnostic[]): CodeAction[] {
  return diagnostics
    .filter((diagnostic) => diagnostic.source === source)
    .flatMap((diagnostic) => [...fixOf(look, diagnostic), ...additionOf(look, diagnostic)]);
}

function fixOf({ uri }: Look, diagnostic: Diagnostic): readonly CodeAction[] {
  const { data } = diagnostic;
  if (!isMend(data)) return [];
  return [action(uri, data.title, diagnostic, [{ range: diagnostic.range, newText: data.replacement }], true)];
}

function isMend(data: unknown): data is Mend {
  return (
    typeof data === 'object' &&
    data !== null &&
    typeof Reflect.get(data, 'title') === 'string' &&
    typeof Reflect.get(data, 'replacement') === 'string'
  );
}

/** Defines what is named and missing. */
function additionOf(look: Look, diagnostic: Diagnostic): readonly CodeAction[] {
  const { reading } = look;
  const name = nameAt(look, diagnostic);
  switch (diagnostic.code) {
    case 'unknown-alias': {
      if (name === undefined) return [];
      const model = firstModel(look) ?? 'provider/model';
      return [addition(look, diagnostic, `Create the alias ${JSON.stringify(name)}`, ['models', name], [model])];
    }
    case 'unknown-gate':
      if (name === undefined) return [];
      return [
        addition(look, diagnostic, `Add the gate ${JSON.stringify(name)} to "review"`, ['review', name], {
          who: '@your-org/your-team',
        }),
      ];
    case 'missing-key':
      return textAt(reading.document, ['version']) === undefined && String(diagnostic.message).includes('"version"')
        ? [addition(look, diagnostic, 'Add "version": 1', ['version'], 1)]
        : [];
    default:
      return [];
  }
}

/** The text that a diagnostic points at. */
function nameAt({ reading: { text, document } }: Look, { range }: Diagnostic): string | undefined {
  const start = document.lineStarts[range.start.line];
  const end = document.lineStarts[range.end.line];
  if (start === undefined || end === undefined) return undefined;
  const shown = text.slice(start + range.start.character, end + range.end.character);
  try {
    const value: unknown = JSON.parse(shown);
    return typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value) ? value : undefined;
  } catch {
    return undefined; // not a text on its own, such as an object or a comment
  }
}

/** The first model that the policy names, as a beginning. */
function firstModel({ reading: { sound, document } }: Look): string | undefined {
  const written = textAt(document, ['default']) ?? textAt(document, ['default', 0]);
  if (written?.includes('/') === true) return written;
  if (sound === undefined) return undefined;
  for (const place of targetPlaces(sound.policy.source)) {
    for (const { value } of referencesIn(place)) if (value.includes('/')) return value;
  }
  return undefined;
}

function addition(look: Look, diagnostic: Diagnostic, title: string, path: JSONPath, value: unknown): CodeAction {
  return action(look.uri, title, diagnostic, editsFor(look, path, value), false);
}

function editsFor({ reading: { text, document } }: Look, path: JSONPath, value: unknown): TextEdit[] {
  if (text.length > largestEdited) return [];
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const edits = modify(text, path, value, { formattingOptions: { insertSpaces: true, tabSize: 2, eol } });
  return edits.map(({ offset, length, content }) => ({
    range: toRange(textRange(document, offset, offset + length)),
    newText: content,
  }));
}

function action(
  uri: string,
  title: string,
  diagnostic: Diagnostic,
  edits: TextEdit[],
  isPreferred: boolean,
): CodeAction {
  return {
    title,
    kind: CodeActionKind.QuickFix,
    diagnostics: [diagnostic],
    edit: { changes: { [uri]: edits } },
    isPreferred,
  };
}
