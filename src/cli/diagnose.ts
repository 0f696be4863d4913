import { findModel } from '../models/catalogue.ts';
import { createMemo } from '../policy/analysis/memo.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import type { LayeredPolicy } from '../policy/layers.ts';
import { type ParsedPolicy, parsePolicy } from '../policy/parse.ts';
import { sourceDiagnostic } from '../router/policies/sourceDiagnostic.ts';
import { type ReasoningGround, reasoningSteps } from '../router/policyReasoning.ts';
import { listRepository, type RepositoryListing } from '../router/repositoryListing.ts';
import { onOneLine } from '../routing/labels.ts';
import { GitError } from '../workspace/gitError.ts';
import { POLICY_FILE } from '../workspace/policyFile.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import type { Call } from './command.ts';
import { type PolicyText, readFirst, readLayers } from './inForce.ts';
import { composeMachine } from './machine.ts';
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
  const extended = issues.map((issue) => sourceDiagnostic(parsed.document, issue));
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
  const machine = await composeMachine(call);
  const tested = testGround(machine, layered);
  const ground: ReasoningGround = {
    now: tested.now,
    attestations: [],
    model: (_provider, model) => findModel(model),
    knowsProvider: (id) => machine.knowsProvider(id),
    providers: machine.providers,
    // Of a name that is neither set up nor well known nothing is held against a policy: others may have set it up.
    provider: (id) => tested.provider?.(id),
    testedProvider: (id) => tested.provider?.(id),
    price: (provider, model) => machine.price(layered, provider, model),
    listing: around?.listing,
    path: around?.path,
  };
  const memo = createMemo();
  return reasoningSteps.flatMap((step) => step({ document, layers: layered }, ground, memo));
}
