/** Every bound on what is read from a repository, in one place: a repository is untrusted and may be huge. */
export const limits = {
  /** Milliseconds for one git command about known paths. */
  gitDeadlineMs: 5_000,
  /** Milliseconds for one git command over the whole repository. */
  listDeadlineMs: 15_000,
  /** Bytes of output kept from one git command; 50,000 long paths are about 5 MB. */
  gitOutputBytes: 64 * 1024 * 1024,
  /** Characters of paths on one command line; Windows allows 32,767 for all of it. */
  commandLineCharacters: 24_000,
  /** Known paths beyond this are counted by one walk over all changes: git compares each path with each entry. */
  pathsPerWalk: 400,
  /** Paths for which facts are collected; of more, the first ones are and the rest is reported. */
  files: 5_000,
  /** Bytes of an untracked file, an unsaved text or a committed one whose lines are counted. */
  countedBytes: 4 * 1024 * 1024,
  /** Bytes of untracked files read for one request, all together. */
  countedBytesInAll: 64 * 1024 * 1024,
  /** Bytes of a policy file. */
  policyBytes: 5 * 1024 * 1024,
  /** Bytes of a CODEOWNERS file or a workspace manifest. */
  manifestBytes: 3 * 1024 * 1024,
  /** Patterns of a CODEOWNERS file or a workspace manifest that are obeyed. */
  patterns: 10_000,
  /** Characters of one such pattern, and of a path that a client names. */
  patternCharacters: 4096,
  /** Steps of one line comparison before its result is an estimate. */
  diffSteps: 4_000_000,
  /** Entries kept in each cache of an open repository. */
  cacheEntries: 20_000,
  /** A file or folder changed less than this many milliseconds ago may change again within its timestamp's grain: not cached. */
  racyMs: 50,
} as const;
