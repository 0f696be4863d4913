import type { DocumentPath } from '../document.ts';
import { type Finding, quote } from '../finding.ts';
import { readSign } from '../glob.ts';
import type { Policy } from '../schema.ts';
import { whenPlaces } from '../walk.ts';
import type { Memo } from './memo.ts';
import { findPath, pathSetOf } from './pathSets.ts';

/** A list of globs, and what it is for. */
export interface GlobList {
  readonly globs: readonly string[];
  readonly path: DocumentPath;
  readonly use: 'class' | 'guard' | 'setting' | 'branch';
}

/** Every list of globs of a policy. */
export function* globLists(policy: Policy): Generator<GlobList> {
  for (const { value, path, owner } of whenPlaces(policy)) {
    const use = owner === 'class' || owner === 'trial' ? 'class' : 'guard';
    if (value.files !== undefined) yield { globs: value.files, path: [...path, 'files'], use };
    if (value.touches !== undefined) yield { globs: value.touches, path: [...path, 'touches'], use };
    if (value.branch !== undefined) yield { globs: value.branch, path: [...path, 'branch'], use: 'branch' };
  }
  if (policy.diff?.ignore !== undefined) yield { globs: policy.diff.ignore, path: ['diff', 'ignore'], use: 'setting' };
  if (typeof policy.modules !== 'object') return;
  const { support, named = {} } = policy.modules;
  if (support !== undefined) yield { globs: support, path: ['modules', 'support'], use: 'setting' };
  for (const [name, globs] of Object.entries(named)) {
    yield { globs, path: ['modules', 'named', name], use: 'setting' };
  }
}

/** Globs that do nothing in their own list: all that one matches is taken away again, or a `!` takes nothing away. */
export function idleGlobs(policy: Policy, memo: Memo): readonly Finding[] {
  return [...globLists(policy)].flatMap(({ globs, path }) => {
    if (!globs.some((glob) => readSign(glob).takesAway)) return [];
    const found = memo.get('idle-globs', JSON.stringify(globs), () => idleGlobsIn(globs, memo));
    return found.map(({ index, ...finding }): Finding => ({ ...finding, path: [...path, index] }));
  });
}

type IdleGlob = Omit<Finding, 'path'> & { readonly index: number };

function idleGlobsIn(globs: readonly string[], memo: Memo): readonly IdleGlob[] {
  const signed = globs.map(readSign);
  const added = signed.filter(({ takesAway }) => !takesAway).map(({ pattern }) => pattern);
  const taken = signed.filter(({ takesAway }) => takesAway).map(({ pattern }) => pattern);
  const [allAdded, allTaken] = [pathSetOf(added, memo), pathSetOf(taken, memo)];
  if (added.length === 0 || allAdded === undefined || allTaken === undefined) return [];
  return signed.flatMap(({ takesAway, pattern }, index): IdleGlob[] => {
    const own = pathSetOf([pattern], memo);
    if (own === undefined) return [];
    const example = findPath([own], [], memo);
    if (example.kind !== 'found') return [];
    const search = takesAway ? findPath([own, allAdded], [], memo) : findPath([own], [allTaken], memo);
    if (search.kind !== 'none') return [];
    const message = takesAway
      ? `This takes nothing away: no glob of this list matches what ${quote(pattern)} names, ${quote(example.path)} for one. Remove it, or add what it is an exception to.`
      : `Everything that ${quote(pattern)} matches, such as ${quote(example.path)}, is taken away again by "!" in the same list. Remove the one or the other.`;
    const severity = takesAway ? 'information' : 'warning';
    return [{ code: 'matches-nothing', severity, message, index, witness: { paths: [example.path] } }];
  });
}
