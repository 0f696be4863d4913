import {
  asksToWait,
  type HealthEvent,
  healthy,
  isUnhealthy,
  pausedUntil,
  pausesOver,
  recordHealth,
} from '../routing/health.ts';
import { latencyOf } from '../routing/healthWindow.ts';

/** The one request that tries a provider or a model again after its pause: when it set out, and how long it may wait, in milliseconds. */
interface Trial {
  readonly since: number;
  readonly longestMs: number;
  /** It is being answered: the others need not wait for how that ends. */
  isAnswered: boolean;
}

/** How providers have been doing, shared by every surface of this process. */
export class HealthBook {
  #health = healthy;
  /** By the record's key. */
  readonly #trials = new Map<string, Trial>();

  /**
   * A call begins at `now`, in milliseconds. If its target is to be tried again after a pause, it is the one that tries:
   * until it is answered or ends, others leave the target alone.
   *
   * @param longestMs how long it waits for an answer to begin: a trial that has not ended by then says nothing any more
   */
  begin(provider: string, model: string, now: number, longestMs: number): void {
    for (const key of pausesOver(this.#health, now, provider, model)) {
      const before = this.#trials.get(key);
      if (before?.isAnswered || isUnderWay(before, now)) continue;
      this.#trials.set(key, { since: now, longestMs, isAnswered: false });
    }
  }

  /** The first words of an answer have come. How long it goes on says nothing of whether others are served. */
  answers(provider: string, model: string): void {
    for (const key of [provider, `${provider}/${model}`]) {
      const trial = this.#trials.get(key);
      if (trial) trial.isAnswered = true;
    }
  }

  /** Says how a call ended. Also one that was cancelled: it tries nothing any more. */
  record(event: HealthEvent): void {
    this.ended(event.provider, event.model);
    this.#health = recordHealth(this.#health, event);
  }

  /** A call ended in a way that says nothing of how others fare there: if it was on trial, another may try. */
  ended(provider: string, model: string): void {
    this.#trials.delete(provider);
    this.#trials.delete(`${provider}/${model}`);
  }

  /** Why a target is left alone at `now`, in a sentence; undefined when it is healthy. */
  unhealthy(provider: string, model: string, now: number): string | undefined {
    const paused = isUnhealthy(this.#health, now, provider, model);
    if (paused !== undefined) return paused;
    const onTrial = pausesOver(this.#health, now, provider, model).some((key) =>
      isUnderWay(this.#trials.get(key), now),
    );
    return onTrial ? `${provider} failed before, and another request is trying it again` : undefined;
  }

  /** Why a target is not even tried for want of another, in a sentence: its provider asked for a pause. */
  asksToWait(provider: string, model: string, now: number): string | undefined {
    return asksToWait(this.#health, now, provider, model);
  }

  /** When a target that is left alone at `now` is tried again, in milliseconds since the epoch. */
  pausedUntil(provider: string, model: string, now: number): number | undefined {
    return pausedUntil(this.#health, now, provider, model);
  }

  /** How long the target's last answers took to begin; undefined where it gave none lately. */
  latency(provider: string, model: string): { readonly p50Ms: number; readonly p95Ms: number } | undefined {
    return latencyOf(this.#health.windows.get(`${provider}/${model}`) ?? []);
  }

  /** Every target that was asked lately, as `provider/model`. */
  targets(): readonly string[] {
    return [...this.#health.windows.keys()];
  }

  /** Forgets what is known of one provider, because its key was changed. */
  forget(provider: string): void {
    const isOf = (key: string): boolean => key === provider || key.startsWith(`${provider}/`);
    const { records, windows } = this.#health;
    this.#health = {
      records: new Map([...records].filter(([key]) => !isOf(key))),
      windows: new Map([...windows].filter(([key]) => !isOf(key))),
    };
    for (const key of this.#trials.keys()) if (isOf(key)) this.#trials.delete(key);
  }

  /** Forgets what is known, because keys, addresses or the network changed. */
  clear(): void {
    this.#health = healthy;
    this.#trials.clear();
  }
}

function isUnderWay(trial: Trial | undefined, now: number): boolean {
  if (trial === undefined || trial.isAnswered) return false;
  // Of a clock that was set back meanwhile it is not known how long ago that is.
  return now >= trial.since && now - trial.since < trial.longestMs;
}
