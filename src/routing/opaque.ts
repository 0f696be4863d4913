import type { Clause, CompiledWhen } from '../policy/compiled.ts';
import type { LayeredPolicy } from '../policy/layers.ts';
import type { Reason } from './decision.ts';
import { opaqueReadsWords } from './explain.ts';
import type { Facts } from './facts.ts';
import type { Limits } from './limits.ts';

function looksAtFiles({ clauses }: CompiledWhen): boolean {
  return clauses.some(clauseLooksAtFiles);
}

function clauseLooksAtFiles(clause: Clause): boolean {
  switch (clause.key) {
    case 'touches':
    case 'files':
      return true;
    case 'not':
      return looksAtFiles(clause.when);
    case 'anyOf':
      return clause.whens.some(looksAtFiles);
    default:
      return false;
  }
}

/** Says that a constraint on files could not see what commands printed, where one did not apply. */
export function opaqueReasons({ layers }: LayeredPolicy, facts: Facts, { rules, observed }: Limits): readonly Reason[] {
  if (facts.opaqueReads !== true) return [];
  const applied = new Set([...rules, ...observed].map(({ constraint }) => constraint));
  const all = layers.flatMap(({ policy }) => policy.constraints);
  const isBlind = all.some(
    (constraint) => !applied.has(constraint) && constraint.when !== undefined && looksAtFiles(constraint.when),
  );
  return isBlind ? [{ kind: 'not-enforced-here', what: opaqueReadsWords }] : [];
}
