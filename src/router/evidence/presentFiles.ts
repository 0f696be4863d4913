import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GitError } from '../../workspace/gitError.ts';
import { look } from '../../workspace/look.ts';
import type { Workspace } from '../../workspace/workspace.ts';

/** The files of a workspace by name, ignored ones included: secrets are the first thing that git ignores. */
export interface PresentFiles {
  /** Repository-relative. */
  readonly paths: readonly string[];
  /** False when there were more than are listed. */
  readonly complete: boolean;
}

/** Files in folders that git does not track, or where there is no git. */
const mostWalked = 20_000;
/** Other people's code and what is made by machines: no place for this repository's secrets, and far too many files. */
const skipped: ReadonlySet<string> = new Set(['.git', 'node_modules', '.venv', 'venv', '__pycache__']);
/** A listing is believed for so long; what is asked for by its name is looked for on the disk each time. */
const believedMs = 3_000;
/** Folders that are looked at for whether something has come or gone, the outermost first. */
const mostFolders = 64;

interface Listing {
  readonly at: number;
  readonly files: Promise<PresentFiles>;
  /** When entries of these folders came or went last, by folder. */
  readonly stamps: Promise<ReadonlyMap<string, bigint | undefined>>;
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
  if (before && Date.now() - before.at < believedMs && (await stands(workspace, before))) return before.files;
  const outermost = await stampOf(workspace, '');
  const files = list(workspace);
  const stamps = files.then(async ({ paths }) => {
    const folders = await Promise.all(
      outerFolders(paths).map(async (folder) => [folder, await stampOf(workspace, folder)] as const),
    );
    return new Map([...folders, ['', outermost] as const]);
  });
  known.set(workspace, { at: Date.now(), files, stamps });
  stamps.catch(() => known.delete(workspace)); // the next request asks again
  return files;
}

/** Nothing has come into the outer folders, or gone, since a listing. */
async function stands(workspace: Workspace, { stamps }: Listing): Promise<boolean> {
  for (const [folder, stamp] of await stamps) {
    if ((await stampOf(workspace, folder)) !== stamp) return false;
  }
  return true;
}

async function stampOf({ root }: Workspace, folder: string): Promise<bigint | undefined> {
  return (await look(join(root, folder)))?.mtimeNs;
}

function outerFolders(paths: readonly string[]): readonly string[] {
  const folders = new Set(paths.map((path) => path.slice(0, Math.max(0, path.lastIndexOf('/')))));
  const depth = (folder: string): number => folder.split('/').length;
  return [...folders].sort((one, other) => depth(one) - depth(other)).slice(0, mostFolders);
}

async function list(workspace: Workspace): Promise<PresentFiles> {
  try {
    const [tracked, untracked] = await Promise.all([workspace.tracked(), workspace.untracked()]);
    const folders = untracked.filter((path) => path.endsWith('/')).map((path) => path.slice(0, -1));
    const walked = await walk(workspace.root, folders);
    const files = untracked.filter((path) => !path.endsWith('/'));
    return { paths: [...new Set([...tracked, ...files, ...walked.paths])], complete: walked.complete };
  } catch (error) {
    if (!(error instanceof GitError) || error.code === 'aborted') throw error;
    return walk(workspace.root, ['']);
  }
}

async function walk(root: string, folders: readonly string[]): Promise<PresentFiles> {
  const paths: string[] = [];
  const open = folders.filter((folder) => !isSkipped(folder));
  for (let folder = open.shift(); folder !== undefined; folder = open.shift()) {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []); // gone, or not ours to read
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !isSkipped(path)) open.push(path);
      else if (!entry.isDirectory()) paths.push(path);
    }
    if (paths.length + open.length > mostWalked) return { paths, complete: false };
  }
  return { paths, complete: true };
}

function isSkipped(folder: string): boolean {
  return skipped.has(folder.slice(folder.lastIndexOf('/') + 1));
}
