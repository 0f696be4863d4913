import type { CompiledPolicy } from './compiled.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { PolicyDocument } from './document.ts';
import { type Finding, listWords, quote, replaceWith, toDiagnostics } from './finding.ts';
import type { Policy } from './schema.ts';
import { readTarget } from './targets.ts';
import { type Placed, referencesIn, targetPlaces } from './walk.ts';

/** What is known about models and providers, asked by `provider/model`. `undefined` always means "cannot tell". */
export interface ModelKnowledge {
  /** Whether a provider of this id is configured or well known. */
  knowsProvider(provider: string): boolean | undefined;
  knowsModel(provider: string, model: string): boolean | undefined;
  /** Set for a model that can no longer be had, with what to use instead, if anything. */
  retired?(provider: string, model: string): { readonly successor?: string } | undefined;
  priced?(provider: string, model: string): boolean | undefined;
  /** Models of this provider whose names are near, nearest first. */
  similarModels?(provider: string, model: string): readonly string[];
  similarProviders?(provider: string): readonly string[];
}

/**
 * What a sound policy says about models and providers that nobody knows, that can no longer be had, or whose price is
 * unknown where a budget needs it. Warnings at most: catalogues lag behind the world, and a policy must not fall out of
 * force because of that.
 */
export function checkPolicy(
  document: PolicyDocument,
  policy: CompiledPolicy,
  knowledge: ModelKnowledge,
): readonly Diagnostic[] {
  return toDiagnostics(document, targetFindings(policy, knowledge));
}

/** The same without a text to point into. */
export function targetFindings({ source }: CompiledPolicy, knowledge: ModelKnowledge): readonly Finding[] {
  const cares = caresForPrices(source);
  const findings: Finding[] = [];
  for (const place of targetPlaces(source)) {
    for (const reference of referencesIn(place)) findings.push(...modelFindings(reference, source, cares, knowledge));
  }
  return findings;
}

/** Where a policy needs to know what things cost, in words; undefined where it does not. */
function caresForPrices(policy: Policy): string | undefined {
  if (policy.budgets?.some((budget) => budget.onUnknown !== 'open') === true) return 'a budget';
  if (policy.constraints?.some((constraint) => constraint.maxCostUsd !== undefined) === true) return 'a constraint';
  return undefined;
}

function modelFindings(
  { value, path }: Placed<string>,
  policy: Policy,
  cares: string | undefined,
  knowledge: ModelKnowledge,
): readonly Finding[] {
  const reference = readTarget(value);
  if (reference?.kind !== 'model') return [];
  const { provider, model } = reference;
  const about = { severity: 'warning', path } as const;
  if (knowledge.knowsProvider(provider) === false) {
    const [similar] = knowledge.similarProviders?.(provider) ?? [];
    const advice =
      similar === undefined
        ? 'Until it is configured in the settings, this target is skipped.'
        : `Did you mean ${quote(similar)}?`;
    const fix = similar === undefined ? {} : replaceWith(`${similar}/${model}`);
    return [
      { ...about, code: 'unknown-provider', message: `No provider is called ${quote(provider)}. ${advice}`, ...fix },
    ];
  }
  const retired = knowledge.retired?.(provider, model);
  if (retired !== undefined) return [retiredModel(about, provider, model, retired.successor)];
  if (knowledge.knowsModel(provider, model) === false) {
    const similar = knowledge.similarModels?.(provider, model) ?? [];
    const [nearest] = similar;
    const advice = nearest === undefined ? 'Check the name.' : `Did you mean ${listWords(similar, 3)}?`;
    const message = `The catalogue does not know ${quote(model)} at ${quote(provider)}. ${advice}`;
    const fix = nearest === undefined ? {} : replaceWith(`${provider}/${nearest}`);
    // No list is ever whole: the model may be newer than it.
    return [{ ...about, severity: 'information', code: 'unknown-model', message, ...fix }];
  }
  if (cares === undefined || Object.hasOwn(policy.prices ?? {}, value)) return [];
  if (knowledge.priced?.(provider, model) !== false) return [];
  const message = `The price of ${quote(value)} is unknown, so ${cares} keeps it out. Give it under "prices".`;
  return [{ ...about, code: 'unpriced-model', message }];
}

function retiredModel(
  about: Pick<Finding, 'severity' | 'path'>,
  provider: string,
  model: string,
  successor: string | undefined,
): Finding {
  const advice = successor === undefined ? 'Name another.' : `Use ${quote(successor)}.`;
  return {
    ...about,
    code: 'retired-model',
    message: `${quote(model)} can no longer be had. ${advice}`,
    ...(successor === undefined ? {} : replaceWith(`${provider}/${successor}`)),
  };
}
