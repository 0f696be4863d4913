import { getLocation } from 'jsonc-parser';
import type { CompletionItem, CompletionList, Range } from 'vscode-languageserver/node';
import { findRefusal, textRange, withoutByteOrderMark } from '../../policy/document.ts';
import { toRange } from '../positions.ts';
import { keyProposals } from './completionKeys.ts';
import { fileProposals, globProposals } from './completionPaths.ts';
import { valueProposals } from './completionValues.ts';
import { isSeparated, wordStart } from './insertion.ts';
import type { Look } from './openPolicies.ts';
import type { Proposal } from './proposal.ts';
import { roleOfValue } from './roles.ts';

/** Entries of one answer; the editor asks again as more is typed. */
const mostEntries = 500;

/** What of the text behind the cursor is looked at. */
const longestLookAhead = 10_000;

const nothing: CompletionList = { isIncomplete: false, items: [] };

/** What may be written at an offset of a policy's text, whole or half typed. */
export function completeAt(look: Look, offset: number): CompletionList {
  const { text, document } = look.reading;
  if (findRefusal(text) !== undefined) return nothing;
  const { path, isAtPropertyKey, previousNode } = getLocation(withoutByteOrderMark(text), offset);
  const isInText =
    (previousNode?.type === 'string' || previousNode?.type === 'property') &&
    offset > previousNode.offset &&
    (offset < previousNode.offset + previousNode.length || !isClosed(text, previousNode));
  const start = isInText ? previousNode.offset : wordStart(text, offset);
  const end = isInText ? previousNode.offset + previousNode.length : offset;
  const range = toRange(textRange(document, start, end));
  // What of the text stands before the cursor, as it means: escapes are rare in names and globs.
  const typed = isInText ? text.slice(start + 1, offset) : '';
  const proposals = isAtPropertyKey
    ? keyProposals(look, path, { isInText, after: text.slice(end, end + longestLookAhead) })
    : valuesAt(look, path, typed, isInText);
  const comma = isAtPropertyKey || isSeparated(text, end) ? '' : ',';
  const isPath = !isAtPropertyKey && ['glob', 'file'].includes(roleOfValue(path) ?? '');
  return {
    isIncomplete: isPath || proposals.length > mostEntries,
    items: proposals.slice(0, mostEntries).map((proposal, index) => toItem(proposal, index, range, comma)),
  };
}

function valuesAt(
  look: Look,
  path: ReturnType<typeof getLocation>['path'],
  typed: string,
  isInText: boolean,
): readonly Proposal[] {
  switch (roleOfValue(path)) {
    case 'glob':
      return globProposals(look, typed);
    case 'file':
      return fileProposals(look, typed);
    default:
      return valueProposals(look, path, isInText);
  }
}

function isClosed(text: string, { offset, length }: { readonly offset: number; readonly length: number }): boolean {
  return length > 1 && text[offset + length - 1] === '"';
}

function toItem(proposal: Proposal, index: number, range: Range, comma: string): CompletionItem {
  const { label, insert, kind, detail, documentation, isSnippet = false, goesOn = false } = proposal;
  return {
    label,
    kind,
    // The order is ours: what is required, or can be used here, comes first.
    sortText: String(index).padStart(4, '0'),
    // What is replaced begins with a quote where one was typed.
    filterText: JSON.stringify(label),
    insertTextFormat: isSnippet ? 2 : 1,
    textEdit: { range, newText: `${insert}${goesOn ? '' : comma}` },
    ...(detail === undefined ? {} : { detail }),
    ...(documentation === undefined ? {} : { documentation }),
  };
}
