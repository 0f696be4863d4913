import { hash, randomBytes } from 'node:crypto';
import type { Conversation, Message } from '../chat/conversation.ts';
import type { ChatParams } from '../contract/messages.ts';
import type { RetryReason, Session } from '../routing/session/session.ts';
import { keyedHash } from '../usage/keyedHash.ts';
import type { SessionBook } from '../usage/sessionBook.ts';
import { failingChecks } from './failingChecks.ts';
import { once } from './once.ts';

const mostSessions = 500;

/** A conversation that has become so much shorter was put together anew by its client. */
const compactedTo = 0.6;
/** Failed checks in a row after which an agent's work counts as not done. */
const mostFailedChecks = 3;
/** How much of the system's text tells a conversation from the sub-agents that it starts. */
const openingCharacters = 500;

/** What one conversation's requests leave behind for the next. */
interface Remembered {
  readonly target: string;
  readonly class: string;
  /** A person or client had asked for it: when that ends, it is nobody's habit. */
  readonly wished: boolean;
  readonly cachedTokens: number;
  /** As estimated, like what the next request is compared by. */
  readonly estimatedTokens: number;
  /** A hash of the person's last words. */
  readonly words: string;
  /** The files that were changed when it was answered, and the commit that they were changed from. */
  readonly edited: readonly string[];
  readonly commit: string | undefined;
  /** Files that were worked on before a summary took the place of the calls that tell so. */
  readonly carried: readonly string[];
  readonly retry: RetryReason | undefined;
}

/** What a request looked like, for the one after it. */
export interface SessionTurn {
  readonly key: () => string;
  readonly session: Session;
  readonly words: () => string;
  readonly edited: readonly string[];
  readonly commit: string | undefined;
  readonly carried: readonly string[];
}

type SessionRequest = Pick<ChatParams, 'conversation' | 'conversationId' | 'roots'>;

/** What is known of a request beside its conversation. */
export interface TurnFacts {
  /** Of the conversation: a keyed hash. */
  readonly name: () => string;
  readonly taskId: () => string;
  readonly inputTokens: number;
  readonly userText: string;
  /** Files that the session edited and that differ from the commit; undefined where nobody can tell. */
  readonly edited: readonly string[] | undefined;
  readonly commit: string | undefined;
}

/**
 * What is remembered of conversations between their requests: who answered last and how much of it a cache holds, and
 * whether a request is another attempt at the same. In memory, the least recently used forgotten first. Who answered last
 * is also written down, under a name that does not tell whose it is, so that a restart in the middle of a tool loop changes
 * no model; the rest is read from the ledger and from the conversation itself.
 */
export class Sessions {
  readonly #known = new Map<string, Remembered>();
  readonly #key: Buffer;
  /** A request's session is asked for at each step of its way. */
  readonly #ids = new WeakMap<
    Conversation,
    Pick<SessionRequest, 'roots'> & { readonly name: string; readonly id: string }
  >();
  readonly #book: SessionBook | undefined;
  readonly #now: () => number;

  /** @param ports what is left out: nothing is written down, and a restart forgets */
  constructor(
    ports: {
      readonly key?: Buffer | undefined;
      readonly book?: SessionBook | undefined;
      readonly now?: () => number;
    } = {},
  ) {
    this.#key = ports.key ?? randomBytes(32);
    this.#book = ports.book;
    this.#now = ports.now ?? (() => Date.now());
  }

  /** What a conversation worked on before its client put a summary in place of it; what was committed since leaves by itself. */
  carried(params: SessionRequest, { name, inputTokens }: Pick<TurnFacts, 'name' | 'inputTokens'>): readonly string[] {
    const before = this.#before(params, name);
    if (before === undefined) return [];
    return isCompacted(before, inputTokens) ? [...new Set([...before.carried, ...before.edited])] : before.carried;
  }

  /** How a request stands in its session. */
  turn(params: SessionRequest, facts: TurnFacts): SessionTurn {
    const { conversation } = params;
    const before = this.#before(params, facts.name);
    const inToolLoop = endsWithToolResult(conversation.messages);
    const words = once(() => hashOf(facts.userText));
    const edited = facts.edited ?? before?.edited ?? [];
    const retry = this.#retry(before, { ...facts, inToolLoop, words, conversation });
    return {
      key: () => this.#id(facts.name(), params),
      session: {
        get taskId() {
          return facts.taskId();
        },
        ...(before && (inToolLoop || !before.wished)
          ? { last: { target: before.target, class: before.class, cachedTokens: before.cachedTokens } }
          : {}),
        inToolLoop,
        compacted: isCompacted(before, facts.inputTokens),
        ...(retry ? { retry } : {}),
        ...(retry !== undefined && inToolLoop && before?.retry === retry ? { isSameAttempt: true } : {}),
      },
      words,
      edited,
      commit: facts.commit,
      carried: this.carried(params, facts),
    };
  }

  /** Remembers who answered a request, and how long it was. */
  answered(
    turn: SessionTurn,
    answer: {
      readonly target: string;
      readonly class: string;
      readonly wished: boolean;
      /** What the provider said it read from or wrote to its cache. */
      readonly cachedTokens: number;
      readonly estimatedTokens: number;
    },
  ): void {
    const { edited, commit, carried, session } = turn;
    const key = turn.key();
    this.#known.delete(key);
    this.#known.set(key, {
      target: answer.target,
      class: answer.class,
      wished: answer.wished,
      cachedTokens: answer.cachedTokens,
      estimatedTokens: answer.estimatedTokens,
      words: turn.words(),
      edited,
      commit,
      carried,
      retry: session.retry,
    });
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostSessions && oldest !== undefined) this.#known.delete(oldest);
    const { target, wished, cachedTokens, estimatedTokens } = answer;
    const entry = { id: key, at: this.#now(), target, class: answer.class, wished, cachedTokens, estimatedTokens };
    this.#book?.write(entry);
  }

  #before(params: SessionRequest, name: () => string): Remembered | undefined {
    const { conversation, conversationId } = params;
    // Without a name of its own, a conversation that nobody has answered yet only begins like an earlier one.
    const isNew = conversationId === undefined && !conversation.messages.some(({ role }) => role === 'assistant');
    if (isNew) return undefined;
    const id = this.#id(name(), params);
    return this.#known.get(id) ?? this.#written(id);
  }

  /** What an earlier process knew. Which files were edited is told by the conversation itself. */
  #written(id: string): Remembered | undefined {
    try {
      const entry = this.#book?.read(id, this.#now());
      return entry && { ...entry, words: '', edited: [], commit: undefined, carried: [], retry: undefined };
    } catch {
      return undefined; // the ledger's own health says why, and the person is warned
    }
  }

  /**
   * A sub-agent shares its conversation's name; what it is told to be tells it apart. That may come after a line that all of
   * one client's agents begin with, in a part of its own. And what went to a model under one repository's policy is no
   * habit under another's: the open folders, in whatever order, belong to the name.
   */
  #id(name: string, { conversation, roots }: SessionRequest): string {
    const known = this.#ids.get(conversation);
    if (known?.name === name && known.roots === roots) return known.id;
    const { system } = conversation;
    const where = JSON.stringify([...roots].sort());
    const opening = system.map(({ text }) => text.slice(0, openingCharacters)).join('\n');
    const id = keyedHash(this.#key, `session\n${name}\n${where}\n${opening.slice(0, openingCharacters).trim()}`).slice(
      0,
      32,
    );
    this.#ids.set(conversation, { name, roots, id });
    return id;
  }

  #retry(
    before: Remembered | undefined,
    now: TurnFacts & Pick<SessionTurn, 'words'> & { readonly inToolLoop: boolean; readonly conversation: Conversation },
  ): RetryReason | undefined {
    if (failingChecks(now.conversation) >= mostFailedChecks) return 'checks-failed';
    if (before === undefined) return undefined;
    // An attempt goes on with all its tool calls until other words are said.
    if (now.inToolLoop) return before.retry;
    if (now.words() === before.words && now.userText !== '') return 'repeated';
    const isUndone = before.edited.length > 0 && now.edited?.length === 0 && before.commit === now.commit;
    return isUndone ? 'undone' : undefined;
  }
}

function isCompacted(before: Remembered | undefined, estimatedTokens: number): boolean {
  return before !== undefined && estimatedTokens < before.estimatedTokens * compactedTo;
}

function hashOf(text: string): string {
  return hash('sha256', text.trim(), 'hex').slice(0, 16);
}

/** In the middle of a tool loop. */
export function endsWithToolResult(messages: readonly Message[]): boolean {
  const last = messages.at(-1);
  return last?.role === 'user' && last.parts.some(({ kind }) => kind === 'tool-result');
}
