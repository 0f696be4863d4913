import { lstat, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openWorkspace, type Workspace } from '../workspace/workspace.ts';

/** How long it is believed that git cannot serve a folder that has a repository: it may be installed or allowed meanwhile. */
const refusalBelievedMs = 10_000;
const mostFolders = 2_000;

interface Known {
  readonly workspace: Promise<Workspace>;
  /** The repository's mark as it was found: while it stays, so does the answer. */
  readonly mark: string | undefined;
  readonly at: number;
}

/** The open repositories, found once for each folder and shared by every request in them. */
export class Workspaces {
  readonly #byFolder = new Map<string, Known>();
  readonly #byRoot = new Map<string, Workspace>();
  readonly #onOpen: (workspace: Workspace) => void;

  constructor(onOpen: (workspace: Workspace) => void) {
    this.#onOpen = onOpen;
  }

  /** The repository around the first of these URIs that is a local file or folder. */
  async around(uris: readonly string[]): Promise<Workspace | undefined> {
    for (const uri of uris) {
      const folder = await folderOf(uri);
      if (folder !== undefined) return this.#open(folder);
    }
    return undefined;
  }

  /** Those around each of these URIs, each once; those that are no local files are left out. */
  async allAround(uris: readonly string[]): Promise<readonly Workspace[]> {
    const found = await Promise.all(uris.map((uri) => this.around([uri])));
    return [...new Set(found.filter((workspace) => workspace !== undefined))];
  }

  /** Those that are open now. */
  open(): readonly Workspace[] {
    return [...this.#byRoot.values()];
  }

  dispose(): void {
    for (const workspace of this.#byRoot.values()) workspace.dispose();
    this.#byRoot.clear();
    this.#byFolder.clear();
  }

  async #open(folder: string): Promise<Workspace> {
    const mark = await repositoryMark(folder);
    const known = this.#byFolder.get(folder);
    if (known && known.mark === mark) {
      const workspace = await known.workspace;
      const isRefused = workspace.place.kind === 'folder' && mark !== undefined;
      if (!isRefused || Date.now() - known.at < refusalBelievedMs) return workspace;
    }
    const workspace = openWorkspace(folder).then((opened) => this.#shared(opened));
    this.#remember(folder, { workspace, mark, at: Date.now() });
    workspace.catch(() => this.#byFolder.delete(folder));
    return workspace;
  }

  /** The one that is open at this root already, so that what it remembers is kept. */
  #shared(opened: Workspace): Workspace {
    const key = `${opened.place.kind} ${opened.root}`;
    const before = this.#byRoot.get(key);
    if (before) {
      opened.dispose();
      return before;
    }
    this.#byRoot.set(key, opened);
    this.#onOpen(opened);
    return opened;
  }

  #remember(folder: string, known: Known): void {
    this.#byFolder.delete(folder);
    this.#byFolder.set(folder, known);
    const [oldest] = this.#byFolder.keys();
    if (this.#byFolder.size > mostFolders && oldest !== undefined) this.#byFolder.delete(oldest);
  }
}

/** The nearest `.git` above a folder, by its path and identity; undefined where there is none. A few `lstat`s. */
async function repositoryMark(folder: string): Promise<string | undefined> {
  for (let current = folder; ; current = dirname(current)) {
    const path = join(current, '.git');
    const found = await lstat(path).catch(() => undefined); // none here: the next folder up may have one
    if (found) return `${path} ${found.ino}`;
    if (dirname(current) === current) return undefined;
  }
}

async function folderOf(uri: string): Promise<string | undefined> {
  if (!uri.startsWith('file:')) return undefined;
  try {
    const path = fileURLToPath(uri);
    const found = await stat(path).catch(() => undefined); // a new file that is not on the disk yet
    return found?.isDirectory() ? path : dirname(path);
  } catch {
    return undefined; // a URI of another machine
  }
}
