import { findModel } from '../models/catalogue.ts';
import { similarModels } from '../models/similarModels.ts';
import { createMemo } from '../policy/analysis/memo.ts';
import { checkPolicy } from '../policy/check.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import { rangeInDocument } from '../policy/document.ts';
import { toDiagnostics } from '../policy/finding.ts';
import { innermost, type LayeredPolicy } from '../policy/layers.ts';
import { type ParsedPolicy, parsePolicy } from '../policy/parse.ts';
import { analysePolicy } from '../routing/analysis/analyse.ts';
import { onOneLine } from '../routing/labels.ts';
import { runPolicyTests } from '../routing/policyTests.ts';
import type { Call } from './command.ts';
import { type ExtendsIssue, type PolicyText, readFirst, readLayers } from './inForce.ts';
import { composeMachine, type Machine } from './machine.ts';
import { testGround } from './testGround.ts';

/**
 * Everything that can be said of a policy's text, in the order of the file: its form; where that is sound, what it
 * extends, what reasoning shows, the models and providers that it names, and its own tests.
 */
export async function diagnose(policy: PolicyText, call: Call): Promise<readonly Diagnostic[]> {
  const first = readFirst(policy.text);
  if (first.policy === undefined) return first.diagnostics;
  const { layered, issues } = await readLayers(policy, first.policy, call);
  // Of what it extends, the names are known only now.
  const outer = layered?.layers.slice(0, -1) ?? [];
  const parsed = outer.length === 0 ? first : parsePolicy(policy.text, { outer });
  const extended = issues.map((issue) => extendsDiagnostic(parsed, issue));
  const found = layered === undefined ? [] : await inForceDiagnostics(parsed, layered, call);
  return [...parsed.diagnostics, ...extended, ...found].sort((a, b) => a.range.start - b.range.start);
}

async function inForceDiagnostics(
  { document }: ParsedPolicy,
  layered: LayeredPolicy,
  call: Call,
): Promise<readonly Diagnostic[]> {
  const own = innermost(layered)?.policy;
  if (own === undefined) return [];
  const machine = await composeMachine(call, [layered]);
  const named = checkPolicy(document, own, {
    knowsProvider: (id) => machine.knowsProvider(id),
    knowsModel: (_provider, model) => findModel(model) !== undefined || undefined,
    retired: (_provider, model) => findModel(model)?.retired,
    priced: (provider, model) => machine.price(layered, provider, model) !== undefined,
    similarModels: (_provider, model) => similarModels(model),
  });
  const reasoned = toDiagnostics(document, analysePolicy(own, { layers: layered }, createMemo()));
  return [...named, ...reasoned, ...testDiagnostics(document, layered, machine)];
}

function testDiagnostics(
  document: ParsedPolicy['document'],
  layered: LayeredPolicy,
  machine: Machine,
): readonly Diagnostic[] {
  return runPolicyTests(layered, testGround(machine, layered)).flatMap(({ name, failures }) =>
    failures.map(({ path, expected, got }): Diagnostic => {
      const message = `The policy's own test "${onOneLine(name)}" fails: expected ${onOneLine(expected)}, got ${onOneLine(got)}. Mend the rule, or the test.`;
      return { code: 'failing-test', severity: 'error', message, path, range: rangeInDocument(document, path) };
    }),
  );
}

/** A source that is not there now is a warning: an earlier copy may be in force. */
function extendsDiagnostic({ document, policy }: ParsedPolicy, { entry, kind, message }: ExtendsIssue): Diagnostic {
  const path = entry === undefined || !Array.isArray(policy?.extends) ? ['extends'] : ['extends', entry];
  const severity = kind === 'mistake' ? 'error' : 'warning';
  return { code: 'bad-value', severity, message, path, range: rangeInDocument(document, path) };
}
