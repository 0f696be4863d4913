import { createMemo } from '../../policy/analysis/memo.ts';
import { findPath, type PathSearch, pathSetOf } from '../../policy/analysis/pathSets.ts';
import type { Clause, CompiledConstraint, CompiledWhen } from '../../policy/compiled.ts';
import { findGlobProblem } from '../../policy/glob.ts';
import type { PolicyLayer } from '../../policy/layers.ts';
import type { When } from '../../policy/schema.ts';

/** What patterns of one request may cost, in steps of an analysis; of those beyond it, nothing can be told. */
const workForOneRequest = 1_000_000;

/** Tells what some constraint keeps from somewhere. */
export interface Guard {
  isGuarded(path: string): boolean;
  /** A guarded path that a pattern names, if there can be one. */
  namedBy(pattern: string): PathSearch;
}

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

/** The same lists as they are written. */
function* globsIn({ touches, files, anyOf = [] }: When): Generator<readonly string[]> {
  if (touches) yield touches;
  if (files) yield files;
  for (const when of anyOf) yield* globsIn(when);
}

/**
 * What tells guarded files by their paths: those in the `touches` and `files` of a constraint that blocks a request or
 * narrows where it may go. Undefined where no policy has one, so that nothing need be looked at.
 */
export function guardOf(layers: readonly Pick<PolicyLayer, 'policy' | 'inside'>[]): Guard | undefined {
  const guards = layers.flatMap(({ policy: { constraints, index }, inside = '' }) => {
    const rules = constraints.filter(restricts);
    const sets = new Set(rules.flatMap(({ when }) => (when ? [...setsIn(when)] : [])));
    const globs = rules.flatMap(({ source: { when } }) => (when ? [...globsIn(when)] : []));
    return sets.size > 0 ? [{ sets, index, inside, globs }] : [];
  });
  if (guards.length === 0) return undefined;
  const memo = createMemo();
  memo.work.left = workForOneRequest;
  const search = (pattern: string, globs: readonly string[]): PathSearch => {
    const [named, guarded] = [pathSetOf([pattern], memo), pathSetOf(globs, memo)];
    return named && guarded ? findPath([named, guarded], [], memo) : { kind: 'unknown' };
  };
  return {
    isGuarded: (path) =>
      guards.some(({ sets, index, inside }) => index.match(`${inside}${path}`).some((set) => sets.has(set))),
    namedBy: (pattern) => {
      if (findGlobProblem(pattern)?.deadly === true) return { kind: 'unknown' };
      const found = guards.flatMap(({ inside, globs }) =>
        globs.map((list) => withoutFolder(search(`${escapedGlob(inside)}${pattern}`, list), inside)),
      );
      return (
        found.find(({ kind }) => kind === 'found') ?? found.find(({ kind }) => kind === 'unknown') ?? { kind: 'none' }
      );
    },
  };
}

/** A folder as a glob that means it and nothing else. */
function escapedGlob(folder: string): string {
  return folder.replace(/[*?[{(!]/g, '[$&]');
}

function withoutFolder(search: PathSearch, folder: string): PathSearch {
  return search.kind === 'found' ? { kind: 'found', path: search.path.slice(folder.length) } : search;
}
