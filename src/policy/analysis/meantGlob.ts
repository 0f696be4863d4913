import { findGlobProblem } from '../glob.ts';
import { mostSimilar } from '../similar.ts';
import { type RepositoryFiles, repositoryFiles } from './repositoryFiles.ts';

/** A glob that was most likely meant by one that matches nothing. */
export interface MeantGlob {
  readonly pattern: string;
  /** A file that it matches. */
  readonly example: string;
  /** A sentence: why the other does not. */
  readonly because: string;
}

/** What is remembered of a repository while its globs are mended. */
interface Known {
  readonly meant: Map<string, MeantGlob | undefined>;
  /** The folders in a folder, by its path with a "/" at the end. */
  readonly folders: Map<string, ReadonlySet<string>>;
  lowered?: { readonly files: RepositoryFiles; readonly written: ReadonlyMap<string, string> };
}

/** What mends cost beside the patterns that they try: names are compared, in steps as `RepositoryFiles` counts them. */
const WORK_OF_A_MEND = 10_000;

const knownOf = new WeakMap<RepositoryFiles, Known>();

function known(files: RepositoryFiles): Known {
  const found = knownOf.get(files) ?? { meant: new Map(), folders: new Map() };
  knownOf.set(files, found);
  return found;
}

/** What was most likely meant by a pattern that no file matches: the first mend that some file does match. */
export function meantGlob(pattern: string, files: RepositoryFiles): MeantGlob | undefined {
  const { meant } = known(files);
  if (meant.has(pattern) || files.work.left <= 0) return meant.get(pattern);
  files.work.left -= WORK_OF_A_MEND;
  const found = findMeant(pattern, files);
  // One that was cut short may find more the next time.
  if (files.work.left > 0) meant.set(pattern, found);
  return found;
}

function findMeant(pattern: string, files: RepositoryFiles): MeantGlob | undefined {
  for (const mend of [asPlainBrackets, asFolder, atAnyDepth, inOtherCase, withNearFolder, withNearEnding]) {
    const meant = mend(pattern, files);
    if (meant === undefined || meant.pattern === pattern || findGlobProblem(meant.pattern) !== undefined) continue;
    if (!files.has(meant.pattern)) continue;
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
  const lowered = loweredOf(files);
  const [found] = lowered.files.matching([pattern.toLowerCase()]);
  if (found === undefined) return undefined;
  const names = new Map((lowered.written.get(found) ?? '').split('/').map((name) => [name.toLowerCase(), name]));
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
  const { folders: remembered } = known(files);
  const folders = remembered.get(parent);
  if (folders !== undefined) return folders;
  const found = new Set<string>();
  for (const path of files.within(parent.slice(0, -1))) {
    const slash = path.indexOf('/', parent.length);
    if (slash !== -1) found.add(path.slice(parent.length, slash));
  }
  remembered.set(parent, found);
  return found;
}

function loweredOf(files: RepositoryFiles): NonNullable<Known['lowered']> {
  const remembered = known(files);
  if (remembered.lowered === undefined) {
    const written = new Map(files.paths.map((path) => [path.toLowerCase(), path]));
    remembered.lowered = { files: repositoryFiles(written.keys(), files.work), written };
  }
  return remembered.lowered;
}
