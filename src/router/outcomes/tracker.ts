import {
  type Insertion,
  insertionBetween,
  type Survival,
  shareLeft,
  survivalOf,
} from '../../usage/outcomes/survival.ts';
import { type TypedText, withoutTyped } from '../../usage/outcomes/typing.ts';
import { KEPT_AT_MS, KEPT_SHARE, SAMPLES_MS } from '../../usage/task.ts';

/** Where a text is: a repository's root, and a path within it. It is kept in memory alone. */
export interface TextPlace {
  readonly root: string;
  readonly path: string;
}

/** Text that work on a task has put into a file. */
export interface PutText extends TextPlace {
  readonly before: string;
  readonly after: string;
  /** Left out: what differs between the two. */
  readonly insertion?: Insertion;
  /** What a person put into the file themselves: no part of the work. */
  readonly typed?: TypedText | undefined;
}

/** What was seen of a task's text. `ageMs` counts from when it was last added to. */
export type Seen =
  | { readonly kind: 'accepted' | 'undone' | 'committed' }
  | { readonly kind: 'sample'; readonly ageMs: number; readonly survival: number };

export interface TrackerPorts {
  /** How many times as fast as by the clock a text grows old: 1, but where a test cannot wait for ten minutes. */
  readonly tempo: number;
  now(): number;
  /** Runs something later; what is returned takes that back. */
  after(ms: number, run: () => void): () => void;
  /** The file as the person has it before them: empty where there is none, undefined where nothing can be said of it. */
  text(place: TextPlace): Promise<string | undefined>;
  /** The file as it is committed. */
  committed(place: TextPlace, commit: string): Promise<string | undefined>;
  /** What HEAD stands on; undefined where that cannot be told. */
  head(root: string): Promise<{ readonly branch?: string; readonly commit?: string } | undefined>;
  seen(taskId: string, seen: Seen): void;
  failed(error: unknown): void;
}

interface Tracked extends TextPlace {
  /** The file before the task first touched it. */
  readonly before: string;
  readonly insertion: Insertion;
  /** What was left of older insertions in this file when a person had changed it before the task put in more. */
  readonly settled: readonly Survival[];
}

interface TrackedTask {
  readonly files: Map<string, Tracked>;
  readonly branch: string | undefined;
  readonly root: string;
  commit: string | undefined;
  at: number;
  cancel: () => void;
}

/** Tasks that are watched at once; the one that was added to least recently is forgotten first. */
const mostTasks = 300;
/** Texts that are held in memory for them, in characters. */
const mostCharacters = 10_000_000;
/** How late a look may be, as a share of the text's age and beside that in milliseconds. */
const LATEST = 1.5;
const LATEST_MS = 5_000;
/** How long a task is watched for a commit after its last sample, and how often, in milliseconds. */
const COMMIT_WATCH_MS = 12 * 3_600_000;
const COMMIT_POLL_MS = 15_000;

/**
 * Watches what becomes of text that was put in for a task: at fixed times after it was put in, how much of it is left, on
 * the branch that it was put in on; whether the file is as it was before; and whether it was committed. Texts and
 * paths stay in memory, so that a restart forgets what it watched: its tasks end as unknown.
 */
export class OutcomeTracker {
  readonly #ports: TrackerPorts;
  readonly #tasks = new Map<string, TrackedTask>();
  #stopPolling: (() => void) | undefined;
  #disposed = false;

  constructor(ports: TrackerPorts) {
    this.#ports = ports;
  }

  /**
   * Text was put in for a task. Ends when it is taken down; the rest follows by itself.
   * @returns whether there was any
   */
  async put(taskId: string, text: PutText): Promise<boolean> {
    const before = this.#tasks.get(taskId);
    const head = before === undefined ? await this.#ports.head(text.root) : undefined;
    if (this.#disposed) return false;
    const task: TrackedTask = this.#tasks.get(taskId) ?? {
      files: new Map(),
      root: text.root,
      branch: head?.branch,
      commit: head?.commit,
      at: 0,
      cancel: () => undefined,
    };
    const tracked = withText(task.files.get(keyOf(text)), text);
    if (tracked === undefined) return false;
    task.files.set(keyOf(text), tracked);
    task.at = this.#ports.now();
    this.#tasks.delete(taskId);
    this.#tasks.set(taskId, task);
    this.#ports.seen(taskId, { kind: 'accepted' });
    this.#sampleFrom(taskId, task, 0);
    this.#forgetOldest();
    this.#poll();
    return true;
  }

  dispose(): void {
    this.#disposed = true;
    for (const { cancel } of this.#tasks.values()) cancel();
    this.#tasks.clear();
    this.#stopPolling?.();
  }

  #sampleFrom(taskId: string, task: TrackedTask, index: number): void {
    task.cancel();
    const age = SAMPLES_MS[index];
    if (age === undefined) return;
    const cancel = this.#ports.after(Math.max(0, task.at + age / this.#ports.tempo - this.#ports.now()), () => {
      void this.#sample(taskId, task, age)
        .catch((error: unknown) => this.#ports.failed(error))
        .finally(() => {
          // Text that was added meanwhile is looked at from its beginning. The clock does not tell: a timer may be early by it.
          const isLatest = task.cancel === cancel;
          if (this.#tasks.get(taskId) === task && isLatest) this.#sampleFrom(taskId, task, index + 1);
        });
    });
    task.cancel = cancel;
  }

  async #sample(taskId: string, task: TrackedTask, age: number): Promise<void> {
    const { at } = task;
    // A machine that slept has missed the moment: what is left by now says nothing of how it was then.
    const elapsed = (this.#ports.now() - at) * this.#ports.tempo;
    if (elapsed > age * LATEST + LATEST_MS) return;
    const head = await this.#ports.head(task.root);
    // On another branch the file is another one: that says nothing of the work.
    if (head?.branch !== task.branch) return;
    const texts = await this.#textsOf(task);
    if (texts === undefined || task.at !== at || this.#tasks.get(taskId) !== task) return;
    if (texts.every(({ file, now }) => now === file.before)) {
      this.#ports.seen(taskId, { kind: 'undone' });
      return;
    }
    const share = shareOf(texts);
    if (share !== undefined) this.#ports.seen(taskId, { kind: 'sample', ageMs: age, survival: share });
  }

  /** undefined: of one of them nothing can be said, so nothing can be said of all. */
  async #textsOf(task: TrackedTask): Promise<readonly { file: Tracked; now: string }[] | undefined> {
    const texts: { file: Tracked; now: string }[] = [];
    for (const file of task.files.values()) {
      const now = await this.#ports.text(file);
      if (now === undefined) return undefined;
      texts.push({ file, now });
    }
    return texts;
  }

  /** Looks now and then whether HEAD has moved on, as long as there is anything that could be committed. */
  #poll(): void {
    if (this.#stopPolling !== undefined || this.#tasks.size === 0) return;
    this.#stopPolling = this.#ports.after(COMMIT_POLL_MS / this.#ports.tempo, () => {
      void this.lookForCommits()
        .catch((error: unknown) => this.#ports.failed(error))
        .finally(() => {
          this.#stopPolling = undefined;
          if (!this.#disposed) this.#poll();
        });
    });
  }

  /** Whether what was put in has been committed since it was last looked. */
  async lookForCommits(): Promise<void> {
    const heads = new Map<string, Awaited<ReturnType<TrackerPorts['head']>>>();
    for (const root of new Set([...this.#tasks.values()].map((task) => task.root)))
      heads.set(root, await this.#ports.head(root));
    for (const [taskId, task] of [...this.#tasks]) {
      const commit = heads.get(task.root)?.commit;
      const moved = commit !== undefined && commit !== task.commit && heads.get(task.root)?.branch === task.branch;
      if (moved && (await this.#isCommitted(task, commit))) {
        this.#ports.seen(taskId, { kind: 'committed' });
        this.#drop(taskId);
      } else if (moved) task.commit = commit;
      else if (this.#ports.now() - task.at > COMMIT_WATCH_MS) this.#drop(taskId);
    }
  }

  /** Whether as much of it is in the commit as counts for kept; files that the commit does not have count as gone. */
  async #isCommitted(task: TrackedTask, commit: string): Promise<boolean> {
    const texts = await Promise.all(
      [...task.files.values()].map(async (file) => ({
        file,
        now: (await this.#ports.committed(file, commit)) ?? '',
      })),
    );
    return texts.some(({ file, now }) => now !== file.before) && (shareOf(texts) ?? 0) >= KEPT_SHARE;
  }

  #drop(taskId: string): void {
    this.#tasks.get(taskId)?.cancel();
    this.#tasks.delete(taskId);
  }

  #forgetOldest(): void {
    let characters = 0;
    for (const { files } of this.#tasks.values())
      for (const { before, insertion } of files.values()) characters += before.length + insertion.text.length;
    for (const [taskId, { files }] of this.#tasks) {
      if (this.#tasks.size <= mostTasks && characters <= mostCharacters) return;
      for (const { before, insertion } of files.values()) characters -= before.length + insertion.text.length;
      this.#drop(taskId);
    }
  }
}

/** Whether it is judged by this sample whether the text was kept. */
export function isVerdict(ageMs: number): boolean {
  return ageMs >= KEPT_AT_MS;
}

const keyOf = ({ root, path }: TextPlace): string => `${root}\n${path}`;

function shareOf(texts: readonly { readonly file: Tracked; readonly now: string }[]): number | undefined {
  const parts: Survival[] = [];
  for (const { file, now } of texts) {
    const survival = survivalOf(file.insertion, now);
    if (survival === undefined) return undefined;
    parts.push(survival, ...file.settled);
  }
  return shareLeft(parts);
}

/** A task's file with more text in it; undefined where what was put in cannot be told. */
function withText(known: Tracked | undefined, text: PutText): Tracked | undefined {
  const { root, path, before, after, typed } = text;
  const changed = text.insertion ?? insertionBetween(before, after);
  const last = changed && withoutTyped(changed, typed);
  if (last === undefined || (last.spans.length === 0 && (changed?.spans.length ?? 0) > 0)) return undefined;
  // Put in anew after it was undone: what was taken out in between is not counted against it.
  if (known === undefined || known.before === before)
    return last.spans.length > 0 ? { root, path, before, insertion: last, settled: [] } : undefined;
  // Nobody else has changed it in between: what the task put in and changed itself is one insertion.
  const isOwn = known.insertion.text === before;
  const whole = isOwn ? insertionBetween(known.before, after) : undefined;
  const insertion = isOwn ? whole && withoutTyped(whole, typed) : last;
  if (insertion === undefined) return undefined;
  if (isOwn) return { ...known, insertion };
  const settled = survivalOf(known.insertion, before);
  return { ...known, insertion, settled: settled ? [...known.settled, settled] : known.settled };
}
