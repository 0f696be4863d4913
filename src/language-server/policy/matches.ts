import type { RepositoryFiles } from '../../policy/analysis/repositoryFiles.ts';
import type { When } from '../../policy/schema.ts';
import { languageOf } from '../../routing/languages.ts';

/** Which files a condition lets through: those of a list, or any, where it asks nothing of files. */
export type Matches =
  | { readonly kind: 'any' }
  | { readonly kind: 'some'; readonly paths: ReadonlySet<string>; readonly isExact: boolean };

const any: Matches = { kind: 'any' };

/**
 * The files of a repository that work of this class can be about, one at a time: what a condition asks beside its files
 * (the kind, the size, …) is taken to hold. `isExact` where it asks nothing else.
 */
export function matchesOf(when: When, files: RepositoryFiles): Matches {
  const { files: every, touches: some, languages, not, anyOf, ...others } = when;
  let found: Matches = any;
  for (const globs of [every, some]) {
    if (globs === undefined) continue;
    // What takes too long to find out is not held against anything.
    if (!files.settles([globs])) return any;
    found = both(found, exactly(new Set(files.matching(globs))));
  }
  if (languages !== undefined) {
    const paths = found.kind === 'some' ? [...found.paths] : files.paths;
    const spoken = paths.filter((path) => languages.includes(languageOf(path) ?? ''));
    found = both(found, exactly(new Set(spoken)));
  }
  if (not !== undefined) found = both(found, complementOf(matchesOf(not, files), files));
  if (anyOf !== undefined) found = both(found, united(anyOf.map((branch) => matchesOf(branch, files))));
  const asksMore = Object.values(others).some((value) => value !== undefined);
  return asksMore && found.kind === 'some' ? { ...found, isExact: false } : found;
}

function exactly(paths: ReadonlySet<string>): Matches {
  return { kind: 'some', paths, isExact: true };
}

function both(one: Matches, other: Matches): Matches {
  if (one.kind === 'any') return other.kind === 'any' ? any : { ...other };
  if (other.kind === 'any') return { ...one };
  return {
    kind: 'some',
    paths: new Set([...one.paths].filter((path) => other.paths.has(path))),
    isExact: one.isExact && other.isExact,
  };
}

function united(branches: readonly Matches[]): Matches {
  const paths = new Set<string>();
  let isExact = true;
  for (const branch of branches) {
    if (branch.kind === 'any') return any;
    for (const path of branch.paths) paths.add(path);
    isExact &&= branch.isExact;
  }
  return { kind: 'some', paths, isExact };
}

/** What may still be where this does not hold: where it asks more than files, that more may be what does not hold. */
function complementOf(inner: Matches, files: RepositoryFiles): Matches {
  if (inner.kind === 'any' || !inner.isExact) return any;
  return exactly(new Set(files.paths.filter((path) => !inner.paths.has(path))));
}
