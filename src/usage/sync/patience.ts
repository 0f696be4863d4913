import { type Pace, pauseAfter } from './backOff.ts';
import { MOST_EVENTS } from './event.ts';
import type { SyncFacts } from './facts.ts';
import type { Sink } from './outbox.ts';

// What all processes know of how sending to a place goes: how long to wait, and how much to send at once.

/** Requests that a server cannot accept, one after the other: from {@link MOST_EVENTS} down to one, and two more. */
const MOST_IN_A_ROW = Math.ceil(Math.log2(MOST_EVENTS)) + 2;

/** Milliseconds until another try; 0: now. */
export function pauseLeft(facts: SyncFacts, sink: Sink, now: number): number {
  const [until, pause] = (facts.text(`notBefore.${sink}`) ?? '0 0').split(' ').map(Number);
  const left = (until ?? 0) - now;
  // A clock that was put back does not make it longer than it was.
  return left > (pause ?? 0) ? 0 : Math.max(left, 0);
}

export interface Failure {
  /** In a sentence, without the place's name. */
  readonly reason: string;
  /** What the server asked for, in milliseconds. */
  readonly askedMs: number | undefined;
  readonly now: number;
  /** From 0 to 1. */
  readonly chance: number;
}

/** @returns the pause until the next try, in milliseconds */
export function noteFailure(
  facts: SyncFacts,
  sink: Sink,
  { reason, askedMs, now, chance }: Failure,
  pace: Pace,
): number {
  const failures = (facts.number(`failures.${sink}`) ?? 0) + 1;
  const pause = Math.max(askedMs ?? 0, pauseAfter(failures, chance, pace));
  facts.set(`failures.${sink}`, failures);
  facts.set(`notBefore.${sink}`, `${now + pause} ${pause}`);
  facts.set(`trouble.${sink}`, reason);
  facts.setOnce(`failing.${sink}`, String(now));
  return pause;
}

export function noteSuccess(facts: SyncFacts, sink: Sink): void {
  for (const name of ['notBefore', 'failures', 'trouble', 'failing', 'indigestible'])
    facts.set(`${name}.${sink}`, undefined);
  const size = facts.number(`size.${sink}`);
  if (size !== undefined) facts.set(`size.${sink}`, size * 2 >= MOST_EVENTS ? undefined : size * 2);
}

/** How many events go into one request. */
export function batchSize(facts: SyncFacts, sink: Sink): number {
  return Math.min(Math.max(facts.number(`size.${sink}`) ?? MOST_EVENTS, 1), MOST_EVENTS);
}

/**
 * After a request of so many events could not be accepted: half of it next time.
 * @returns whether the server may be asked again at once: one that takes nothing at all, however little it is, has failed
 */
export function noteIndigestible(facts: SyncFacts, sink: Sink, events: number): boolean {
  const inARow = (facts.number(`indigestible.${sink}`) ?? 0) + 1;
  facts.set(`indigestible.${sink}`, inARow);
  facts.set(`size.${sink}`, Math.ceil(events / 2));
  return inARow <= MOST_IN_A_ROW;
}
