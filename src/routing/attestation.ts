import type { ModelCandidate } from './candidate.ts';
import type { State } from './state.ts';

/**
 * Why a target has no valid attestation, in a few words; undefined when it has one. An attestation names the target, or
 * the model whoever serves it, by the provider's name for it or by the catalogue's.
 */
export function attestationProblem({ target, model }: ModelCandidate, state: State): string | undefined {
  const about = state.attestations.filter(
    ({ target: named }) => named === target.target || named === target.model || named === model?.id,
  );
  if (about.some(({ valid }) => valid)) return undefined;
  return (
    about.find(({ reason }) => reason !== undefined)?.reason ?? (about.length > 0 ? 'not valid' : 'no attestation')
  );
}
