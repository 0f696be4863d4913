import { countBraceExpansions } from '../braces.ts';
import { findGlobProblem, pathMatcher } from '../glob.ts';
import { mostSimilar } from '../similar.ts';
import type { RepositoryFiles } from './repositoryFiles.ts';

/** A glob that was most likely meant by one that matches nothing. */
export interface MeantGlob {
  readonly pattern: string;
  /** A file that it matches. */
  readonly example: string;
  /** A sentence: why the other does not. */
  readonly because: string;
}

/** Files that are looked at in lower case for one glob. */
const MOST_LOWERED = 100_000;

const remembered = new WeakMap<RepositoryFiles, Map<string, MeantGlob | undefined>>();

/** What was most likely meant by a pattern that no file matches: the first mend that some file does match. */
export function meantGlob(pattern: string, files: RepositoryFiles): MeantGlob | undefined {
  const known = remembered.get(files) ?? new Map<string, MeantGlob | undefined>();
  remembered.set(files, known);
  if (!known.has(pattern)) known.set(pattern, findMeant(pattern, files));
  return known.get(pattern);
}

function findMeant(pattern: string, files: RepositoryFiles): MeantGlob | undefined {
  for (const mend of [asPlainBrackets, asFolder, atAnyDepth, inOtherCase, withNearFolder, withNearEnding]) {
    const meant = mend(pattern, files);
    if (meant === undefined || meant.pattern === pattern || findGlobProblem(meant.pattern) !== undefined) continue;
    for (const example of files.matching([meant.pattern])) return { ...meant, example };
  }
  return undefined;
}

type Mend = (pattern: string, files: RepositoryFiles) => Omit<MeantGlob, 'example'> | undefined;

/** `app/[id]/**`: brackets list characters, and folders of many web frameworks have them in their names. */
const asPlainBrackets: Mend = (pattern) => {
  if (!/\[[^\]!^/][^\]/]*\]/.test(pattern)) return undefined;
  const mended = pattern.replace(/\[([^\]/]+)\]/g, '[[]$1[]]');
  return { pattern: mended, because: 'Brackets stand for one of the characters in them.' };
};

const asFolder: Mend = (pattern) => ({
  pattern: `${pattern}/**`,
  because: 'It names a folder, and only files are matched.',
});

const atAnyDepth: Mend = (pattern) =>
  pattern.includes('/')
    ? undefined
    : { pattern: `**/${pattern}`, because: 'Without a "/" it only looks at the top folder.' };

const inOtherCase: Mend = (pattern, files) => {
  if (files.paths.length > MOST_LOWERED || countBraceExpansions(pattern) > 32) return undefined;
  const matches = pathMatcher(pattern.toLowerCase());
  const path = files.lowered().findIndex((lowered) => matches(lowered));
  if (path === -1) return undefined;
  const names = new Map((files.paths[path] ?? '').split('/').map((name) => [name.toLowerCase(), name]));
  const segments = pattern.split('/').map((segment) => names.get(segment.toLowerCase()) ?? segment);
  const because = 'Upper and lower case count.';
  const mended = segments.join('/');
  return { pattern: files.has(mended) ? mended : pattern.toLowerCase(), because };
};

/** The first folder of a path that is not there, by the nearest name beside it. */
const withNearFolder: Mend = (pattern, files) => {
  const segments = pattern.split('/');
  for (const [index, segment] of segments.slice(0, -1).entries()) {
    if (/[*?[\](){}\\!+@|]/.test(segment)) return undefined;
    const parent = segments
      .slice(0, index)
      .map((name) => `${name}/`)
      .join('');
    if (files.has(`${parent}${segment}/**`)) continue;
    const near = mostSimilar(segment, foldersIn(parent, files));
    if (near === undefined) return undefined;
    const mended = [...segments.slice(0, index), near, ...segments.slice(index + 1)].join('/');
    return { pattern: mended, because: `There is no folder "${parent}${segment}".` };
  }
  return undefined;
};

const withNearEnding: Mend = (pattern, files) => {
  const ending = /\*\.([A-Za-z0-9]+)$/.exec(pattern)?.[1];
  if (ending === undefined) return undefined;
  const base = pattern.slice(0, -ending.length);
  const endings = new Set<string>();
  for (const path of files.matching([`${base.slice(0, -1)}`])) {
    const found = /\.([A-Za-z0-9]+)$/.exec(path)?.[1];
    if (found !== undefined) endings.add(found);
  }
  const near = mostSimilar(ending, endings);
  return near === undefined ? undefined : { pattern: base + near, because: `No file there ends in ".${ending}".` };
};

function foldersIn(parent: string, files: RepositoryFiles): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const path of files.paths) {
    if (!path.startsWith(parent)) continue;
    const slash = path.indexOf('/', parent.length);
    if (slash !== -1) folders.add(path.slice(parent.length, slash));
  }
  return folders;
}
