import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { storedName } from './attemptColumns.ts';
import { failed, type WriteResult, written } from './writeResult.ts';

/** What a policy declares, by the hash that its attempts are written down with. */
export interface DeclaredPolicy {
  readonly hash: string;
  /** When it was first in force here, in milliseconds since the epoch. */
  readonly at: number;
  readonly names: {
    readonly classes: readonly string[];
    /** Ids of constraints. */
    readonly rules: readonly string[];
    readonly budgets: readonly string[];
    readonly trials: readonly string[];
    /** `provider/model`. */
    readonly targets: readonly string[];
    readonly providers: readonly string[];
  };
  readonly labels: Readonly<Record<string, string>>;
}

/** The policies that attempts were decided by: the names that they declare, and no more of them. */
export class PolicyBook {
  readonly #write: StatementSync;

  constructor(database: DatabaseSync) {
    this.#write = database.prepare(
      'INSERT INTO policies (hash, at, names, labels) VALUES (?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING',
    );
  }

  /** The same hash again is the same policy, and changes nothing. */
  write({ hash, at, names, labels }: DeclaredPolicy): WriteResult {
    try {
      this.#write.run(storedName(hash), at, JSON.stringify(names), JSON.stringify(labels));
      return written;
    } catch (error) {
      return failed('What the policy declares was not recorded', error);
    }
  }
}
