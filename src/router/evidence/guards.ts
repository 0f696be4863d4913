import type { Clause, CompiledConstraint, CompiledWhen } from '../../policy/compiled.ts';
import type { PolicyLayer } from '../../policy/layers.ts';

/** Whether a path is one that some constraint keeps from somewhere. */
export type IsGuarded = (path: string) => boolean;

/** Glob sets that a condition asks for. What stands in a `not` asks for the others, and guards nothing by itself. */
function* setsIn({ clauses }: CompiledWhen): Generator<number> {
  for (const clause of clauses) yield* setsOf(clause);
}

function* setsOf(clause: Clause): Generator<number> {
  if (clause.key === 'touches' || clause.key === 'files') yield clause.set;
  else if (clause.key === 'anyOf') for (const when of clause.whens) yield* setsIn(when);
}

function restricts({ source }: CompiledConstraint): boolean {
  const { block, local, residency, hosts, allow, deny, retention } = source;
  return [block, local, residency, hosts, allow, deny, retention].some((effect) => effect !== undefined);
}

/**
 * What tells guarded files by their paths: those in the `touches` and `files` of a constraint that blocks a request or
 * narrows where it may go. Undefined where no policy has one, so that nothing need be looked at.
 */
export function guardOf(layers: readonly Pick<PolicyLayer, 'policy' | 'inside'>[]): IsGuarded | undefined {
  const guards = layers.flatMap(({ policy: { constraints, index }, inside = '' }) => {
    const sets = new Set(constraints.filter(restricts).flatMap(({ when }) => (when ? [...setsIn(when)] : [])));
    return sets.size > 0 ? [{ sets, index, inside }] : [];
  });
  if (guards.length === 0) return undefined;
  return (path) =>
    guards.some(({ sets, index, inside }) => index.match(`${inside}${path}`).some((set) => sets.has(set)));
}
