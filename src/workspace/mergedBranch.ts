/** What a full name of a ref leads to. */
export interface BranchCommit {
  /** Full name of the ref that stands for it, such as `refs/remotes/origin/main`. */
  readonly ref: string;
  readonly commit: string;
}

/** The branches that others agreed on, as far as refs tell. */
export interface MergedBranches {
  readonly defaultBranch?: BranchCommit;
  /** Only where there is no default branch, and one branch of a remote alone. A change is not measured against it. */
  readonly soleRemoteBranch?: BranchCommit;
}

export const ORIGIN_HEAD = 'refs/remotes/origin/HEAD';
export const REMOTE_REFS = 'refs/remotes/';
export const LOCAL_DEFAULTS = ['refs/heads/main', 'refs/heads/master', 'refs/heads/trunk'] as const;

/** What was looked for where there is no default branch, for people. */
export const NO_DEFAULT_BRANCH =
  'There is no default branch to compare with: neither origin/HEAD, nor HEAD of an only remote, nor a local main, master or trunk.';

/**
 * The default branch is `origin/HEAD`, else HEAD of the only remote, else a local main, master or trunk.
 *
 * @param refs by full name, a symbolic one with what it leads to and none that leads nowhere: local defaults, and all of
 *   remotes unless `origin/HEAD` is among them
 */
export function mergedBranches(refs: ReadonlyMap<string, BranchCommit>): MergedBranches {
  const ofRemotes = [...refs].filter(([name]) => name.startsWith(REMOTE_REFS) && !/^[^/]+\/HEAD$/.test(below(name)));
  // By refs rather than by configuration: a remote from which nothing was fetched has no say.
  const [remote, ...others] = new Set(ofRemotes.map(([name]) => below(name).split('/', 1)[0]));
  const onlyRemote = remote === undefined || others.length > 0 ? [] : [`${REMOTE_REFS}${remote}/HEAD`];
  const defaultBranch = [ORIGIN_HEAD, ...onlyRemote, ...LOCAL_DEFAULTS]
    .map((name) => refs.get(name))
    .find((branch) => branch !== undefined);
  if (defaultBranch !== undefined) return { defaultBranch };
  const [sole, ...more] = ofRemotes;
  return sole === undefined || more.length > 0 ? {} : { soleRemoteBranch: sole[1] };
}

function below(name: string): string {
  return name.slice(REMOTE_REFS.length);
}
