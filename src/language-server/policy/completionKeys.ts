import { CompletionItemKind } from 'vscode-languageserver/node';
import * as z from 'zod';
import type { DocumentPath } from '../../policy/document.ts';
import { outerNames } from '../../policy/outer.ts';
import { type AllowedKey, keysAt, schemasAt } from '../../policy/schemaPath.ts';
import { modelProposals } from './completionTargets.ts';
import { isSeparated } from './insertion.ts';
import type { Look } from './openPolicies.ts';
import type { Proposal } from './proposal.ts';
import { roleOfKey } from './roles.ts';
import { idsIn, keysIn, textAt } from './texts.ts';

/** The keys that an object may have still: what is required first, then in the order of the schema. */
export function keyProposals(
  look: Look,
  path: DocumentPath,
  { isInText, after }: { readonly isInText: boolean; readonly after: string },
): readonly Proposal[] {
  const object = path.slice(0, -1);
  const present = new Set(keysIn(look.reading.document, object));
  // What is being typed is no reason not to offer it.
  const typed = path.at(-1);
  if (isInText && typeof typed === 'string') present.delete(typed);
  const hasValue = /^\s*:/.test(after);
  const comma = hasValue || isSeparated(after, 0) ? '' : ',';
  const names = namesAt(look, [...object, '']);
  if (names !== undefined) {
    const value = valueFor([...object, 'name']);
    return names
      .filter((name) => !present.has(name))
      .map((name) => ({
        label: name,
        insert: JSON.stringify(name).replaceAll('$', '\\$') + (hasValue ? '' : `: ${value}${comma}`),
        kind: CompletionItemKind.Reference,
        isSnippet: true,
      }));
  }
  const keys = keysAt(object).filter(({ key }) => !present.has(key));
  return [...keys.filter(({ required }) => required), ...keys.filter(({ required }) => !required)].map((allowed) => ({
    ...proposalOf(allowed),
    insert:
      JSON.stringify(allowed.key).replaceAll('$', '\\$') +
      (hasValue ? '' : `: ${valueFor([...object, allowed.key])}${comma}`),
    isSnippet: true,
  }));
}

function proposalOf({
  key,
  required,
  description,
}: AllowedKey): Pick<Proposal, 'label' | 'kind' | 'detail' | 'documentation'> {
  return {
    label: key,
    kind: CompletionItemKind.Property,
    ...(required ? { detail: 'required' } : {}),
    ...(description === undefined ? {} : { documentation: description }),
  };
}

/** The names that keys of this object can be, where they are names; undefined where the schema lists them. */
function namesAt(look: Look, path: DocumentPath): readonly string[] | undefined {
  const { document, outer } = look.reading;
  switch (roleOfKey(path)) {
    case 'class':
      return idsIn(document, ['classes']).filter((id) => !hasUse(look, id));
    case 'budget':
      return ['task', ...idsIn(document, ['budgets']), ...outerNames({ outer }).budgets];
    case 'model':
      return modelProposals(look).map(({ label }) => label);
    case undefined:
      return undefined;
    default:
      return [];
  }
}

/** Whether a class says itself where it goes, so that a route for it would be an error. */
function hasUse({ reading: { document } }: Look, id: string): boolean {
  const index = idsIn(document, ['classes']).indexOf(id);
  return textAt(document, ['classes', index, 'id']) === id && keysIn(document, ['classes', index]).includes('use');
}

/** A first value for a key, to be filled in. */
function valueFor(path: DocumentPath): string {
  const schemas = schemasAt(path);
  const [first] = schemas;
  if (first instanceof z.ZodLiteral) return JSON.stringify([...first.values][0]);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a choice, as editors' snippets write it.
  if (first instanceof z.ZodBoolean) return '${1|true,false|}';
  if (first instanceof z.ZodNumber) return '$1';
  if (first instanceof z.ZodArray) return first.element instanceof z.ZodString ? '["$1"]' : '[$1]';
  if (first instanceof z.ZodObject || first instanceof z.ZodRecord) return '{ $1 }';
  return first === undefined ? '$1' : '"$1"';
}
