import type { Price } from '../../models/model.ts';
import type { CompiledPolicy, TargetChain } from '../../policy/compiled.ts';
import { type Finding, quote } from '../../policy/finding.ts';
import type { CostFacts } from './smallBudgets.ts';

/** Routes whose second try goes to a model that is cheaper than the first, whose answer did not do. */
export function cheaperEscalations(policy: CompiledPolicy, { price }: CostFacts): readonly Finding[] {
  const routes = [
    { route: policy.default, path: ['default', 'escalateTo'] },
    // A class without a route of its own shares the default's, which is told there.
    ...policy.classes
      .filter(({ source: { id } }) => Object.hasOwn(policy.source.routes ?? {}, id))
      .map(({ route, source: { id } }) => ({ route, path: ['routes', id, 'escalateTo'] })),
  ];
  return routes.flatMap(({ route, path }): readonly Finding[] => {
    if (route.escalateTo === undefined) return [];
    const found = cheaper(route.use, route.escalateTo, price);
    if (found === undefined) return [];
    const message = `"escalateTo" goes to ${quote(found.second)}, which costs less than ${quote(found.first)}, whose answer did not do. Name a larger model, or leave "escalateTo" out.`;
    return [
      { code: 'cheaper-escalation', severity: 'warning', message, path, witness: { by: [found.first, found.second] } },
    ];
  });
}

/** The first target of each, where every later one costs less than the first; what has no price is not judged. */
function cheaper(
  use: TargetChain,
  escalateTo: TargetChain,
  price: CostFacts['price'],
): { readonly first: string; readonly second: string } | undefined {
  const [[first], [second]] = [use, escalateTo];
  if (first?.kind !== 'model' || second === undefined) return undefined;
  const before = price(first.provider, first.model);
  if (before === undefined) return undefined;
  const isCheaper = escalateTo.every((target) => {
    const after = target.kind === 'model' ? price(target.provider, target.model) : undefined;
    // What costs nothing runs on this machine: people choose it for other reasons than its price.
    return after !== undefined && !isFree(after) && costsLess(after, before);
  });
  return isCheaper ? { first: first.target, second: second.target } : undefined;
}

function isFree({ rates }: Price): boolean {
  return rates.input === 0 && rates.output === 0;
}

function costsLess({ rates: one }: Price, { rates: other }: Price): boolean {
  return (
    one.input <= other.input && one.output <= other.output && (one.input < other.input || one.output < other.output)
  );
}
