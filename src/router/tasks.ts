import { hash, randomBytes } from 'node:crypto';
import type { Conversation } from '../chat/conversation.ts';
import type { ChatParams } from '../contract/messages.ts';
import { keyedHash } from '../usage/keyedHash.ts';
import type { Ledger } from '../usage/ledger.ts';
import { fileKey, repoKey } from '../usage/repoKey.ts';
import { type FoundTask, MOST_FILES } from '../usage/taskBook.ts';
import { isOver } from '../usage/taskOutcome.ts';
import type { SeenThen } from './outcomes/agentEdits.ts';

const mostTasks = 500;
const mostFileKeys = 5_000;

/** What tells one conversation from another. */
export type TaskRequest = Pick<ChatParams, 'surface' | 'conversationId' | 'conversation' | 'client' | 'roots'>;

/** What a request says of the task that it may belong to. */
export interface TaskAsked {
  /** {@link Tasks.conversation}. */
  readonly conversation: string;
  /** Of the repository; undefined: there is none. */
  readonly root: string | undefined;
  /** What it works on, from the root. Left out for what must not join another conversation's task. */
  readonly files: readonly string[];
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What HEAD stands on; undefined where that is not known. */
  readonly commit?: string | undefined;
  readonly inToolLoop: boolean;
  /**
   * It has no turn before it and no name but how it begins: once that was answered, what begins alike is another intent, as
   * where a script asks the same of every change.
   */
  readonly beginsAnew?: boolean;
}

/** The task that a request belongs to: one intent with its retries, fallbacks and follow-ups. */
export interface TaskInHand {
  /** Random, or a keyed hash that only this machine can make. */
  readonly id: string;
  /** Left out for what is no conversation. */
  readonly conversation?: string;
  /** Of the files that it works on: keyed hashes. */
  readonly fileKeys: readonly string[];
  /** What its conversation names, from the root: files that its work may change. Left out for what is no conversation. */
  readonly files?: readonly string[];
  /** What the request saw on its way. Left out where not all of that was known before. */
  readonly seen?: SeenThen;
  /** The one that was over before it, because of a commit: closed with the first attempt. */
  readonly after?: string;
}

interface Known {
  readonly id: string;
  readonly lastAt: number;
}

/**
 * Which requests are one task, and what each has cost so far. A conversation goes by a keyed hash, which does not tell whose
 * it is and is the same after a restart; its task is found in the ledger. Where there is none to be had, tasks are counted
 * in memory: a conversation at a time, and the least recently used is forgotten first.
 */
export class Tasks {
  readonly #spent = new Map<string, number>();
  readonly #known = new Map<string, Known>();
  /** What HEAD stood on when a task began. */
  readonly #commits = new Map<string, string>();
  readonly #fileKeys = new Map<string, string>();
  /** The last task of a conversation in which something was answered. */
  readonly #answered = new Map<string, string>();
  /** A request's conversation is asked for at each step of its way. */
  readonly #names = new WeakMap<Conversation, { readonly asked: TaskRequest; readonly name: string }>();
  readonly #key: Buffer;
  readonly #ledger: Ledger | undefined;

  constructor(key: Buffer | undefined, ledger: Ledger | undefined) {
    this.#key = key ?? randomBytes(32);
    this.#ledger = ledger;
  }

  /** The name of a request's conversation: 32 characters. */
  conversation(request: TaskRequest): string {
    const known = this.#names.get(request.conversation);
    if (known && isAlike(known.asked, request)) return known.name;
    const name = keyedHash(this.#key, `task\n${nameOf(request)}`).slice(0, 32);
    this.#names.set(request.conversation, { asked: request, name });
    return name;
  }

  /** The task that a request goes on with, or one that it begins. Nothing is written down. */
  of(asked: TaskAsked): TaskInHand {
    const { conversation, root, files, at, commit, inToolLoop, beginsAnew = false } = asked;
    const fileKeys = root === undefined ? [] : files.slice(0, MOST_FILES).map((path) => this.#fileKey(root, path));
    const found = this.#found(asked, fileKeys);
    const before = found.kind === 'none' ? undefined : this.#commits.get(found.id);
    const isCommitted = commit !== undefined && before !== undefined && commit !== before && !inToolLoop;
    const isAnother =
      isCommitted || (beginsAnew && found.kind !== 'none' && this.#answered.get(conversation) === found.id);
    const id = this.#idAfter(found, conversation, isAnother);
    remember(this.#known, conversation, { id, lastAt: at }, mostTasks);
    // The one that it began on: what a tool of its own has committed ends it with its tool loop.
    if (commit !== undefined) remember(this.#commits, id, this.#commits.get(id) ?? commit, mostTasks);
    return { id, conversation, fileKeys, ...(isCommitted && found.kind !== 'none' ? { after: found.id } : {}) };
  }

  /** By the ledger, which all windows share; else by what was begun here a moment ago, or cannot be written. */
  #found({ conversation, root, at, inToolLoop }: TaskAsked, fileKeys: readonly string[]): FoundTask {
    const asked = { conversation, repoKey: root && repoKey(this.#key, root), fileKeys, at, inToolLoop };
    const written = tried(() => this.#ledger?.tasks.find(asked)) ?? { kind: 'none' };
    const known = this.#known.get(conversation);
    if (known === undefined || written.kind === 'open' || written.kind === 'closed') return written;
    return { kind: isOver(known.lastAt, at) ? 'closed' : 'open', id: known.id };
  }

  /**
   * A conversation's first task goes by its name, and each further one by the one before: requests that begin the same task
   * at once, in two windows even, need not agree on anything.
   */
  #idAfter(found: FoundTask, conversation: string, isAnother: boolean): string {
    switch (found.kind) {
      case 'open':
        return isAnother ? this.#next(found.id, conversation) : found.id;
      case 'joined':
        return isAnother ? conversation : found.id;
      case 'closed':
        return this.#next(found.id, conversation);
      case 'none':
        return conversation;
      default:
        return found satisfies never;
    }
  }

  /** Of two conversations that had one task each goes on by itself. */
  #next(id: string, conversation: string): string {
    return keyedHash(this.#key, `next\n${id}\n${conversation}`).slice(0, 32);
  }

  /** In nano-dollars. */
  spent(id: string): number {
    return Math.max(this.#spent.get(id) ?? 0, tried(() => this.#ledger?.spentOnTask(id).costNanoUsd) ?? 0);
  }

  /** An attempt of a task was written down, or should have been. */
  add({ id, conversation, after }: TaskInHand, nanoUsd: number, at: number): void {
    remember(this.#spent, id, (this.#spent.get(id) ?? 0) + nanoUsd, mostTasks);
    if (conversation !== undefined) remember(this.#known, conversation, { id, lastAt: at }, mostTasks);
    if (after !== undefined) tried(() => this.#ledger?.tasks.close(after, at));
  }

  /** A request of it was answered. */
  answered({ id, conversation }: TaskInHand): void {
    if (conversation !== undefined) remember(this.#answered, conversation, id, mostTasks);
  }

  /**
   * A commit was made: the open tasks of its repository that were about these files are over.
   *
   * @param files `all`: nobody knows which
   * @param moment when that was found out, and by when it was there
   */
  committed(
    root: string,
    files: readonly string[] | 'all',
    moment: { readonly at: number; readonly by: number },
  ): void {
    const keys = files === 'all' ? files : files.map((path) => this.#fileKey(root, path));
    tried(() => this.#ledger?.tasks.closeByCommit(repoKey(this.#key, root), keys, moment));
  }

  #fileKey(root: string, path: string): string {
    const place = `${root}\n${path}`;
    const known = this.#fileKeys.get(place);
    if (known !== undefined) return known;
    const made = fileKey(this.#key, root, path);
    remember(this.#fileKeys, place, made, mostFileKeys);
    return made;
  }
}

function tried<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined; // the ledger's own health says why, and the person is warned; memory still counts
  }
}

/** The least recently remembered is forgotten. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

/**
 * The client's own name for the conversation, else what stays the same in it: how it began, where, and with whom. Clients
 * outside of the editor give the same names in several repositories, and are at work in the first of their folders; in the
 * editor a person who looks at another folder is in the same conversation still.
 */
function nameOf({ surface, conversationId, conversation, client, roots }: TaskRequest): string {
  const where = surface === 'gateway' ? roots.slice(0, 1) : roots.toSorted();
  if (conversationId) {
    const name = `conversation\n${conversationId}`;
    return surface === 'gateway' ? `${name}\n${where.join()}` : name;
  }
  const first = conversation.messages.find(({ role }) => role === 'user');
  const texts = first?.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])) ?? [];
  const system = conversation.system.map(({ text }) => text);
  // How many of them are the system's keeps two beginnings apart that have the same texts.
  const told = [client, JSON.stringify(where), String(system.length), ...system, ...texts];
  return `beginning\n${digestOf(told, () => JSON.stringify([client, where, system, texts]))}`;
}

/** How conversations began that were asked about last: each of their requests brings the same texts, of many kilobytes. */
const begun: { readonly texts: readonly string[]; readonly digest: string }[] = [];
const mostBegun = 16;
/** Of longer ones the digest is made each time. In characters. */
const longestBegun = 500_000;

/** @param texts by which one beginning is told from another */
function digestOf(texts: readonly string[], beginning: () => string): string {
  // From the last one on: what a person says differs, what the system says hardly ever.
  const isSame = (one: (typeof begun)[number]): boolean =>
    one.texts.length === texts.length && one.texts.findLastIndex((text, at) => text !== texts[at]) === -1;
  const known = begun.find(isSame);
  if (known !== undefined) return known.digest;
  const digest = hash('sha256', beginning(), 'hex');
  if (texts.reduce((sum, text) => sum + text.length, 0) > longestBegun) return digest;
  begun.unshift({ texts, digest });
  begun.length = Math.min(begun.length, mostBegun);
  return digest;
}

function isAlike(one: TaskRequest, other: TaskRequest): boolean {
  const isSame = one.conversationId === other.conversationId && one.client === other.client;
  return isSame && one.roots === other.roots && (one.surface === 'gateway') === (other.surface === 'gateway');
}
