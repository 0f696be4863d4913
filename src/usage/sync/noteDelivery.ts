import type { Pace } from './backOff.ts';
import type { Delivery } from './deliver.ts';
import type { Sink } from './outbox.ts';
import { noteFailure, noteIndigestible, noteSuccess } from './patience.ts';
import type { SyncStore } from './syncStore.ts';

/** A request that was sent, and how it ended. */
export interface Sent {
  readonly sink: Sink;
  readonly delivery: Delivery;
  readonly ids: readonly string[];
  /** As it was before it was compressed. */
  readonly body: string;
}

export interface Moment {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** From 0 to 1. */
  readonly chance: number;
  readonly pace: Pace;
}

/**
 * Notes what became of a request.
 * @returns the pause until the next one, in milliseconds; undefined: another batch may follow at once
 */
export function noteDelivery(store: SyncStore, sent: Sent, moment: Moment): number | undefined {
  const { sink, delivery, ids, body } = sent;
  const { facts } = store;
  const at = moment.now;
  switch (delivery.kind) {
    case 'delivered':
      store.settle(sink, { ids, refused: delivery.refused, body, at });
      noteSuccess(facts, sink);
      facts.add(`refused.${sink}.left-out`, delivery.leftOut ?? 0);
      return undefined;
    case 'indigestible': {
      const doubt = store.doubt(sink, ids, delivery.code);
      // What was not taken alone after another one was says nothing of how much the server takes at once.
      const mayGoOn = doubt === 'accused' || (noteIndigestible(facts, sink, ids.length) && doubt !== 'still-doubted');
      return mayGoOn && delivery.pauseMs === undefined ? undefined : pauseAfter(store, sink, delivery, moment);
    }
    case 'later':
      return pauseAfter(store, sink, delivery, moment);
    default:
      return delivery satisfies never;
  }
}

function pauseAfter(
  { facts }: SyncStore,
  sink: Sink,
  { reason, pauseMs }: { readonly reason: string; readonly pauseMs?: number | undefined },
  { now, chance, pace }: Moment,
): number {
  return noteFailure(facts, sink, { reason, askedMs: pauseMs, now, chance }, pace);
}
