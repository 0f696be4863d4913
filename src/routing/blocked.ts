import type { CompiledPolicy, CompiledWhen } from '../policy/compiled.ts';
import { holds } from './conditions.ts';
import { sightOfWork } from './sight.ts';

/**
 * Which files a policy keeps from completions: those for which a constraint that blocks speaks of paths and is not certain
 * to leave them alone. Constraints that name no paths say nothing about one file rather than another. The policy's mode
 * makes no difference: to keep a text back refuses nobody a request. Asked for thousands of files.
 *
 * @param now milliseconds since the epoch
 */
export function blockedPaths(policy: CompiledPolicy, now: number): (path: string) => boolean {
  const whens = policy.constraints.flatMap(({ source, until, when }) => {
    const isOver = until !== undefined && now >= until;
    return source.block === true && !isOver && when !== undefined && namesPaths(when) ? [when] : [];
  });
  if (whens.length === 0) return () => false;
  return (path) => {
    const sight = sightOfWork(policy, { kind: 'completion', files: [{ path }], reads: [] });
    return whens.some((when) => holds(when, sight) !== false);
  };
}

function namesPaths(when: CompiledWhen): boolean {
  return when.clauses.some((clause) => {
    switch (clause.key) {
      case 'files':
      case 'touches':
        return true;
      case 'not':
        return namesPaths(clause.when);
      case 'anyOf':
        return clause.whens.some(namesPaths);
      default:
        return false;
    }
  });
}
