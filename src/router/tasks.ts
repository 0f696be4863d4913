import { randomUUID } from 'node:crypto';

interface Task {
  readonly id: string;
  spentNanoUsd: number;
}

const mostTasks = 500;

/** What each conversation has cost so far, under a random name of its own. The least recently used is forgotten first. */
export class Tasks {
  readonly #tasks = new Map<string, Task>();

  /** The task of a conversation; undefined where a client names none. */
  id(conversation: string | undefined): string | undefined {
    return this.#find(conversation)?.id;
  }

  /** In nano-dollars. */
  spent(conversation: string | undefined): number {
    return this.#find(conversation)?.spentNanoUsd ?? 0;
  }

  add(conversation: string | undefined, nanoUsd: number): void {
    const task = this.#find(conversation);
    if (task) task.spentNanoUsd += nanoUsd;
  }

  #find(conversation: string | undefined): Task | undefined {
    if (!conversation) return undefined;
    const task = this.#tasks.get(conversation) ?? { id: randomUUID(), spentNanoUsd: 0 };
    this.#tasks.delete(conversation);
    this.#tasks.set(conversation, task);
    const [oldest] = this.#tasks.keys();
    if (this.#tasks.size > mostTasks && oldest !== undefined) this.#tasks.delete(oldest);
    return task;
  }
}
