import { type HealthEvent, healthy, isUnhealthy, recordHealth } from '../routing/health.ts';

/** How providers have been doing, shared by every surface of this process. */
export class HealthBook {
  #health = healthy;

  record(event: HealthEvent): void {
    this.#health = recordHealth(this.#health, event);
  }

  /** Why a target is left alone at `now`, in a sentence; undefined when it is healthy. */
  unhealthy(provider: string, model: string, now: number): string | undefined {
    return isUnhealthy(this.#health, now, provider, model);
  }

  /** Forgets what is known of one provider, because its key was changed. */
  forget(provider: string): void {
    const kept = [...this.#health.records].filter(([key]) => key !== provider && !key.startsWith(`${provider}/`));
    this.#health = { records: new Map(kept) };
  }

  /** Forgets what is known, because keys, addresses or the network changed. */
  clear(): void {
    this.#health = healthy;
  }
}
