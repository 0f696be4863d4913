import type { Clause, CompiledClass, CompiledPolicy, CompiledRoute, DiffMeasure } from '../policy/compiled.ts';
import type { LayeredPolicy, PolicyLayer } from '../policy/layers.ts';
import { boundedSkipped } from './bounded.ts';
import { firstFailure, holds } from './conditions.ts';
import { countedClass } from './countedClass.ts';
import type { Decision, DecisionLayer, FailedClause, SkippedClass } from './decision.ts';
import type { Facts } from './facts.ts';
import { knownClass } from './knownClass.ts';
import { sightsOf } from './knownSights.ts';
import { type RulesInForce, rulesFor } from './limits.ts';
import type { Sight } from './sight.ts';
import { globsNamed, toldClauses } from './told.ts';

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

/** The class of a request, how it looked to the rules of each layer, and what follows from that whenever it is decided. */
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
  readonly rules: RulesInForce;
  /** As what class of work each layer counts it, by the layer's name. */
  readonly countedClasses: ReadonlyMap<string, string>;
  /** What of it a decision carries: the clauses of the class that won, the glob lists that clauses name, the layers. */
  readonly clauses: readonly Clause[];
  readonly globs: Decision['globs'];
  readonly layers: Decision['layers'];
}

/**
 * Finds the class of a request. Each layer classifies by itself; of their answers the outermost final one wins, else the
 * innermost. Only classes that the paths can reach are evaluated.
 */
export function classify(policy: LayeredPolicy, facts: Facts): Classification {
  return knownClass(policy, facts, classified);
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
  const skipped = boundedSkipped(passed.nearest.flatMap(toldSkip));
  const clauses = toldClauses(from?.own?.when.clauses ?? [], from?.firstSet ?? 0);
  const told = views.map((view): DecisionLayer => {
    const { name, source, policy } = view.layer;
    return { name, source, hash: policy.hash, countedAs: countedClass(view) };
  });
  return {
    class: from?.own?.id ?? 'default',
    winner: from?.own,
    from,
    skipped,
    skippedCount: passed.count,
    counted: exactMeasures(from?.work),
    modules: from?.work.size?.modules ?? [],
    views,
    rules: rulesFor(layers, views),
    countedClasses: new Map(told.map(({ name, countedAs }) => [name, countedAs])),
    clauses,
    globs: globsNamed({ clauses, skipped, views }),
    layers: told,
  };
}

function toldSkip({ compiled: { id, when }, view }: PassedOver['nearest'][number]): SkippedClass | [] {
  const failed = firstFailure(when, view.work);
  if (failed === undefined) return [];
  const [clause = failed.clause] = toldClauses([failed.clause], view.firstSet);
  return { id, failed: clause === failed.clause ? failed : { ...failed, clause } };
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
  const measures = work?.size?.measures;
  if (measures === undefined) return known;
  for (const measure of MEASURES) {
    const { least, exact } = measures[measure];
    if (exact) known[measure] = least;
  }
  return known;
}

/** In the order in which a decision carries them. */
const MEASURES: readonly DiffMeasure[] = ['files', 'lines', 'added', 'deleted', 'modules'];
