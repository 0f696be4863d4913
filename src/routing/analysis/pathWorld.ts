import type { Memo } from '../../policy/analysis/memo.ts';
import { findPath, type PathSearch, type PathSet, pathSetOf } from '../../policy/analysis/pathSets.ts';
import type { RepositoryFiles } from '../../policy/analysis/repositoryFiles.ts';
import type { PathIndex } from '../../policy/compiled.ts';

/** The paths that example requests are made of. Glob lists are numbers of sets in a policy's index. */
export interface PathWorld {
  /** A path in all of these sets and in none of those. */
  find(inside: readonly number[], outside: readonly number[]): PathSearch;
  /** Further such paths beside `known`, at most so many. */
  more(
    inside: readonly number[],
    outside: readonly number[],
    known: readonly string[],
    count: number,
  ): readonly string[];
}

/** Every path that a repository could have. */
export function anyPaths(index: PathIndex, memo: Memo): PathWorld {
  const setsOf = (ids: readonly number[]): readonly PathSet[] | undefined => {
    const sets = ids.map((id) => pathSetOf(index.sets[id]?.patterns ?? [], memo));
    return sets.every((set) => set !== undefined) ? sets : undefined;
  };
  return {
    find: (inside, outside) => {
      const [wanted, unwanted] = [setsOf(inside), setsOf(outside)];
      return wanted === undefined || unwanted === undefined ? { kind: 'unknown' } : findPath(wanted, unwanted, memo);
    },
    more: (inside, outside, known, count) => {
      const found: string[] = [];
      for (let number = 2; number < 3 * count + 8 && found.length < count; number += 1) {
        const path = known
          .flatMap((seen) => variants(seen, number))
          .find((variant) => {
            if (known.includes(variant) || found.includes(variant)) return false;
            return isBetween(index, variant, inside, outside);
          });
        if (path !== undefined) found.push(path);
      }
      return found;
    },
  };
}

/** `src/a.ts` → `src/a2.ts`, `2/src/a.ts` and `src/2/a.ts`: near enough to match what the path did. */
function variants(path: string, number: number): readonly string[] {
  const slash = path.lastIndexOf('/') + 1;
  const [folder, name] = [path.slice(0, slash), path.slice(slash)];
  const dot = name.indexOf('.', 1);
  const numbered = dot === -1 ? `${name}${number}` : `${name.slice(0, dot)}${number}${name.slice(dot)}`;
  return [folder + numbered, `${folder}d${number}/${name}`, `d${number}/${path}`];
}

function isBetween(index: PathIndex, path: string, inside: readonly number[], outside: readonly number[]): boolean {
  const isIn = (id: number): boolean => index.sets[id]?.test(path) === true;
  return inside.every(isIn) && !outside.some(isIn);
}

/** The files that a repository has now. */
export function pathsOf(index: PathIndex, files: RepositoryFiles): PathWorld {
  const listsOf = (ids: readonly number[]) => ids.map((id) => index.sets[id]?.patterns ?? []);
  const select = (inside: readonly number[], outside: readonly number[]): Iterable<string> =>
    files.select(listsOf(inside), listsOf(outside));
  return {
    find: (inside, outside) => {
      if (!files.settles(listsOf([...inside, ...outside]))) return { kind: 'unknown' };
      for (const path of select(inside, outside)) return { kind: 'found', path };
      return { kind: 'none' };
    },
    more: (inside, outside, known, count) => {
      const found: string[] = [];
      for (const path of select(inside, outside)) {
        if (found.length === count) break;
        if (!known.includes(path)) found.push(path);
      }
      return found;
    },
  };
}
