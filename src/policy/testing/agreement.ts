import fc from 'fast-check';
import { indexPaths, matchNaively } from '../pathIndex.ts';
import { anyGlobList, anyPath } from './globs.ts';

/** How many paths each policy is asked about: making a policy ready takes far longer than asking. */
export const PATHS_OF_A_POLICY = 40;

/**
 * The property that an index answers as the naive loop does, for any glob lists and any paths.
 *
 * @param count is told how many paths were compared
 */
export function indexAgrees(count: (pairs: number) => void = () => undefined): fc.IProperty<unknown> {
  return fc.property(
    fc.array(anyGlobList, { minLength: 1, maxLength: 12 }),
    fc.array(anyPath, { minLength: PATHS_OF_A_POLICY, maxLength: PATHS_OF_A_POLICY }),
    (lists, paths) => {
      const index = indexPaths(lists);
      for (const path of paths) {
        const found = index.match(path).join();
        const naive = matchNaively(index.sets, path).join();
        if (found !== naive)
          throw new Error(`${JSON.stringify(path)}: the index finds [${found}], the loop [${naive}]`);
      }
      count(paths.length);
    },
  );
}
