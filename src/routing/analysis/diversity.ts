import type { CompiledPolicy, TargetChain } from '../../policy/compiled.ts';
import { type Finding, listWords } from '../../policy/finding.ts';
import { leftOf, standingConstraints, type TargetFacts, usedChains } from './targetsLeft.ts';

/** Sets of suppliers that are tried for one chain. */
const MOST_TRIED = 20_000;

/**
 * Classes that hang on fewer suppliers than the policy asks for, after the constraints that always hold: those for which
 * some `minSuppliers - 1` suppliers together have a part in every target. A supplier is a provider or a maker.
 */
export function dependentClasses(policy: CompiledPolicy, facts: TargetFacts): readonly Finding[] {
  const least = policy.source.diversity?.minSuppliers;
  if (least === undefined || least < 2) return [];
  const standing = standingConstraints(policy);
  return usedChains(policy).flatMap(({ chain, path, classes }): readonly Finding[] => {
    const left = leftOf(chain, standing, facts);
    const needed = neededSuppliers(left, least - 1, facts);
    if (left.length === 0 || needed === undefined) return [];
    const who = classes.length === 1 ? 'The class' : 'The classes';
    const verb = classes.length === 1 ? 'depends' : 'depend';
    return [
      {
        code: 'diversity',
        severity: 'warning',
        message: `${who} ${listWords(classes, 4).replace(' or ', ' and ')} ${verb} on ${listWords(needed).replace(' or ', ' and ')} alone: each target needs ${needed.length === 1 ? 'it' : 'one of them'} as provider or maker, and "diversity" asks for ${least} suppliers. Add a target of another provider and another maker.`,
        path,
        witness: { by: needed },
      },
    ];
  });
}

/** At most so many suppliers of which every target needs one; the fewest. undefined: no such set, or too many to try. */
function neededSuppliers(chain: TargetChain, most: number, facts: TargetFacts): readonly string[] | undefined {
  const suppliers = chain.map((target) => suppliersOf(target, facts));
  let tried = 0;
  const search = (chosen: readonly string[], left: number): readonly string[] | undefined => {
    tried += 1;
    const missed = suppliers.find((own) => !own.some((supplier) => chosen.includes(supplier)));
    if (missed === undefined) return chosen;
    if (left === 0 || tried > MOST_TRIED) return undefined;
    for (const supplier of missed) {
      const found = search([...chosen, supplier], left - 1);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  for (let size = 1; size <= most; size += 1) {
    const found = search([], size);
    if (found !== undefined) return found;
  }
  return undefined;
}

function suppliersOf(target: TargetChain[number], { maker }: TargetFacts): readonly string[] {
  if (target.kind === 'native') return ['native'];
  const made = maker(target.provider, target.model);
  return made === undefined || made === target.provider ? [target.provider] : [target.provider, made];
}
