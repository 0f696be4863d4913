import { createHash } from 'node:crypto';
import type { Conversation, Message } from '../chat/conversation.ts';
import type { ChatParams } from '../contract/messages.ts';
import type { RetryReason, Session } from '../routing/session/session.ts';
import { failingChecks } from './failingChecks.ts';

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
  readonly cachedTokens: number;
  readonly inputTokens: number;
  /** Of the person's last words, and how many turns had been taken when they were answered. */
  readonly words: string;
  readonly turns: number;
  /** The files that were changed when it was answered, and the commit that they were changed from. */
  readonly edited: readonly string[];
  readonly commit: string | undefined;
  readonly retry: RetryReason | undefined;
}

/** What a request looked like, for the one after it. */
export interface SessionTurn {
  readonly key: string;
  readonly session: Session;
  readonly words: string;
  readonly turns: number;
  readonly edited: readonly string[];
  readonly commit: string | undefined;
}

/** What is known of a request beside its conversation. */
export interface TurnFacts {
  readonly taskId: string;
  readonly inputTokens: number;
  readonly userText: string;
  /** Files that the session edited and that differ from the commit; undefined where nobody can tell. */
  readonly edited: readonly string[] | undefined;
  readonly commit: string | undefined;
}

/**
 * What is remembered of conversations between their requests: who answered last and how much of it a cache holds, and
 * whether a request is another attempt at the same. In memory, the least recently used forgotten first; what matters
 * for money and evidence is read from the ledger and from the conversation itself, so that a restart costs a cache at most.
 */
export class Sessions {
  readonly #known = new Map<string, Remembered>();

  /** How a request stands in its session. */
  turn(params: Pick<ChatParams, 'conversation' | 'conversationId'>, facts: TurnFacts): SessionTurn {
    const { conversation } = params;
    const key = sessionKey(facts.taskId, conversation);
    // Without a name of its own, a conversation that nobody has answered yet only begins like an earlier one.
    const isNew =
      params.conversationId === undefined && !conversation.messages.some(({ role }) => role === 'assistant');
    const before = isNew ? undefined : this.#known.get(key);
    const inToolLoop = endsWithToolResult(conversation.messages);
    const words = hashOf(facts.userText);
    const turns = conversation.messages.filter(isWritten).length;
    const edited = facts.edited ?? before?.edited ?? [];
    const retry = this.#retry(before, { ...facts, inToolLoop, words, turns, conversation });
    return {
      key,
      session: {
        taskId: facts.taskId,
        ...(before ? { last: { target: before.target, class: before.class, cachedTokens: before.cachedTokens } } : {}),
        inToolLoop,
        compacted: before !== undefined && facts.inputTokens < before.inputTokens * compactedTo,
        ...(retry ? { retry } : {}),
      },
      words,
      turns,
      edited,
      commit: facts.commit,
    };
  }

  /** Remembers who answered a request, and how long it was. */
  answered(
    turn: SessionTurn,
    answer: { readonly target: string; readonly class: string; readonly inputTokens: number },
  ): void {
    const { key, words, turns, edited, commit, session } = turn;
    this.#known.delete(key);
    this.#known.set(key, {
      target: answer.target,
      class: answer.class,
      cachedTokens: answer.inputTokens,
      inputTokens: answer.inputTokens,
      words,
      turns,
      edited,
      commit,
      retry: session.retry,
    });
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostSessions && oldest !== undefined) this.#known.delete(oldest);
  }

  #retry(
    before: Remembered | undefined,
    now: TurnFacts &
      Pick<SessionTurn, 'words' | 'turns'> & { readonly inToolLoop: boolean; readonly conversation: Conversation },
  ): RetryReason | undefined {
    if (failingChecks(now.conversation) >= mostFailedChecks) return 'checks-failed';
    if (before === undefined) return undefined;
    // An attempt goes on with all its tool calls until other words are said.
    if (now.inToolLoop) return before.retry;
    if (now.words === before.words && now.userText !== '') return 'repeated';
    const isUndone = before.edited.length > 0 && now.edited?.length === 0 && before.commit === now.commit;
    return isUndone ? 'undone' : undefined;
  }
}

/** A sub-agent shares its conversation's name; what it is told to be tells it apart. */
function sessionKey(taskId: string, { system }: Conversation): string {
  return `${taskId}\n${hashOf(system[0]?.text.slice(0, openingCharacters) ?? '')}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text.trim()).digest('hex').slice(0, 16);
}

function endsWithToolResult(messages: readonly Message[]): boolean {
  const last = messages.at(-1);
  return last?.role === 'user' && last.parts.some(({ kind }) => kind === 'tool-result');
}

/** A message that a person, not a tool, has sent. */
function isWritten(message: Message): boolean {
  return message.role === 'user' && message.parts.some(({ kind }) => kind === 'text');
}
