/** Why git could not answer. Only `failed` and `too-much-output` are surprises; the others are states of a machine. */
export type GitErrorCode =
  | 'missing'
  | 'too-old'
  | 'not-a-repository'
  | 'not-trusted'
  | 'deadline'
  | 'aborted'
  | 'too-much-output'
  | 'failed';

/** A git command that gave no answer. `message` says which command, where, and what to do. */
export class GitError extends Error {
  override readonly name = 'GitError';
  readonly code: GitErrorCode;

  constructor(code: GitErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
