import { isDeepStrictEqual } from 'node:util';
import type { ProviderFacts, State } from '../routing/state.ts';
import { createState, type StateRequest, type World } from './world.ts';

/** For so long, in milliseconds, time alone changes no decision of one request. */
const longestMs = 1_000;

/** A state whose every answer to a decision is remembered. */
export interface WatchedState {
  readonly state: State;
  /** Whether another state gives the same answers: a decision is pure, so it would be the same. */
  isLike(other: State): boolean;
  /** Whether the state would be like it now, where nothing was written in between: then it need not be put together anew. */
  isLikeBefore(stamp: number): boolean;
}

/** What a state says of a request, in one text. */
function told({ spent, uncounted, answers }: State): string {
  return JSON.stringify([spent, uncounted, answers]);
}

/**
 * The state of a request.
 *
 * @param request what is known of prices, models and its conversation is the same in its next state
 * @param stamp of the ledger, of the moment at which it was read
 */
export function watchState(
  world: World,
  request: Omit<StateRequest, 'taskSpentNanoUsd'> & { taskSpentNanoUsd(): number },
  stamp: number | undefined,
): WatchedState {
  const providers = new Map<string, ProviderFacts | undefined>();
  const health: [provider: string, model: string, reason: string | undefined][] = [];
  let taskSpent: number | undefined;
  const now = createState(world, { ...request, taskSpentNanoUsd: 0 });
  const isLate = (at: number): boolean => at < now.now || at - now.now > longestMs;
  const state: State = {
    ...now,
    get taskSpentNanoUsd() {
      taskSpent ??= request.taskSpentNanoUsd();
      return taskSpent;
    },
    provider: (id) => {
      if (!providers.has(id)) providers.set(id, now.provider(id));
      return providers.get(id);
    },
    unhealthy: (provider, model) => {
      const reason = now.unhealthy(provider, model);
      health.push([provider, model, reason]);
      return reason;
    },
  };
  const isAsHealthy = (other: Pick<State, 'unhealthy'>): boolean =>
    health.every(([provider, model, reason]) => other.unhealthy(provider, model) === reason);
  return {
    state,
    isLike: (other) =>
      !isLate(other.now) &&
      told(other) === told(now) &&
      (taskSpent === undefined || taskSpent === other.taskSpentNanoUsd) &&
      [...providers].every(([id, facts]) => isDeepStrictEqual(other.provider(id), facts)) &&
      isAsHealthy(other),
    isLikeBefore: (later) => later === stamp && !isLate(world.now()) && isAsHealthy(world),
  };
}
