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
  return [
    ...globMistakes(policy),
    ...whenMistakes(policy),
    ...dateMistakes(policy),
    ...hostMistakes(policy),
    ...integrityMistakes(policy),
  ];
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

/** Hosts with more than a name: an endpoint's host has neither a scheme nor a port nor a path. */
function hostMistakes({ constraints = [] }: Policy): Finding[] {
  return constraints.flatMap(({ hosts = [] }, at) =>
    hosts.flatMap((host, index): Finding[] => {
      const name = host
        .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
        .replace(/[/?#].*$/s, '')
        .replace(/(?<!:):(?:\d+|\*)$/, '');
      if (name === host) return [];
      const message = `${quote(host)} is an address and no host, so no endpoint matches it. Write the name of the host alone${name === '' ? '' : `: ${quote(name)}`}.`;
      const fix = name === '' ? {} : replaceWith(name);
      return [{ code: 'bad-value', severity: 'warning', message, path: ['constraints', at, 'hosts', index], ...fix }];
    }),
  );
}

/** Characters of a digest in base64, with those that fill it up. */
const DIGEST_CHARACTERS: Readonly<Record<string, number>> = { sha256: 44, sha384: 64, sha512: 88 };

/** A digest of the wrong length is none of any file: the source would never be loaded. */
function integrityMistakes({ extends: sources = [] }: Policy): Finding[] {
  const isList = Array.isArray(sources);
  return [sources].flat().flatMap((source, index): Finding[] => {
    const integrity = typeof source === 'object' && 'integrity' in source ? source.integrity : undefined;
    if (integrity === undefined) return [];
    const [algorithm = '', digest = ''] = integrity.split(/-(.*)/s);
    if (digest.length === DIGEST_CHARACTERS[algorithm]) return [];
    const message = `${quote(integrity)} is no digest of any file: the base64 of a ${algorithm} has ${DIGEST_CHARACTERS[algorithm]} characters, this has ${digest.length}. Copy the whole of it.`;
    const path = isList ? ['extends', index, 'integrity'] : ['extends', 'integrity'];
    return [{ code: 'bad-value', severity: 'error', message, path }];
  });
}
