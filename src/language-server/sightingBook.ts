import type { GatewaySighting } from '../contract/messages.ts';

const MOST = 20;

/** The last requests that came in through the gateway, newest first: one entry a request, as it was last told. */
export class SightingBook {
  #seen: readonly GatewaySighting[] = [];

  add(sighting: GatewaySighting): void {
    const known = this.#seen.findIndex(({ id }) => id === sighting.id);
    this.#seen = known < 0 ? [sighting, ...this.#seen].slice(0, MOST) : this.#seen.with(known, sighting);
  }

  get all(): readonly GatewaySighting[] {
    return this.#seen;
  }
}
