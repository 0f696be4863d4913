import type { RequestKind } from '../policy/schema.ts';
import type { Surface } from './attempt.ts';

/**
 * How far the work of a task is known to have got. `delivered` to `committed` are one ladder, S0 to S3, and only ever
 * rise; `rejected` and `undone` are known failures. `unverified`: a question, whose answer changes no file.
 * `unknown`: nothing was seen by the horizon. `unseen`: a completion that stood for less than {@link SHOWN_MS}.
 * `failed`: nothing usable was delivered.
 */
export type TaskOutcome =
  | 'open'
  | 'delivered'
  | 'accepted'
  | 'kept'
  | 'committed'
  | 'rejected'
  | 'undone'
  | 'unverified'
  | 'unknown'
  | 'unseen'
  | 'failed';

/** A completion is a task of its own once a person has had it before them for this long, in milliseconds. */
export const SHOWN_MS = 750;
/** A new conversation about files of a task that is as young as this, in milliseconds, goes on with it. */
export const FOLLOW_UP_MS = 600_000;
/** A task that nobody has gone on with for this long, in milliseconds, is closed. */
export const IDLE_MS = 1_800_000;
/** When the text that a task has put in is looked at again, in milliseconds after it was put in. */
export const SAMPLES_MS: readonly number[] = [15_000, 30_000, 120_000, 300_000, 600_000];
/** When it is judged whether it was kept, in milliseconds. */
export const KEPT_AT_MS = 300_000;
/** The share of its four-grams that must then be left. */
export const KEPT_SHARE = 0.7;

/** One intent with its retries, fallbacks and follow-ups: a row of the ledger. It has no text and no paths. */
export interface Task {
  /** Random, or a keyed hash that only this machine can make. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly openedAt: number;
  readonly lastAt: number;
  readonly closedAt?: number;
  readonly surface: Surface;
  readonly kind: RequestKind;
  /** Of its first attempt, like the target: what the task was first routed to is what its cost is charged to. */
  readonly class: string;
  readonly provider?: string;
  readonly model?: string;
  readonly trial?: string;
  readonly arm?: 'trial' | 'control';
  readonly outcome: TaskOutcome;
  /** When it was last judged. */
  readonly outcomeAt?: number;
  /** The share of its text that was left when it was last looked at, 0 to 1. */
  readonly survival?: number;
  readonly repoKey?: string;
}

/** The success that costs are divided by: work that was kept, or committed. */
export function isSuccess(outcome: TaskOutcome): boolean {
  return outcome === 'kept' || outcome === 'committed';
}

/** Whether a task counts at all where a share of successes is asked for. Its cost counts always. */
export function isJudged(outcome: TaskOutcome): boolean {
  return outcome !== 'open' && outcome !== 'unverified' && outcome !== 'unseen';
}
