import type { LayeredPolicy } from './layers.ts';
import { readTarget, type TargetReference } from './targets.ts';
import { referencesIn, targetPlaces } from './walk.ts';

/** Every `provider/model` that a policy names, in any layer, once each and in the order of the text. */
export function targetsIn({
  layers,
}: Pick<LayeredPolicy, 'layers'>): readonly Extract<TargetReference, { kind: 'model' }>[] {
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

const named = new WeakMap<LayeredPolicy, ReadonlySet<string>>();

/** Whether a layer that may prefer something names a target. Looked up once for each policy: it may have thousands of classes. */
export function namesTarget(inForce: LayeredPolicy, target: string): boolean {
  const known = named.get(inForce) ?? preferred(inForce);
  named.set(inForce, known);
  return known.has(target);
}

function preferred({ layers }: LayeredPolicy): ReadonlySet<string> {
  const targets = targetsIn({ layers: layers.filter(({ prefers }) => prefers) });
  return new Set(targets.map(({ provider, model }) => `${provider}/${model}`));
}
