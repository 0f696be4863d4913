import { looserThanBaseline } from '../../policy/analysis/baseline.ts';
import { idleGlobs } from '../../policy/analysis/globFindings.ts';
import { globsWithoutFiles } from '../../policy/analysis/globsHere.ts';
import type { Memo } from '../../policy/analysis/memo.ts';
import { mixedUpFiles } from '../../policy/analysis/mixUps.ts';
import { unownedPolicy } from '../../policy/analysis/ownership.ts';
import type { RepositoryFiles } from '../../policy/analysis/repositoryFiles.ts';
import { silentBaselines } from '../../policy/analysis/silentBaselines.ts';
import type { CompiledPolicy } from '../../policy/compiled.ts';
import type { Finding } from '../../policy/finding.ts';
import type { LayeredPolicy } from '../../policy/layers.ts';
import { cheaperEscalations } from './cheaperEscalations.ts';
import { dependentClasses } from './diversity.ts';
import { emptiedClasses } from './emptied.ts';
import { expiredRules } from './expired.ts';
import { contradictions, groundOf, unreachableClasses } from './reachability.ts';
import { refusedByOuter } from './refusedByOuter.ts';
import { type CostFacts, smallBudgets } from './smallBudgets.ts';
import type { TargetFacts } from './targetsLeft.ts';
import { type AttestationFacts, unattestedDefaults } from './unattested.ts';
import { unknownLanguages } from './unknownLanguages.ts';
import { type NameFacts, unknownTargets } from './unknownTargets.ts';

/** What an analysis is given of the world; what is left out is not asked about. */
export interface AnalysisWorld {
  readonly targets?: TargetFacts;
  readonly costs?: CostFacts;
  readonly attested?: AttestationFacts;
  readonly names?: NameFacts;
  /** Milliseconds since the epoch. */
  readonly now?: number;
  /** The files that the repository has now. */
  readonly files?: RepositoryFiles;
  /** Everything in force, with this policy as its innermost layer. */
  readonly layers?: LayeredPolicy;
  /** Who owns a path by CODEOWNERS; left out where there is no such file. */
  ownersOf?(path: string): string | undefined;
  /** Of the policy file, in the repository. */
  readonly policyPath?: string;
}

/**
 * What reasoning shows to be wrong in a sound policy. Every finding names its place in the document; those that speak of a
 * request have tried it on the real rules. Bounded by counting, so it ends soon on any policy: what could not be settled
 * in time is not reported.
 *
 * @param memo kept by the caller between calls, so that a keystroke costs only the rules that it changed
 */
export function analysePolicy(policy: CompiledPolicy, world: AnalysisWorld, memo: Memo): readonly Finding[] {
  const ground = groundOf(policy, memo);
  const { targets, costs, attested, names, now, files, layers, ownersOf, policyPath = '.routing-policy.json' } = world;
  const globs = idleGlobs(policy.source, memo);
  return [
    ...globs,
    ...[...unreachableClasses(ground, files), ...contradictions(ground)].filter((found) => !isExplained(found, globs)),
    ...mixedUpFiles(policy.source, memo),
    ...unknownLanguages(policy.source),
    ...(names === undefined ? [] : unknownTargets(policy, layers, names)),
    ...(now === undefined ? [] : expiredRules(policy, now)),
    ...(files === undefined ? [] : globsWithoutFiles(policy.source, files)),
    ...(targets === undefined ? [] : [...emptiedClasses(ground, targets), ...dependentClasses(policy, targets)]),
    ...(costs === undefined ? [] : [...cheaperEscalations(policy, costs), ...smallBudgets(policy, costs)]),
    ...(attested === undefined ? [] : unattestedDefaults(policy, attested)),
    ...(layers === undefined || targets === undefined ? [] : refusedByOuter(layers, targets)),
    ...(layers === undefined ? [] : [...looserThanBaseline(layers), ...silentBaselines(layers)]),
    ...unownedPolicy(policyPath, ownersOf),
  ];
}

/** A condition that nothing meets because of a glob in it that matches nothing is one mistake, told once. */
function isExplained({ code, path }: Finding, globs: readonly Finding[]): boolean {
  if (code !== 'matches-nothing') return false;
  return globs.some((found) => found.severity === 'warning' && path.every((step, index) => found.path[index] === step));
}
