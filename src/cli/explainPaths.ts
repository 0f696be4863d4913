import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { onOneLine } from '../routing/labels.ts';
import { toRepositoryPath } from '../workspace/workingPaths.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { type Call, CommandError } from './command.ts';

/** Files of folders that a request is taken to work on; of more, the first. */
const MOST_IN_FOLDERS = 5_000;

/**
 * The files that a call names, by their way from the repository's root: a folder stands for the files that git tracks in
 * it. What looks like a slip (a pattern that no shell expanded, a file that is not there) is told on standard error.
 *
 * @throws {CommandError} where one lies outside of the repository
 */
export async function pathsAsked(call: Call, workspace: Workspace): Promise<readonly string[]> {
  const paths = new Set<string>();
  const folders: string[] = [];
  for (const written of call.positionals) {
    if (written === '') {
      await hint(call, '"" names no file, and is left out.');
      continue;
    }
    const absolute = resolve(call.cwd, written);
    const found = await stat(absolute).catch(() => undefined); // a file that is yet to be written may be meant
    const isFolder = found?.isDirectory() === true;
    // Any name in a folder tells where it lies, also where it is the root itself.
    const within = await toRepositoryPath(workspace.root, isFolder ? join(absolute, 'x') : absolute);
    if (within === undefined) {
      throw new CommandError(`${written} is outside of the repository ${workspace.root}: name files in it.`);
    }
    if (isFolder) folders.push(within.slice(0, -1));
    else {
      paths.add(within);
      if (found === undefined) await hint(call, missing(written));
    }
  }
  for (const path of await filesIn(folders, workspace, call)) paths.add(path);
  return [...paths];
}

async function filesIn(folders: readonly string[], workspace: Workspace, call: Call): Promise<readonly string[]> {
  if (folders.length === 0) return [];
  if (workspace.place.kind === 'folder') {
    throw new CommandError('Without git, what is in a folder is not listed: name the files.');
  }
  const tracked = await workspace.tracked(call.signal);
  const files = tracked.filter((path) => folders.some((folder) => path.startsWith(folder)));
  if (files.length === 0) await hint(call, 'git tracks no file in what was named.');
  if (files.length > MOST_IN_FOLDERS) {
    await hint(call, `Of the ${files.length} files in what was named, the first ${MOST_IN_FOLDERS} are looked at.`);
  }
  return files.slice(0, MOST_IN_FOLDERS);
}

function missing(written: string): string {
  return /[*?[{]/.test(written)
    ? `${written} is taken for the name of one file: leave the expansion of patterns to the shell, or name a folder.`
    : `${written} is not there: only its name counts.`;
}

async function hint(call: Call, sentence: string): Promise<void> {
  await call.note(`routing-policy: ${onOneLine(sentence)}\n`);
}
