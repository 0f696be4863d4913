import { type Candidate, type ModelCandidate, remove, type Step } from './candidate.ts';
import type { RemovalReason, RemovedCandidate } from './decision.ts';
import type { Facts } from './facts.ts';
import type { State } from './state.ts';

/**
 * Keeps what can do the work from here: configured, usable, not retired, with the skills and the context length that the
 * request needs, and healthy now. A model that is not in the catalogue is taken at its word: what is not known about
 * it is not held against it.
 */
export function reachable(candidates: readonly Candidate[], facts: Facts, state: State): Omit<Step, 'why'> {
  const kept: Candidate[] = [];
  const removed: RemovedCandidate[] = [];
  for (const candidate of candidates) {
    const reason = shortcoming(candidate, facts, state);
    if (reason === undefined) kept.push(candidate);
    else removed.push(remove(candidate, reason));
  }
  return { kept, removed };
}

function shortcoming(candidate: Candidate, facts: Facts, state: State): RemovalReason | undefined {
  if (candidate.kind === 'native') return facts.kind === 'completion' ? undefined : { kind: 'native-not-completion' };
  const { provider, model, target } = candidate;
  if (provider === undefined) return { kind: 'not-configured', provider: target.provider };
  if (!provider.usable) {
    const reason = provider.unusableReason ?? 'it is not ready to be used';
    return { kind: 'not-usable', provider: target.provider, reason };
  }
  if (model?.retired !== undefined) {
    const { successor } = model.retired;
    return { kind: 'retired', ...(successor === undefined ? {} : { successor }) };
  }
  const missing = missingSkill(candidate, facts);
  if (missing !== undefined) return { kind: 'cannot', capability: missing };
  const unhealthy = state.unhealthy(target.provider, target.model);
  return (
    contextProblem(candidate, facts, state) ??
    (unhealthy === undefined ? undefined : { kind: 'unhealthy', reason: unhealthy })
  );
}

function missingSkill(
  { provider, model }: ModelCandidate,
  facts: Facts,
): 'chat' | 'completion' | 'tools' | 'images' | undefined {
  if (facts.kind === 'completion') {
    return provider?.serves.completion === false || model?.completion === 'none' ? 'completion' : undefined;
  }
  if (provider?.serves.chat === false || model?.chat === false) return 'chat';
  if (facts.context?.tools === true && model?.tools === false) return 'tools';
  if (facts.context?.images === true && model?.images === false) return 'images';
  return undefined;
}

/** The request and the shortest answer to it have to fit; the estimate is taken at its high end. */
function contextProblem({ target, model }: ModelCandidate, facts: Facts, state: State): RemovalReason | undefined {
  const contextTokens = model?.contextTokens;
  const input = state.inputTokens(target.provider, target.model)?.high ?? facts.context?.tokens;
  if (contextTokens === undefined || input === undefined) return undefined;
  const tokens = input + state.outputTokens.low;
  return tokens > contextTokens ? { kind: 'context-too-long', tokens, contextTokens } : undefined;
}
