import type { Price } from '../../models/model.ts';

import type { CompiledPolicy, TargetChain } from '../../policy/compiled.ts';
import type { DocumentPath } from '../../policy/document.ts';
import { type Finding, quote } from '../../policy/finding.ts';
import { type Budget, type RequestKind, requestKinds, type When } from '../../policy/schema.ts';
import { estimateCost } from '../estimate.ts';
import { formatUsd } from '../labels.ts';
import { NANO_USD_PER_USD } from '../limits.ts';

/** What requests cost, as far as it is known. */
export interface CostFacts {
  /** undefined: unpriced. */
  price(provider: string, model: string): Price | undefined;
  /** What requests of a kind usually take, in tokens; `low` is what even a small one does. */
  tokens(kind: RequestKind): { readonly input: TokenRange; readonly output: TokenRange };
}

interface TokenRange {
  readonly low: number;
  readonly high: number;
}

/**
 * Budgets and caps that have no room for one small request on the cheapest target they could be spent on: for the high end of
 * its estimate, which is what a request is let in by; of a budget that only warns, for what it costs.
 */
export function smallBudgets(policy: CompiledPolicy, facts: CostFacts): readonly Finding[] {
  const every = [policy.default.use, ...policy.classes.map(({ route }) => route.use)].flat();
  // What is written alike costs alike.
  const everyChain = [...new Map(every.map((target) => [JSON.stringify(target), target])).values()];
  const { source, classes } = policy;
  const isRoute = typeof source.default === 'object' && 'use' in source.default;
  const places: readonly Place[] = [
    ...(source.budgets ?? []).map((budget, index) => ({
      what: `The budget ${quote(budget.id)}`,
      onlyWarns: onlyWarns(budget),
      usd: budget.usd,
      when: budget.when,
      chain: everyChain,
      path: ['budgets', index, 'usd'],
    })),
    ...(source.constraints ?? []).map(({ id, maxCostUsd, when }, index) => ({
      what: `The cap of ${quote(id)}`,
      usd: maxCostUsd,
      when,
      chain: everyChain,
      path: ['constraints', index, 'maxCostUsd'],
    })),
    ...classes.map(({ id, index, route, source: { maxCostUsd, when } }) => ({
      what: `The cap of ${quote(id)}`,
      usd: maxCostUsd,
      when,
      chain: route.use,
      path: ['classes', index, 'maxCostUsd'],
    })),
    ...classes.map(({ id, route, source: { id: written, when } }) => ({
      what: `The cap of ${quote(id)}`,
      usd: routeCap(policy, written),
      when,
      chain: route.use,
      path: ['routes', written, 'maxCostUsd'],
    })),
    ...(isRoute
      ? [
          {
            what: 'The cap of the default route',
            usd: policy.default.maxCostUsd,
            when: undefined,
            chain: policy.default.use,
            path: ['default', 'maxCostUsd'],
          },
        ]
      : []),
  ];
  return places.flatMap((place) => smallFinding(place, facts));
}

interface Place {
  readonly what: string;
  /** It keeps nothing out. */
  readonly onlyWarns?: boolean;
  readonly usd: number | undefined;
  readonly when: When | undefined;
  readonly chain: TargetChain;
  readonly path: DocumentPath;
}

function onlyWarns({ then, steps = [] }: Budget): boolean {
  return [then, ...steps.map((step) => step.then)].every((step) => step === undefined || step === 'warn');
}

function routeCap({ source }: CompiledPolicy, id: string): number | undefined {
  const { routes = {} } = source;
  return Object.hasOwn(routes, id) ? routes[id]?.maxCostUsd : undefined;
}

/** A budget of nothing is meant: only what is free. */
function smallFinding(place: Place, facts: CostFacts): readonly Finding[] {
  const { what, onlyWarns: costs = false, usd, when, chain, path } = place;
  if (usd === undefined || usd === 0) return [];
  const kinds = when?.kind === undefined ? requestKinds : [when.kind].flat();
  const cheapest = cheapestRequest(chain, kinds, costs ? 'lowNanoUsd' : 'highNanoUsd', facts);
  if (cheapest === undefined || usd * NANO_USD_PER_USD >= cheapest.nanoUsd) return [];
  const { kind, target, nanoUsd } = cheapest;
  const amount = `${costs ? 'costs about' : 'may cost'} ${formatUsd(nanoUsd)}`;
  return [
    {
      code: 'small-budget',
      severity: 'warning',
      message: `${what} does not pay for one request: even a small ${kind} ${amount} on ${quote(target)}, the cheapest target. Raise it above that, or set it to 0 to allow only what is free.`,
      path,
      witness: { request: kind, by: [target] },
    },
  ];
}

/**
 * The cheapest request there can be; undefined where some target has no price, or costs nothing.
 * @param end of its estimate
 */
function cheapestRequest(
  chain: TargetChain,
  kinds: readonly RequestKind[],
  end: 'lowNanoUsd' | 'highNanoUsd',
  { price, tokens }: CostFacts,
): { readonly kind: RequestKind; readonly target: string; readonly nanoUsd: number } | undefined {
  let cheapest: { readonly kind: RequestKind; readonly target: string; readonly nanoUsd: number } | undefined;
  for (const target of chain) {
    if (target.kind === 'native') return undefined;
    for (const kind of kinds) {
      const { input, output } = tokens(kind);
      const smallest = { low: input.low, high: input.low };
      const cost = estimateCost(target, undefined, { price, inputTokens: () => smallest, outputTokens: output });
      if (cost.kind !== 'priced' || cost.highNanoUsd === 0) return undefined;
      if (cheapest === undefined || cost[end] < cheapest.nanoUsd) {
        cheapest = { kind, target: target.target, nanoUsd: cost[end] };
      }
    }
  }
  return cheapest;
}
