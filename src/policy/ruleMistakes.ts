import type { TargetChain } from './compiled.ts';
import type { DocumentPath } from './document.ts';
import { type Finding, quote } from './finding.ts';
import type { Constraint, Policy, Route, Targets, When } from './schema.ts';
import { expandAliases } from './targets.ts';
import { whenPlaces } from './walk.ts';

/** Keys by which a constraint says something. `else`, `when`, `until` and `mode` only say where and for how long. */
const SAYING = [
  'allow',
  'deny',
  'hosts',
  'local',
  'block',
  'residency',
  'retention',
  'maxCostUsd',
  'review',
  'attested',
] as const satisfies readonly (keyof Constraint)[];

/** Rules that cannot do what they are there for. */
export function ruleMistakes(policy: Policy): Finding[] {
  return [
    ...emptyConstraints(policy),
    ...idleBudgets(policy),
    ...untrustworthyFacts(policy),
    ...misplacedNative(policy),
    ...emptyTests(policy),
  ];
}

function emptyConstraints(policy: Policy): Finding[] {
  return (policy.constraints ?? []).flatMap((constraint, index): Finding[] => {
    if (SAYING.some((key) => constraint[key] !== undefined)) return [];
    const message = `The constraint ${quote(constraint.id)} forbids nothing. Add one of ${SAYING.map(quote).join(', ')}.`;
    return [{ code: 'empty-constraint', severity: 'error', message, path: ['constraints', index], part: 'opening' }];
  });
}

function idleBudgets(policy: Policy): Finding[] {
  return (policy.budgets ?? []).flatMap((budget, index): Finding[] => {
    if (budget.then !== undefined || budget.steps !== undefined) return [];
    const message = `The budget ${quote(budget.id)} has no "then", so it only counts and nothing happens when it is spent. Add "then": "warn", "ask", "block" or { "downgradeTo": … }.`;
    return [{ code: 'missing-key', severity: 'warning', message, path: ['budgets', index], part: 'opening' }];
  });
}

/** Tests that pass whatever the policy does. */
function emptyTests(policy: Policy): Finding[] {
  return (policy.tests ?? []).flatMap(({ name, expect }, index): Finding[] => {
    if (Object.values(expect).some((expected) => expected !== undefined)) return [];
    const which = name === undefined ? 'This test' : `The test ${quote(name)}`;
    const message = `${which} expects nothing, so it always passes. Add "class", "model", "provider", "review", "blocked" or "by".`;
    return [{ code: 'empty-test', severity: 'warning', message, path: ['tests', index, 'expect'] }];
  });
}

/** Facts that whoever is to be held back can set: a rule that binds must not rest on them. */
function untrustworthyFacts(policy: Policy): Finding[] {
  const findings: Finding[] = [];
  for (const { value, path, owner } of whenPlaces(policy)) {
    if (owner !== 'constraint' && owner !== 'budget') continue;
    for (const key of ['intent', 'keywords'] as const) {
      if (value[key] === undefined) continue;
      const source = key === 'keywords' ? 'the words of the prompt' : 'what the client declares';
      const message = `A ${owner} cannot rest on ${quote(key)}: it comes from ${source}, so anyone can get round it. Use facts such as "touches", "diff" or "kind".`;
      findings.push({ code: 'spoofable-constraint', severity: 'error', message, path: [...path, key], part: 'key' });
    }
    if (owner === 'budget') continue;
    for (const key of ['client', 'team'] as const) {
      if (value[key] === undefined) continue;
      const message = `${quote(key)} is what the client or the machine claims, so this constraint can be got round. Leave it out where the constraint has to hold.`;
      findings.push({ code: 'claimed-constraint', severity: 'warning', message, path: [...path, key], part: 'key' });
    }
  }
  return findings;
}

/** `"native"` where requests other than completions can arrive. */
function misplacedNative(policy: Policy): Finding[] {
  const { expand } = expandAliases(policy.models);
  const findings: Finding[] = [];
  const inspect = (targets: Targets | undefined, when: When | undefined, path: DocumentPath): void => {
    if (targets === undefined || !hasNative(expand(targets))) return;
    const finding = nativeFinding(when, path);
    if (finding !== undefined) findings.push(finding);
  };
  const inspectRoute = (route: Route | undefined, when: When | undefined, path: DocumentPath): void => {
    inspect(route?.use, when, [...path, 'use']);
    inspect(route?.escalateTo, when, [...path, 'escalateTo']);
    // Only what the route takes and the trial does comes to it, so either may keep other requests away.
    const narrower = onlyCompletions(when) ? when : (route?.trial?.when ?? when);
    inspect(route?.trial?.use, narrower, [...path, 'trial', 'use']);
  };
  const { default: fallback } = policy;
  if (typeof fallback === 'object' && 'use' in fallback) inspectRoute(fallback, undefined, ['default']);
  else inspect(fallback, undefined, ['default']);
  const routes = new Map(Object.entries(policy.routes ?? {}));
  for (const [index, work] of (policy.classes ?? []).entries()) {
    inspect(work.use, work.when, ['classes', index, 'use']);
    inspectRoute(routes.get(work.id), work.when, ['routes', work.id]);
  }
  for (const [index, constraint] of (policy.constraints ?? []).entries()) {
    inspect(constraint.else, constraint.when, ['constraints', index, 'else']);
  }
  return findings;
}

function hasNative(chain: TargetChain): boolean {
  return chain.some((target) => target.kind === 'native');
}

function onlyCompletions(when: When | undefined): boolean {
  return when?.kind !== undefined && [when.kind].flat().every((kind) => kind === 'completion');
}

function nativeFinding(when: When | undefined, path: DocumentPath): Finding | undefined {
  if (onlyCompletions(when)) return undefined;
  const kinds = when?.kind === undefined ? undefined : [when.kind].flat();
  const canComplete = kinds === undefined || kinds.includes('completion');
  return {
    code: 'native-misplaced',
    severity: canComplete ? 'warning' : 'error',
    message: canComplete
      ? '"native" stands aside for the editor\'s own completions; for every other kind of request it is skipped. Give completions a class of their own: "kind": "completion".'
      : '"native" stands aside for the editor\'s own completions, and no completion comes here. Name a model.',
    path,
  };
}
