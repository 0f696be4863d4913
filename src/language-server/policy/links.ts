import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findNodeAtLocation } from 'jsonc-parser';
import type { DocumentLink } from 'vscode-languageserver/node';
import { rangeInDocument } from '../../policy/document.ts';
import { isWithin } from '../../workspace/repository.ts';
import { toRange } from '../positions.ts';
import type { Look } from './openPolicies.ts';
import { textAt } from './texts.ts';

/** Entries of `extends` that are looked at. */
const mostLinks = 50;

/** The files of this repository that the policy extends. Nothing outside of it can be reached by a click. */
export function linksOf({ reading: { document }, workspace }: Look): DocumentLink[] {
  const { root } = document;
  if (root === undefined || workspace === undefined) return [];
  const list = findNodeAtLocation(root, ['extends']);
  const entries =
    list?.type === 'array'
      ? (list.children ?? []).slice(0, mostLinks).map((_, index) => ['extends', index])
      : [['extends']];
  return entries.flatMap((entry) => {
    const path = textAt(document, entry) === undefined ? [...entry, 'source'] : entry;
    const written = textAt(document, path);
    if (written === undefined || !/^\.\.?\//.test(written) || isAbsolute(written)) return [];
    const file = resolve(workspace.root, written);
    if (!isWithin(workspace.root, file)) return [];
    return [{ range: toRange(rangeInDocument(document, path)), target: pathToFileURL(file).href }];
  });
}
