import { findModel } from '../models/catalogue.ts';
import { similarModels } from '../models/similarModels.ts';
import { checkPolicy } from '../policy/check.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import { rangeInDocument } from '../policy/document.ts';
import { innermost } from '../policy/layers.ts';
import { parsePolicy } from '../policy/parse.ts';
import { onOneLine } from '../routing/labels.ts';
import { runPolicyTests } from '../routing/policyTests.ts';
import { inForce, type PolicyText } from './inForce.ts';
import type { Machine } from './machine.ts';
import { testGround } from './testGround.ts';

/**
 * Everything that can be said of a policy's text, in the order of the file: its form; where that is sound, the models
 * and providers that it names, and its own tests. Whatever else is found out about policies is added here.
 *
 * @param machineFor asked for only where the policy could be read
 */
export async function diagnose(
  policy: PolicyText,
  machineFor: (sound: ReturnType<typeof inForce>) => Promise<Machine>,
): Promise<readonly Diagnostic[]> {
  const parsed = parsePolicy(policy.text);
  if (parsed.policy === undefined) return parsed.diagnostics;
  const sound = inForce(policy);
  const compiled = innermost(sound.layered)?.policy;
  if (compiled === undefined) return parsed.diagnostics;
  const machine = await machineFor(sound);
  const named = checkPolicy(parsed.document, compiled, {
    knowsProvider: (id) => machine.knowsProvider(id),
    knowsModel: (_provider, model) => findModel(model) !== undefined || undefined,
    retired: (_provider, model) => findModel(model)?.retired,
    priced: (provider, model) => machine.price(sound.layered, provider, model) !== undefined,
    similarModels: (_provider, model) => similarModels(model),
  });
  const failing = runPolicyTests(sound.layered, testGround(machine, sound.layered)).flatMap(({ name, failures }) =>
    failures.map(({ path, expected, got }): Diagnostic => {
      const message = `The policy's own test "${onOneLine(name)}" fails: expected ${onOneLine(expected)}, got ${onOneLine(got)}. Mend the rule, or the test.`;
      return { code: 'failing-test', severity: 'error', message, path, range: rangeInDocument(parsed.document, path) };
    }),
  );
  return [...parsed.diagnostics, ...named, ...failing].sort((a, b) => a.range.start - b.range.start);
}
