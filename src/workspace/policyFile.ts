import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { type CommittedFile, readCommitted } from './blobs.ts';
import type { GitProgram } from './git.ts';
import { limits } from './limits.ts';
import { fileKey, type Head } from './repository.ts';
import { type FileContent, readRegularFile } from './untracked.ts';

/** The one name of a policy file, in the repository's root. */
export const POLICY_FILE = '.routing-policy.json';

/** A policy file as it was found. `refused` is a file that is there and must not be ignored: a person has to act. */
export type PolicyFile =
  | {
      readonly kind: 'found';
      readonly from: 'working-tree' | 'head' | 'default-branch';
      /** Without a byte order mark; line ends as they are, so that positions hold in an editor. */
      readonly text: string;
      /** The commit it was read from; left out for the working tree. */
      readonly commit?: string;
    }
  | { readonly kind: 'none' }
  | {
      readonly kind: 'refused';
      readonly from: 'working-tree' | 'head' | 'default-branch';
      readonly reason: 'too-large' | 'outside' | 'not-a-file' | 'not-utf-8' | 'unreadable';
      readonly message: string;
    };

/**
 * The policy file whose preferences are in force: the working tree's; one that was deleted there but is committed (on HEAD,
 * else on the default branch) is the committed one.
 *
 * @param committed reads that one ({@link readCommittedHere}); left out where there is no repository
 * @throws {GitError}
 */
export async function readPolicyFile(
  root: string,
  committed: (() => Promise<PolicyFile>) | undefined,
): Promise<PolicyFile> {
  const file = await readRegularFile(root, join(root, POLICY_FILE), limits.policyBytes);
  if (file.kind !== 'missing') return fromDisk(file);
  // A link whose target is gone is a broken file, not a deleted one.
  if (await exists(join(root, POLICY_FILE))) return refused('working-tree', 'not-a-file');
  // Asked only now: a policy that lies in the working tree is read even where git fails.
  return committed === undefined ? { kind: 'none' } : committed();
}

/**
 * The policy file of HEAD, else of {@link mergedCommit}.
 *
 * @throws {GitError}
 */
export async function readCommittedHere(
  git: GitProgram,
  root: string,
  headOf: () => Promise<Head>,
  signal?: AbortSignal,
): Promise<PolicyFile> {
  const head = await headOf();
  const own = head.commit === undefined ? undefined : ({ from: 'head', commit: head.commit } as const);
  const found = await readCommittedPolicy(git, root, own, signal);
  return found.kind === 'none' ? readCommittedPolicy(git, root, mergedCommit(head), signal) : found;
}

/** A commit that a policy file is read from, and what stands on it. */
export interface PolicyCommit {
  readonly from: 'head' | 'default-branch';
  readonly commit: string;
}

/**
 * The commit whose policy holds beside the working tree's: the default branch's, else the only branch of a remote, else HEAD's
 * own, so that no edit of the working tree loosens at once just because nothing tells the default branch.
 */
export function mergedCommit(head: Head): PolicyCommit | undefined {
  const branch = head.defaultBranch ?? head.soleRemoteBranch;
  if (branch !== undefined) return { from: 'default-branch', commit: branch.commit };
  return head.commit === undefined ? undefined : { from: 'head', commit: head.commit };
}

/**
 * The policy file as a commit has it; the constraint side of {@link mergedCommit}'s applies beside the working tree's.
 *
 * @throws {GitError}
 */
export async function readCommittedPolicy(
  git: GitProgram,
  root: string,
  place: PolicyCommit | undefined,
  signal?: AbortSignal,
): Promise<PolicyFile> {
  if (place === undefined) return { kind: 'none' };
  const { from, commit } = place;
  const files = await readCommitted(git, root, commit, [POLICY_FILE], limits.policyBytes, signal);
  return fromCommit(files.get(POLICY_FILE), from, commit);
}

/** A text that stays the same as long as the working tree's policy file does; undefined when there is none. */
export function policyFileKey(root: string): Promise<string | undefined> {
  return fileKey(join(root, POLICY_FILE));
}

function fromDisk(file: Exclude<FileContent, { kind: 'missing' }>): PolicyFile {
  switch (file.kind) {
    case 'content': {
      const text = decodeUtf8(file.bytes);
      return text === undefined ? refused('working-tree', 'not-utf-8') : { kind: 'found', from: 'working-tree', text };
    }
    case 'outside':
    case 'not-a-file':
    case 'too-large':
      return refused('working-tree', file.kind);
    case 'unreadable':
      return refused('working-tree', 'unreadable', file.reason);
    default:
      return file satisfies never;
  }
}

function fromCommit(file: CommittedFile | undefined, from: 'head' | 'default-branch', commit: string): PolicyFile {
  switch (file?.kind) {
    case undefined:
      return { kind: 'none' };
    case 'text':
      return { kind: 'found', from, text: file.text, commit };
    case 'binary':
      return refused(from, 'not-utf-8');
    case 'too-large':
      return refused(from, 'too-large');
    case 'symbolic-link':
    case 'not-a-file':
      return refused(from, 'not-a-file');
    default:
      return file satisfies never;
  }
}

const ADVICE = {
  'too-large': `has more than ${limits.policyBytes} bytes. Split it with "extends".`,
  outside: 'is a link that leads out of the repository. Put the file itself into the root.',
  'not-a-file': 'is not a regular file. Replace it with one.',
  'not-utf-8': 'is not UTF-8 text. Save it as UTF-8.',
  unreadable: 'could not be read.',
} as const;

const PLACE = { 'working-tree': '', head: ' on HEAD', 'default-branch': ' on the default branch' } as const;

function refused(from: keyof typeof PLACE, reason: keyof typeof ADVICE, detail = ''): PolicyFile {
  const message = `${POLICY_FILE}${PLACE[from]} ${ADVICE[reason]}${detail && ` ${detail}`}`;
  return { kind: 'refused', from, reason, message };
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Not UTF-8; the caller refuses the file and says so.
    return undefined;
  }
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
  );
}
