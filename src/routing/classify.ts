import type { CompiledClass, CompiledPolicy, CompiledRoute, DiffMeasure } from '../policy/compiled.ts';
import type { LayeredPolicy, PolicyLayer } from '../policy/layers.ts';
import { boundedSkipped } from './bounded.ts';
import { firstFailure, holds } from './conditions.ts';
import type { FailedClause, SkippedClass } from './decision.ts';
import type { Facts } from './facts.ts';
import { sightsOf } from './knownSights.ts';
import type { Sight } from './sight.ts';
import { toldClauses } from './told.ts';

/** How many of the classes before the winner a decision explains; the nearest are the ones people ask about. */
export const MOST_SKIPPED = 50;

/** A request as one layer sees it, with that layer's own modules, ignores and classes. */
export interface LayerView {
  readonly layer: PolicyLayer;
  /** As its classes see the request. */
  readonly work: Sight;
  /** As its constraints, budgets and gates see the request. */
  readonly outgoing: Sight;
  /** The class of the request by this layer alone; undefined: its default. */
  readonly own: CompiledClass | undefined;
  /** Where this layer alone would send it. Its gates and its cap hold whichever layer's route is taken. */
  readonly route: CompiledRoute;
  /** What its glob sets are counted from in a decision, so that no two layers' sets have one number. */
  readonly firstSet: number;
}

/** The class of a request, and how the request looked to the rules of each layer. */
export interface Classification {
  /** `default` when no class matched. */
  readonly class: string;
  readonly winner: CompiledClass | undefined;
  /** The view that the route is from; undefined where no layer prefers anything. */
  readonly from: LayerView | undefined;
  readonly skipped: readonly SkippedClass[];
  readonly skippedCount: number;
  readonly counted: { readonly [measure in DiffMeasure]?: number };
  readonly modules: readonly string[];
  /** Outermost first, as in the policy. */
  readonly views: readonly LayerView[];
}

/** What was last found of some facts: a request is classified before its decision, and for each that follows. */
const known = new WeakMap<Facts, { readonly policy: LayeredPolicy; readonly classification: Classification }>();

/**
 * Finds the class of a request. Each layer classifies by itself; of their answers the outermost final one wins, else the
 * innermost. Only classes that the paths can reach are evaluated.
 */
export function classify(policy: LayeredPolicy, facts: Facts): Classification {
  const before = known.get(facts);
  if (before?.policy === policy) return before.classification;
  const classification = classified(policy, facts);
  known.set(facts, { policy, classification });
  return classification;
}

function classified({ layers }: LayeredPolicy, facts: Facts): Classification {
  let firstSet = 0;
  const views = layers.map((layer) => {
    const view = viewOf(layer, facts, firstSet);
    firstSet += layer.policy.index.sets.length;
    return view;
  });
  const preferring = views.filter(({ layer }) => layer.prefers);
  const from =
    preferring.find(({ own }) => own?.source.final === true) ??
    preferring.findLast(({ own }) => own !== undefined) ??
    preferring.at(-1);
  const passed = passedOver(preferring, from);
  const skipped = passed.nearest.flatMap(({ compiled, view }) => {
    const failed = firstFailure(compiled.when, view.work);
    if (failed === undefined) return [];
    const [clause = failed.clause] = toldClauses([failed.clause], view.firstSet);
    return [{ id: compiled.id, failed: { ...failed, clause } }];
  });
  return {
    class: from?.own?.id ?? 'default',
    winner: from?.own,
    from,
    skipped: boundedSkipped(skipped),
    skippedCount: passed.count,
    counted: exactMeasures(from?.work),
    modules: from?.work.size?.modules ?? [],
    views,
  };
}

/**
 * Every class of the layers that prefer, in the order in which they are tried, with its first failed clause; none where
 * it holds. The first of those wins. For a full explanation: a decision carries only the nearest ones.
 */
export function explainClasses(
  { layers }: LayeredPolicy,
  facts: Facts,
): readonly { readonly id: string; readonly failed?: FailedClause }[] {
  const views = layers.filter(({ prefers }) => prefers).map((layer) => viewOf(layer, facts, 0));
  return inOrder(views).flatMap(({ view, classes }) =>
    classes.map(({ id, when }) => {
      const failed = firstFailure(when, view.work);
      return failed === undefined ? { id } : { id, failed };
    }),
  );
}

function viewOf(layer: PolicyLayer, facts: Facts, firstSet: number): LayerView {
  const { policy } = layer;
  const { work, outgoing } = sightsOf(layer, facts);
  const final = policy.finalClasses.length === 0 ? undefined : firstMatch(policy, work, true);
  const own = final ?? firstMatch(policy, work, false);
  return { layer, work, outgoing, own, route: own?.route ?? policy.default, firstSet };
}

/**
 * The lowest matching class. A class in `classesBySet` cannot match unless some path matches its set, so only the lists
 * of sets that were hit are walked; each is ascending and left at the best index so far.
 */
function firstMatch(policy: CompiledPolicy, work: Sight, isFinal: boolean): CompiledClass | undefined {
  let best: CompiledClass | undefined;
  const walk = (indices: readonly number[]): void => {
    for (const index of indices) {
      const candidate = policy.classes[index];
      if (candidate === undefined || (best !== undefined && index >= best.index)) return;
      if ((candidate.source.final === true) !== isFinal) continue;
      if (holds(candidate.when, work) === true) best = candidate;
    }
  };
  walk(policy.unindexedClasses);
  for (const set of work.touchedHits) walk(policy.classesBySet.get(set) ?? []);
  return best;
}

/** Classes of one layer that are tried one after the other. */
interface Stretch {
  readonly view: LayerView;
  readonly classes: readonly CompiledClass[];
}

/** Final classes from the outermost layer inwards, then the others from the innermost outwards. */
function inOrder(preferring: readonly LayerView[]): readonly Stretch[] {
  return [
    ...preferring.map((view) => ({ view, classes: view.layer.policy.finalClasses })),
    ...preferring.map((view) => ({ view, classes: view.layer.policy.otherClasses })).toReversed(),
  ].filter(({ classes }) => classes.length > 0);
}

interface PassedOver {
  /** In order, the nearest to the winner last. */
  readonly nearest: readonly { readonly compiled: CompiledClass; readonly view: LayerView }[];
  readonly count: number;
}

function passedOver(preferring: readonly LayerView[], from: LayerView | undefined): PassedOver {
  const before: Stretch[] = [];
  for (const stretch of inOrder(preferring)) {
    const { view, classes } = stretch;
    const place = view === from && view.own !== undefined ? placeOf(view.own, classes) : -1;
    before.push(place === -1 ? stretch : { view, classes: classes.slice(0, place) });
    if (place !== -1) break;
  }
  const nearest: { readonly compiled: CompiledClass; readonly view: LayerView }[] = [];
  for (const { view, classes } of before.toReversed()) {
    const wanted = MOST_SKIPPED - nearest.length;
    if (wanted <= 0) break;
    nearest.unshift(...classes.slice(-wanted).map((compiled) => ({ compiled, view })));
  }
  return { nearest, count: before.reduce((sum, { classes }) => sum + classes.length, 0) };
}

/** In a list without final classes the place is the index, and ten thousand need not be searched. */
function placeOf(compiled: CompiledClass, classes: readonly CompiledClass[]): number {
  return classes[compiled.index] === compiled ? compiled.index : classes.indexOf(compiled);
}

function exactMeasures(work: Sight | undefined): { readonly [measure in DiffMeasure]?: number } {
  const known: { [measure in DiffMeasure]?: number } = {};
  for (const [measure, { least, exact }] of Object.entries(work?.size?.measures ?? {})) {
    if (exact) known[measure as DiffMeasure] = least;
  }
  return known;
}
