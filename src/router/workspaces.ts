import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { look, lookAtLink, realPlaceOf } from '../workspace/look.ts';
import { isWithin } from '../workspace/repository.ts';
import { openWorkspace, type Workspace } from '../workspace/workspace.ts';

/** How long it is believed that git cannot serve a folder that has a repository: it may be installed or allowed meanwhile. */
const refusalBelievedMs = 10_000;
const mostFolders = 500;
/**
 * Repositories come and go under an open folder, as a build's or a test's do; each is remembered with all its files, and the
 * one that was asked about least recently is forgotten first.
 */
const mostRepositories = 100;

interface Known {
  readonly workspace: Promise<Workspace>;
  /** The repository's mark as it was found: while it stays, so does the answer. */
  readonly mark: string | undefined;
  readonly at: number;
  /** Where it is one that is shared, as soon as it is open. */
  shared?: Workspace;
}

export interface WorkspaceEvents {
  opened(workspace: Workspace): void;
  /** It is open no more: asked about again, its folder is another workspace. Whatever is under way in it goes on. */
  forgotten?(workspace: Workspace): void;
}

/** The open repositories, found once for each folder and shared by every request in them. */
export class Workspaces {
  readonly #byFolder = new Map<string, Known>();
  /** Asked about least recently first. */
  readonly #byRoot = new Map<string, Workspace>();
  readonly #events: WorkspaceEvents;
  /** The open folders, with links resolved. */
  #roots: readonly string[] = [];
  #timesOpened = 0;

  constructor(events: WorkspaceEvents) {
    this.#events = events;
  }

  /** Which folders are open from now on: what holds in them holds for every repository inside. */
  async setRoots(uris: readonly string[]): Promise<void> {
    this.#roots = await realFolders(uris);
    this.#timesOpened += 1;
  }

  /** How often other folders were opened: while it stays, what is found here rests on looks alone. */
  get timesOpened(): number {
    return this.#timesOpened;
  }

  /**
   * What lies around a repository and is open itself: each open folder's own repository, or the folder where it has none,
   * and the repositories between. The outermost first.
   *
   * @param uris folders that whoever asks has open, beside those of {@link setRoots}
   */
  async enclosing({ root }: Workspace, uris: readonly string[] = []): Promise<readonly Workspace[]> {
    const roots = new Set([...this.#roots, ...(await realFolders(uris))]);
    const near = [...roots].filter((folder) => isWithin(folder, root) || isWithin(root, folder));
    const open = await Promise.all(near.map((folder) => this.#open(folder)));
    const found = new Set(open.filter((workspace) => workspace.root !== root && isWithin(workspace.root, root)));
    const top = Math.min(...[...found].map((workspace) => workspace.root.length));
    for (let folder = dirname(root); folder.length > top; folder = dirname(folder)) {
      const hasMark = await lookAtLink(join(folder, '.git')); // no repository of its own
      const between = hasMark && (await this.#open(folder));
      if (between && between.root.length > top && isWithin(between.root, root)) found.add(between);
    }
    return [...found].sort((a, b) => a.root.length - b.root.length);
  }

  /** The repository around the first of these URIs that is a local file or folder. */
  async around(uris: readonly string[]): Promise<Workspace | undefined> {
    for (const uri of uris) {
      const folder = await folderOf(uri);
      if (folder !== undefined) return this.#orOpenFolder(await this.#open(folder));
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

  /** Without a repository a folder inside an open one is a part of that, and no place of its own. */
  async #orOpenFolder(workspace: Workspace): Promise<Workspace> {
    if (workspace.place.kind === 'git' || workspace.place.unread) return workspace;
    const around = this.#roots.filter((folder) => folder !== workspace.root && isWithin(folder, workspace.root));
    const [nearest] = around.sort((a, b) => b.length - a.length);
    const opened = nearest === undefined ? workspace : await this.#open(nearest);
    return opened.place.kind === 'folder' ? opened : workspace;
  }

  async #open(folder: string): Promise<Workspace> {
    const mark = await repositoryMark(folder);
    const known = this.#byFolder.get(folder);
    if (known && known.mark === mark) {
      const workspace = await known.workspace;
      const isRefused = workspace.place.kind === 'folder' && mark !== undefined;
      if (!isRefused || performance.now() - known.at < refusalBelievedMs) {
        if (known.shared) this.#used(known.shared);
        return workspace;
      }
    }
    const workspace = openWorkspace(folder).then((opened) => {
      if (mark === undefined && this.#isPassing(opened)) return opened;
      now.shared = this.#shared(opened);
      return now.shared;
    });
    const now: Known = { workspace, mark, at: performance.now() };
    this.#remember(folder, now);
    workspace.catch(() => this.#byFolder.delete(folder));
    return workspace;
  }

  /** A folder inside an open one, with no repository of its own: a part of that, of which there may be any number. */
  #isPassing({ place }: Workspace): boolean {
    if (place.kind !== 'folder' || this.#roots.includes(place.root)) return false;
    return this.#roots.some((folder) => isWithin(folder, place.root));
  }

  /** The one that is open at this root already, so that what it remembers is kept. */
  #shared(opened: Workspace): Workspace {
    const before = this.#byRoot.get(keyOf(opened));
    if (before) {
      opened.dispose();
      this.#used(before);
      return before;
    }
    this.#byRoot.set(keyOf(opened), opened);
    this.#events.opened(opened);
    this.#forgetOldest(opened);
    return opened;
  }

  #used(workspace: Workspace): void {
    const key = keyOf(workspace);
    if (this.#byRoot.get(key) !== workspace) return;
    this.#byRoot.delete(key);
    this.#byRoot.set(key, workspace);
  }

  /** Not an open folder's own, nor this one, which is used now. Its folders are forgotten with it: each would keep it, with all its files. */
  #forgetOldest(newest: Workspace): void {
    if (this.#byRoot.size <= mostRepositories) return;
    for (const [key, workspace] of this.#byRoot) {
      if (workspace === newest || this.#roots.some((folder) => isWithin(workspace.root, folder))) continue;
      this.#byRoot.delete(key);
      for (const [folder, known] of this.#byFolder) if (known.shared === workspace) this.#byFolder.delete(folder);
      this.#events.forgotten?.(workspace);
      return;
    }
  }

  #remember(folder: string, known: Known): void {
    this.#byFolder.delete(folder);
    this.#byFolder.set(folder, known);
    const [oldest] = this.#byFolder.keys();
    if (this.#byFolder.size > mostFolders && oldest !== undefined) this.#byFolder.delete(oldest);
  }
}

const keyOf = ({ place, root }: Workspace): string => `${place.kind} ${root}`;

/** The nearest `.git` above a folder, by its path and identity; undefined where there is none. A few `lstat`s. */
async function repositoryMark(folder: string): Promise<string | undefined> {
  for (let current = folder; ; current = dirname(current)) {
    const path = join(current, '.git');
    const found = await lookAtLink(path); // none here: the next folder up may have one
    if (found) return `${path} ${found.ino}`;
    if (dirname(current) === current) return undefined;
  }
}

/** The folders of URIs with links resolved; what is no local file is left out. */
async function realFolders(uris: readonly string[]): Promise<readonly string[]> {
  const folders = (await Promise.all(uris.map(folderOf))).filter((folder) => folder !== undefined);
  return Promise.all(folders.map((folder) => realPlaceOf(folder).catch(() => folder))); // not there (yet)
}

async function folderOf(uri: string): Promise<string | undefined> {
  if (!uri.startsWith('file:')) return undefined;
  try {
    const path = fileURLToPath(uri);
    const found = await look(path); // a new file that is not on the disk yet
    return found?.isDirectory() ? path : dirname(path);
  } catch {
    return undefined; // a URI of another machine
  }
}
