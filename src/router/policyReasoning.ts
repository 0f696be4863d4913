import { catalogue, findModel } from '../models/catalogue.ts';
import type { ModelRecord, Price } from '../models/model.ts';
import { findSeller } from '../models/seller.ts';
import { similarModels } from '../models/similarModels.ts';
import { type Memo, workForOneLook } from '../policy/analysis/memo.ts';
import { checkPolicy, type ModelKnowledge, targetFindings } from '../policy/check.ts';
import { compilePolicy } from '../policy/compile.ts';
import type { CompiledPolicy } from '../policy/compiled.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import type { PolicyDocument } from '../policy/document.ts';
import { type Finding, toDiagnostics } from '../policy/finding.ts';
import { innermost, type LayeredPolicy, oneLayer, type PolicyLayer } from '../policy/layers.ts';
import type { RequestKind } from '../policy/schema.ts';
import { suggestWords } from '../policy/similar.ts';
import { analysePolicy } from '../routing/analysis/analyse.ts';
import { onOneLine } from '../routing/labels.ts';
import { type PolicyTestResult, runPolicyTests } from '../routing/policyTests.ts';
import type { Attestation, ProviderFacts } from '../routing/state.ts';
import { extendedFindings } from './extendedFindings.ts';
import type { RepositoryListing } from './repositoryListing.ts';
import { usualOutputTokens } from './world.ts';

/** What a door knows of the world around a policy. */
export interface ReasoningGround {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly attestations: readonly Attestation[];
  /** undefined: not in the catalogue. */
  model(provider: string, model: string): ModelRecord | undefined;
  /** Whether a provider is configured or well known. */
  knowsProvider(id: string): boolean;
  /** Ids of the providers that are configured or well known. */
  readonly providers: readonly string[];
  /** What targets are reasoned with; undefined: nothing of this provider is to be held against a policy. */
  provider(id: string): ProviderFacts | undefined;
  /** What the policy's own tests run against; undefined: nobody here has told of this provider. */
  testedProvider(id: string): ProviderFacts | undefined;
  /** How many paths the policy's own tests may name together before the rest is left out; left out: any number. */
  readonly mostTestPaths?: number;
  /** Extended files that are reasoned about in one look, the next look goes on with others; left out: all of them. */
  readonly mostExtended?: number;
  /** By the policy's own prices first; undefined: unpriced. */
  price(provider: string, model: string): Price | undefined;
  /** Left out where there are no files to look at. */
  readonly listing?: RepositoryListing | undefined;
  /** Of the policy file, in its repository; left out outside of one. */
  readonly path?: string | undefined;
}

/** A policy without a mistake, with the layers around it. */
export interface SoundPolicy {
  readonly document: PolicyDocument;
  readonly layers: LayeredPolicy;
}

/** What even a small request of each kind sends, in tokens (its instructions and a few lines), and what a large one does. */
const usualInputTokens: Readonly<Record<RequestKind, { readonly low: number; readonly high: number }>> = {
  completion: { low: 100, high: 4_000 },
  chat: { low: 300, high: 50_000 },
  edit: { low: 500, high: 50_000 },
  agent: { low: 2_000, high: 150_000 },
  plan: { low: 1_000, high: 150_000 },
  'commit-message': { low: 200, high: 20_000 },
  title: { low: 50, high: 2_000 },
  review: { low: 500, high: 100_000 },
};

/** Names that are compared with the catalogue in one look, because that takes a while. */
const mostCompared = 500;

/** One step of a look at a sound policy. */
export type ReasoningStep = (policy: SoundPolicy, ground: ReasoningGround, memo: Memo) => readonly Diagnostic[];

/**
 * All that can be said of a sound policy beside its text, in the same words at every door: the models and providers that it
 * names, what reasoning shows, and its own tests. In steps, so that a door that is typed at can look up between them.
 */
export const reasoningSteps: readonly ReasoningStep[] = [namedTargets, reasonedFindings, failingTests, ofWhatItExtends];

function namedTargets({ document, layers }: SoundPolicy, ground: ReasoningGround, memo: Memo): readonly Diagnostic[] {
  const policy = innermost(layers)?.policy;
  return policy === undefined ? [] : checkPolicy(document, policy, knowledgeOf(ground, memo));
}

function knowledgeOf(ground: ReasoningGround, memo: Memo): ModelKnowledge {
  const similar = similarAtMakers(memo);
  const suggest = suggestWords();
  return {
    knowsProvider: (id) => ground.knowsProvider(id),
    // One that the catalogue does not have may be newer than the catalogue.
    knowsModel: (provider, model) =>
      findModel(model) !== undefined || (similar(provider, model).length > 0 ? false : undefined),
    retired: (provider, model) => ground.model(provider, model)?.retired,
    priced: (provider, model) => ground.price(provider, model) !== undefined,
    similarModels: similar,
    similarProviders: (id) => [suggest(id, ground.providers) ?? []].flat(),
  };
}

/**
 * Models of the maker whose own endpoint a provider is, with names near to this one. Elsewhere nobody knows what may be had:
 * an operator gives models names of their own.
 */
function similarAtMakers(memo: Memo): (provider: string, model: string) => readonly string[] {
  let left = mostCompared;
  return (provider, model) => {
    const maker = findSeller(provider)?.maker;
    if (maker === undefined) return [];
    const similar = memo.get('similar models', model, (): readonly string[] | undefined => {
      left -= 1;
      return left < 0 ? undefined : similarModels(model);
    });
    return similar?.filter((id) => findModel(id)?.maker === maker) ?? [];
  };
}

function reasonedFindings(
  { document, layers }: SoundPolicy,
  ground: ReasoningGround,
  memo: Memo,
): readonly Diagnostic[] {
  const policy = innermost(layers)?.policy;
  if (policy === undefined) return [];
  memo.work.left = workForOneLook;
  return toDiagnostics(document, analysePolicy(policy, worldOf(layers, ground), memo));
}

function worldOf(layers: LayeredPolicy, ground: ReasoningGround): Parameters<typeof analysePolicy>[1] {
  const { listing, path, attestations } = ground;
  return {
    layers,
    targets: {
      maker: (provider, model) => ground.model(provider, model)?.maker,
      provider: (id) => ground.provider(id),
    },
    costs: {
      price: (provider, model) => ground.price(provider, model),
      tokens: (kind) => ({ input: usualInputTokens[kind], output: usualOutputTokens[kind] }),
    },
    attested: { attestations, model: (provider, model) => ground.model(provider, model) },
    names: { providers: ground.providers, models: catalogue },
    now: ground.now,
    ...(listing === undefined ? {} : { files: listing.files }),
    ...(listing?.ownersOf === undefined ? {} : { ownersOf: listing.ownersOf }),
    ...(path === undefined ? {} : { policyPath: path }),
  };
}

function failingTests({ document, layers }: SoundPolicy, ground: ReasoningGround): readonly Diagnostic[] {
  return toDiagnostics(document, policyTestsIn(layers, ground).flatMap(testFindings));
}

function testFindings({ name, failures }: PolicyTestResult): readonly Finding[] {
  return failures.map(({ path, expected, got }): Finding => {
    const message = `The policy's own test "${onOneLine(name)}" fails here: expected "${path[3]}" ${onOneLine(expected)}, got ${onOneLine(got)}. Mend the rule, or the test.`;
    return { code: 'failing-test', severity: 'error', message, path };
  });
}

/** What the files that it extends would be told of themselves, where they are opened. */
function ofWhatItExtends(
  { document, layers }: SoundPolicy,
  ground: ReasoningGround,
  memo: Memo,
): readonly Diagnostic[] {
  const hour = Math.floor(ground.now / HOUR_MS);
  const stamp = JSON.stringify([hour, ground.providers, ground.attestations.length]);
  let left = ground.mostExtended ?? Number.POSITIVE_INFINITY;
  return extendedFindings(document, layers, (layer) => {
    const known = toldOf.get(layer.policy);
    if (known?.stamp === stamp) return known.findings;
    left -= 1;
    if (left < 0) return [];
    const findings = reasonedAlone(standingAlone(layer, layers), ground, memo);
    toldOf.set(layer.policy, { stamp, findings });
    return findings;
  });
}

const HOUR_MS = 3_600_000;

/** What was shown of an extended file: it is the same object until it changes. */
const toldOf = new WeakMap<CompiledPolicy, { readonly stamp: string; readonly findings: readonly Finding[] }>();

function reasonedAlone(policy: CompiledPolicy, ground: ReasoningGround, memo: Memo): readonly Finding[] {
  memo.work.left = workForOneLook;
  // What it says of files is about the repository that it was written for.
  const { listing: _listing, path: _path, ...anywhere } = ground;
  const { layers: _layers, ...world } = worldOf(oneLayer(policy), anywhere);
  // Which of the layers are around it is not known here, and its tests are about them as well.
  const tested = policy.source.extends === undefined ? policyTestsIn(oneLayer(policy), ground) : [];
  return [
    ...targetFindings(policy, knowledgeOf(ground, memo)),
    ...analysePolicy(policy, world, memo),
    ...tested.flatMap(testFindings),
  ];
}

const alone = new WeakMap<CompiledPolicy, CompiledPolicy>();

/** A layer's policy with its ids as its own file has them. */
function standingAlone({ policy }: PolicyLayer, { layers }: LayeredPolicy): CompiledPolicy {
  const known = alone.get(policy);
  if (known !== undefined) return known;
  const outer = layers.slice(
    0,
    layers.findIndex((layer) => layer.policy === policy),
  );
  const compiled = compilePolicy(policy.source, policy.hash, { outer });
  alone.set(policy, compiled);
  return compiled;
}

/** The policy's own tests in the world that a door knows. */
export function policyTestsIn(layers: LayeredPolicy, ground: ReasoningGround): readonly PolicyTestResult[] {
  return runPolicyTests(layers, {
    now: ground.now,
    model: (provider, model) => ground.model(provider, model),
    price: (provider, model) => ground.price(provider, model),
    provider: (id) => ground.testedProvider(id),
    mostPaths: ground.mostTestPaths,
  });
}
