import type { LayeredPolicy } from '../policy/layers.ts';
import type { ProviderFacts } from './state.ts';

/** What of a provider a constraint may ask and a policy's own test cannot say. */
export type AssumedFacts = Partial<Pick<ProviderFacts, 'local' | 'residency' | 'retention'>>;

/**
 * What a policy's own tests take a provider to be that nobody here has told of, such as an organisation's own endpoint on
 * a machine that only checks policies: set up as the policy asks. Its data stays where every constraint lets it (where
 * there is no such place, nothing is assumed) and nothing of it is kept. Only what a constraint falls back on with `else`
 * meets its `local`: that a target runs on this machine is the exception.
 */
export function assumedProvider({ layers }: LayeredPolicy): (id: string) => AssumedFacts {
  const constraints = layers.flatMap(({ policy }) => policy.constraints);
  const residencies = constraints.flatMap(({ source }) => (source.residency === undefined ? [] : [source.residency]));
  const residency = residencies[0]?.find((place) => residencies.every((admitted) => admitted.includes(place)));
  const keepsNothing = constraints.some(({ source }) => source.retention === 'zero');
  const local = new Set(
    constraints
      .filter(({ source }) => source.local === true)
      .flatMap(({ else: chain = [] }) => chain.flatMap((target) => (target.kind === 'model' ? [target.provider] : []))),
  );
  return (id) => ({
    ...(residency === undefined ? {} : { residency }),
    ...(keepsNothing ? { retention: 'zero' } : {}),
    ...(local.has(id) ? { local: true } : {}),
  });
}
