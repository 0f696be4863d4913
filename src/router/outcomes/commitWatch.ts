import { IDLE_MS } from '../../usage/task.ts';

/** What HEAD of a repository stands on. */
export interface StandsOn {
  readonly branch?: string;
  readonly commit?: string;
}

export interface CommitPorts {
  /** How many times as fast as by the clock time passes: 1, but where a test cannot wait. */
  readonly tempo: number;
  now(): number;
  /** Runs something later; what is returned takes that back. */
  after(ms: number, run: () => void): () => void;
  /** undefined where that cannot be told. */
  head(root: string): Promise<StandsOn | undefined>;
  /** When HEAD came to stand on that, at the latest; undefined where that cannot be told. */
  movedAt(root: string): Promise<number | undefined>;
  /** The paths that differ between two commits. */
  changed(root: string, from: string, to: string): Promise<readonly string[]>;
  /**
   * A commit was made.
   *
   * @param files `all` where it is not known of which
   * @param by when it was there: what began later is not what was committed
   */
  committed(root: string, files: readonly string[] | 'all', by: number): void;
  failed(error: unknown): void;
}

/** A request, as far as it tells of commits. */
export interface Asked {
  /** When it came. */
  readonly at: number;
  /** What HEAD stood on when its facts were gathered; left out where that was not kept: it is looked up now. */
  readonly head?: StandsOn | undefined;
}

/** Where a request has found HEAD, and a moment by which it was there; undefined where it cannot be told. */
interface Sighting {
  readonly head: Promise<StandsOn | undefined>;
  readonly by: number;
}

interface Watched {
  /** As of the last look. */
  head: StandsOn | undefined;
  /** When that was. */
  lookedAt: number;
  /** Of requests since, in the order in which they came; without those that have found nothing new. */
  readonly sightings: Set<Sighting>;
  /** When a request was about it last. */
  askedAt: number;
}

const POLL_MS = 15_000;
/** A file's time may be so much behind the clock. */
const GRAIN_MS = 50;
/** Of a commit that is about more files, a merge mostly, they are not looked at one by one. */
const MOST_FILES = 1_000;
/** Of more requests after a commit and before the next look it is enough that the first have found it. */
const MOST_SIGHTINGS = 100;
/** Of more repositories the one that was asked about least recently is not looked at any more. */
const MOST_REPOSITORIES = 100;

/**
 * Sees commits in the repositories that requests are about, for as long as a task of them can be open: on the same branch,
 * HEAD stands on another commit. Going to another branch is none.
 */
export class CommitWatch {
  readonly #ports: CommitPorts;
  /** Asked about least recently first. */
  readonly #watched = new Map<string, Watched>();
  #stop: (() => void) | undefined;
  #looking: Promise<unknown> = Promise.resolve();
  #isDisposed = false;

  constructor(ports: CommitPorts) {
    this.#ports = ports;
  }

  /**
   * A request is about this repository. What it stands on at first is looked up beside it; never rejects. A commit that a
   * request has found already is none of the work that it begins, however much later it is looked for.
   */
  async watch(root: string, { at, head }: Asked): Promise<void> {
    const known = this.#watched.get(root);
    if (known !== undefined) {
      known.askedAt = this.#ports.now();
      this.#watched.delete(root);
      this.#watched.set(root, known);
      this.#note(root, known, { at, head });
      return;
    }
    const fresh: Watched = {
      head: undefined,
      lookedAt: this.#ports.now(),
      sightings: new Set(),
      askedAt: this.#ports.now(),
    };
    this.#watched.set(root, fresh);
    const [oldest] = this.#watched.keys();
    if (this.#watched.size > MOST_REPOSITORIES && oldest !== undefined) this.#watched.delete(oldest);
    this.#poll();
    fresh.head = await this.#ports.head(root).catch(() => undefined);
    // In a folder without a repository nothing is committed, and there may be any number of those.
    if (fresh.head === undefined && this.#watched.get(root) === fresh) this.#watched.delete(root);
  }

  /** Looks now, rather than when it is time to; one look after the other, so that a commit is told once. */
  look(): Promise<void> {
    const look = this.#looking.then(() => this.#lookAtAll());
    this.#looking = look.catch(() => undefined);
    return look;
  }

  async #lookAtAll(): Promise<void> {
    const { now, tempo } = this.#ports;
    for (const [root, watched] of [...this.#watched]) {
      if ((now() - watched.askedAt) * tempo > IDLE_MS + POLL_MS) this.#watched.delete(root);
      else await this.#lookAt(root, watched);
    }
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#watched.clear();
    this.#stop?.();
  }

  async #lookAt(root: string, watched: Watched): Promise<void> {
    const lookedAt = this.#ports.now();
    const sightings = [...watched.sightings];
    const found = await this.#ports.head(root);
    if (found === undefined) return;
    for (const sighting of sightings) watched.sightings.delete(sighting);
    const before = watched.head;
    // Another process may have been asked meanwhile, and nothing is known here of when. HEAD was not there at the last look: a
    // record from before that is of another move, as of programs that keep none.
    const movedAt = isSame(found, before) ? undefined : await this.#ports.movedAt(root);
    const isOfThis = movedAt !== undefined && movedAt >= watched.lookedAt - GRAIN_MS;
    const by = isOfThis ? Math.min(lookedAt, Math.max(watched.lookedAt, movedAt)) : lookedAt;
    watched.head = found;
    watched.lookedAt = lookedAt;
    // What each branch stood on, as it was seen: what was seen before is nothing new.
    const stood = new Map<string | undefined, (string | undefined)[]>();
    if (before !== undefined) stood.set(before.branch, [before.commit]);
    for (const sighting of [...sightings, { head: Promise.resolve(found), by }]) {
      const head = await sighting.head;
      if (head === undefined) continue;
      const commits = stood.get(head.branch);
      if (commits === undefined) stood.set(head.branch, [head.commit]);
      else if (head.commit !== undefined && !commits.includes(head.commit)) {
        this.#ports.committed(root, await this.#files(root, commits.at(-1), head.commit), sighting.by);
        commits.push(head.commit);
      }
    }
  }

  #note(root: string, watched: Watched, { at, head }: Asked): void {
    const { sightings } = watched;
    if (sightings.size >= MOST_SIGHTINGS) return;
    const looked = head === undefined ? this.#ports.head(root).catch(() => undefined) : Promise.resolve(head);
    // It was there before the work that this request begins.
    const sighting: Sighting = { head: looked, by: at - 1 };
    sightings.add(sighting);
    void looked.then((one) => {
      const isFirst = sightings.values().next().value === sighting;
      if (one === undefined || (isFirst && isSame(one, watched.head))) sightings.delete(sighting);
    });
  }

  /** The first commit of a repository is of whatever it has. */
  async #files(root: string, from: string | undefined, to: string): Promise<readonly string[] | 'all'> {
    if (from === undefined) return 'all';
    try {
      const files = await this.#ports.changed(root, from, to);
      return files.length > MOST_FILES ? 'all' : files;
    } catch (error) {
      this.#ports.failed(error);
      return 'all';
    }
  }

  #poll(): void {
    if (this.#stop !== undefined || this.#isDisposed || this.#watched.size === 0) return;
    this.#stop = this.#ports.after(POLL_MS / this.#ports.tempo, () => {
      void this.look()
        .catch((error: unknown) => this.#ports.failed(error))
        .finally(() => {
          this.#stop = undefined;
          this.#poll();
        });
    });
  }
}

function isSame(head: StandsOn, other: StandsOn | undefined): boolean {
  return head.branch === other?.branch && head.commit === other?.commit;
}
