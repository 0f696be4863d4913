import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { storedName } from './attemptColumns.ts';
import type { Intake } from './intake.ts';
import { failed, type WriteResult, written } from './writeResult.ts';

/** A session that nobody has gone on with for so long is forgotten: no provider's cache holds it, and no tool loop waits. */
export const SESSION_MS = 7 * 86_400_000;
/** Those that are forgotten are cleared away now and then; until then nobody reads them. */
const CLEARED_MS = 3_600_000;

/** Who answered a session last, as far as the next request's route depends on it. It has no text and no paths. */
export interface SessionEntry {
  /** A keyed hash. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `provider/model`. */
  readonly target: string;
  /** The class of work that it was chosen for. */
  readonly class: string;
  /** A person or client had asked for it. */
  readonly wished: boolean;
  readonly cachedTokens: number;
  readonly estimatedTokens: number;
}

/** The sessions of this machine, so that a conversation stays with its model when the router is started anew. */
export class SessionBook {
  readonly #forget: StatementSync;
  readonly #write: StatementSync;
  readonly #read: StatementSync;
  readonly #intake: Intake;
  #clearedAt = Number.NEGATIVE_INFINITY;

  constructor(database: DatabaseSync, intake: Intake) {
    this.#intake = intake;
    this.#forget = database.prepare('DELETE FROM sessions WHERE at < ?');
    this.#write = database.prepare(
      'INSERT OR REPLACE INTO sessions (id, at, target, class, wished, cached_tokens, estimated_tokens) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.#read = database.prepare('SELECT * FROM sessions WHERE id = ? AND at >= ?');
  }

  /** Takes the place of what was known of the session. */
  write(entry: SessionEntry): WriteResult {
    if (this.#intake.takesSession(entry)) return written;
    try {
      this.put(entry);
      return written;
    } catch (error) {
      return failed('The session was not recorded, so a restart may change its model', error);
    }
  }

  /** @throws where it cannot be written */
  put({ id, at, target, class: ofClass, wished, cachedTokens, estimatedTokens }: SessionEntry): void {
    if (at - this.#clearedAt >= CLEARED_MS) {
      this.#forget.run(at - SESSION_MS);
      this.#clearedAt = at;
    }
    const [cached, estimated] = [cachedTokens, estimatedTokens].map((tokens) => Math.max(0, Math.round(tokens)));
    this.#write.run(id, at, storedName(target), storedName(ofClass), wished ? 1 : 0, cached ?? 0, estimated ?? 0);
  }

  /**
   * @param now milliseconds since the epoch
   * @throws where the file has become unreadable
   */
  read(id: string, now: number): SessionEntry | undefined {
    const waiting = this.#intake.waiting().findLast(({ session }) => session?.id === id)?.session;
    if (waiting !== undefined && waiting.at >= now - SESSION_MS) return waiting;
    const row = this.#read.get(id, now - SESSION_MS);
    if (row === undefined) return undefined;
    return {
      id,
      at: Number(row['at']),
      target: String(row['target']),
      class: String(row['class']),
      wished: row['wished'] === 1,
      cachedTokens: Number(row['cached_tokens']),
      estimatedTokens: Number(row['estimated_tokens']),
    };
  }
}
