import { innermost, type LayeredPolicy } from '../policy/layers.ts';
import type { FactFile } from '../routing/facts.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** Files that are looked at; of more, the first. */
const MOST_FILES = 100_000;

/**
 * The tracked files of a repository as requests would be about them, each with its module as the innermost policy counts
 * modules.
 *
 * @throws {GitError} also where there is no git
 */
export async function trackedFiles(
  workspace: Workspace,
  policy: LayeredPolicy,
  signal: AbortSignal,
): Promise<readonly FactFile[]> {
  const paths = (await workspace.tracked(signal)).slice(0, MOST_FILES);
  const named = await workspace.modules(paths, innermost(policy)?.policy.source.modules);
  return paths.map((path) => {
    const module = named.get(path);
    return { path, ...(module === undefined ? {} : { module }) };
  });
}
