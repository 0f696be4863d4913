import type { RequestKind } from '../policy/schema.ts';
import type { Surface } from './attempt.ts';
import { IDLE_MS, KEPT_AT_MS, KEPT_SHARE, SHOWN_MS, type TaskOutcome } from './task.ts';

/**
 * What was seen of a task's work. `shown`: a completion stood for `ageMs`; `accepted`, `rejected`: a person took the text
 * or sent it away; `sample`: `survival` of all that the task had put in was left `ageMs` after it was put in; `undone`: it
 * was taken back; `committed`: it is in a commit; `no-change`: it answered, and changed no file.
 */
export const signalNames = ['shown', 'accepted', 'rejected', 'sample', 'undone', 'committed', 'no-change'] as const;
export type SignalName = (typeof signalNames)[number];

/** Who saw it: the editor's events, git, a comparison of texts, or another client's own telemetry. */
export type SignalSource = 'editor' | 'git' | 'sampler' | 'client';

export interface Signal {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly signal: SignalName;
  readonly source: SignalSource;
  /** How long the text had stood, or been in the file, in milliseconds. */
  readonly ageMs?: number;
  /** From 0 to 1. */
  readonly survival?: number;
}

/** What a verdict on a task is made of. */
export interface TaskEvidence {
  readonly surface: Surface;
  readonly kind: RequestKind;
  /** As it was judged last. */
  readonly outcome: TaskOutcome;
  readonly lastAt: number;
  /** When something usable first came back. */
  readonly deliveredAt?: number;
  readonly signals: readonly Signal[];
}

export interface Verdict {
  readonly outcome: TaskOutcome;
  readonly survival?: number;
  /** Nothing more is waited for. What comes all the same can still raise it. */
  readonly settled: boolean;
}

/** Work that ends in words: whether they were right, no file tells. */
const questions: ReadonlySet<RequestKind> = new Set(['chat', 'plan', 'title', 'commit-message', 'review']);

const levels = ['nothing', 'delivered', 'accepted', 'kept', 'committed'] as const;
type Level = (typeof levels)[number];

/** How far it had got when the signals so far were in. */
interface Progress {
  readonly level: Level;
  /** What took it back since; below `kept` it holds until something is accepted again. */
  readonly against?: 'rejected' | 'undone';
  /** It stood before the person for long enough. */
  readonly seen: boolean;
  /** Somebody looked how much was left when that counts. */
  readonly looked: boolean;
  readonly changedNothing: boolean;
  readonly survival?: number;
}

/**
 * What became of a task, by all that was seen of it, in whatever order it was heard of: the same signals give the same
 * verdict. From `delivered` to `committed` it only rises; a rejection or an undo counts until text is accepted again, and
 * not against what was kept or committed, because what is changed after that is later work. What nobody has seen
 * by the horizon, half an hour after the task's last attempt, is `unknown`: neither a success nor a failure.
 *
 * @param now milliseconds since the epoch
 */
export function judge(task: TaskEvidence, now: number): Verdict {
  const isCompletion = task.surface === 'completion';
  const settled = isOver(task.lastAt, now);
  // Whether it was stopped or failed, nothing has come of it that could be looked at.
  if (isCompletion && task.deliveredAt === undefined && task.signals.length === 0)
    return { outcome: task.outcome, settled };
  const progress = [...task.signals].sort(byTime).reduce(after, {
    level: task.deliveredAt === undefined ? 'nothing' : 'delivered',
    seen: !isCompletion,
    looked: false,
    changedNothing: false,
  } satisfies Progress as Progress);
  const { survival } = progress;
  return { outcome: outcomeOf(progress, task, settled), settled, ...(survival === undefined ? {} : { survival }) };
}

/** Half an hour without an attempt; a time that lies in the future by as much is from a clock that was wrong. */
export function isOver(lastAt: number, now: number): boolean {
  return Math.abs(now - lastAt) >= IDLE_MS;
}

/** What was heard of at the same moment stands in the order of {@link signalNames}. */
function byTime(a: Signal, b: Signal): number {
  return a.at - b.at || signalNames.indexOf(a.signal) - signalNames.indexOf(b.signal);
}

function after(before: Progress, { signal, ageMs = 0, survival }: Signal): Progress {
  switch (signal) {
    case 'shown':
      return { ...before, level: higher(before.level, 'delivered'), seen: before.seen || ageMs >= SHOWN_MS };
    case 'accepted':
      // There is more text now, which is judged anew.
      return { ...without(before), level: higher(before.level, 'accepted'), seen: true, looked: false };
    case 'rejected':
    case 'undone':
      return reached(before.level, 'kept') ? before : { ...before, against: signal };
    case 'sample':
      return sampled(before, ageMs, survival);
    case 'committed':
      return { ...without(before), level: 'committed', seen: true };
    case 'no-change':
      return { ...before, changedNothing: true };
    default:
      return signal satisfies never;
  }
}

function sampled(before: Progress, ageMs: number, survival: number | undefined): Progress {
  if (survival === undefined) return before;
  // The first look at that age or after it decides; what a person changes later is later work.
  const counts = ageMs >= KEPT_AT_MS && !before.looked;
  const isKept = counts && survival >= KEPT_SHARE && before.against !== 'undone';
  return {
    // Of what was sent away nothing would be left: it is other text of the task that was kept.
    ...(isKept ? without(before) : before),
    // There is something to look at, so it was taken.
    level: higher(before.level, isKept ? 'kept' : 'accepted'),
    seen: true,
    looked: before.looked || counts,
    survival,
  };
}

function outcomeOf(progress: Progress, { surface, kind }: TaskEvidence, settled: boolean): TaskOutcome {
  const { level, against, seen, looked, changedNothing } = progress;
  if (!seen) return 'unseen';
  if (level === 'kept' || level === 'committed') return level;
  if (against !== undefined) return against;
  if (!settled) return level === 'nothing' ? 'open' : level;
  switch (level) {
    case 'nothing':
      return 'failed';
    case 'accepted':
      return looked ? 'accepted' : 'unknown';
    case 'delivered':
      // Taking a completion cannot be missed: one that was seen and not taken was not wanted.
      if (surface === 'completion') return 'delivered';
      return changedNothing || questions.has(kind) ? 'unverified' : 'unknown';
    default:
      return level satisfies never;
  }
}

function without({ against: _, ...progress }: Progress): Progress {
  return progress;
}

function higher(a: Level, b: Level): Level {
  return reached(a, b) ? a : b;
}

function reached(level: Level, other: Level): boolean {
  return levels.indexOf(level) >= levels.indexOf(other);
}
