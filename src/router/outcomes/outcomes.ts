import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { insertionBetween } from '../../usage/outcomes/survival.ts';
import type { SeenOf } from '../../usage/taskBook.ts';
import type { EditorText } from '../../workspace/counts.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import { AgentEdits } from './agentEdits.ts';
import { type Offer, ShownCompletions } from './shownCompletions.ts';
import { OutcomeTracker, type PutText, type Seen, type TextPlace } from './tracker.ts';

export interface OutcomePorts {
  /** See {@link ./tracker.ts TrackerPorts}. */
  readonly tempo: number;
  now(): number;
  /** Texts that a person has open in a repository and has not saved. */
  buffers(workspace: Workspace): Promise<readonly EditorText[]>;
  /** The repository around a file's URI, and the file's path in it. */
  placeOf(uri: string): Promise<{ readonly workspace: Workspace; readonly path: string } | undefined>;
  /** Takes down what was seen. */
  seen(seen: SeenOf): void;
  /** A repository has a new commit. */
  committed(workspace: Workspace, commit: string): void;
  log(level: 'warn', message: string): void;
}

/** One request of an agent, or of whoever may change files. */
export interface WorkTurn {
  readonly taskId: string;
  readonly conversation: string;
  readonly workspace: Workspace;
  readonly paths: readonly string[];
  readonly bringsResults: boolean;
  /** No tool was called in the whole conversation. */
  readonly usesNoTools: boolean;
}

/** What HEAD of a repository stands on. */
interface StandsOn {
  readonly branch?: string;
  readonly commit?: string;
}

/** Files larger than this are not watched, in bytes. */
const LARGEST_FILE = 1_000_000;

/** What becomes of everything that was routed, as far as texts, commits and the editor's questions show it. */
export class Outcomes {
  readonly #ports: OutcomePorts;
  readonly #tracker: OutcomeTracker;
  readonly #agents: AgentEdits;
  readonly #completions: ShownCompletions;
  /** The repositories of what is watched, by their roots. */
  readonly #workspaces = new Map<string, Workspace>();
  readonly #heads = new Map<string, StandsOn>();

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
    this.#agents = new AgentEdits(this.#tracker, {
      text: (place) => this.#text(place),
      committed: (place) => this.#committed(place, this.#heads.get(place.root)?.commit),
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
   * @param now the document as it is with it; left out where that is not known
   */
  async accepted(id: string, taskId: string | undefined, now: string | undefined): Promise<void> {
    const offer = this.#completions.accepted(id);
    if (offer === undefined) return;
    const place = taskId === undefined || now === undefined ? undefined : await this.#ports.placeOf(offer.uri);
    if (place === undefined || taskId === undefined || now === undefined) {
      this.#ports.seen({ attemptId: id, at: this.#ports.now(), signal: 'accepted', source: 'editor' });
      return;
    }
    this.#workspaces.set(place.workspace.root, place.workspace);
    await this.#tracker.put(taskId, putBy(offer, { root: place.workspace.root, path: place.path }, now));
  }

  /** A request that may change files, or bring what became of the last one's calls. Never rejects; nobody need wait. */
  async worked({ workspace, usesNoTools, ...turn }: WorkTurn): Promise<void> {
    if (usesNoTools)
      this.#ports.seen({ taskId: turn.taskId, at: this.#ports.now(), signal: 'no-change', source: 'editor' });
    if (turn.paths.length === 0 && !turn.bringsResults) return;
    const { root } = workspace;
    this.#workspaces.set(root, workspace);
    await this.#head(root);
    await this.#agents.turn({ ...turn, root });
  }

  /** Looks for commits now, rather than when it is time to. */
  lookForCommits(): Promise<void> {
    return this.#tracker.lookForCommits();
  }

  dispose(): void {
    this.#tracker.dispose();
    this.#completions.dispose();
  }

  async #head(root: string): Promise<StandsOn | undefined> {
    const workspace = this.#workspaces.get(root);
    const head = await workspace?.head().catch(() => undefined);
    if (workspace === undefined || head === undefined) return undefined;
    const { branch, commit } = head;
    const before = this.#heads.get(root);
    const now: StandsOn = { ...(branch !== undefined && { branch }), ...(commit !== undefined && { commit }) };
    this.#heads.set(root, now);
    const isNew = before !== undefined && commit !== undefined && before.commit !== commit && before.branch === branch;
    if (isNew) this.#ports.committed(workspace, commit);
    return now;
  }

  /** As the person has it before them: unsaved, else from the disk. */
  async #text({ root, path }: TextPlace): Promise<string | undefined> {
    const workspace = this.#workspaces.get(root);
    const buffers = workspace === undefined ? [] : await this.#ports.buffers(workspace);
    const buffer = buffers.find((one) => one.path === path)?.text;
    const text = buffer ?? (await readText(join(root, path)));
    return text === undefined || text.length > LARGEST_FILE ? undefined : withPlainLines(text);
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

/** Line ends are the editor's and git's affair. */
function withPlainLines(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n/g, '\n') : text;
}

/** A file's text; undefined where there is none, where it is no plain file, or where it is too large. */
async function readText(path: string): Promise<string | undefined> {
  try {
    // A pipe that a repository may have made waits for nobody this way.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { size, isFile } = await file.stat().then((stat) => ({ size: stat.size, isFile: stat.isFile() }));
      return isFile && size <= LARGEST_FILE ? await file.readFile('utf8') : undefined;
    } finally {
      await file.close();
    }
  } catch {
    // Gone, or closed to us: there is no text.
    return undefined;
  }
}

function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  // Nobody waits for an outcome: a process that has nothing else to do may end.
  timer.unref();
  return () => clearTimeout(timer);
}
