import { commitGround } from '../router/policies/ground.ts';
import type { FactFile } from '../routing/facts.ts';
import { readCommitted } from '../workspace/blobs.ts';
import { countPaths, emptyCountCache } from '../workspace/counts.ts';
import { findGit, type GitProgram, runGit } from '../workspace/git.ts';
import { GitError } from '../workspace/gitError.ts';
import { limits } from '../workspace/limits.ts';
import { countDiff, isBinaryName, parseNumstat } from '../workspace/numstat.ts';
import { POLICY_FILE } from '../workspace/policyFile.ts';
import { listUnwatched, maybeChanged } from '../workspace/unwatched.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { type Call, CommandError } from './command.ts';
import type { PolicyText } from './inForce.ts';

/** A file of a change with its lines; left out: unknown. */
export type ChangedFile = Pick<FactFile, 'path' | 'added' | 'deleted'>;

/** The history of a repository, as far as commands ask about it. */
export interface Repository {
  readonly root: string;
  /** The full name of a commit. @throws {CommandError} where the revision leads to none */
  commit(revision: string): Promise<string>;
  /** Where two lines of history parted; undefined where they share none. */
  mergeBase(one: string, other: string): Promise<string | undefined>;
  /** What differs between two commits, or between a commit and the working tree. */
  changes(from: string, to?: string): Promise<readonly ChangedFile[]>;
  /** The policy as a commit has it; undefined where it has none. @throws {CommandError} where it cannot be used */
  policyAt(commit: string): Promise<PolicyText | undefined>;
  /** Any other question. @throws {GitError} */
  ask(
    args: readonly string[],
    options?: { readonly stdin?: string; readonly answers?: readonly number[] },
  ): Promise<string>;
}

/** @throws {CommandError} where the folder belongs to no repository */
export async function openRepository(call: Call, workspace: Workspace): Promise<Repository> {
  const { root, place } = workspace;
  if (place.kind === 'folder')
    throw new CommandError(`${root} is no git repository that can be read: ${place.reason}.`);
  const git: GitProgram = await findGit();
  const ask: Repository['ask'] = async (args, options = {}) => {
    const command = { cwd: root, args, ...options, signal: call.signal, deadlineMs: limits.listDeadlineMs };
    return (await runGit(git, command)).toString('utf8');
  };
  return {
    root,
    ask,
    commit: async (revision) => {
      const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
      const found = (await ask(args, { answers: [1] })).trim();
      if (found === '')
        throw new CommandError(`"${revision}" names no commit in ${root}: name a branch, tag or commit.`);
      return found;
    },
    mergeBase: async (one, other) => {
      const found = (await ask(['merge-base', one, other], { answers: [1] })).trim();
      return found === '' ? undefined : found;
    },
    changes: async (from, to) => {
      const counted = await countDiff(ask, to === undefined ? [from] : [from, to], []);
      if (to === undefined) {
        const { signal } = call;
        // Git keeps silent on these; their own texts tell.
        const paths = await maybeChanged(root, await listUnwatched({ git, root }, signal));
        const base = { kind: 'commit', commit: from, staged: false } as const;
        const unwatched = await countPaths({ git, root, base, stateKey: '', paths, signal }, emptyCountCache());
        for (const [path, change] of unwatched)
          if (change.added !== 0 || change.deleted !== 0) counted.set(path, change);
      }
      return [...counted].map(([path, { added, deleted }]) => changedFile(path, added, deleted));
    },
    policyAt: async (commit) => {
      const files = await readCommitted(git, root, commit, [POLICY_FILE], limits.policyBytes, call.signal);
      const file = files.get(POLICY_FILE);
      const source = `${commit.slice(0, 10)}:${POLICY_FILE}`;
      if (file === undefined) return undefined;
      if (file.kind !== 'text') throw new CommandError(`${source} is no text file of a usable size (${file.kind}).`);
      return { text: file.text, source, ground: commitGround(workspace, commit, 'head'), path: POLICY_FILE };
    },
  };
}

/** Files of `--numstat -z`. Lines of what git took for binary are unknown, unless its name says that it has none. */
export function numbersOf(output: string): readonly ChangedFile[] {
  return parseNumstat(output).map(({ path, added, deleted }) =>
    isBinaryName(path) ? changedFile(path, 0, 0) : changedFile(path, added, deleted),
  );
}

function changedFile(path: string, added: number | undefined, deleted: number | undefined): ChangedFile {
  return { path, ...(added !== undefined && { added }), ...(deleted !== undefined && { deleted }) };
}

/** Whether an error is git's word that the person gave up. */
export function isAborted(error: unknown): boolean {
  return error instanceof GitError && error.code === 'aborted';
}
