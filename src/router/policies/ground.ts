import { isAbsolute, join, posix } from 'node:path';
import { GitError } from '../../workspace/gitError.ts';
import { limits } from '../../workspace/limits.ts';
import { readRegularFile } from '../../workspace/untracked.ts';
import { isRepositoryPath } from '../../workspace/workingPaths.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import { decodePolicy } from './decode.ts';

/** What reading one source comes to. A mistake is mended by a person; what is unavailable may be there again later. */
export type TextRead =
  | { readonly kind: 'text'; readonly text: string; readonly bytes: Buffer }
  | { readonly kind: 'mistake' | 'unavailable'; readonly message: string };

/** Where the files lie that a file can name by a path: all of one reading come from the same place. */
export interface Ground {
  /** Tells the files of one ground from those of another. */
  readonly id: string;
  /** Absolute, with links resolved: nothing outside is read. */
  readonly root: string;
  /** Where it is not the disk, in words that follow a path: ` on the default branch`. */
  readonly words: string;
  /** The file whose change means another content; undefined where a commit's name says it all. */
  watched(path: string): string | undefined;
  /** @throws {GitError} only `aborted` */
  read(path: string, signal: AbortSignal | undefined): Promise<TextRead>;
}

/** Files as they are on the disk. */
export function diskGround(root: string): Ground {
  return {
    id: `disk ${root}`,
    root,
    words: '',
    watched: (path) => join(root, path),
    read: (path) => readOnDisk(root, join(root, path)),
  };
}

/** Reads a policy's text below a folder, never through a link that leads out of it. */
export async function readOnDisk(root: string, absolute: string): Promise<TextRead> {
  const file = await readRegularFile(root, absolute, limits.policyBytes);
  switch (file.kind) {
    case 'content':
      return asText(file.bytes);
    case 'missing':
      return { kind: 'mistake', message: 'There is no such file.' };
    case 'outside':
      return {
        kind: 'mistake',
        message: 'It is a link that leads out of the folder that it belongs to. Put the file itself there.',
      };
    case 'not-a-file':
      return { kind: 'mistake', message: 'It is not a regular file.' };
    case 'too-large':
      return { kind: 'mistake', message: tooLarge };
    case 'unreadable':
      return { kind: 'mistake', message: `It could not be read: ${file.reason}` };
    default:
      return file satisfies never;
  }
}

/** Files as one commit of a repository has them. */
export function commitGround(workspace: Workspace, commit: string, branch: 'head' | 'default-branch'): Ground {
  return {
    id: `commit ${commit}`,
    root: workspace.root,
    words: branch === 'head' ? ' on HEAD' : ' on the default branch',
    watched: () => undefined,
    read: async (path, signal) => {
      try {
        const file = await workspace.fileAt(commit, path, signal);
        if (file?.kind === 'text') return { kind: 'text', text: file.text, bytes: Buffer.from(file.text) };
        if (file === undefined)
          return { kind: 'mistake', message: `There is no such file in the commit ${commit.slice(0, 12)}.` };
        const message = {
          binary: 'It is not text.',
          'too-large': tooLarge,
          'symbolic-link': 'It is a link. Commit the file itself.',
          'not-a-file': 'It is not a regular file.',
        }[file.kind];
        return { kind: 'mistake', message };
      } catch (error) {
        if (!(error instanceof GitError) || error.code === 'aborted') throw error;
        return { kind: 'unavailable', message: error.message };
      }
    },
  };
}

const tooLarge = `It has more than ${limits.policyBytes} bytes.`;

export function asText(bytes: Buffer): TextRead {
  const text = decodePolicy(bytes);
  return text === undefined ? { kind: 'mistake', message: 'It is not UTF-8 text.' } : { kind: 'text', text, bytes };
}

/**
 * The path that a relative source means, from the file that names it.
 *
 * @param from ground-relative path of the naming file
 * @returns undefined where it leads out of the ground or into git's own folder
 */
export function relativePath(from: string, written: string): string | undefined {
  const path = posix.join(posix.dirname(from), written);
  const isOut = isAbsolute(path) || !isRepositoryPath(path);
  return isOut || path.split('/').some((segment) => segment.toLowerCase() === '.git') ? undefined : path;
}
