import { type GitProgram, runGit } from './git.ts';
import { limits } from './limits.ts';

/** A file as a commit has it. */
export type CommittedFile =
  | { readonly kind: 'text' | 'binary'; readonly text: string }
  | { readonly kind: 'too-large' | 'symbolic-link' | 'not-a-file' };

interface TreeEntry {
  readonly mode: string;
  readonly type: string;
  readonly object: string;
  readonly size: number;
  readonly path: string;
}

/**
 * Reads files as one commit has them; a path that is not in it is not in the answer. Contents come raw: no filter, no line
 * end conversion, and a UTF-8 byte order mark is dropped.
 *
 * @param paths repository-relative
 * @param maxBytes of one file; a larger one is `too-large`
 * @throws {GitError}
 */
export async function readCommitted(
  git: GitProgram,
  root: string,
  commit: string,
  paths: readonly string[],
  maxBytes: number = limits.countedBytes,
  signal?: AbortSignal,
): Promise<Map<string, CommittedFile>> {
  const found = new Map<string, CommittedFile>();
  const wanted: TreeEntry[] = [];
  for (const chunk of chunks(paths)) {
    const args = ['ls-tree', '-z', '--long', '--full-tree', commit, '--', ...chunk];
    const output = await runGit(git, { cwd: root, args, signal });
    for (const entry of parseTree(output.toString('utf8'))) {
      if (entry.type !== 'blob') found.set(entry.path, { kind: 'not-a-file' });
      else if (entry.mode === '120000') found.set(entry.path, { kind: 'symbolic-link' });
      else if (entry.size > maxBytes) found.set(entry.path, { kind: 'too-large' });
      else wanted.push(entry);
    }
  }
  for (const batch of batches(wanted)) {
    const stdin = batch.map((entry) => `${entry.object}\n`).join('');
    const output = await runGit(git, { cwd: root, args: ['cat-file', '--batch'], stdin, signal });
    const contents = parseBatch(output);
    for (const entry of batch) {
      const content = contents.get(entry.object);
      if (content !== undefined) found.set(entry.path, decode(content));
    }
  }
  return found;
}

/** Parts of a list of paths, each short enough for a command line. */
export function* chunks(paths: readonly string[]): Generator<readonly string[]> {
  let part: string[] = [];
  let length = 0;
  for (const path of paths) {
    if (part.length > 0 && length + path.length + 3 > limits.commandLineCharacters) {
      yield part;
      part = [];
      length = 0;
    }
    part.push(path);
    length += path.length + 3;
  }
  if (part.length > 0) yield part;
}

/** Whether git would call this content binary: a NUL among the first 8,000 bytes (xdiff-interface.c, buffer_is_binary). */
function isBinary(content: Uint8Array): boolean {
  return content.subarray(0, 8000).includes(0);
}

function* batches(entries: readonly TreeEntry[]): Generator<readonly TreeEntry[]> {
  let part: TreeEntry[] = [];
  let size = 0;
  for (const entry of entries) {
    if (part.length > 0 && size + entry.size > limits.gitOutputBytes / 2) {
      yield part;
      part = [];
      size = 0;
    }
    part.push(entry);
    size += entry.size;
  }
  if (part.length > 0) yield part;
}

function parseTree(listing: string): TreeEntry[] {
  return listing.split('\0').flatMap((record) => {
    const match = /^(\d+) (\w+) ([0-9a-f]+) +(\d+|-)\t(.+)$/s.exec(record);
    if (match === null) return [];
    const [, mode = '', type = '', object = '', size, path = ''] = match;
    return [{ mode, type, object, size: Number(size) || 0, path }];
  });
}

/** Records of `cat-file --batch`: "<object> <type> <size>\n<content>\n", or "<object> missing\n" in a partial clone. */
function parseBatch(output: Buffer): Map<string, Buffer> {
  const contents = new Map<string, Buffer>();
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(0x0a, at);
    if (end < 0) break;
    const [object = '', , size] = output.toString('latin1', at, end).split(' ');
    at = end + 1;
    if (size === undefined) continue;
    contents.set(object, output.subarray(at, at + Number(size)));
    at += Number(size) + 1;
  }
  return contents;
}

function decode(content: Buffer): CommittedFile {
  return { kind: isBinary(content) ? 'binary' : 'text', text: new TextDecoder().decode(content) };
}
