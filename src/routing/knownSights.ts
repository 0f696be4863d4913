import type { PolicyLayer } from '../policy/layers.ts';
import type { FactFile, Facts } from './facts.ts';
import { type Sight, sightOfOutgoing, sightOfWork, withWordsOf } from './sight.ts';

/** How one layer sees a request. */
export interface LayerSights {
  /** As preferences see it. */
  readonly work: Sight;
  /** As constraints, budgets and gates see it. */
  readonly outgoing: Sight;
}

/** What was seen of some files, and everything that it was seen by. */
interface Known {
  readonly layer: Layer;
  readonly facts: Facts;
  readonly sights: LayerSights;
}

type Layer = Pick<PolicyLayer, 'policy' | 'origin' | 'root' | 'inside'>;

/** Layers, and lists of what was read beside the same files, that are remembered: the latest. */
const MOST = 8;

/** By the very list of files: whoever gives the same list gives the same files. */
const known = new WeakMap<readonly FactFile[], readonly Known[]>();

/**
 * The request as a layer sees it. The steps of an agent are about the same files again and again, so what was found of a
 * list of files is kept with the list; only what the request says in words is looked at anew.
 */
export function sightsOf(layer: Layer, facts: Facts): LayerSights {
  const { files } = facts;
  // What is around the repository sees the files by other names, in a list of its own each time.
  if (files === undefined || layer.root !== undefined) return seen(layer, facts);
  const before = known.get(files) ?? [];
  const same = before.find((one) => isSameLayer(one.layer, layer) && areSameFiles(one.facts, facts));
  if (same !== undefined) return inWordsOf(facts, same.sights);
  const sights = seen(layer, facts);
  known.set(files, [{ layer, facts, sights }, ...before].slice(0, MOST));
  return sights;
}

function seen(layer: Layer, facts: Facts): LayerSights {
  const work = sightOfWork(layer, facts);
  return { work, outgoing: sightOfOutgoing(work) };
}

function inWordsOf(facts: Facts, { work: before, outgoing }: LayerSights): LayerSights {
  const work = withWordsOf(facts, before);
  return { work, outgoing: outgoing === before ? work : withWordsOf(facts, outgoing) };
}

function isSameLayer(one: Layer, other: Layer): boolean {
  return one.policy === other.policy && one.origin === other.origin;
}

/** Everything of the facts that tells of files, but for the list that both have. */
export function areSameFiles(one: Facts, other: Facts): boolean {
  return (
    one.byBase === other.byBase &&
    one.languages === other.languages &&
    one.readsIncomplete === other.readsIncomplete &&
    areSamePaths(one.reads, other.reads)
  );
}

export function areSamePaths(one: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  if (one === other) return true;
  return one?.length === other?.length && one?.every((path, at) => path === other?.[at]) === true;
}
