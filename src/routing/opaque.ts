import type { Clause, CompiledWhen } from '../policy/compiled.ts';
import type { LayeredPolicy } from '../policy/layers.ts';
import type { Reason } from './decision.ts';
import type { Facts } from './facts.ts';
import type { Limits } from './limits.ts';

/** A limit that is said wherever it may matter: no text tells which file a command took it from. */
const opaqueReadsWords =
  'what commands print is held against "touches" and "files" only where it repeats lines of a file that they guard';
/** The same, where there is too much to compare with. */
const uncomparedReadsWords =
  'what goes out was compared with the first 2,000 files, 2 MB in all, that "touches" and "files" guard; there are more';

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

/**
 * Says what constraints on files could not see, where one did not apply: what commands printed, which only its lines tell,
 * and files that were too many to compare.
 */
export function opaqueReasons({ layers }: LayeredPolicy, facts: Facts, { rules, observed }: Limits): readonly Reason[] {
  if (facts.opaqueReads !== true && facts.readsUncompared !== true) return [];
  const applied = new Set([...rules, ...observed].map(({ constraint }) => constraint));
  const all = layers.flatMap(({ policy }) => policy.constraints);
  const isBlind = all.some(
    (constraint) => !applied.has(constraint) && constraint.when !== undefined && looksAtFiles(constraint.when),
  );
  if (!isBlind) return [];
  return [
    ...(facts.opaqueReads === true ? [opaqueReadsWords] : []),
    ...(facts.readsUncompared === true ? [uncomparedReadsWords] : []),
  ].map((what) => ({ kind: 'not-enforced-here', what }));
}
