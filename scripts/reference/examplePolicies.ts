import { findModel } from '../../src/models/catalogue.ts';
import { similarModels } from '../../src/models/similarModels.ts';
import { createMemo } from '../../src/policy/analysis/memo.ts';
import { checkPolicy } from '../../src/policy/check.ts';
import { compilePolicy } from '../../src/policy/compile.ts';
import type { Diagnostic } from '../../src/policy/diagnostic.ts';
import { toDiagnostics } from '../../src/policy/finding.ts';
import { oneLayer } from '../../src/policy/layers.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { analysePolicy } from '../../src/routing/analysis/analyse.ts';
import { fixtureWorld } from '../../src/routing/analysis/testing/ground.ts';
import { type PolicyTestResult, runPolicyTests } from '../../src/routing/policyTests.ts';
import { NOON, world } from '../../src/routing/testing/world.ts';

/** Where the examples of the documentation are looked at: everything works, in a small repository, at noon. */
const { model, price, provider } = world();
const PROVIDERS = [
  'anthropic',
  'openai',
  'google',
  'codestral',
  'copilot',
  'local',
  'ollama',
  'azure-eu',
  'bedrock-eu',
];

/** A model that is in no catalogue and has no price. */
const UNHEARD_OF = 'house-blend';

/** A whole policy from an example of a few keys. */
export function wholePolicy(example: string): string {
  if (example.trimStart().startsWith('{') || example.trimStart().startsWith('//')) return example;
  const fallback = /^\s*"default"/m.test(example) ? '' : '"default": "anthropic/claude-sonnet-5-5", ';
  return `{ "version": 1, ${fallback}${example} }`;
}

/**
 * What is said of a policy by everything that looks at its text: form, names, models, reasoning.
 *
 * @param fixture what else the repository has that the example is about, by the name of the code that it shows
 */
export function findingsIn(text: string, fixture = ''): readonly Diagnostic[] {
  const { document, policy, diagnostics } = parsePolicy(text);
  if (policy === undefined) return diagnostics;
  const compiled = compilePolicy(policy, 'example');
  const named = checkPolicy(document, compiled, {
    knowsProvider: (id) => PROVIDERS.includes(id),
    knowsModel: (_provider, id) => findModel(id) !== undefined || id === UNHEARD_OF,
    retired: (_provider, id) => findModel(id)?.retired,
    priced: (by, id) => policy.prices?.[`${by}/${id}`] !== undefined || price(by, id) !== undefined,
    similarModels: (_provider, id) => similarModels(id),
    similarProviders: (id) => PROVIDERS.filter((known) => known.startsWith(id.slice(0, 2))),
  });
  const reasoned = analysePolicy(compiled, fixtureWorld(fixture, compiled), createMemo());
  return [...diagnostics, ...named, ...toDiagnostics(document, reasoned)];
}

/** The policy's own tests, run with everything reachable. */
export function testsIn(text: string): readonly PolicyTestResult[] {
  const { policy } = parsePolicy(text);
  if (policy === undefined) return [];
  return runPolicyTests(oneLayer(compilePolicy(policy, 'example')), { now: NOON, model, price, provider });
}
