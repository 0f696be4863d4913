import { type RepositoryFiles, repositoryFiles } from '../policy/analysis/repositoryFiles.ts';
import { type OwnersOf, readCodeowners } from '../workspace/codeowners.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** Of a repository with more files than this none is looked at: what a policy says of files is then said without them. */
const mostFiles = 250_000;

/** What a repository has now, as far as policies ask. */
export interface RepositoryListing {
  readonly files: RepositoryFiles;
  /** Left out where there is no CODEOWNERS. */
  readonly ownersOf?: OwnersOf;
}

/**
 * Lists the files of the working tree that git does not ignore, and who owns them.
 *
 * @param before a listing from earlier: where the files are the same, with what was looked up in them
 * @throws {GitError} also where there is no git
 */
export async function listRepository(
  workspace: Workspace,
  signal?: AbortSignal,
  before?: RepositoryListing,
): Promise<RepositoryListing> {
  const [tracked, changed, ownersOf] = await Promise.all([
    workspace.tracked(signal),
    workspace.changed(signal),
    readCodeowners(workspace.root),
  ]);
  const paths = new Set(tracked);
  for (const { path, kind } of changed) {
    if (kind === 'deleted') paths.delete(path);
    else paths.add(path);
  }
  const files = repositoryFiles(paths.size > mostFiles ? [] : paths);
  return { files: sameOr(before?.files, files), ...(ownersOf ? { ownersOf } : {}) };
}

function sameOr(before: RepositoryFiles | undefined, now: RepositoryFiles): RepositoryFiles {
  const isSame =
    before?.paths.length === now.paths.length && now.paths.every((path, index) => path === before.paths[index]);
  return isSame && before ? before : now;
}
