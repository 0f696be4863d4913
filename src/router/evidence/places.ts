import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, parse, posix, sep } from 'node:path';
import { look, lookAtLink, realPlaceOf } from '../../workspace/look.ts';
import { absolutePath, pathWithin, toRepositoryPath } from '../../workspace/workingPaths.ts';
import type { Mention } from './mention.ts';

/** Where a mention leads. Paths inside are repository-relative; those outside are without a root, so that globs see them. */
export type PlaceOfMention =
  | { readonly kind: 'file'; readonly path: string; readonly inside: boolean }
  | { readonly kind: 'folder'; readonly path: string }
  /** It means some file, but not which. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'none' };

const none: PlaceOfMention = { kind: 'none' };
const platform = process.platform === 'win32' ? 'win32' : 'posix';

/** A path in the form that globs see: without a root, so that `**` patterns guard it too. */
function withoutRoot(path: string): string {
  return path.replaceAll('\\', '/').replace(/^(?:[A-Za-z]:)?\/+/, '');
}

type Kind = 'file' | 'folder' | 'missing';

function kindOf(found: Pick<BigIntStats, 'isFile' | 'isDirectory'> | undefined): Kind {
  return found?.isFile() ? 'file' : found?.isDirectory() ? 'folder' : 'missing';
}

/** Outside the repository it may lie on any drive, so nobody waits for it in place. */
async function kindElsewhere(path: string): Promise<Kind> {
  return kindOf(await stat(path).catch(() => undefined)); // a word that looked like a path
}

/** Whether the first folder of an absolute path is on this machine: `/secrets/list` is an address of some web page. */
async function isOfThisMachine(absolute: string): Promise<boolean> {
  const { root } = parse(absolute);
  const [first = ''] = absolute.slice(root.length).split(sep);
  return (await kindElsewhere(join(root, first))) !== 'missing';
}

/** What is looked at for one request: its files lie in few folders, each of which is followed once. */
export class PlacesSeen {
  readonly #links = new Map<string, Promise<BigIntStats | undefined>>();
  readonly #folders = new Map<string, Promise<string>>();

  async kind(path: string): Promise<Kind> {
    const found = await this.#link(path);
    return kindOf(found?.isSymbolicLink() ? await look(path) : found);
  }

  /** Where a path leads when its links are followed. @throws where nothing is there */
  async follow(path: string): Promise<string> {
    // Elsewhere it also tells the letter case that the disk has.
    const isLast = process.platform === 'linux' && (await this.#link(path))?.isSymbolicLink() === false;
    if (!isLast) return realPlaceOf(path);
    const folder = dirname(path);
    const real = this.#folders.get(folder) ?? realPlaceOf(folder);
    this.#folders.set(folder, real);
    return join(await real, basename(path));
  }

  #link(path: string): Promise<BigIntStats | undefined> {
    const found = this.#links.get(path) ?? lookAtLink(path);
    this.#links.set(path, found);
    return found;
  }
}

const editorUri = /^(vscode-[\w-]+|git|untitled|output|data|memfs):(?:\/\/([^/?#]*))?([^?#]*)/i;

/**
 * What an editor's URI stands for: a remote workspace's file is the repository's where it lies in its root, and else
 * nobody here knows what it holds; older versions and notebook cells are the file; a user's prompts lie elsewhere.
 */
function ofEditorUri(root: string, text: string): string | PlaceOfMention | undefined {
  const match = editorUri.exec(text);
  if (!match) return undefined;
  const scheme = match[1]?.toLowerCase();
  if (scheme === 'untitled' || scheme === 'output' || scheme === 'data') return none;
  let path: string;
  try {
    path = decodeURIComponent(match[3] ?? '');
  } catch {
    return { kind: 'unknown' };
  }
  if (pathWithin(root, path, platform) !== undefined) return path;
  const isElsewhere = scheme === 'vscode-userdata' && path !== '';
  return isElsewhere ? { kind: 'file', path: withoutRoot(posix.normalize(path)), inside: false } : { kind: 'unknown' };
}

/** Finds what a mention leads to, by the proof that it needs. */
export async function placeOf(
  root: string,
  { path: written, proof }: Mention,
  seen: PlacesSeen = new PlacesSeen(),
): Promise<PlaceOfMention> {
  const editors = ofEditorUri(root, written.trim());
  if (typeof editors === 'object') return editors;
  const named = (editors ?? written).trim();
  const isHome = /^~[\\/]/.test(named);
  const absolute = isHome ? join(homedir(), named.slice(2)) : absolutePath(root, named, platform);
  if (absolute === undefined) return none;
  const isHere = pathWithin(root, absolute, platform) !== undefined;
  const kind = await (isHere ? seen.kind(absolute) : kindElsewhere(absolute));
  if (kind === 'folder') return folderAt(root, absolute);
  if (kind === 'missing' && !(await mayBeGone(root, named, absolute, proof))) return none;
  const inside = await toRepositoryPath(root, absolute, (path) => seen.follow(path));
  if (inside !== undefined) return { kind: 'file', path: inside, inside: true };
  return { kind: 'file', path: isHome ? withoutRoot(named.slice(1)) : withoutRoot(absolute), inside: false };
}

/** Whether a path of which nothing is there (any more) still counts. */
async function mayBeGone(root: string, named: string, absolute: string, proof: Mention['proof']): Promise<boolean> {
  if (proof === 'file' || proof === 'guarded') return false;
  const isWithin = pathWithin(root, absolute, platform) !== undefined;
  if (proof === 'nothing') return true;
  // With spaces it may be a whole command, and a pattern is no file: only the disk can tell.
  if (/[\s*?{]/.test(named)) return false;
  if (/^~[\\/]/.test(named)) return true;
  return isWithin ? isRooted(named) : isOfThisMachine(absolute);
}

function isRooted(named: string): boolean {
  return /^(?:[\\/]|[A-Za-z]:[\\/]|file:)/i.test(named);
}

function folderAt(root: string, absolute: string): PlaceOfMention {
  const path = pathWithin(root, absolute, platform);
  return path === undefined ? none : { kind: 'folder', path };
}
