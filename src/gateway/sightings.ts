import type { GatewaySighting } from '../contract/messages.ts';

/** Who is told of the requests that come in, in this process and in those that follow it. */
export class Sightings {
  readonly #listeners = new Set<(sighting: GatewaySighting) => void>();

  /** @param find what is told, put together only where there is somebody to tell */
  tell(find: () => GatewaySighting): void {
    if (this.#listeners.size === 0) return;
    const sighting = find();
    for (const listener of this.#listeners) listener(sighting);
  }

  /** @returns what ends it */
  listen(listener: (sighting: GatewaySighting) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
