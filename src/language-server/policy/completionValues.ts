import { CompletionItemKind } from 'vscode-languageserver/node';
import * as z from 'zod';
import type { DocumentPath } from '../../policy/document.ts';
import { policySnippet, type Snippet, snippets } from '../../policy/jsonSchema.ts';
import { outerNames } from '../../policy/outer.ts';
import { schemasAt } from '../../policy/schemaPath.ts';
import { modelProposals, targetGlobProposals, targetProposals } from './completionTargets.ts';
import { snippetText } from './insertion.ts';
import type { Look } from './openPolicies.ts';
import { type Proposal, written } from './proposal.ts';
import { roleOfValue } from './roles.ts';
import { idsIn, keysIn } from './texts.ts';

/** The values that may stand at a path, globs and files apart. */
export function valueProposals(look: Look, path: DocumentPath, isInText: boolean): readonly Proposal[] {
  const named = namesAt(look, path);
  if (named !== undefined) return [...named, ...(isInText ? [] : objectsAt(path))];
  return [...(isInText ? [] : objectsAt(path)), ...wordsAt(path, isInText)];
}

function namesAt(look: Look, path: DocumentPath): readonly Proposal[] | undefined {
  const { document, outer } = look.reading;
  const around = outerNames({ outer });
  const references = (names: Iterable<string>): readonly Proposal[] =>
    [...new Set(names)].map((name) => written(name, CompletionItemKind.Reference));
  switch (roleOfValue(path)) {
    case 'target':
      return targetProposals(look, path);
    case 'model':
      return modelProposals(look);
    case 'target-glob':
      return targetGlobProposals(look);
    case 'provider':
      return look.surroundings.knowledge.providers.map((id) => written(id, CompletionItemKind.Module));
    case 'gate':
      return references([...keysIn(document, ['review']), ...around.gates.keys()]);
    case 'class':
      return references([...idsIn(document, ['classes']), ...around.classes, 'default']);
    case 'rule':
      return references([...idsIn(document, ['constraints']), ...idsIn(document, ['budgets']), ...around.budgets]);
    case 'source':
      return ['solo', 'team', 'regulated', 'local'].map((name) => written(`preset:${name}`, CompletionItemKind.File));
    default:
      return undefined;
  }
}

/** The words that the schema allows: enumerations, constants, truth values. */
function wordsAt(path: DocumentPath, isInText: boolean): readonly Proposal[] {
  const values = schemasAt(path).flatMap((schema): readonly unknown[] => {
    if (schema instanceof z.ZodEnum) return schema.options;
    if (schema instanceof z.ZodLiteral) return [...schema.values];
    return schema instanceof z.ZodBoolean ? [true, false] : [];
  });
  return [...new Set(values)].flatMap((value): readonly Proposal[] => {
    if (typeof value === 'string') return [written(value, CompletionItemKind.EnumMember)];
    return isInText ? [] : [{ label: String(value), insert: String(value), kind: CompletionItemKind.Value }];
  });
}

/** Whole objects to begin with. */
function objectsAt(path: DocumentPath): readonly Proposal[] {
  const [section, index] = path;
  const isItem = path.length === 2 && typeof index === 'number';
  const offered: Readonly<Record<string, readonly Snippet[] | undefined>> = {
    classes: snippets['ClassOfWork'],
    constraints: snippets['Constraint'],
    budgets: snippets['Budget'],
  };
  const found = path.length === 0 ? [policySnippet] : isItem ? (offered[String(section)] ?? []) : [];
  return found.map((snippet) => ({
    label: snippet.label,
    insert: snippetText(snippet),
    kind: CompletionItemKind.Snippet,
    documentation: snippet.description,
    isSnippet: true,
  }));
}
