import type { Sink } from './outbox.ts';
import { consentFact, destinationOf, type FoundPlace, type Place } from './places.ts';
import { noCounts, type SinkStanding, type SinkState, type SyncGates } from './standing.ts';
import type { SyncStore } from './syncStore.ts';

/** Where sending to one place stands, by what all processes know and this one may. Never throws. */
export function standingAt(
  store: SyncStore | undefined,
  sink: Sink,
  find: () => FoundPlace,
  gates: SyncGates,
): SinkStanding {
  if (store === undefined) return { state: 'unavailable', counts: noCounts };
  try {
    const found = find();
    const counts = store.outbox.counts(sink);
    if (found.kind === 'nowhere') return { state: 'nowhere', counts };
    if (found.kind === 'unusable') return { state: 'unusable', trouble: found.reason, counts };
    const { place } = found;
    const trouble = store.facts.text(`trouble.${sink}`);
    const since = store.facts.number(`failing.${sink}`);
    const last = store.outbox.lastSent(sink);
    return {
      state: stateOf(store, sink, place, gates),
      place: destinationOf(place),
      host: place.host,
      managed: place.managed,
      ...(place.name === undefined ? {} : { name: place.name }),
      ...(trouble === undefined ? {} : { trouble: `${place.host}: ${trouble}` }),
      ...(trouble === undefined || since === undefined ? {} : { failingSince: since }),
      counts,
      ...(last === undefined ? {} : { lastSentAt: last.at }),
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      state: 'unavailable',
      trouble: `Nothing is sent: the ledger cannot be used (${reason}).`,
      counts: noCounts,
    };
  }
}

function stateOf(
  { facts }: SyncStore,
  sink: Sink,
  place: Place,
  { trusted, telemetry, enabled }: SyncGates,
): SinkState {
  if (!trusted) return 'untrusted';
  if (!telemetry) return 'telemetry-off';
  if (!enabled) return 'switched-off';
  const consent = facts.text(consentFact(sink, place));
  if (consent === undefined) return 'unasked';
  if (consent !== 'agreed') return 'not-agreed';
  if (facts.text('paused') !== undefined) return 'paused';
  return facts.text(`trouble.${sink}`) === undefined ? 'sending' : 'failing';
}
