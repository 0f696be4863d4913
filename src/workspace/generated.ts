import { isGenerated } from '../routing/paths.ts';
import { ancestorsOf, eachOnce, type LookAtFolder } from './folders.ts';
import { type FindMark, marksIn } from './generatedMarks.ts';
import { type GitProgram, runGit } from './git.ts';
import type { ManifestFiles } from './manifestFiles.ts';
import { type Recall, recall, remember, settledKey } from './recall.ts';

/** Tells which of some paths are generated. */
export type FindGenerated = (paths: readonly string[], signal?: AbortSignal) => Promise<ReadonlySet<string>>;

/**
 * Generated files by `linguist-generated` in the repository's `.gitattributes` (any folder's, and `info/attributes`), which
 * may also take a file out; where they are silent, by the documented list. Without git only the list speaks. A file is
 * generated only where the working tree and each of the commits say so: a mark that nobody merged would take a change out
 * of every rule on sizes.
 *
 * @param committed what is committed, and merged; empty where nothing is
 * @throws {GitError} from the function returned
 */
export function generatedFinder(
  root: string,
  look: LookAtFolder,
  git: { readonly program: GitProgram; readonly commonFolder: string } | undefined,
  committed: () => Promise<readonly ManifestFiles[]> = async () => [],
): FindGenerated {
  const said: Recall<'set' | 'unset' | 'unspecified'> = new Map();
  const marksByCommit = new WeakMap<ManifestFiles, FindMark>();
  if (git === undefined) return async (paths) => new Set(paths.filter(isGenerated));
  return async (paths, signal) => {
    const own = await settledKey(`${git.commonFolder}/info/attributes`);
    const lookOnce = eachOnce(look);
    const answers = new Map<string, string>();
    const keys = new Map<string, string>();
    for (const path of paths) {
      const sources = await attributeFiles(path, lookOnce);
      if (sources.length === 0 && own === '-') continue;
      const parts = await Promise.all(sources.map((source) => settledKey(`${root}/${source}`)));
      const key = [own, ...parts].some((part) => part === undefined) ? undefined : [own, ...parts].join(' ');
      const known = key && recall(said, path, key);
      if (key) keys.set(path, key);
      answers.set(path, known || 'ask');
    }
    const open = [...answers].filter(([, answer]) => answer === 'ask').map(([path]) => path);
    for (const [path, answer] of await askAttributes(git.program, root, open, signal)) {
      answers.set(path, answer);
      const key = keys.get(path);
      if (key) remember(said, path, key, answer);
    }
    const here = paths.filter((path) => isMarked(path, answers.get(path)));
    if (here.length === 0) return new Set();
    const agreeing = await Promise.all(
      (await committed()).map(async (files) => {
        const marks = marksByCommit.get(files) ?? marksIn(files);
        marksByCommit.set(files, marks);
        const marked = await Promise.all(here.map(async (path) => isMarked(path, await marks(path))));
        return new Set(here.filter((_, place) => marked[place]));
      }),
    );
    return new Set(here.filter((path) => agreeing.every((marked) => marked.has(path))));
  };
}

function isMarked(path: string, mark: string | undefined): boolean {
  return mark === 'set' || (mark !== 'unset' && isGenerated(path));
}

async function attributeFiles(path: string, look: LookAtFolder): Promise<string[]> {
  const files: string[] = [];
  for (const folder of [...ancestorsOf(path), '']) {
    if ((await look(folder)).hasAttributes) files.push(folder === '' ? '.gitattributes' : `${folder}/.gitattributes`);
  }
  return files;
}

async function askAttributes(
  git: GitProgram,
  root: string,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<[string, 'set' | 'unset' | 'unspecified'][]> {
  if (paths.length === 0) return [];
  const args = ['check-attr', '-z', '--stdin', 'linguist-generated'];
  const output = await runGit(git, { cwd: root, args, stdin: paths.map((path) => `${path}\0`).join(''), signal });
  const fields = output.toString('utf8').split('\0');
  const answers: [string, 'set' | 'unset' | 'unspecified'][] = [];
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const value = fields[at + 2];
    const answer =
      value === 'set' || value === 'true' ? 'set' : value === 'unset' || value === 'false' ? 'unset' : 'unspecified';
    answers.push([fields[at] ?? '', answer]);
  }
  return answers;
}
