import type { LayeredPolicy } from './layers.ts';
import { readTarget, type TargetReference } from './targets.ts';
import { referencesIn, targetPlaces } from './walk.ts';

/** Every `provider/model` that a policy names, in any layer, once each and in the order of the text. */
export function targetsIn({ layers }: LayeredPolicy): readonly Extract<TargetReference, { kind: 'model' }>[] {
  const found = new Map<string, Extract<TargetReference, { kind: 'model' }>>();
  for (const { policy } of layers) {
    for (const place of targetPlaces(policy.source)) {
      for (const { value } of referencesIn(place)) {
        const reference = readTarget(value);
        if (reference?.kind === 'model') found.set(value, reference);
      }
    }
  }
  return [...found.values()];
}
