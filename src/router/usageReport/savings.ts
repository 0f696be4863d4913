import type { Price } from '../../models/model.ts';
import { targetsIn } from '../../policy/namedTargets.ts';
import type { AttemptCell } from '../../usage/report/attemptCells.ts';
import type { Saving } from '../../usage/report/usageReport.ts';
import { dearness, partsOf, type ReportWorld } from './reportWorld.ts';

const baselines = [
  { against: 'all-large', alias: 'large' },
  { against: 'all-mid', alias: 'mid' },
] as const;

interface Priced {
  readonly target: string;
  readonly price: Price;
}

/**
 * What the same tokens would have cost if everything had gone to one model, beside what they did cost: against a large
 * model, which is what people compare with, and against one of middling price, which is what a thrifty person would have
 * used anyway. Estimates: another model takes other tokens for the same work and may have to do it twice, a cache that is
 * warm here would not be there, and a price may rise with the size of a request. Attempts that have no price are left out
 * on both sides, stand-ins too.
 */
export function savingsOf(attempts: readonly AttemptCell[], world: ReportWorld): readonly Saving[] {
  const counted = attempts.filter(
    ({ unpriced, simulatedNanoUsd, model, costNanoUsd, input, output }) =>
      model !== undefined && unpriced === 0 && simulatedNanoUsd === 0 && costNanoUsd + input + output > 0,
  );
  if (counted.length === 0) return [];
  const actualNanoUsd = counted.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
  return baselines.flatMap(({ against, alias }) => {
    const baseline = ofAlias(alias, world) ?? byPrice(against, counted, world);
    if (baseline === undefined) return [];
    const { target, price } = baseline;
    const baselineNanoUsd = Math.round(counted.reduce((sum, cell) => sum + costOn(price, cell), 0));
    return [{ against, target, baselineNanoUsd, actualNanoUsd, priceAsOf: price.asOf }];
  });
}

function costOn({ rates }: Price, { input, cacheRead, cacheWrite, output }: AttemptCell): number {
  return input * rates.input + cacheRead * rates.cacheRead + cacheWrite * rates.cacheWrite + output * rates.output;
}

/** The policy's own word for it, the innermost layer's first. */
function ofAlias(alias: string, world: ReportWorld): Priced | undefined {
  for (const { policy } of world.policy?.layers.toReversed() ?? []) {
    for (const target of policy.aliases.get(alias) ?? []) {
      const found = target.kind === 'model' ? priced(target.target, world) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The dearest of the models that were used or that the policy names, or the one in the middle. */
function byPrice(against: Saving['against'], attempts: readonly AttemptCell[], world: ReportWorld): Priced | undefined {
  const used = attempts.map(({ provider, model }) => `${provider}/${model}`);
  const inPolicy =
    world.policy === undefined ? [] : targetsIn(world.policy).map((one) => `${one.provider}/${one.model}`);
  const candidates = [...new Set([...used, ...inPolicy])]
    .flatMap((target) => priced(target, world) ?? [])
    .filter(({ price }) => (dearness(price) ?? 0) > 0)
    .sort((a, b) => (dearness(b.price) ?? 0) - (dearness(a.price) ?? 0) || (a.target < b.target ? -1 : 1));
  return candidates[against === 'all-large' ? 0 : Math.floor(candidates.length / 2)];
}

function priced(target: string, world: ReportWorld): Priced | undefined {
  const { provider, model } = partsOf(target);
  const price = world.price(provider, model);
  return price && { target, price };
}
