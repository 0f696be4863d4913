import { type Finding, quote, replaceWith } from '../finding.ts';
import { findGlobProblem, readSign } from '../glob.ts';
import type { Policy } from '../schema.ts';
import { globLists } from './globFindings.ts';
import { meantGlob } from './meantGlob.ts';
import type { RepositoryFiles } from './repositoryFiles.ts';

const MAGIC = /[*?[\](){}\\!+@|]/;

/**
 * Globs that match no file which the repository has now. One that most likely means another is a warning; one for a
 * folder that is not there, or a class's list of which nothing matches, is worth knowing. A guard such as "all .pem files" that
 * matches nothing is as it should be.
 */
export function globsWithoutFiles(policy: Policy, files: RepositoryFiles): readonly Finding[] {
  if (files.paths.length === 0) return [];
  return [...globLists(policy)].flatMap(({ globs, path, use }): readonly Finding[] => {
    if (use === 'branch') return [];
    const idle = globs.flatMap((glob, index) => {
      const { takesAway, pattern } = readSign(glob);
      const isOdd = findGlobProblem(glob)?.mended !== undefined;
      return isOdd || files.has(pattern) ? [] : [{ glob, takesAway, pattern, index }];
    });
    const isAll = use === 'class' && idle.length === globs.length;
    return idle.flatMap(({ takesAway, pattern, index }): readonly Finding[] => {
      const meant = meantGlob(pattern, files);
      const about = { code: 'matches-nothing-here', path: [...path, index] } as const;
      if (meant !== undefined) {
        const message = `No file of this repository matches ${quote(pattern)}. ${meant.because} Did you mean ${quote(meant.pattern)}, which matches ${quote(meant.example)}?`;
        const fix = replaceWith(takesAway ? `!${meant.pattern}` : meant.pattern);
        return [{ ...about, severity: 'warning', message, ...fix, witness: { paths: [meant.example] } }];
      }
      const [folder = ''] = pattern.split('/');
      const isFolderGone = use !== 'guard' && pattern.includes('/') && !MAGIC.test(folder);
      if (takesAway || (!isAll && !isFolderGone)) return [];
      const advice = isFolderGone
        ? `Check the name of the folder ${quote(folder)}, unless it is still to come.`
        : 'Check it, unless such files are still to come.';
      return [
        {
          ...about,
          severity: 'information',
          message: `No file of this repository matches ${quote(pattern)}. ${advice}`,
        },
      ];
    });
  });
}
