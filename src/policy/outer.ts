import type { CompiledPolicy, TargetChain } from './compiled.ts';
import type { LayeredPolicy, PolicyLayer } from './layers.ts';

/** An id as everybody else sees it: with its layer's name before it (`org:eu-only`), bare where that is empty. */
export function qualified(layerName: string, id: string): string {
  return layerName === '' ? id : `${layerName}:${id}`;
}

/** The layers around a policy, the outermost first. */
export function layersOf(outer: LayeredPolicy | readonly PolicyLayer[] | undefined): readonly PolicyLayer[] {
  if (outer === undefined) return [];
  return 'layers' in outer ? outer.layers : outer;
}

/** What each alias of these layers means; of several with one name, that of the innermost. */
export function aliasesOf(outer: readonly PolicyLayer[]): ReadonlyMap<string, TargetChain> {
  return new Map(outer.flatMap(({ policy }) => [...policy.aliases]));
}

/** The qualified name of each gate of these layers by the name it was given there; of several, the innermost's. */
export function gatesOf(outer: readonly PolicyLayer[]): ReadonlyMap<string, string> {
  return new Map(outer.flatMap(({ policy }) => gateNames(policy)));
}

function gateNames({ name, source }: CompiledPolicy): readonly (readonly [string, string])[] {
  return Object.keys(source.review ?? {}).map((gate) => [gate, qualified(name, gate)]);
}
