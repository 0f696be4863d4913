import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { ChatParams } from '../contract/messages.ts';
import type { Ledger } from '../usage/ledger.ts';

const mostTasks = 500;

/** What tells one conversation from another. */
export type TaskRequest = Pick<ChatParams, 'conversationId' | 'conversation' | 'client'>;

/**
 * What each conversation has cost so far, under a name that does not tell whose it is: a keyed hash, so that it is the
 * same after a restart and the ledger still knows what was spent on it. Beside the ledger it is counted in memory, for
 * a machine that cannot write one; there the least recently used is forgotten first.
 */
export class Tasks {
  readonly #spent = new Map<string, number>();
  readonly #key: Buffer;
  readonly #ledger: Ledger | undefined;

  constructor(key: Buffer | undefined, ledger: Ledger | undefined) {
    this.#key = key ?? randomBytes(32);
    this.#ledger = ledger;
  }

  /** The task of a request: 32 characters. */
  id(request: TaskRequest): string {
    return createHmac('sha256', this.#key)
      .update(`task\n${nameOf(request)}`)
      .digest('hex')
      .slice(0, 32);
  }

  /** In nano-dollars. */
  spent(id: string): number {
    return Math.max(this.#spent.get(id) ?? 0, this.#written(id));
  }

  add(id: string, nanoUsd: number): void {
    const before = this.#spent.get(id) ?? 0;
    this.#spent.delete(id);
    this.#spent.set(id, before + nanoUsd);
    const [oldest] = this.#spent.keys();
    if (this.#spent.size > mostTasks && oldest !== undefined) this.#spent.delete(oldest);
  }

  #written(id: string): number {
    try {
      return this.#ledger?.spentOnTask(id).costNanoUsd ?? 0;
    } catch {
      return 0; // the ledger's own health says why, and the person is warned; memory still counts
    }
  }
}

/** The client's own name for the conversation, else what stays the same in it: how it began, and with whom. */
function nameOf({ conversationId, conversation, client }: TaskRequest): string {
  if (conversationId) return `conversation\n${conversationId}`;
  const first = conversation.messages.find(({ role }) => role === 'user');
  const texts = first?.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])) ?? [];
  const beginning = JSON.stringify([client, conversation.system.map(({ text }) => text), texts]);
  return `beginning\n${createHash('sha256').update(beginning).digest('hex')}`;
}
