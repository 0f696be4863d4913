import { join } from 'node:path';
import { isManifest } from '../routing/paths.ts';
import { readCommitted } from './blobs.ts';
import { type FolderFacts, folderReader, type LookAtFolder } from './folders.ts';
import { type GitProgram, runGit } from './git.ts';
import { limits } from './limits.ts';
import { fileKey } from './repository.ts';
import { readRegularFile } from './untracked.ts';

/** Where the files lie that modules are told by: the working tree, or a commit. */
export interface ManifestFiles {
  readonly look: LookAtFolder;
  /** The content of a file; undefined where there is no regular one of a usual size. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** A text that stays the same as long as a file does. */
  key(path: string): Promise<string | undefined>;
}

/** The working tree's. */
export function diskFiles(root: string, look: LookAtFolder = folderReader(root)): ManifestFiles {
  return {
    look,
    read: async (path) => {
      const content = await readRegularFile(root, join(root, path), limits.manifestBytes);
      return content.kind === 'content' ? content.bytes : undefined;
    },
    key: (path) => fileKey(join(root, path)),
  };
}

/**
 * The same files, but a folder that has a manifest in one of the commits has one still: deleting it, which nobody has
 * reviewed yet, would make one module of two and take a change out of the rules on modules.
 */
export function withCommittedManifests(
  files: ManifestFiles,
  committed: () => Promise<readonly ManifestFiles[]>,
): ManifestFiles {
  return {
    ...files,
    look: async (folder) => {
      const facts = await files.look(folder);
      if (facts.hasManifest) return facts;
      const before = await Promise.all((await committed()).map((commit) => commit.look(folder)));
      return before.some(({ hasManifest }) => hasManifest) ? { ...facts, hasManifest: true } : facts;
    },
  };
}

/** Stands for a commit that git cannot tell: no word of it excuses anything. */
export const silentFiles: ManifestFiles = {
  look: async () => ({ hasManifest: false, hasAttributes: false }),
  read: async () => undefined,
  key: async () => undefined,
};

/** What commits have of manifests, each listed once and forgotten when it is no longer asked for. */
export class CommittedManifests {
  #listed: ReadonlyMap<string, Promise<ManifestFiles>> = new Map();
  readonly #list: (commit: string) => Promise<ManifestFiles>;

  /** @param list such as {@link committedFiles} */
  constructor(list: (commit: string) => Promise<ManifestFiles>) {
    this.#list = list;
  }

  /** Of each commit; one that cannot be listed says nothing, and is tried again the next time. */
  async of(commits: readonly string[]): Promise<readonly ManifestFiles[]> {
    // Where the default branch is checked out, the two are one: it is not listed twice.
    const once = [...new Set(commits)];
    const listed = new Map(once.map((commit) => [commit, this.#listed.get(commit) ?? this.#begin(commit)]));
    this.#listed = listed;
    return Promise.all(listed.values());
  }

  #begin(commit: string): Promise<ManifestFiles> {
    return this.#list(commit).catch(() => {
      // Git says why where the commit is asked for by itself; here the disk's manifests are what is left.
      this.#listed = new Map([...this.#listed].filter(([other]) => other !== commit));
      return silentFiles;
    });
  }
}

/**
 * A commit's, listed once.
 *
 * @throws {GitError}
 */
export async function committedFiles(
  git: GitProgram,
  root: string,
  commit: string,
  signal?: AbortSignal,
): Promise<ManifestFiles> {
  const args = ['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit];
  const listing = await runGit(git, { cwd: root, args, signal, deadlineMs: limits.listDeadlineMs });
  const folders = new Map<string, FolderFacts>();
  for (const path of listing.toString('utf8').split('\0')) {
    const end = path.lastIndexOf('/');
    const [folder, name] = [path.slice(0, Math.max(end, 0)), path.slice(end + 1)];
    const { hasManifest = false, hasAttributes = false } = folders.get(folder) ?? {};
    folders.set(folder, {
      hasManifest: hasManifest || isManifest(name),
      hasAttributes: hasAttributes || name === '.gitattributes',
    });
  }
  return {
    look: async (folder) => folders.get(folder) ?? { hasManifest: false, hasAttributes: false },
    read: async (path) => {
      const file = (await readCommitted(git, root, commit, [path], limits.manifestBytes, signal)).get(path);
      return file?.kind === 'text' ? new TextEncoder().encode(file.text) : undefined;
    },
    key: async () => commit,
  };
}
