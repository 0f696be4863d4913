import { findGlobProblem } from '../policy/glob.ts';
import { indexPaths } from '../policy/pathIndex.ts';
import { limits } from './limits.ts';
import { diskFiles, type ManifestFiles } from './manifestFiles.ts';

/** Where GitHub and GitLab look, in their order; the first that exists counts. */
export const codeownersFiles: readonly string[] = [
  '.github/CODEOWNERS',
  'CODEOWNERS',
  'docs/CODEOWNERS',
  '.gitlab/CODEOWNERS',
];

/** The owners of a path, sorted and joined by a space; undefined when nobody owns it. */
export type OwnersOf = (path: string) => string | undefined;

/** Reads the repository's CODEOWNERS file; undefined when it has none. */
export function readCodeowners(root: string): Promise<OwnersOf | undefined> {
  return codeownersIn(diskFiles(root));
}

/** The same of files that lie elsewhere. */
export async function codeownersIn(files: ManifestFiles): Promise<OwnersOf | undefined> {
  for (const file of codeownersFiles) {
    const bytes = await files.read(file);
    if (bytes !== undefined) return parseCodeowners(new TextDecoder().decode(bytes));
  }
  return undefined;
}

/**
 * Owners by the rules of GitHub's "About code owners": patterns as in gitignore, without `!` and `[ ]`; the last one that
 * matches wins, and one without owners takes ownership away. A GitLab section header is skipped and its patterns are read
 * as if they stood alone.
 */
export function parseCodeowners(text: string): OwnersOf {
  const rules = text.split(/\r?\n/).flatMap((line) => {
    if (line.length > limits.patternCharacters) return [];
    const [pattern, ...owners] = fieldsOf(line);
    if (pattern === undefined || /^(?:!|\^?\[)/.test(pattern)) return [];
    const globs = globsOf(pattern).filter((glob) => !findGlobProblem(glob)?.deadly);
    // To an index, a list without globs matches everything.
    return globs.length === 0 ? [] : [{ globs, owners: [...new Set(owners)].sort().join(' ') }];
  });
  const obeyed = rules.slice(0, limits.patterns);
  const index = indexPaths(obeyed.map(({ globs }) => globs));
  return (path) => obeyed[index.match(path).at(-1) ?? -1]?.owners || undefined;
}

/** Splits a line at spaces that no backslash protects, up to a comment. */
function fieldsOf(line: string): string[] {
  const fields: string[] = [];
  for (const match of line.matchAll(/(?:\\.|[^\s\\])+/g)) {
    if (match[0].startsWith('#')) break;
    fields.push(match[0].replaceAll('\\ ', ' ').replace(/^\\#/, '#'));
  }
  return fields;
}

/** A gitignore pattern as globs over whole paths: anchored when it has a slash before its end, else at any depth. */
function globsOf(pattern: string): string[] {
  const folderOnly = pattern.endsWith('/');
  const body = pattern.replace(/^\/+/, '').replace(/\/+$/, '');
  if (body === '') return pattern.startsWith('/') ? ['**'] : [];
  const anchored = pattern.startsWith('/') || body.includes('/');
  const base = anchored ? body : `**/${body}`;
  if (folderOnly) return [`${base}/**`];
  // A name may be a folder, whose contents it then owns. "docs/*" names the files in docs alone, as GitHub documents.
  const last = body.slice(body.lastIndexOf('/') + 1);
  return last.includes('*') && body.includes('/') ? [base] : [base, `${base}/**`];
}
