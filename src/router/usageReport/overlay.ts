import type { CompiledRoute } from '../../policy/compiled.ts';
import { innermost, type LayeredPolicy } from '../../policy/layers.ts';
import type { HeatOverlay } from '../../usage/report/heatTable.ts';
import { dearness, partsOf, type ReportWorld } from './reportWorld.ts';

/** The policy in force, laid over the figures: what it sends each class to, and the pass rate that it asks for. */
export function overlayOf(world: ReportWorld): HeatOverlay {
  return {
    routeOf: (ofClass) => routeOf(world.policy, ofClass)?.use.map(({ target }) => target) ?? [],
    passFloorOf: (ofClass) => routeOf(world.policy, ofClass)?.passFloor,
    makerOf: (target) => world.makerOf(partsOf(target).model),
    dearnessOf: (target) => {
      const { provider, model } = partsOf(target);
      return dearness(world.price(provider, model));
    },
  };
}

/** The route of a class by its qualified id; undefined where the policy has no such class, or not any more. */
function routeOf(policy: LayeredPolicy | undefined, ofClass: string): CompiledRoute | undefined {
  if (policy === undefined) return undefined;
  const own = policy.layers
    .filter(({ prefers }) => prefers)
    .map((layer) => layer.policy.classById.get(ofClass)?.route)
    .find((route) => route !== undefined);
  return own ?? (ofClass === 'default' ? innermost(policy)?.policy.default : undefined);
}
