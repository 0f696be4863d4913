import { listRepository, type RepositoryListing } from '../../router/repositoryListing.ts';
import { headKey, indexKey } from '../../workspace/repository.ts';
import type { Workspace } from '../../workspace/workspace.ts';

const mostRepositories = 8;
/** How long a listing is believed where nobody says that files come or go. */
const believedMs = 30_000;
/** Files come and go in swarms: one look a while after the first of them, and not too soon after the last look. */
const restMs = 500;
const betweenLooksMs = 3_000;

interface Known {
  listing: RepositoryListing | undefined;
  /** What HEAD and the index were when the files were listed. */
  key: string | undefined;
  listedAt: number;
  isStale: boolean;
  running: Promise<void> | undefined;
  timer: NodeJS.Timeout | undefined;
}

/**
 * The files of the repositories whose policies are open. Asking never waits for git after the first time: what was known
 * last is given at once, and where it may have changed git is asked behind it.
 */
export class Listings {
  readonly #known = new Map<string, Known>();
  readonly #changed: (root: string) => void;
  readonly #failed: (reason: unknown) => void;
  readonly #closing = new AbortController();

  /** @param changed told when a listing differs from the one before */
  constructor(ports: { readonly changed: (root: string) => void; readonly failed: (reason: unknown) => void }) {
    this.#changed = ports.changed;
    this.#failed = ports.failed;
  }

  /** What is known now; undefined before the first listing and where there is no git. A few `stat`s. */
  async now(workspace: Workspace): Promise<RepositoryListing | undefined> {
    const known = this.#of(workspace.root);
    if (workspace.place.kind !== 'git') return undefined;
    const isOld = known.isStale || Date.now() - known.listedAt > believedMs;
    if (isOld || known.key !== (await keyOf(workspace))) this.#list(workspace, known);
    return known.listing;
  }

  /** The same, but waits for the first listing. */
  async first(workspace: Workspace): Promise<RepositoryListing | undefined> {
    const now = await this.now(workspace);
    if (now !== undefined) return now;
    const known = this.#of(workspace.root);
    await known.running;
    return known.listing;
  }

  /** Files came or went somewhere in these repositories. */
  filesChanged(workspace: Workspace): void {
    const known = this.#known.get(workspace.root);
    if (known === undefined) return;
    known.isStale = true;
    const rest = Math.max(restMs, known.listedAt + betweenLooksMs - Date.now());
    known.timer ??= setTimeout(() => {
      known.timer = undefined;
      if (known.isStale) this.#list(workspace, known);
    }, rest);
  }

  dispose(): void {
    this.#closing.abort();
    for (const { timer } of this.#known.values()) clearTimeout(timer);
    this.#known.clear();
  }

  #of(root: string): Known {
    const before = this.#known.get(root);
    const known: Known = before ?? {
      listing: undefined,
      key: undefined,
      listedAt: 0,
      isStale: true,
      running: undefined,
      timer: undefined,
    };
    this.#known.delete(root);
    this.#known.set(root, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostRepositories && oldest !== undefined) this.#known.delete(oldest);
    return known;
  }

  #list(workspace: Workspace, known: Known): void {
    if (known.running !== undefined || this.#closing.signal.aborted) return;
    known.isStale = false;
    known.running = this.#look(workspace, known)
      .catch((error: unknown) => {
        if (!this.#closing.signal.aborted) this.#failed(error);
      })
      .finally(() => {
        known.running = undefined;
      });
  }

  async #look(workspace: Workspace, known: Known): Promise<void> {
    const key = await keyOf(workspace);
    // Whatever comes of it, git is not asked again at once.
    Object.assign(known, { key, listedAt: Date.now() });
    const before = known.listing;
    const now = await listRepository(workspace, this.#closing.signal, before);
    known.listing = now;
    const isSame = before?.files === now.files && now.ownersOf === undefined && before.ownersOf === undefined;
    if (!isSame) this.#changed(workspace.root);
  }
}

async function keyOf({ place }: Workspace): Promise<string | undefined> {
  if (place.kind !== 'git') return undefined;
  const [head, index] = await Promise.all([headKey(place), indexKey(place)]);
  // Where HEAD cannot be told from files alone, the index still tells a checkout.
  return `${head ?? '-'} ${index}`;
}
