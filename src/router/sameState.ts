import type { State } from '../routing/state.ts';

/** For so long, in milliseconds, time alone changes no decision of one request. */
const longestMs = 1_000;

/** A state whose every answer to a decision is remembered. */
export interface WatchedState {
  readonly state: State;
  /** Whether another state gives the same answers: a decision is pure, so it would be the same. */
  isLike(other: State): boolean;
}

/** What a state says of a request, in one text. */
function told({ spent, uncounted, answers, taskSpentNanoUsd }: State): string {
  return JSON.stringify([spent, uncounted, answers, taskSpentNanoUsd]);
}

/** @param state of one request: what is known of prices, models and its conversation is the same in its next one */
export function watchState(state: State): WatchedState {
  const providers = new Map<string, string>();
  const health: [provider: string, model: string, reason: string | undefined][] = [];
  const factsOf = (asked: State, id: string): string => JSON.stringify(asked.provider(id)) ?? '';
  return {
    state: {
      ...state,
      provider: (id) => {
        if (!providers.has(id)) providers.set(id, factsOf(state, id));
        return state.provider(id);
      },
      unhealthy: (provider, model) => {
        const reason = state.unhealthy(provider, model);
        health.push([provider, model, reason]);
        return reason;
      },
    },
    isLike: (other) =>
      other.now - state.now <= longestMs &&
      told(other) === told(state) &&
      [...providers].every(([id, facts]) => factsOf(other, id) === facts) &&
      health.every(([provider, model, reason]) => other.unhealthy(provider, model) === reason),
  };
}
