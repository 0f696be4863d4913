import type { TargetChain } from '../policy/compiled.ts';
import { type Candidate, candidatesOf, chainOfName, type Step } from './candidate.ts';
import type { LayerView } from './classify.ts';
import type { Facts } from './facts.ts';
import { targetsOf } from './session/attempt.ts';
import type { State } from './state.ts';

/**
 * The targets that the decision starts from: the route's, for this attempt. In an untrusted workspace the policy's preferences spend
 * nothing, so there it is the user's own default. Where no layer prefers anything, it is what was asked for.
 */
export function wantedOf(from: Pick<LayerView, 'route' | 'work'> | undefined, facts: Facts, state: State): Step {
  if (from === undefined) return { kept: askedFor(facts, state), removed: [], why: [] };
  const { use, why } = targetsOf(from.route, from.work, state);
  if (state.trusted) return { kept: candidatesOf(use, state), removed: [], why };
  const own = chainOfName(state.userDefault);
  const [target] = own;
  const isOwn = (name: string): boolean => own.some((chosen) => chosen.target === name);
  return {
    kept: candidatesOf(own, state),
    removed: use
      .filter((written) => !isOwn(written.target))
      .map((written) => ({ target: written, reason: { kind: 'untrusted-workspace' } })),
    why: [{ kind: 'untrusted', ...(target === undefined ? {} : { target: target.target }) }],
  };
}

/**
 * What would be served if there were no policy: the model that the client asked for, where it names a configured
 * provider, else the user's own default.
 */
export function askedFor(facts: Facts, state: State): readonly Candidate[] {
  return candidatesOf(askedChain(facts, state), state);
}

function askedChain(facts: Facts, state: State): TargetChain {
  const requested = chainOfName(facts.requested);
  const isKnown = requested.some((target) => target.kind === 'model' && state.provider(target.provider) !== undefined);
  return isKnown ? requested : chainOfName(state.userDefault);
}
