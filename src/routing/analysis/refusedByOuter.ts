import { type Finding, listWords } from '../../policy/finding.ts';
import type { LayeredPolicy } from '../../policy/layers.ts';
import { leftOf, standingConstraints, type TargetFacts, type UsedChain, usedChains } from './targetsLeft.ts';

/**
 * Classes of the innermost policy all of whose targets are refused by constraints of the layers around it that hold for
 * every request. Only of layers that prefer something: what is merged is
 * the same file, and a source that is away is told as such.
 */
export function refusedByOuter({ layers, mode }: LayeredPolicy, facts: TargetFacts): readonly Finding[] {
  const own = layers.at(-1);
  if (own === undefined || mode !== 'enforce') return [];
  const outer = layers
    .slice(0, -1)
    .filter(({ prefers, inside }) => prefers && inside === undefined)
    .flatMap(({ policy }) => standingConstraints(policy));
  const rules = [...outer, ...standingConstraints(own.policy)];
  return usedChains(own.policy).flatMap(({ chain, path, classes }): readonly Finding[] => {
    // What its own rules leave nothing of is told at those.
    if (leftOf(chain, rules.slice(outer.length), facts).length === 0) return [];
    const refusing = outer.filter((rule) => leftOf(chain, [rule], facts).length < chain.length);
    const offered = refusing.flatMap((rule) => rule.else ?? []);
    if (leftOf([...chain, ...offered], rules, facts).length > 0) return [];
    const by = refusing.map(({ id }) => id);
    return [
      { code: 'emptied-class', severity: 'warning', message: messageOf(chain, classes, by), path, witness: { by } },
    ];
  });
}

function messageOf(chain: UsedChain['chain'], classes: readonly string[], by: readonly string[]): string {
  const both = (words: readonly string[]): string => listWords(words, 4).replace(' or ', ' and ');
  const rules = `${by.length === 1 ? 'The constraint' : 'The constraints'} ${both(by)}`;
  const work = `${classes.length === 1 ? 'the class' : 'the classes'} ${both(classes)}`;
  const targets = both(chain.map(({ target }) => target));
  return `${rules} of what this policy extends ${by.length === 1 ? 'leaves' : 'leave'} ${work} without a target: ${targets} ${chain.length === 1 ? 'is' : 'are'} refused there. Name a target here that is admitted there.`;
}
