import { insertionBetween } from '../../usage/outcomes/survival.ts';
import type { TypedText } from '../../usage/outcomes/typing.ts';
import type { SeenOf } from '../../usage/taskBook.ts';
import type { EditorText } from '../../workspace/counts.ts';
import { headMovedAt } from '../../workspace/repository.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import { Recent } from '../recent.ts';
import { AgentEdits, type SeenThen } from './agentEdits.ts';
import { CommitWatch, type StandsOn } from './commitWatch.ts';
import { FileTexts, withPlainLines } from './fileTexts.ts';
import { type Offer, ShownCompletions } from './shownCompletions.ts';
import { OutcomeTracker, type PutText, type Seen, type TextPlace } from './tracker.ts';

export interface OutcomePorts {
  /** See {@link ./tracker.ts TrackerPorts}. */
  readonly tempo: number;
  now(): number;
  /** Texts that a person has open in a repository and has not saved. */
  buffers(workspace: Workspace): Promise<readonly EditorText[]>;
  /** Documents of a repository that have changed since they were opened, with what a person has typed; left out: nobody can tell. */
  typed?(workspace: Workspace): Promise<ReadonlyMap<string, TypedText>>;
  /** The repository around a file's URI, and the file's path in it. */
  placeOf(uri: string): Promise<{ readonly workspace: Workspace; readonly path: string } | undefined>;
  /** A commit was made in a repository by then: the tasks that were about these files are over. `all`: nobody knows which files. */
  committed(root: string, files: readonly string[] | 'all', by: number): void;
  /** Takes down what was seen. */
  seen(seen: SeenOf): void;
  /** The task of an attempt. */
  taskOf(attemptId: string): string | undefined;
  log(level: 'warn', message: string): void;
}

/** One request of an agent, or of whoever may change files. */
export interface WorkTurn {
  readonly taskId: string;
  readonly conversation: string;
  /** When it came. */
  readonly at: number;
  readonly workspace: Workspace;
  readonly paths: readonly string[];
  readonly bringsResults: boolean;
  readonly seen?: SeenThen | undefined;
}

/** As many as are open at once: each is remembered with what it knows of its files. */
const MOST_REPOSITORIES = 100;

/** What becomes of everything that was routed, as far as texts, commits and the editor's questions show it. */
export class Outcomes {
  readonly #ports: OutcomePorts;
  readonly #tracker: OutcomeTracker;
  readonly #agents: AgentEdits;
  readonly #completions: ShownCompletions;
  readonly #commits: CommitWatch;
  readonly #files = new FileTexts();
  /** The repositories of what is watched, by their roots. Of one that is forgotten nothing more can be said. */
  readonly #workspaces = new Recent<Workspace>({ entries: MOST_REPOSITORIES });

  constructor(ports: OutcomePorts) {
    this.#ports = ports;
    const failed = (error: unknown): void => ports.log('warn', `An outcome could not be seen: ${String(error)}`);
    this.#tracker = new OutcomeTracker({
      tempo: ports.tempo,
      now: () => ports.now(),
      after,
      text: (place) => this.#text(place),
      committed: (place, commit) => this.#committed(place, commit),
      head: (root) => this.#head(root),
      seen: (taskId, seen) => ports.seen({ taskId, at: ports.now(), ...signalOf(seen) }),
      failed,
    });
    this.#commits = new CommitWatch({
      tempo: ports.tempo,
      now: () => ports.now(),
      after,
      head: (root) => this.#head(root),
      movedAt: async (root) => {
        const place = this.#workspaces.get(root)?.place;
        return place?.kind === 'git' ? headMovedAt(place) : undefined;
      },
      changed: async (root, from, to) => {
        const workspace = this.#workspaces.get(root);
        if (workspace === undefined) throw new Error(`The folder ${root} is not known any more.`);
        return workspace.changedBetween(from, to);
      },
      committed: (root, files, by) => ports.committed(root, files, by),
      failed,
    });
    this.#agents = new AgentEdits(this.#tracker, {
      tempo: ports.tempo,
      now: () => ports.now(),
      elapsed: () => performance.now(),
      reader: (root, seen) => this.#reader(root, seen),
      typed: (root) => this.#typed(root),
      head: async (root, seen) => {
        const head = seen === undefined ? await this.#head(root) : seen.head;
        return head && `${head.branch ?? ''} ${head.commit ?? ''}`;
      },
      writtenSince: ({ root, path }, at) => this.#files.writtenSince(root, path, at),
      committed: async (place) => this.#committed(place, (await this.#head(place.root))?.commit),
      after,
      noChange: (taskId) => ports.seen({ taskId, at: ports.now(), signal: 'no-change', source: 'sampler' }),
      failed,
    });
    this.#completions = new ShownCompletions({
      now: () => ports.now(),
      after,
      shown: (attemptId, ageMs) => ports.seen({ attemptId, at: ports.now(), signal: 'shown', source: 'editor', ageMs }),
      ended: (attemptId, { kind }) => {
        // What is taken is seen by the tracker, which finds the text.
        if (kind === 'rejected') ports.seen({ attemptId, at: ports.now(), signal: 'rejected', source: 'editor' });
      },
    });
  }

  /** The editor asks for a ghost text. */
  asked(question: Pick<Offer, 'uri' | 'prefix' | 'suffix'>): void {
    this.#completions.asked(question);
  }

  /** A ghost text answers the editor's question. */
  offered(offer: Offer): void {
    this.#completions.offered(offer);
  }

  /** The editor's question in a document was answered with nothing, or the document was closed. */
  gone(uri: string): void {
    this.#completions.gone(uri);
  }

  /**
   * A person took a ghost text.
   *
   * @param textOf a document's text with it; undefined where that is not known
   */
  async accepted(id: string, textOf: (uri: string) => string | undefined): Promise<void> {
    const offer = this.#completions.accepted(id);
    if (offer === undefined) return;
    this.#ports.seen({ attemptId: id, at: this.#ports.now(), signal: 'accepted', source: 'editor' });
    const now = textOf(offer.uri);
    const taskId = this.#ports.taskOf(id);
    const place = taskId === undefined || now === undefined ? undefined : await this.#ports.placeOf(offer.uri);
    if (place === undefined || taskId === undefined || now === undefined) return;
    this.#watch(place.workspace);
    await this.#tracker.put(taskId, putBy(offer, { root: place.workspace.root, path: place.path }, now));
  }

  /** A request that may change files, or bring what became of the last one's calls. Never rejects; nobody need wait. */
  async worked({ workspace, at, ...turn }: WorkTurn): Promise<void> {
    const { root } = workspace;
    this.#watch(workspace);
    await this.#commits.watch(root, { at, head: turn.seen?.head });
    await this.#agents.turn({ ...turn, root });
  }

  /** An edit was answered that the editor puts into its documents by itself, whether anything is asked after it or not. */
  edited({ workspace, ...turn }: Pick<WorkTurn, 'taskId' | 'conversation' | 'workspace'>): void {
    this.#agents.answered({ ...turn, root: workspace.root });
  }

  /** Looks for commits now, rather than when it is time to. */
  async lookForCommits(): Promise<void> {
    await this.#commits.look();
    await this.#tracker.lookForCommits();
  }

  dispose(): void {
    this.#tracker.dispose();
    this.#agents.dispose();
    this.#commits.dispose();
    this.#completions.dispose();
  }

  #watch(workspace: Workspace): void {
    const { root } = workspace;
    if (this.#workspaces.get(root) !== workspace) this.#workspaces.set(root, workspace);
  }

  async #head(root: string): Promise<StandsOn | undefined> {
    const workspace = this.#workspaces.get(root);
    const head = await workspace?.head().catch(() => undefined);
    if (head === undefined) return undefined;
    const { branch, commit } = head;
    return { ...(branch !== undefined && { branch }), ...(commit !== undefined && { commit }) };
  }

  /** As the person has it before them: unsaved, else from the disk. */
  async #text({ root, path }: TextPlace): Promise<string | undefined> {
    return (await this.#reader(root))(path);
  }

  /** Reads several files of a repository as they are now, or as they were seen a moment ago. */
  async #reader(root: string, seen?: SeenThen): Promise<(path: string) => Promise<string | undefined>> {
    const workspace = this.#workspaces.get(root);
    // What a person has not saved there is not to be had any more, and what is on the disk is not what they have before them.
    if (workspace === undefined) return () => Promise.resolve(undefined);
    const unsaved = await this.#ports.buffers(workspace);
    const buffers = new Map(unsaved.map(({ path, text }) => [path, text]));
    return async (path) => {
      const buffer = buffers.get(path);
      return buffer === undefined ? this.#files.read(root, path, seen?.files) : withPlainLines(buffer);
    };
  }

  async #typed(root: string): Promise<ReadonlyMap<string, TypedText>> {
    const workspace = this.#workspaces.get(root);
    const typed = workspace && (await this.#ports.typed?.(workspace));
    return new Map([...(typed ?? [])].map(([path, one]) => [path, typedInPlainLines(one)]));
  }

  async #committed({ root, path }: TextPlace, commit: string | undefined): Promise<string | undefined> {
    if (commit === undefined) return undefined;
    const file = await this.#workspaces.get(root)?.fileAt(commit, path);
    return file?.kind === 'text' ? withPlainLines(file.text) : undefined;
  }
}

function signalOf(seen: Seen): Pick<SeenOf, 'signal' | 'source' | 'ageMs' | 'survival'> {
  switch (seen.kind) {
    case 'accepted':
      return { signal: 'accepted', source: 'editor' };
    case 'undone':
      return { signal: 'undone', source: 'sampler' };
    case 'committed':
      return { signal: 'committed', source: 'git' };
    case 'sample':
      return { signal: 'sample', source: 'sampler', ageMs: seen.ageMs, survival: seen.survival };
    default:
      return seen satisfies never;
  }
}

/** What taking a ghost text has put in: exactly that, where the document is as it must be then. */
function putBy({ prefix, suffix, text }: Offer, place: TextPlace, now: string): PutText {
  const [before, after] = [withPlainLines(prefix + suffix), withPlainLines(now)];
  const [head, put] = [withPlainLines(prefix), withPlainLines(text)];
  const isAsOffered = after === head + put + withPlainLines(suffix);
  const insertion = isAsOffered
    ? { text: after, spans: [{ start: head.length, end: head.length + put.length }] }
    : insertionBetween(before, after);
  return { ...place, before, after, ...(insertion && { insertion }) };
}

function typedInPlainLines({ text, spans }: TypedText): TypedText {
  if (!text.includes('\r')) return { text, spans };
  const plainLength = (end: number): number => withPlainLines(text.slice(0, end)).length;
  return {
    text: withPlainLines(text),
    spans: spans.map(({ start, end }) => ({ start: plainLength(start), end: plainLength(end) })),
  };
}

function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  // Nobody waits for an outcome: a process that has nothing else to do may end.
  timer.unref();
  return () => clearTimeout(timer);
}
