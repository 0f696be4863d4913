import type { CompiledPolicy, CompiledWhen } from '../policy/compiled.ts';
import type { LayeredPolicy } from '../policy/layers.ts';
import { holds } from './conditions.ts';
import { sightOfWork } from './sight.ts';

/**
 * Which files the layers in force keep from completions: those for which some layer's constraint that blocks speaks of paths and is not certain
 * to leave them alone. Constraints that name no paths say nothing about one file rather than another. The policy's mode
 * makes no difference: to keep a text back refuses nobody a request. Asked for thousands of files.
 *
 * @param now milliseconds since the epoch
 */
export function blockedPaths({ layers }: LayeredPolicy, now: number): (path: string) => boolean {
  const blocking = layers
    .map((layer) => ({ layer, whens: whensThatBlock(layer.policy, now) }))
    .filter(({ whens }) => whens.length > 0);
  return (path) =>
    blocking.some(({ layer, whens }) => {
      const sight = sightOfWork(layer, { kind: 'completion', files: [{ path }], reads: [] });
      return whens.some((when) => holds(when, sight) !== false);
    });
}

function whensThatBlock({ constraints }: CompiledPolicy, now: number): readonly CompiledWhen[] {
  return constraints.flatMap(({ source, until, when }) => {
    const isOver = until !== undefined && now >= until;
    return source.block === true && !isOver && when !== undefined && namesPaths(when) ? [when] : [];
  });
}

function namesPaths(when: CompiledWhen): boolean {
  return when.clauses.some((clause) => {
    switch (clause.key) {
      case 'files':
      case 'touches':
        return true;
      case 'not':
        return namesPaths(clause.when);
      case 'anyOf':
        return clause.whens.some(namesPaths);
      default:
        return false;
    }
  });
}
