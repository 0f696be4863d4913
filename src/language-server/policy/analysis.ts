import { findModel } from '../../models/catalogue.ts';
import { similarModels } from '../../models/similarModels.ts';
import { type Memo, workForOneLook } from '../../policy/analysis/memo.ts';
import { checkPolicy } from '../../policy/check.ts';
import type { Diagnostic } from '../../policy/diagnostic.ts';
import { type PolicyDocument, rangeInDocument } from '../../policy/document.ts';
import { type Finding, toDiagnostics } from '../../policy/finding.ts';
import type { RequestKind } from '../../policy/schema.ts';
import { analysePolicy } from '../../routing/analysis/analyse.ts';
import { runPolicyTests } from '../../routing/policyTests.ts';
import type { Knowledge } from './knowledge.ts';
import type { Listing } from './listings.ts';
import type { Reading, Sound } from './reading.ts';

/** What is looked at beside the text. */
export interface Surroundings {
  readonly knowledge: Knowledge;
  /** Left out while the files are not listed yet, and where there are none to list. */
  readonly listing?: Listing | undefined;
  /** Of the policy file, in its repository; left out outside of one. */
  readonly path?: string | undefined;
}

/** What even a small request of each kind sends, in tokens: its instructions and a few lines. */
const inputTokens: Readonly<Record<RequestKind, { readonly low: number; readonly high: number }>> = {
  completion: { low: 100, high: 4_000 },
  chat: { low: 300, high: 50_000 },
  edit: { low: 500, high: 50_000 },
  agent: { low: 2_000, high: 150_000 },
  plan: { low: 1_000, high: 150_000 },
  'commit-message': { low: 200, high: 20_000 },
  title: { low: 50, high: 2_000 },
  review: { low: 500, high: 100_000 },
};

/** One step of a look at a sound policy. */
type Step = (reading: Reading & { readonly sound: Sound }, around: Surroundings, memo: Memo) => readonly Diagnostic[];

/**
 * What can be said of a sound policy beside its text: the models and providers that it names, what reasoning shows, and its
 * own tests. In steps, so that whoever types on is not waited for.
 */
export const steps: readonly Step[] = [namesStep, reasoningStep, testsStep];

function namesStep(
  { document, sound }: Reading & { readonly sound: Sound },
  { knowledge }: Surroundings,
): readonly Diagnostic[] {
  return checkPolicy(document, sound.policy, {
    knowsProvider: (id) => knowledge.provider(id) !== undefined,
    knowsModel: (_provider, model) => findModel(model) !== undefined || undefined,
    retired: (provider, model) => knowledge.model(provider, model)?.retired,
    priced: (provider, model) => knowledge.price(provider, model) !== undefined,
    similarModels: (_provider, model) => similarModels(model),
  });
}

function reasoningStep(
  { document, sound }: Reading & { readonly sound: Sound },
  { knowledge, listing, path }: Surroundings,
  memo: Memo,
): readonly Diagnostic[] {
  memo.work.left = workForOneLook;
  const { policy, layers } = sound;
  const findings: readonly Finding[] = analysePolicy(
    policy,
    {
      layers,
      targets: {
        maker: (provider, model) => knowledge.model(provider, model)?.maker,
        provider: (id) => knowledge.provider(id),
      },
      costs: {
        price: (provider, model) => knowledge.price(provider, model, layers),
        tokens: (kind) => ({ input: inputTokens[kind], output: knowledge.output(kind) }),
      },
      attested: {
        attestations: knowledge.attestations,
        model: (provider, model) => knowledge.model(provider, model),
      },
      ...(listing ? { files: listing.files } : {}),
      ...(listing?.ownersOf ? { ownersOf: listing.ownersOf } : {}),
      ...(path === undefined ? {} : { policyPath: path }),
    },
    memo,
  );
  return toDiagnostics(document, findings);
}

function testsStep(
  { document, sound }: Reading & { readonly sound: Sound },
  { knowledge }: Surroundings,
): readonly Diagnostic[] {
  return testFailures(sound, knowledge).map(({ name, path, expected, got }) =>
    failingTest(document, { name, path, expected, got }),
  );
}

interface TestFailure {
  readonly index: number;
  readonly name: string;
  readonly path: readonly (string | number)[];
  readonly expected: string;
  readonly got: string;
}

/** Each expectation that one of the policy's own tests does not meet here. */
export function testFailures({ layers }: Sound, knowledge: Knowledge): readonly TestFailure[] {
  const { now } = knowledge;
  const ground = {
    now,
    model: (provider: string, model: string) => knowledge.model(provider, model),
    price: (provider: string, model: string) => knowledge.price(provider, model, layers),
  };
  return runPolicyTests(layers, ground).flatMap(({ index, name, failures }) =>
    failures.map((failure) => ({ index, name, ...failure })),
  );
}

function failingTest(document: PolicyDocument, { name, path, expected, got }: Omit<TestFailure, 'index'>): Diagnostic {
  return {
    code: 'failing-test',
    severity: 'error',
    message: `The policy's own test "${name}" fails here: expected ${expected}, got ${got}. Mend the rule, or the test.`,
    path,
    range: rangeInDocument(document, path),
  };
}
