import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { type Cost, costColumns, filterSql, filterValues, type SpendFilter } from './spend.ts';

/** Sums that are kept: a budget each, and the tasks of late. */
const mostSums = 500;

/** A sum so far, and the last row that is in it. */
interface Running {
  readonly last: number;
  readonly cost: Cost;
}

type Row = Readonly<Record<string, SQLOutputValue>>;

/**
 * What attempts came to, asked before every request: each sum is made once and then goes on from the row where it ended,
 * whichever process has written since. That holds because what an attempt cost is written once, and no attempt is removed;
 * where rows are gone all the same, the sum is made anew.
 *
 * Reading throws where the file has become unreadable.
 */
export class RunningCosts {
  readonly #known = new Map<string, Running>();
  readonly #since: StatementSync;
  readonly #sinceGoneOn: StatementSync;
  readonly #onTask: StatementSync;
  readonly #onTaskGoneOn: StatementSync;

  constructor(database: DatabaseSync) {
    const select = `SELECT (SELECT MAX(rowid) FROM attempts) AS last, ${costColumns} FROM attempts`;
    // A plus keeps an index from being used: the few newest rows are looked at by their number.
    this.#since = database.prepare(`${select} WHERE at >= :since ${filterSql}`);
    this.#sinceGoneOn = database.prepare(`${select} WHERE rowid > :after AND +at >= :since ${filterSql}`);
    this.#onTask = database.prepare(`${select} WHERE task_id = :task`);
    this.#onTaskGoneOn = database.prepare(`${select} WHERE rowid > :after AND +task_id = :task`);
  }

  /** Of all attempts since a moment, in milliseconds since the epoch. */
  since(since: number, filter: SpendFilter = {}): Cost {
    const asked = { since, ...filterValues(filter) };
    return this.#goneOn(
      `since ${JSON.stringify(asked)}`,
      () => this.#since.get(asked),
      (after) => this.#sinceGoneOn.get({ ...asked, after }),
    );
  }

  /** Of one task. */
  onTask(task: string): Cost {
    return this.#goneOn(
      `task ${task}`,
      () => this.#onTask.get({ task }),
      (after) => this.#onTaskGoneOn.get({ task, after }),
    );
  }

  #goneOn(key: string, all: () => Row | undefined, newer: (after: number) => Row | undefined): Cost {
    const before = this.#known.get(key);
    const since = before && runningOf(newer(before.last));
    const isMore = before !== undefined && since !== undefined && since.last >= before.last;
    const now = isMore ? { last: since.last, cost: added(before.cost, since.cost) } : runningOf(all());
    this.#known.delete(key);
    this.#known.set(key, now);
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostSums && oldest !== undefined) this.#known.delete(oldest);
    return now.cost;
  }
}

function runningOf(row: Row | undefined): Running {
  return {
    last: Number(row?.['last'] ?? 0),
    cost: {
      costNanoUsd: Number(row?.['cost'] ?? 0),
      simulatedNanoUsd: Number(row?.['simulated'] ?? 0),
      unpriced: Number(row?.['unpriced'] ?? 0),
    },
  };
}

function added(before: Cost, since: Cost): Cost {
  return {
    costNanoUsd: Math.min(before.costNanoUsd + since.costNanoUsd, Number.MAX_SAFE_INTEGER),
    simulatedNanoUsd: Math.min(before.simulatedNanoUsd + since.simulatedNanoUsd, Number.MAX_SAFE_INTEGER),
    unpriced: before.unpriced + since.unpriced,
  };
}
