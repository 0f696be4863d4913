import { constants } from 'node:fs';
import { lstat, open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { LineChange } from './changes.ts';
import { limits } from './limits.ts';
import { countLines } from './lineDiff.ts';
import { isBinaryName } from './numstat.ts';
import { isWithin } from './repository.ts';

/** How many bytes may still be read; shared by the files of one request. */
export interface ReadAllowance {
  bytes: number;
}

/**
 * Counts the lines of a file that git does not know: all of them are added. What is no regular file, lies outside the root
 * through a link, or is too large is unknown; a path where nothing is has no lines. A symbolic link is one line, as in git.
 */
export async function countUntracked(root: string, path: string, allowance: ReadAllowance): Promise<LineChange> {
  const absolute = join(root, path);
  const status = await lstat(absolute).catch((error: NodeJS.ErrnoException) => error);
  if (status instanceof Error) return status.code === 'ENOENT' ? { added: 0, deleted: 0 } : {};
  if (status.isSymbolicLink()) return { added: 1, deleted: 0 };
  if (status.isFile() && isBinaryName(path)) return { added: 0, deleted: 0, binary: true };
  if (!status.isFile() || status.size > limits.countedBytes || status.size > allowance.bytes) return {};
  allowance.bytes -= status.size;
  const content = await readRegularFile(root, absolute, limits.countedBytes);
  if (content.kind !== 'content') return {};
  return { added: countLines(new TextDecoder().decode(content.bytes)), deleted: 0 };
}

/** What reading a file of an untrusted folder can come to. */
export type FileContent =
  | { readonly kind: 'content'; readonly bytes: Buffer }
  | { readonly kind: 'missing' }
  | { readonly kind: 'outside' | 'not-a-file' | 'too-large' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * Reads a file if it is a regular one of at most `maxBytes` whose real place is within `root`. A pipe or a device never
 * blocks: the file is opened without waiting and judged by its own descriptor, so it cannot change in between.
 */
export async function readRegularFile(root: string, absolute: string, maxBytes: number): Promise<FileContent> {
  try {
    const real = await realpath(absolute);
    if (!isWithin(root, real)) return { kind: 'outside' };
    const file = await open(real, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0));
    try {
      const status = await file.stat();
      if (!status.isFile()) return { kind: 'not-a-file' };
      if (status.size > maxBytes) return { kind: 'too-large' };
      // One byte more than it had: a file that grows while it is read does not take more memory than that.
      const bytes = Buffer.alloc(status.size + 1);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
      return bytesRead > maxBytes ? { kind: 'too-large' } : { kind: 'content', bytes: bytes.subarray(0, bytesRead) };
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
    if (code === 'EISDIR' || code === 'ENXIO') return { kind: 'not-a-file' };
    return { kind: 'unreadable', reason: message };
  }
}
