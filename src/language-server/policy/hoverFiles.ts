import type { RepositoryFiles } from '../../policy/analysis/repositoryFiles.ts';
import type { DocumentPath } from '../../policy/document.ts';
import { findGlobProblem, readSign } from '../../policy/glob.ts';
import { code, counted, plain } from './markdown.ts';
import type { Look } from './openPolicies.ts';
import { roleOfValue } from './roles.ts';
import { textAt } from './texts.ts';

/** Files that are shown as examples. */
const mostExamples = 5;
/** Globs of one list that are looked up for a hover. */
const mostGlobs = 1_000;

const unlisted = 'The files of this repository are not listed yet.';

const tooMuch = 'It takes too long to find out what this matches here.';

/** What a glob matches here. */
export function globLines(look: Look, glob: string): readonly string[] {
  const { listing } = look.surroundings;
  const problem = findGlobProblem(glob);
  if (problem?.deadly === true) return [plain(problem.message)];
  if (listing === undefined) return look.workspace?.place.kind === 'git' ? [unlisted] : [];
  const { takesAway, pattern } = readSign(glob);
  const verb = takesAway ? 'Takes away' : 'Matches';
  if (!listing.files.settles([[pattern]])) return [tooMuch];
  const warned = problem === undefined ? [] : [plain(problem.message)];
  return [...warned, ...exampleLines(verb, listing.files.matching([pattern]), listing.files)];
}

/** What a list of globs matches here as a whole, where the value at this path is one. */
export function listLines(look: Look, path: DocumentPath): readonly string[] {
  const { listing } = look.surroundings;
  if (listing === undefined || roleOfValue([...path, 0]) !== 'glob') return [];
  const globs: string[] = [];
  for (let index = 0; index < mostGlobs; index += 1) {
    const glob = textAt(look.reading.document, [...path, index]);
    if (glob === undefined) break;
    if (findGlobProblem(glob)?.deadly === true) return [];
    globs.push(glob);
  }
  if (!listing.files.settles([globs])) return [tooMuch];
  return globs.length === 0 ? [] : exampleLines('Matches', listing.files.matching(globs), listing.files);
}

/** How many files, and a few of them. */
export function exampleLines(
  verb: string,
  paths: Iterable<string>,
  { paths: all }: RepositoryFiles,
): readonly string[] {
  const examples: string[] = [];
  let count = 0;
  for (const path of paths) {
    count += 1;
    if (examples.length < mostExamples) examples.push(path);
  }
  if (count === 0) return [`${verb} no file of this repository.`];
  const more = count - examples.length;
  const head = `${verb} **${counted(count, 'file')}** of ${counted(all.length, 'file')} here:`;
  const rest = more === 0 ? [] : [`- and ${counted(more, 'more', 'more')}`];
  return [head, [...examples.map((path) => `- ${code(path)}`), ...rest].join('\n')];
}
