import { findModel } from '../models/catalogue.ts';
import { similarModels } from '../models/similarModels.ts';
import { createMemo } from '../policy/analysis/memo.ts';
import { checkPolicy } from '../policy/check.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import { rangeInDocument } from '../policy/document.ts';
import { toDiagnostics } from '../policy/finding.ts';
import { innermost, type LayeredPolicy } from '../policy/layers.ts';
import { type ParsedPolicy, parsePolicy } from '../policy/parse.ts';
import { type ReasoningGround, reasonAbout } from '../router/policyReasoning.ts';
import { listRepository, type RepositoryListing } from '../router/repositoryListing.ts';
import { onOneLine } from '../routing/labels.ts';
import { runPolicyTests } from '../routing/policyTests.ts';
import { GitError } from '../workspace/gitError.ts';
import { POLICY_FILE } from '../workspace/policyFile.ts';
import { openWorkspace } from '../workspace/workspace.ts';
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
  const found =
    layered === undefined ? [] : await inForceDiagnostics(parsed, layered, await aroundIn(policy, call), call);
  return [...parsed.diagnostics, ...extended, ...found].sort((a, b) => a.range.start - b.range.start);
}

/** The repository around its own policy. */
interface Around {
  readonly listing: RepositoryListing;
  /** Of the policy file, in it. */
  readonly path: string;
}

/** Undefined for a policy that was written for elsewhere, such as a baseline, and where git cannot list the files. */
async function aroundIn({ ground, path }: PolicyText, call: Call): Promise<Around | undefined> {
  if (path !== POLICY_FILE) return undefined;
  const workspace = await openWorkspace(ground.root, undefined, call.signal);
  if (workspace.place.kind === 'folder' || workspace.root !== ground.root) return undefined;
  try {
    return { listing: await listRepository(workspace, call.signal), path };
  } catch (error) {
    if (!(error instanceof GitError) || error.code === 'aborted') throw error;
    await call.note(`routing-policy: What globs match here is not known: ${onOneLine(error.message)}\n`);
    return undefined;
  }
}

async function inForceDiagnostics(
  { document }: ParsedPolicy,
  layered: LayeredPolicy,
  around: Around | undefined,
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
  const ground: ReasoningGround = {
    model: (_provider, model) => findModel(model),
    attestations: [],
    // A machine that checks policies, such as one of continuous integration, need not know what others have set up.
    provider: (id) => machine.toldOf(id),
    price: (provider, model) => machine.price(layered, provider, model),
    listing: around?.listing,
    path: around?.path,
  };
  const reasoned = toDiagnostics(document, reasonAbout(layered, ground, createMemo()));
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
  return { code: 'bad-source', severity, message, path, range: rangeInDocument(document, path) };
}
