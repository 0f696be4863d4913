import type { BigIntStats } from 'node:fs';
import type { TypedText } from '../../usage/outcomes/typing.ts';
import type { StandsOn } from './commitWatch.ts';
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
  now(): number;
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

/**
 * Finds what agents write, whatever their tools are called: between an answer and the request that brings its tools' results
 * the agent was at work, so what changed in between in the files of the work is its own, save what a person has typed. Reading goes on beside the
 * request, which does not wait for it: the next answer, and with it the next edit, comes later than that.
 */
export class AgentEdits {
  readonly #ports: AgentEditsPorts;
  readonly #tracker: Pick<OutcomeTracker, 'put'>;
  readonly #known = new Map<string, Remembered>();
  /** Tasks that have put something in. */
  readonly #wrote = new Set<string>();
  readonly #quiet = new Map<string, () => void>();
  /** Conversations whose edit was answered a moment ago. */
  readonly #editing = new Map<string, () => void>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(tracker: Pick<OutcomeTracker, 'put'>, ports: AgentEditsPorts) {
    this.#tracker = tracker;
    this.#ports = ports;
  }

  /** Looks at a request's files; ends when that is done, and never rejects. */
  turn(turn: AgentTurn): Promise<void> {
    this.#waitForMore(turn);
    this.#editing.get(turn.conversation)?.();
    this.#editing.delete(turn.conversation);
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
    if (text.before !== text.after && (await this.#tracker.put(taskId, text))) this.#wrote.add(taskId);
  }

  /** An edit was answered, which the editor puts into its documents by itself. */
  answered({ taskId, conversation, root }: Pick<AgentTurn, 'taskId' | 'conversation' | 'root'>): void {
    this.#editing.get(conversation)?.();
    const cancel = this.#ports.after(APPLIED_MS, () => {
      this.#editing.delete(conversation);
      this.#last = this.#last
        .then(() => this.#lookAfter({ taskId, conversation, root }))
        .catch((error: unknown) => this.#ports.failed(error));
    });
    this.#editing.set(conversation, cancel);
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
    for (const cancel of [...this.#quiet.values(), ...this.#editing.values()]) cancel();
    this.#quiet.clear();
    this.#editing.clear();
  }

  #waitForMore({ taskId, conversation, root }: AgentTurn): void {
    this.#quiet.get(taskId)?.();
    const cancel = this.#ports.after(QUIET_MS, () => {
      this.#quiet.delete(taskId);
      if (this.#wrote.delete(taskId)) return;
      void this.#isUnchanged(conversation, root)
        .then((isUnchanged) => {
          if (isUnchanged) this.#ports.noChange(taskId);
        })
        .catch((error: unknown) => this.#ports.failed(error));
    });
    this.#quiet.set(taskId, cancel);
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
