import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openWorkspace, type Workspace } from '../workspace/workspace.ts';

/** How long it is believed that a folder belongs to the repository that was found for it. */
const believedMs = 10_000;

interface Known {
  readonly workspace: Promise<Workspace>;
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

  /** Those that are open now. */
  open(): readonly Workspace[] {
    return [...this.#byRoot.values()];
  }

  dispose(): void {
    for (const workspace of this.#byRoot.values()) workspace.dispose();
    this.#byRoot.clear();
    this.#byFolder.clear();
  }

  #open(folder: string): Promise<Workspace> {
    const known = this.#byFolder.get(folder);
    if (known && Date.now() - known.at < believedMs) return known.workspace;
    const workspace = openWorkspace(folder).then((opened) => {
      const key = `${opened.place.kind} ${opened.root}`;
      const before = this.#byRoot.get(key);
      if (before) {
        opened.dispose();
        return before;
      }
      this.#byRoot.set(key, opened);
      this.#onOpen(opened);
      return opened;
    });
    this.#byFolder.set(folder, { workspace, at: Date.now() });
    workspace.catch(() => this.#byFolder.delete(folder));
    return workspace;
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
