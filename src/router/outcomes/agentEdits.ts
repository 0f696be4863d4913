import type { BigIntStats } from 'node:fs';
import type { TypedText } from '../../usage/outcomes/typing.ts';
import type { StandsOn } from './commitWatch.ts';
import { Silences } from './silences.ts';
import type { OutcomeTracker, PutText, TextPlace } from './tracker.ts';

/** What a request saw on its way: what was so when it came need not be looked for again. */
export interface SeenThen {
  /** Undefined where it cannot be told. */
  readonly head: StandsOn | undefined;
  /** Plain files by their absolute paths; not each that is there. */
  readonly files: ReadonlyMap<string, BigIntStats>;
}

/** One request of a conversation, as far as its effects on files matter. */
export interface AgentTurn {
  readonly taskId: string;
  readonly conversation: string;
  readonly root: string;
  /** Files that it works on or has read, as repository paths. */
  readonly paths: readonly string[];
  /** It brings what tools gave back: since the last answer nobody but the agent was at work. */
  readonly bringsResults: boolean;
  /** Left out: everything is looked for. */
  readonly seen?: SeenThen | undefined;
}

export interface AgentEditsPorts {
  /** How many times as fast as by the clock time passes: 1, but where a test cannot wait. */
  readonly tempo: number;
  now(): number;
  /** Milliseconds by a clock that nobody sets. */
  elapsed(): number;
  /** Reads files as the person has them before them: empty where there is none, undefined where nothing can be said of it. */
  reader(root: string, seen?: SeenThen): Promise<(path: string) => Promise<string | undefined>>;
  /** Documents that have changed since they were opened, by path, with what a person has put in themselves. */
  typed(root: string): Promise<ReadonlyMap<string, TypedText>>;
  /** What HEAD stands on, in a word; undefined where that cannot be told. */
  head(root: string, seen?: SeenThen): Promise<string | undefined>;
  /** Whether a file was written at a moment or after it, as far as its time tells. */
  writtenSince(place: TextPlace, at: number): boolean;
  /** The file as it was committed last. */
  committed(place: TextPlace): Promise<string | undefined>;
  /** Runs something later; what is returned takes that back. */
  after(ms: number, run: () => void): () => void;
  /** A task went on without changing any file that it named, and nothing came after that. */
  noChange(taskId: string): void;
  failed(error: unknown): void;
}

/** Files that are looked at for one request, the first named first. */
const mostPaths = 40;
/** Conversations that are remembered; the one that went on least recently is forgotten first. */
const mostConversations = 40;
const mostCharacters = 8_000_000;
/** Tasks of which it is waited for more: each of those conversations may have had very many, of a few words each. */
const mostQuiet = 100 * mostConversations;

/** An edit that the editor itself puts in is there so long after its answer, in milliseconds: nothing need be asked any more. */
const APPLIED_MS = 20_000;
/** An answer whose calls bring nothing back for so long, in milliseconds, had none. */
const QUIET_MS = 600_000;

interface Remembered {
  readonly root: string;
  /** When it was looked. */
  readonly at: number;
  readonly head: string | undefined;
  readonly texts: ReadonlyMap<string, string | undefined>;
}

/** A task of which it is waited for more. */
interface Quiet {
  readonly conversation: string;
  readonly root: string;
  /** Something was put in for it. */
  readonly wrote: boolean;
}

/**
 * Finds what agents write, whatever their tools are called: between an answer and the request that brings its tools' results
 * the agent was at work, so what changed in between in the files of the work is its own, save what a person has typed. Reading goes on beside the
 * request, which does not wait for it: the next answer, and with it the next edit, comes later than that.
 */
export class AgentEdits {
  readonly #ports: AgentEditsPorts;
  readonly #tracker: Pick<OutcomeTracker, 'put'>;
  readonly #known = new Map<string, Remembered>();
  /** By task. */
  readonly #quiet: Silences<Quiet>;
  /** Conversations whose edit was answered a moment ago. */
  readonly #editing: Silences<Pick<AgentTurn, 'taskId' | 'root'>>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(tracker: Pick<OutcomeTracker, 'put'>, ports: AgentEditsPorts) {
    this.#tracker = tracker;
    this.#ports = ports;
    const { tempo } = ports;
    const clock = { elapsed: () => ports.elapsed(), after: (ms: number, run: () => void) => ports.after(ms, run) };
    this.#quiet = new Silences({
      ...clock,
      ms: QUIET_MS / tempo,
      most: mostQuiet,
      over: (taskId, quiet) => this.#isOver(taskId, quiet),
    });
    this.#editing = new Silences({
      ...clock,
      ms: APPLIED_MS / tempo,
      most: mostConversations,
      over: (conversation, edit) => {
        this.#last = this.#last
          .then(() => this.#lookAfter({ ...edit, conversation }))
          .catch((error: unknown) => this.#ports.failed(error));
      },
    });
  }

  /** How many tasks and edits it is waited for, none of them with a timer of its own. */
  get waiting(): number {
    return this.#quiet.size + this.#editing.size;
  }

  /** Looks at a request's files; ends when that is done, and never rejects. */
  turn(turn: AgentTurn): Promise<void> {
    const { taskId, conversation, root } = turn;
    this.#quiet.heard(taskId, { conversation, root, wrote: this.#quiet.get(taskId)?.wrote === true });
    this.#editing.forget(conversation);
    const done = this.#last.then(() => this.#look(turn)).catch((error: unknown) => this.#ports.failed(error));
    this.#last = done;
    return done;
  }

  async #look({ taskId, conversation, root, paths, bringsResults, seen }: AgentTurn): Promise<void> {
    const known = this.#known.get(conversation);
    const before = known?.root === root ? known.texts : undefined;
    const wanted = [...new Set([...paths, ...(before?.keys() ?? [])])].slice(0, mostPaths);
    const texts = new Map<string, string | undefined>();
    const at = this.#ports.now();
    const head = await this.#ports.head(root, seen);
    const read = await this.#ports.reader(root, seen);
    for (const path of wanted) texts.set(path, await read(path));
    const typed = await this.#ports.typed(root);
    this.#remember(conversation, { root, at, head, texts });
    // Another branch, a pull or a commit brings text that others wrote, or takes it away.
    if (!bringsResults || known === undefined || before === undefined || known.head !== head) return;
    for (const [path, after] of texts) {
      const place = { root, path };
      const text = before.has(path) ? before.get(path) : await this.#firstText(place, known.at);
      if (text !== undefined && after !== undefined)
        await this.#put(taskId, { ...place, before: text, after, typed: typed.get(path) });
    }
  }

  async #put(taskId: string, text: PutText): Promise<void> {
    if (text.before === text.after || !(await this.#tracker.put(taskId, text))) return;
    const quiet = this.#quiet.get(taskId);
    if (quiet) this.#quiet.change(taskId, { ...quiet, wrote: true });
  }

  /** An edit was answered, which the editor puts into its documents by itself. */
  answered({ taskId, conversation, root }: Pick<AgentTurn, 'taskId' | 'conversation' | 'root'>): void {
    this.#editing.heard(conversation, { taskId, root });
  }

  /** What changed in documents since an edit was asked for, where no other conversation has looked at them since. */
  async #lookAfter({ taskId, conversation, root }: Pick<AgentTurn, 'taskId' | 'conversation' | 'root'>): Promise<void> {
    const known = this.#known.get(conversation);
    if (known?.root !== root || known.head !== (await this.#ports.head(root))) return;
    const others = [...this.#known].filter(([name, { at }]) => name !== conversation && at >= known.at);
    const read = await this.#ports.reader(root);
    const typed = await this.#ports.typed(root);
    const texts = new Map(known.texts);
    for (const [path, before] of known.texts) {
      const open = typed.get(path);
      if (open === undefined || before === undefined || others.some(([, other]) => other.texts.has(path))) continue;
      const after = await read(path);
      texts.set(path, after);
      if (after !== undefined) await this.#put(taskId, { root, path, before, after, typed: open });
    }
    this.#remember(conversation, { ...known, texts });
  }

  /**
   * What a file was before the conversation named it for the first time: as it is committed, or nothing, if it was written
   * since the last look; else it is as it was, whoever wrote it, and nothing is known to have been put in.
   */
  async #firstText(place: TextPlace, since: number): Promise<string | undefined> {
    return this.#ports.writtenSince(place, since) ? ((await this.#ports.committed(place)) ?? '') : undefined;
  }

  dispose(): void {
    this.#quiet.dispose();
    this.#editing.dispose();
  }

  /** Nothing came after a task's last request. */
  #isOver(taskId: string, { conversation, root, wrote }: Quiet): void {
    if (wrote) return;
    void this.#isUnchanged(conversation, root)
      .then((isUnchanged) => {
        if (isUnchanged) this.#ports.noChange(taskId);
      })
      .catch((error: unknown) => this.#ports.failed(error));
  }

  /** Whether the files that were looked at last are as they were; where there was none, nobody can say. */
  async #isUnchanged(conversation: string, root: string): Promise<boolean> {
    const known = this.#known.get(conversation);
    if (known === undefined || known.root !== root || known.texts.size === 0) return false;
    if (known.head !== (await this.#ports.head(root))) return false;
    const read = await this.#ports.reader(root);
    for (const [path, text] of known.texts) if (text === undefined || (await read(path)) !== text) return false;
    return true;
  }

  #remember(conversation: string, now: Remembered): void {
    this.#known.delete(conversation);
    this.#known.set(conversation, now);
    let characters = 0;
    for (const { texts } of this.#known.values()) for (const text of texts.values()) characters += text?.length ?? 0;
    for (const [oldest, { texts }] of this.#known) {
      if (this.#known.size <= mostConversations && characters <= mostCharacters) return;
      for (const text of texts.values()) characters -= text?.length ?? 0;
      this.#known.delete(oldest);
    }
  }
}
