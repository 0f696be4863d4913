import { findGlobProblem } from '../policy/glob.ts';
import { indexPaths } from '../policy/pathIndex.ts';
import { ancestorsOf } from './folders.ts';
import { limits } from './limits.ts';
import type { ManifestFiles } from './manifestFiles.ts';

/** What attributes say of a file: generated, not generated, or nothing. */
export type Mark = 'set' | 'unset' | 'unspecified';

/** Tells the marks of files in one reading of a repository. */
export type FindMark = (path: string) => Promise<Mark>;

/** What one `.gitattributes` says of a path relative to its folder; undefined where it is silent. */
type MarkIn = (path: string) => Mark | undefined;

/**
 * The `linguist-generated` marks of a commit, by the rules of gitattributes(5). Git itself reads attributes of a commit only
 * since 2.40, and even then heeds `.git/info/attributes`, which nobody merged.
 */
export function marksIn(files: ManifestFiles): FindMark {
  const known = new Map<string, Promise<MarkIn>>();
  const inFolder = async (folder: string): Promise<MarkIn> => {
    if (!(await files.look(folder)).hasAttributes) return () => undefined;
    const bytes = await files.read(folder === '' ? '.gitattributes' : `${folder}/.gitattributes`);
    return parseMarks(bytes === undefined ? '' : new TextDecoder().decode(bytes));
  };
  return async (path) => {
    // The nearest folder's file has the last word.
    for (const folder of [...ancestorsOf(path), '']) {
      const reading = known.get(folder) ?? inFolder(folder);
      // Whoever asks may name any number of folders, also such as the commit does not have.
      if (known.size >= limits.cacheEntries) known.clear();
      known.set(folder, reading);
      // One that git could not read is asked for again the next time.
      reading.catch(() => known.delete(folder));
      const mark = (await reading)(folder === '' ? path : path.slice(folder.length + 1));
      if (mark !== undefined) return mark;
    }
    return 'unspecified';
  };
}

/** The marks of one file; the last line that matches a path and speaks of the mark counts. */
export function parseMarks(text: string): MarkIn {
  const macros = new Map<string, Mark>();
  const rules = text.split(/\r?\n/).flatMap((line) => {
    if (line.length > limits.patternCharacters) return [];
    const { pattern, attributes } = fieldsOf(line);
    const mark = markAmong(attributes, macros);
    if (pattern === undefined || mark === undefined) return [];
    if (pattern.startsWith('[attr]')) {
      macros.set(pattern.slice('[attr]'.length), mark);
      return [];
    }
    const glob = globOf(pattern);
    return glob === undefined || findGlobProblem(glob)?.deadly ? [] : [{ glob, mark }];
  });
  const obeyed = rules.slice(0, limits.patterns);
  const index = indexPaths(obeyed.map(({ glob }) => [glob]));
  return (path) => obeyed[index.match(path).at(-1) ?? -1]?.mark;
}

/** A line's pattern, perhaps in quotes, and its attributes; no pattern in a comment and an empty line. */
function fieldsOf(line: string): { readonly pattern?: string; readonly attributes: readonly string[] } {
  const quoted = /^\s*"((?:\\.|[^"\\])*)"\s+(.*)$/.exec(line);
  const [, pattern, rest = ''] = quoted ?? /^\s*([^\s"#]\S*)\s+(.*)$/.exec(line) ?? [];
  if (pattern === undefined) return { attributes: [] };
  const written = quoted ? pattern.replace(/\\(["\\])/g, '$1') : pattern;
  return { pattern: written, attributes: rest.split(/\s+/).filter((word) => word !== '') };
}

/** The last attribute that says something of the mark, by itself or through a macro. */
function markAmong(attributes: readonly string[], macros: ReadonlyMap<string, Mark>): Mark | undefined {
  return attributes.reduce<Mark | undefined>((before, word) => markOf(word) ?? macros.get(word) ?? before, undefined);
}

function markOf(word: string): Mark | undefined {
  switch (word) {
    case 'linguist-generated':
    case 'linguist-generated=true':
      return 'set';
    case '-linguist-generated':
    case 'linguist-generated=false':
      return 'unset';
    default:
      return word === '!linguist-generated' || word.startsWith('linguist-generated=') ? 'unspecified' : undefined;
  }
}

/** A pattern as a glob over paths below its folder; undefined where it matches no file. */
function globOf(pattern: string): string | undefined {
  // Negative patterns are forbidden in attributes, and one that ends in a slash names folders, which have none.
  if (pattern.startsWith('!') || pattern.endsWith('/')) return undefined;
  const body = pattern.replace(/^\//, '').replace(/[{}()]/g, '\\$&');
  return pattern.includes('/') ? body : `**/${body}`;
}
