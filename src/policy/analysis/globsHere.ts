import { type Finding, quote, replaceWith } from '../finding.ts';
import { findGlobProblem, readSign } from '../glob.ts';
import type { Policy } from '../schema.ts';
import { globLists } from './globFindings.ts';
import { meantGlob } from './meantGlob.ts';
import type { RepositoryFiles } from './repositoryFiles.ts';

const MAGIC = /[*?[\](){}\\!+@|]/;

/**
 * Globs that match no file which the repository has now. One that most likely means another is a warning; one for a
 * folder that is not there, a class's list of which nothing matches, or the only glob of a class's list that does not, is
 * worth knowing. A guard such as "all .pem files" that matches nothing is as it should be, and of a list for many kinds of
 * repositories several globs match nothing in each.
 */
export function globsWithoutFiles(policy: Policy, files: RepositoryFiles): readonly Finding[] {
  if (files.paths.length === 0) return [];
  return [...globLists(policy)].flatMap(({ globs, path, use }): readonly Finding[] => {
    if (use === 'branch') return [];
    const idle = globs.flatMap((glob, index) => {
      const { takesAway, pattern } = readSign(glob);
      const isOdd = findGlobProblem(glob)?.mended !== undefined;
      return isOdd || files.has(pattern) ? [] : [{ takesAway, pattern, index }];
    });
    const adding = globs.filter((glob) => !readSign(glob).takesAway).length;
    const idleAdding = idle.filter(({ takesAway }) => !takesAway).length;
    const isTold = use === 'class' && (idle.length === globs.length || (idleAdding === 1 && adding > 1));
    return idle.flatMap(({ takesAway, pattern, index }): readonly Finding[] => {
      const meant = meantGlob(pattern, files);
      const about = { code: 'matches-nothing-here', path: [...path, index] } as const;
      if (meant !== undefined) {
        const message = `No file of this repository matches ${quote(pattern)}. ${meant.because} Did you mean ${quote(meant.pattern)}, which matches ${quote(meant.example)}?`;
        const fix = replaceWith(takesAway ? `!${meant.pattern}` : meant.pattern);
        return [{ ...about, severity: 'warning', message, ...fix, witness: { paths: [meant.example] } }];
      }
      const folder = use === 'guard' ? undefined : missingFolder(pattern, files);
      if (takesAway || (!isTold && folder === undefined)) return [];
      const advice = adviceFor(folder, idleAdding < adding);
      const message = `No file of this repository matches ${quote(pattern)}. ${advice}`;
      return [{ ...about, severity: 'information', message }];
    });
  });
}

function adviceFor(folder: string | undefined, hasLiveOnes: boolean): string {
  if (folder !== undefined) return `Check the name of the folder ${quote(folder)}, unless it is still to come.`;
  if (hasLiveOnes) return 'The rest of the list matches some: check this one, unless such files are still to come.';
  return 'Check it, unless such files are still to come.';
}

/** The first folder that a pattern spells out and that the repository does not have. */
function missingFolder(pattern: string, files: RepositoryFiles): string | undefined {
  const segments = pattern.split('/').slice(0, -1);
  const magic = segments.findIndex((segment) => MAGIC.test(segment));
  const spelledOut = magic === -1 ? segments : segments.slice(0, magic);
  for (let depth = 1; depth <= spelledOut.length; depth += 1) {
    const folder = spelledOut.slice(0, depth).join('/');
    const [first] = files.within(folder);
    if (first === undefined) return folder;
  }
  return undefined;
}
