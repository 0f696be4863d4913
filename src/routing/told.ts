import type { Clause, CompiledWhen } from '../policy/compiled.ts';
import { boundedClauses, boundedPatterns } from './bounded.ts';
import type { Classification, LayerView } from './classify.ts';

/**
 * Clauses as a decision carries them: of a long one its beginning, and glob sets numbered across all layers.
 *
 * @param firstSet what the layer's own numbers are counted from
 */
export function toldClauses(clauses: readonly Clause[], firstSet: number): readonly Clause[] {
  const bounded = boundedClauses(clauses);
  return firstSet === 0 ? bounded : bounded.map((clause) => renumbered(clause, firstSet));
}

function renumbered(clause: Clause, firstSet: number): Clause {
  const inner = ({ clauses }: CompiledWhen): CompiledWhen => ({
    clauses: clauses.map((part) => renumbered(part, firstSet)),
  });
  switch (clause.key) {
    case 'files':
    case 'touches':
    case 'branch':
      return { ...clause, set: clause.set + firstSet };
    case 'not':
      return { ...clause, when: inner(clause.when) };
    case 'anyOf':
      return { ...clause, whens: clause.whens.map(inner) };
    default:
      return clause;
  }
}

/** The glob lists that a decision's clauses name, so that it can be explained without its policy. */
export function globsNamed({
  clauses: winning,
  skipped,
  views,
}: Pick<Classification, 'clauses' | 'skipped' | 'views'>): Classification['globs'] {
  const named: Record<number, readonly string[]> = {};
  const visit = (clauses: readonly Clause[]): void => {
    for (const clause of clauses) {
      if ('set' in clause) named[clause.set] = boundedPatterns(patternsOf(clause.set, views));
      else if (clause.key === 'not') visit(clause.when.clauses);
      else if (clause.key === 'anyOf') for (const when of clause.whens) visit(when.clauses);
    }
  };
  visit(winning);
  for (const { failed } of skipped) visit([failed.clause]);
  return named;
}

function patternsOf(set: number, views: readonly LayerView[]): readonly string[] {
  const view = views.findLast(({ firstSet }) => firstSet <= set);
  return view?.layer.policy.index.sets[set - view.firstSet]?.patterns ?? [];
}
