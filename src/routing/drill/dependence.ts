import type { ClassDrill, Drill, Part } from './drill.ts';
import type { Rehearsal } from './rehearsal.ts';
import { type Serving, type Shared, servedBy, sharedBy } from './serving.ts';
import { distinctSuppliers, type Supplier, supplierName, suppliersOf } from './supplier.ts';

/** Every supplier that has a part in who would serve some request, first choice or fallback. */
export function suppliersIn({ scenes, ground }: Rehearsal): readonly Supplier[] {
  return distinctSuppliers(
    scenes.flatMap(({ decision }) => {
      const { outcome } = decision;
      const serving = outcome.kind === 'routed' ? [outcome.target, ...outcome.fallbacks] : [];
      const kept = decision.kept.map(({ target }) => target);
      return [...serving, ...kept].flatMap((target) => suppliersOf(target, ground));
    }),
  );
}

/** What one drill comes to, in names and numbers of classes. */
export interface Dependence {
  readonly stops: readonly string[];
  readonly stopsInPart: readonly string[];
  readonly moves: readonly string[];
  /** Of the classes of which something moves: those where some part gets dearer; else cheaper; else of the same price. */
  readonly dearer: number;
  readonly cheaper: number;
  readonly same: number;
  /** Where no part's prices can be compared. */
  readonly unknown: number;
  /** The greatest price ratio of all; left out where none is known. */
  readonly worstRatio?: number;
}

export function dependenceOn({ classes }: Drill): Dependence {
  const named = (effect: ClassDrill['effect']): readonly string[] =>
    classes.filter((one) => one.effect === effect).map((one) => one.class);
  const prices = classes.flatMap(({ parts }) => {
    const moved = parts.filter(({ after }) => after.kind === 'moved');
    return moved.length === 0 ? [] : [ratiosOf(moved)];
  });
  const all = prices.flat();
  const worst = prices.map((ratios) => (ratios.length === 0 ? undefined : Math.max(...ratios)));
  const best = prices.map((ratios) => (ratios.length === 0 ? undefined : Math.min(...ratios)));
  const dearer = worst.filter((ratio) => ratio !== undefined && ratio > 1).length;
  const unknown = worst.filter((ratio) => ratio === undefined).length;
  const cheaper = worst.filter((ratio, place) => ratio !== undefined && ratio <= 1 && (best[place] ?? 1) < 1).length;
  return {
    stops: named('stops'),
    stopsInPart: named('stops-in-part'),
    moves: named('moves'),
    dearer,
    cheaper,
    same: prices.length - dearer - cheaper - unknown,
    unknown,
    ...(all.length === 0 ? {} : { worstRatio: Math.max(...all) }),
  };
}

function ratiosOf(parts: readonly Part[]): readonly number[] {
  return parts.flatMap(({ priceRatio }) => priceRatio ?? []);
}

/** Single points of failure first: by the classes that stop, then those that stop in part, then those that move. */
export function byDependence(one: Drill, other: Drill): number {
  const [a, b] = [dependenceOn(one), dependenceOn(other)];
  return (
    b.stops.length - a.stops.length ||
    b.stopsInPart.length - a.stopsInPart.length ||
    b.moves.length - a.moves.length ||
    compareNames(one, other)
  );
}

function compareNames(one: Drill, other: Drill): number {
  const [a, b] = [one, other].map(({ supplier }) => (supplier === undefined ? '' : supplierName(supplier)));
  return (a ?? '') < (b ?? '') ? -1 : 1;
}

/** A class whose next candidate may fail together with its first. */
export interface NearFallback {
  readonly class: string;
  readonly first: Serving;
  readonly next: Serving;
  readonly shares: Shared;
}

/** Each pair of a first choice and its next candidate that have a supplier in common, once for each class. */
export function nearFallbacks({ scenes, ground }: Rehearsal): readonly NearFallback[] {
  const found = new Map<string, NearFallback>();
  for (const { class: name, decision } of scenes) {
    const { outcome } = decision;
    const [next] = outcome.kind === 'routed' ? outcome.fallbacks : [];
    if (outcome.kind !== 'routed' || next === undefined) continue;
    const pair = { first: servedBy(outcome.target, ground), next: servedBy(next, ground) };
    const shares = sharedBy(pair.first, pair.next);
    const key = JSON.stringify([name, pair.first.target, pair.next.target]);
    if (shares !== undefined && !found.has(key)) found.set(key, { class: name, ...pair, shares });
  }
  return [...found.values()];
}

/** Targets that may serve and whose maker is not known: no drill of a maker takes them away. */
export function unknownMakers({ scenes, ground }: Rehearsal): readonly string[] {
  const targets = scenes.flatMap(({ decision }) => decision.kept.map(({ target }) => target));
  const unknown = targets.filter(({ provider, model }) => ground.model(provider, model) === undefined);
  return [...new Set(unknown.map(({ target }) => target))].sort();
}
