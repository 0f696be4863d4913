import type { DocumentPath } from './document.ts';
import { type Finding, quote } from './finding.ts';
import { limits, type Policy, type When } from './schema.ts';
import { globListsOf, referencesIn, targetPlaces, whenPlaces } from './walk.ts';

/** Lists of one condition that hold names or words; each is walked at every decision. */
const WORD_LISTS = ['languages', 'client', 'team', 'intent', 'keywords'] as const satisfies readonly (keyof When)[];

/**
 * Parts that are larger than any policy that people can still read. Every limit bounds the work or the size of a
 * decision, so a policy that keeps them cannot keep the router busy.
 */
export function sizeMistakes(policy: Policy): Finding[] {
  return [...partMistakes(policy), ...admissionMistakes(policy), ...wordMistakes(policy), ...longTargets(policy)];
}

function partMistakes(policy: Policy): Finding[] {
  const named = typeof policy.modules === 'object' ? policy.modules.named : undefined;
  const globs = globListsOf(policy).reduce((sum, list) => sum + list.length, 0);
  return [
    tooMany(
      policy.constraints?.length,
      limits.constraints,
      'constraints',
      ['constraints'],
      'Join those that say the same.',
    ),
    tooMany(policy.budgets?.length, limits.budgets, 'budgets', ['budgets'], 'Remove some.'),
    tooMany(sizeOf(policy.review), limits.gates, 'gates', ['review'], 'Remove some.'),
    tooMany(policy.tests?.length, limits.tests, 'tests', ['tests'], 'Remove some.'),
    tooMany(
      sizeOf(named),
      limits.namedModules,
      'named modules',
      ['modules', 'named'],
      'Use "roots", or a wider glob each.',
    ),
    tooMany(globs, limits.globs, 'globs', [], 'Use "*" and "**" in place of long lists.'),
  ].flat();
}

function admissionMistakes(policy: Policy): Finding[] {
  let items = 0;
  for (const { allow, deny, hosts, residency } of policy.constraints ?? []) {
    for (const list of [allow, deny, hosts, residency]) items += list?.length ?? 0;
  }
  const what = 'names in "allow", "deny", "hosts" and "residency"';
  return tooMany(items, limits.admissions, what, ['constraints'], 'Use "*" in place of long lists.');
}

function wordMistakes(policy: Policy): Finding[] {
  const findings: Finding[] = [];
  let keywords = 0;
  for (const { value, path } of whenPlaces(policy)) {
    for (const key of WORD_LISTS) {
      const count = value[key]?.length ?? 0;
      if (count <= limits.conditionItems) continue;
      const what = `items in ${quote(key)}`;
      findings.push(...tooMany(count, limits.conditionItems, what, [...path, key], 'Remove some.'));
    }
    keywords += value.keywords?.length ?? 0;
    for (const [index, keyword] of (value.keywords ?? []).entries()) {
      if (keyword.length <= limits.keywordCharacters) continue;
      const message = `A keyword has at most ${limits.keywordCharacters} characters; this one has ${keyword.length}. Name the words that matter.`;
      findings.push({ code: 'too-large', severity: 'error', message, path: [...path, 'keywords', index] });
    }
  }
  const inAll = 'keywords in all conditions together';
  return [...findings, ...tooMany(keywords, limits.keywords, inAll, ['classes'], 'Remove some.')];
}

function longTargets(policy: Policy): Finding[] {
  return [...targetPlaces(policy)]
    .flatMap((place) => [...referencesIn(place)])
    .filter(({ value }) => value.length > limits.targetCharacters)
    .map(({ value, path }) => ({
      code: 'too-large',
      severity: 'error',
      message: `A target has at most ${limits.targetCharacters} characters; this one has ${value.length}. Write "provider/model".`,
      path,
    }));
}

function tooMany(count: number | undefined, most: number, what: string, path: DocumentPath, advice: string): Finding[] {
  if (count === undefined || count <= most) return [];
  const message = `A policy has at most ${words(most)} ${what}; this one has ${words(count)}. ${advice}`;
  return [{ code: 'too-large', severity: 'error', message, path, part: 'opening' }];
}

function words(count: number): string {
  return count.toLocaleString('en-US');
}

function sizeOf(record: Readonly<Record<string, unknown>> | undefined): number {
  return Object.keys(record ?? {}).length;
}
