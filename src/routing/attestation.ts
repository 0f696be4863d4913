import type { PolicyLayer } from '../policy/layers.ts';
import type { Policy } from '../policy/schema.ts';
import type { ModelCandidate } from './candidate.ts';
import type { State } from './state.ts';

type OnMissing = NonNullable<NonNullable<Policy['attestations']>['onMissing']>;

/** From the loosest to the strictest: used and said so, passed over, the whole route refused. */
const STRICTNESS: readonly OnMissing[] = ['warn', 'skip', 'block'];

/** What a layer's `attested` constraints ask for. */
export interface AttestationTerms {
  /** Left out: `skip`. */
  readonly onMissing?: OnMissing;
  /** The layer whose `attestations` say what a valid one is; left out: no layer says. */
  readonly by?: string;
}

/**
 * The terms of each layer, in their order: its own `attestations`, else those of the nearest layer around it. What any layer
 * says of a missing one can only make that stricter for the others.
 */
export function attestationTerms(layers: readonly PolicyLayer[]): readonly AttestationTerms[] {
  const said = layers.flatMap(({ policy }) => policy.source.attestations?.onMissing ?? []);
  let nearest: { readonly by: string; readonly onMissing: OnMissing } | undefined;
  return layers.map(({ name, policy }) => {
    const own = policy.source.attestations;
    if (own !== undefined) nearest = { by: name, onMissing: own.onMissing ?? 'skip' };
    return { ...nearest, onMissing: strictest([nearest?.onMissing ?? 'skip', ...said]) };
  });
}

function strictest(said: readonly OnMissing[]): OnMissing {
  return STRICTNESS[Math.max(...said.map((word) => STRICTNESS.indexOf(word)))] ?? 'skip';
}

/**
 * Why a target has no valid attestation, in a few words; undefined when it has one. An attestation names the target, or
 * the model whoever serves it, by the provider's name for it or by the catalogue's.
 *
 * @param by the layer by whose terms it has to be valid
 */
export function attestationProblem(
  { target, model }: Pick<ModelCandidate, 'target' | 'model'>,
  state: Pick<State, 'attestations'>,
  { by }: AttestationTerms,
): string | undefined {
  const about = state.attestations.filter(
    ({ target: named, layer }) =>
      (named === target.target || named === target.model || named === model?.id) &&
      (layer === undefined || layer === by),
  );
  if (about.some(({ valid }) => valid)) return undefined;
  return (
    about.find(({ reason }) => reason !== undefined)?.reason ?? (about.length > 0 ? 'not valid' : 'no attestation')
  );
}
