import { CompletionItemKind } from 'vscode-languageserver/node';
import type { RepositoryFiles } from '../../policy/analysis/repositoryFiles.ts';
import type { Look } from './openPolicies.ts';
import { type Proposal, written } from './proposal.ts';

const magic = /[*?[\](){}\\!+@|]/;
/** Entries of one folder that are offered, and endings of the whole repository. */
const mostEntries = 200;
const mostEndings = 20;

/** A glob's next segment by the folders that there are; after `**` the endings that files have. */
export function globProposals({ surroundings: { listing } }: Look, typed: string): readonly Proposal[] {
  if (listing === undefined) return [];
  const sign = typed.startsWith('!') ? '!' : '';
  const pattern = typed.slice(sign.length);
  const folder = pattern.slice(0, pattern.lastIndexOf('/') + 1);
  if (magic.test(folder)) return endings(listing.files, `${sign}${folder}`);
  const entries = entriesOf(listing.files, folder);
  const folders = entries.filter((name) => name.endsWith('/'));
  return [
    ...(folder === ''
      ? []
      : [written(`${sign}${folder}**`, CompletionItemKind.Folder, { detail: 'all in this folder' })]),
    ...folders.map((name) => written(`${sign}${folder}${name}**`, CompletionItemKind.Folder)),
    ...folders.map((name) => written(`${sign}${folder}${name}`, CompletionItemKind.Folder, { goesOn: true })),
    ...entries
      .filter((name) => !name.endsWith('/'))
      .map((name) => written(`${sign}${folder}${name}`, CompletionItemKind.File)),
    ...(folder === '' ? endings(listing.files, `${sign}**/`) : []),
  ];
}

/** A path's next segment. */
export function fileProposals({ surroundings: { listing } }: Look, typed: string): readonly Proposal[] {
  if (listing === undefined) return [];
  const folder = typed.slice(0, typed.lastIndexOf('/') + 1);
  return entriesOf(listing.files, folder).map((name) => {
    const isFolder = name.endsWith('/');
    return written(`${folder}${name}`, isFolder ? CompletionItemKind.Folder : CompletionItemKind.File, {
      goesOn: isFolder,
    });
  });
}

/** What lies in a folder, folders with "/" behind them; one look-up for each entry, however much lies below. */
function entriesOf({ paths }: RepositoryFiles, folder: string): readonly string[] {
  const entries: string[] = [];
  let index = firstFrom(paths, folder);
  while (entries.length < mostEntries) {
    const path = paths[index];
    if (path?.startsWith(folder) !== true) break;
    const slash = path.indexOf('/', folder.length);
    if (slash === -1) {
      entries.push(path.slice(folder.length));
      index += 1;
    } else {
      entries.push(path.slice(folder.length, slash + 1));
      // "0" comes right after "/".
      index = firstFrom(paths, `${path.slice(0, slash)}0`);
    }
  }
  return [...entries.filter((name) => name.endsWith('/')), ...entries.filter((name) => !name.endsWith('/'))];
}

/** The place of the first of these sorted paths that does not come before a text. */
function firstFrom(paths: readonly string[], text: string): number {
  let low = 0;
  let high = paths.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((paths[middle] ?? '') < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

const endingsOf = new WeakMap<RepositoryFiles, readonly string[]>();

/** `*.ts`, `*.test.ts`, … : the most frequent endings of file names, behind what was typed. */
function endings(files: RepositoryFiles, before: string): readonly Proposal[] {
  let known = endingsOf.get(files);
  if (known === undefined) {
    const counts = new Map<string, number>();
    for (const path of files.paths) {
      const name = path.slice(path.lastIndexOf('/') + 1);
      for (let dot = name.indexOf('.', 1); dot !== -1; dot = name.indexOf('.', dot + 1)) {
        const ending = name.slice(dot);
        counts.set(ending, (counts.get(ending) ?? 0) + 1);
      }
    }
    known = [...counts]
      .toSorted(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
      .slice(0, mostEndings)
      .map(([ending]) => `*${ending}`);
    endingsOf.set(files, known);
  }
  return known.map((ending) => written(`${before}${ending}`, CompletionItemKind.File));
}
