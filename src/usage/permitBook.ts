import { LineBook } from './lineBook.ts';
import type { WriteResult } from './writeResult.ts';

/** A person lets a budget that asks be spent from, for a while. */
export interface Permit {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The budget, and whose spending it counts. */
  readonly budgetKey: string;
  readonly until: number;
  /** Left out: every task. Empty: requests that are each a task of their own, as completions are. */
  readonly taskId?: string;
}

/** What a person has allowed when a budget asked, shared by all windows. */
export class PermitBook {
  readonly #lines: LineBook<Permit>;

  /** @param folder the state folder; undefined where there is none */
  constructor(folder: string | undefined) {
    this.#lines = new LineBook(folder, {
      file: 'permits.jsonl',
      isEntry: isPermit,
      unwritten: 'What was allowed was not written down',
    });
  }

  isPermitted(budgetKey: string, now: number, taskId: string | undefined): boolean {
    return this.#lines
      .entries()
      .some(
        (permit) =>
          permit.budgetKey === budgetKey &&
          permit.at <= now &&
          now < permit.until &&
          (permit.taskId === undefined || permit.taskId === (taskId ?? '')),
      );
  }

  permit(permit: Permit): WriteResult {
    return this.#lines.append(permit);
  }
}

function isPermit(value: unknown): value is Permit {
  if (typeof value !== 'object' || value === null) return false;
  const field = (name: string): unknown => Reflect.get(value, name);
  const isForTask = field('taskId') === undefined || typeof field('taskId') === 'string';
  return (
    typeof field('at') === 'number' &&
    typeof field('until') === 'number' &&
    typeof field('budgetKey') === 'string' &&
    isForTask
  );
}
