import { realpath } from 'node:fs/promises';
import { posix, sep, win32 } from 'node:path';
import { fileURLToPath } from 'node:url';
import { limits } from './limits.ts';
import { realPlaceOf } from './look.ts';
import { isBelow } from './plainPaths.ts';

/**
 * The repository-relative path of what a client calls a file: an absolute or relative path, or a `file:` URI, in the
 * platform's own notation. Links are followed, so that a link to `.env` is judged as `.env`; letter case is the disk's.
 * Undefined for anything outside the root, for the root itself, for git's own folder and for other URI schemes.
 *
 * @param root absolute, with symbolic links resolved
 * @param follow how links are followed below the root
 */
export async function toRepositoryPath(
  root: string,
  named: string,
  follow: (path: string) => Promise<string> = realPlaceOf,
): Promise<string | undefined> {
  const platform = process.platform === 'win32' ? 'win32' : 'posix';
  const absolute = absolutePath(root, named, platform);
  if (absolute === undefined) return undefined;
  // What a client names may lie anywhere, on a drive that is away too; what is here is looked at as everything here is.
  const isHere = pathWithin(root, absolute, platform) !== undefined;
  return pathWithin(root, await realPlace(absolute, isHere ? follow : realpath), platform);
}

/** Turns a client's notation into an absolute path, without looking at a disk. Only URIs are percent-decoded. */
export function absolutePath(root: string, named: string, platform: 'posix' | 'win32'): string | undefined {
  const text = named.trim() === named ? named : named.trim();
  if (text === '' || text.length > limits.patternCharacters || text.includes('\0')) return undefined;
  const ways = platform === 'win32' ? win32 : posix;
  if (/^file:/i.test(text)) {
    try {
      return fileURLToPath(text, { windows: platform === 'win32' });
    } catch {
      // A host, an encoded slash or broken percent-encoding: no file of this machine.
      return undefined;
    }
  }
  // One letter and a colon is a drive; anything longer before a colon and slashes is another scheme.
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text) || /^(?:untitled|vscode-[\w-]+|git|output|data):/i.test(text))
    return undefined;
  return ways.resolve(root, text);
}

/** The way from `root` to `absolute` with "/", or undefined when it leads out or into `.git`; by text alone. */
export function pathWithin(root: string, absolute: string, platform: 'posix' | 'win32'): string | undefined {
  const ways = platform === 'win32' ? win32 : posix;
  const isPlain = ways.sep === sep && isBelow(root, absolute);
  const way = isPlain ? absolute.slice(root.length + 1) : ways.relative(root, absolute);
  if (way === '' || ways.isAbsolute(way)) return undefined;
  const segments = way.split(ways.sep);
  if (segments[0] === '..' || segments[0]?.toLowerCase() === '.git') return undefined;
  return segments.join('/');
}

/** Whether a text is a path as this room uses them: relative to the root, with "/", without ways up or empty segments. */
export function isRepositoryPath(path: string): boolean {
  if (path.length > limits.patternCharacters || path.includes('\0') || win32Drive.test(path)) return false;
  return path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}

const win32Drive = /^[a-z]:[\\/]/i;

/** The path with all links resolved; of a file that does not exist (yet), those of its nearest existing ancestor. */
async function realPlace(absolute: string, follow: (path: string) => Promise<string>): Promise<string> {
  const { dirname, join, relative } = process.platform === 'win32' ? win32 : posix;
  for (let current = absolute; ; current = dirname(current)) {
    try {
      return join(await follow(current), relative(current, absolute));
    } catch (error) {
      // Not there yet: the nearest ancestor that is decides where it will be. The file system's root always exists.
      if (dirname(current) === current) throw error;
    }
  }
}
