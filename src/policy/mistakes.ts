import { aliasMistakes } from './aliasMistakes.ts';
import type { Finding } from './finding.ts';
import { nameMistakes } from './nameMistakes.ts';
import { notEnforcedFindings } from './notEnforced.ts';
import type { OuterNames } from './outer.ts';
import { ruleMistakes } from './ruleMistakes.ts';
import type { Policy } from './schema.ts';
import { sizeMistakes } from './sizeMistakes.ts';
import { valueMistakes } from './valueMistakes.ts';

/** Everything that a well-formed policy shows to be wrong among its layers, with no knowledge of models or repositories. */
export function findMistakes(policy: Policy, outer: OuterNames): readonly Finding[] {
  const oversized = sizeMistakes(policy);
  // Whatever else is wrong with it, looking for that may take as long as these limits are there to prevent.
  if (oversized.length > 0) return oversized;
  return [
    ...aliasMistakes(policy, outer),
    ...nameMistakes(policy, outer),
    ...ruleMistakes(policy),
    ...valueMistakes(policy),
    ...notEnforcedFindings(policy),
  ];
}
