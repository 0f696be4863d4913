import { countBraceExpansions } from './braces.ts';
import { type Finding, quote, replaceWith } from './finding.ts';
import { findGlobProblem } from './glob.ts';
import { parseInstant } from './instants.ts';
import { countCrowded } from './pathIndex.ts';
import { filedGlobs } from './policyGlobs.ts';
import { isEmptyRange, parseRange } from './ranges.ts';
import { limits, type Policy } from './schema.ts';
import { datePlaces, globPlaces, type PlacedWhen, whenPlaces } from './walk.ts';

/** Globs, ranges and dates that are well formed as text and still cannot mean anything. */
export function valueMistakes(policy: Policy): Finding[] {
  return [...globMistakes(policy), ...whenMistakes(policy), ...dateMistakes(policy)];
}

function globMistakes(policy: Policy): Finding[] {
  const findings: Finding[] = [];
  let expansions = 0;
  for (const { value, path } of globPlaces(policy)) {
    expansions += Math.min(countBraceExpansions(value), limits.braceExpansions);
    if (expansions > limits.totalBraceExpansions) {
      const most = limits.totalBraceExpansions.toLocaleString('en-US');
      const message = `The braces of all globs up to here expand to more than ${most} patterns, and the rest was not looked at. Use "*" instead of long lists.`;
      return [...findings, { code: 'bad-glob', severity: 'error', message, path }];
    }
    const problem = findGlobProblem(value);
    if (problem === undefined) continue;
    const { deadly, message, mended } = problem;
    const fix = mended === undefined ? {} : replaceWith(mended);
    findings.push({ code: 'bad-glob', severity: deadly ? 'error' : 'warning', message, path, ...fix });
  }
  return findings.some(({ severity }) => severity === 'error') ? findings : [...findings, ...crowdedGlobs(policy)];
}

/** Asked last: only globs that are sound by themselves can be expanded safely. */
function crowdedGlobs(policy: Policy): Finding[] {
  const most = limits.crowdedGlobs;
  const filed = filedGlobs(policy);
  // Most policies have not even that many.
  const crowded = filed.byText.size <= most ? 0 : countCrowded(filed);
  if (crowded <= most) return [];
  const message = `${crowded.toLocaleString('en-US')} globs of this policy have to be tried for almost any path, as "**/*x*" has; the most are ${most.toLocaleString('en-US')}. Begin each with its own folder, or name a whole folder or file in it.`;
  return [{ code: 'too-large', severity: 'error', message, path: [], part: 'opening' }];
}

function whenMistakes(policy: Policy): Finding[] {
  const findings: Finding[] = [];
  for (const placed of whenPlaces(policy)) {
    if (placed.depth === limits.whenNesting + 1) {
      const message = `Conditions are nested deeper than ${limits.whenNesting} levels here. Say it more simply.`;
      findings.push({ code: 'too-deep', severity: 'error', message, path: placed.path, part: 'opening' });
    }
    findings.push(...emptyRanges(placed));
  }
  return findings;
}

function emptyRanges({ value: { diff, context }, path }: PlacedWhen): Finding[] {
  const findings: Finding[] = [];
  const judge = (range: string | number | undefined, ...place: readonly string[]): void => {
    const parsed = range === undefined ? undefined : parseRange(range);
    if (parsed === undefined || !isEmptyRange(parsed)) return;
    const message = `No number lies in ${quote(parsed.text)}. Put the smaller number first, or use "<=", ">=".`;
    findings.push({ code: 'bad-range', severity: 'error', message, path: [...path, ...place] });
  };
  for (const [key, range] of Object.entries(diff ?? {})) judge(range, 'diff', key);
  judge(context?.tokens, 'context', 'tokens');
  return findings;
}

function dateMistakes(policy: Policy): Finding[] {
  return [...datePlaces(policy)]
    .filter(({ value }) => parseInstant(value) === undefined)
    .map(({ value, path }) => ({
      code: 'bad-value',
      severity: 'error',
      message: `No calendar has ${quote(value)}. Write a day that exists, as "2026-12-31".`,
      path,
    }));
}
