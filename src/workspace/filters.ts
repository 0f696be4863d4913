import { type GitProgram, runGit } from './git.ts';

/**
 * Configuration that switches off every content filter (`filter.<name>.clean`, `.process`) that this repository would use.
 * Comparing the working tree runs them, and they are commands that the repository's own configuration may name. It is read
 * anew for each comparison because it can change between two. The price: a file kept by such a filter (git-lfs) whose
 * timestamp changed is compared as it lies on the disk.
 *
 * @throws {GitError}
 */
export async function withoutFilters(
  git: GitProgram,
  root: string,
  signal?: AbortSignal,
): Promise<readonly (readonly [string, string])[]> {
  const args = ['config', '--null', '--name-only', '--get-regexp', '^filter\\..*\\.(clean|smudge|process|required)$'];
  const output = await runGit(git, { cwd: root, args, signal, answers: [1] });
  const names = new Set(
    output
      .toString('utf8')
      .split('\0')
      .filter((key) => key !== '')
      .map((key) => key.slice('filter.'.length, key.lastIndexOf('.'))),
  );
  return [...names].flatMap((name): [string, string][] => [
    [`filter.${name}.clean`, ''],
    [`filter.${name}.smudge`, ''],
    [`filter.${name}.process`, ''],
    [`filter.${name}.required`, 'false'],
  ]);
}
