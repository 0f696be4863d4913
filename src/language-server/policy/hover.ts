import type { Hover } from 'vscode-languageserver/node';
import { type DocumentPath, rangeInDocument } from '../../policy/document.ts';
import { locate } from '../../policy/locate.ts';
import { descriptionAt } from '../../policy/schemaPath.ts';
import { toRange } from '../positions.ts';
import { globLines, listLines } from './hoverFiles.ts';
import { budgetLines, classLines, constraintLines, gateLines } from './hoverRules.ts';
import { targetLines } from './hoverTargets.ts';
import { plain } from './markdown.ts';
import type { Look } from './openPolicies.ts';
import { roleOfKey, roleOfValue } from './roles.ts';
import { textAt } from './texts.ts';

/** What can be said of the place at an offset of a policy's text; undefined where there is nothing to say. */
export function hoverAt(look: Look, offset: number): Hover | undefined {
  const { reading } = look;
  const place = locate(reading.text, offset);
  if (place === undefined || reading.document.root === undefined) return undefined;
  const { path, isKey } = place;
  const lines = isKey ? keyLines(look, path) : valueLines(look, path);
  if (lines.length === 0) return undefined;
  const range = rangeInDocument(reading.document, path, isKey ? 'key' : 'value');
  return { contents: { kind: 'markdown', value: lines.join('\n\n') }, range: toRange(range) };
}

function keyLines(look: Look, path: DocumentPath): readonly string[] {
  const name = path.at(-1);
  if (typeof name !== 'string') return [];
  const role = roleOfKey(path);
  switch (role) {
    case 'target':
    case 'model':
      return targetLines(look, name);
    case 'class':
      return classLines(look, name);
    case 'gate':
      return gateLines(look, name);
    case 'budget':
      return budgetLines(look, name);
    default: {
      const described = descriptionAt(path);
      return [...(described === undefined ? [] : [plain(described)]), ...listLines(look, path)];
    }
  }
}

function valueLines(look: Look, path: DocumentPath): readonly string[] {
  const text = textAt(look.reading.document, path);
  if (text === undefined) return [];
  switch (roleOfValue(path)) {
    case 'glob':
      return globLines(look, text);
    case 'target':
    case 'model':
      return targetLines(look, text);
    case 'gate':
      return gateLines(look, text);
    case 'class':
      return classLines(look, text);
    case 'rule':
      return [...constraintLines(look, text), ...budgetLines(look, text)];
    case 'own-id':
      return ownLines(look, path, text);
    default:
      return [];
  }
}

function ownLines(look: Look, [section]: DocumentPath, id: string): readonly string[] {
  switch (section) {
    case 'classes':
      return classLines(look, id);
    case 'constraints':
      return constraintLines(look, id);
    case 'budgets':
      return budgetLines(look, id);
    default:
      return [];
  }
}
