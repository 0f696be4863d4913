import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GitError } from '../../workspace/gitError.ts';
import { limits } from '../../workspace/limits.ts';
import { look } from '../../workspace/look.ts';
import type { Workspace } from '../../workspace/workspace.ts';

/** The files of a workspace by name, ignored ones included: secrets are the first thing that git ignores. */
export interface PresentFiles {
  /** Repository-relative. */
  readonly paths: readonly string[];
  /** False when there were more than are listed. */
  readonly complete: boolean;
  /** Until then what is looked at tells whether they are still these, in milliseconds of the monotonic clock. */
  readonly until: number;
}

/** The same, with the folders that were found empty or walked: repository-relative. */
type Walked = Omit<PresentFiles, 'until'> & { readonly folders: readonly string[] };

/** Files in folders that git does not track, or where there is no git. */
const mostWalked = 20_000;
/** Other people's code and what is made by machines: no place for this repository's secrets, and far too many files. */
const skipped: ReadonlySet<string> = new Set(['.git', 'node_modules', '.venv', 'venv', '__pycache__']);
/** A listing is believed for so long; what is asked for by its name is looked for on the disk each time. */
const believedMs = 3_000;
/** One of which every folder is looked at, each as it was since well before. */
const watchedMs = 60_000;
const nsPerMs = 1_000_000n;
/** Folders that are looked at for whether something has come or gone, the outermost first. */
const mostFolders = 64;

interface Listing {
  readonly at: number;
  readonly files: Promise<PresentFiles>;
  readonly watch: Promise<Watch>;
}

interface Watch {
  /** When entries of these folders came or went last, by folder. */
  readonly stamps: ReadonlyMap<string, bigint | undefined>;
  /** Nothing can come or go without one of these stamps. */
  readonly isWhole: boolean;
}

const known = new WeakMap<Workspace, Listing>();

/**
 * Shared by the requests of a moment, so that none of them can cancel it for the others; git has deadlines of its own.
 * A file that comes into one of the outer folders, where secrets lie, is seen by the next request.
 *
 * @throws {GitError} only `aborted`, when the workspace is closed
 */
export async function presentFiles(workspace: Workspace): Promise<PresentFiles> {
  const before = known.get(workspace);
  if (before && performance.now() - before.at < watchedMs && (await stands(workspace, before))) return before.files;
  const at = performance.now();
  const atOfDisk = Date.now();
  const outermost = await stampOf(workspace, '');
  const walked = list(workspace);
  const watch = walked.then(async ({ paths, folders, complete }): Promise<Watch> => {
    const all = foldersOf(paths, folders);
    const outer = await Promise.all(
      all.slice(0, mostFolders).map(async (folder) => [folder, await stampOf(workspace, folder)] as const),
    );
    const stamps = new Map([...outer, ['', outermost] as const]);
    return { stamps, isWhole: complete && all.length <= mostFolders && areSettled([...stamps.values()], atOfDisk) };
  });
  const files = watch.then(async ({ isWhole }): Promise<PresentFiles> => {
    const { paths, complete } = await walked;
    return { paths, complete, until: at + (isWhole ? watchedMs : believedMs) };
  });
  known.set(workspace, { at, files, watch });
  watch.catch(() => known.delete(workspace)); // the next request asks again
  return files;
}

/**
 * All of them from well before a moment, because what comes within the grain of a folder's time does not change it; and of a
 * disk whose grain is fine.
 */
function areSettled(stamps: readonly (bigint | undefined)[], at: number): boolean {
  const isFine = stamps.some((stamp) => stamp !== undefined && stamp % nsPerMs !== 0n);
  return isFine && stamps.every((stamp) => stamp !== undefined && Number(stamp / nsPerMs) < at - limits.racyMs);
}

/** Nothing has come into the outer folders, or gone, since a listing. */
async function stands(workspace: Workspace, { at, watch }: Listing): Promise<boolean> {
  const { stamps, isWhole } = await watch;
  if (!isWhole && performance.now() - at >= believedMs) return false;
  for (const [folder, stamp] of stamps) {
    if ((await stampOf(workspace, folder)) !== stamp) return false;
  }
  return true;
}

/** The time of its last change, which nobody can set back. */
async function stampOf({ root }: Workspace, folder: string): Promise<bigint | undefined> {
  return (await look(join(root, folder)))?.ctimeNs;
}

/** The folders of these files, with those around them and those that were walked, the outer ones first. */
function foldersOf(paths: readonly string[], walked: readonly string[]): readonly string[] {
  const folders = new Set<string>();
  for (const path of [...paths, ...walked.map((folder) => `${folder}/`)]) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  const depth = (folder: string): number => folder.split('/').length;
  return [...folders].sort((one, other) => depth(one) - depth(other));
}

async function list(workspace: Workspace): Promise<Walked> {
  try {
    const [tracked, untracked] = await Promise.all([workspace.tracked(), workspace.untracked()]);
    const folders = untracked.filter((path) => path.endsWith('/')).map((path) => path.slice(0, -1));
    const walked = await walk(workspace.root, folders);
    const files = untracked.filter((path) => !path.endsWith('/'));
    return { ...walked, paths: [...new Set([...tracked, ...files, ...walked.paths])] };
  } catch (error) {
    if (!(error instanceof GitError) || error.code === 'aborted') throw error;
    return walk(workspace.root, ['']);
  }
}

async function walk(root: string, folders: readonly string[]): Promise<Walked> {
  const paths: string[] = [];
  const walked: string[] = [];
  const open = folders.filter((folder) => !isSkipped(folder));
  for (let folder = open.shift(); folder !== undefined; folder = open.shift()) {
    if (folder !== '') walked.push(folder);
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []); // gone, or not ours to read
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !isSkipped(path)) open.push(path);
      else if (!entry.isDirectory()) paths.push(path);
    }
    if (paths.length + open.length > mostWalked) return { paths, folders: walked, complete: false };
  }
  return { paths, folders: walked, complete: true };
}

function isSkipped(folder: string): boolean {
  return skipped.has(folder.slice(folder.lastIndexOf('/') + 1));
}
