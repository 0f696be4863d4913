import { createMemo } from '../../policy/analysis/memo.ts';
import type { CompiledClass, CompiledPolicy, CompiledRoute } from '../../policy/compiled.ts';
import { listWords } from '../../policy/finding.ts';
import type { LayeredPolicy } from '../../policy/layers.ts';
import { ask, classesBefore, conditionOf, type Ground, groundOf } from '../analysis/reachability.ts';
import { requestWords } from '../analysis/requestWords.ts';
import { type Change, valueWords } from './change.ts';
import { same, whenReach } from './diffRules.ts';

/** Classes that one is held against; of more it is told without looking. */
const MOST_HELD = 40;

/** Class by class, in the order in which a layer tries them. */
interface Side {
  readonly policy: CompiledPolicy;
  readonly order: readonly CompiledClass[];
}

/** Work that changes hands: matched by both, and by nothing before them. */
interface Handover {
  readonly other: CompiledClass;
  readonly example: string | undefined;
}

/**
 * What a changed order of classes, a changed `when` and a class that came do to who serves what. Where work can come from a
 * class that holds it to more (gates, a lower cap, a higher floor) it may be looser: how much work that is, nobody can tell
 * from the words. Classes that no request can meet together are not told.
 */
export function classChanges(before: LayeredPolicy, after: LayeredPolicy): readonly Change[] {
  const memo = createMemo();
  const old = new Map(before.layers.map((layer) => [layer.name, sideOf(layer.policy)]));
  return after.layers.flatMap(({ name, policy }): readonly Change[] => {
    const was = old.get(name);
    if (was === undefined) return [];
    const is = sideOf(policy);
    const ground = groundOf(policy, memo);
    return [...newClasses(was, is, ground), ...whenChanges(was, is, ground), ...orderChanges(was, is, ground)];
  });
}

function sideOf(policy: CompiledPolicy): Side {
  return { policy, order: [...policy.finalClasses, ...policy.otherClasses] };
}

/** A class that came takes from those after it; that it came is told with its route. */
function newClasses(was: Side, is: Side, ground: Ground): readonly Change[] {
  return is.order.flatMap((work, place): readonly Change[] => {
    if (was.policy.classById.has(work.id)) return [];
    const from = losers(work, is, place, ground);
    if (from.length === 0) return [];
    return [{ kind: 'class', id: work.id, words: `takes work from ${listed(from)}, held to more there`, ...perhaps }];
  });
}

function whenChanges(was: Side, is: Side, ground: Ground): readonly Change[] {
  return is.order.flatMap((work, place): readonly Change[] => {
    const old = was.policy.classById.get(work.id);
    if (old === undefined || same(old.source.when, work.source.when)) return [];
    const verdict = whenReach(old.source.when, work.source.when);
    if (verdict === undefined) return [];
    const holds = { tighter: 'for more requests', looser: 'for fewer requests', changed: 'for other requests' }[
      verdict
    ];
    const taken = verdict === 'looser' ? [] : losers(work, is, place, ground);
    // What it no longer matches goes to whoever comes after it.
    const later = [...is.order.slice(place + 1).map(({ route }) => route), is.policy.default];
    const isLet = verdict !== 'tighter' && later.some((route) => holdsToMore(work.route, route));
    const words = [
      `holds ${holds}: "when" was ${valueWords(old.source.when)}`,
      ...(taken.length === 0 ? [] : [`takes work from ${listed(taken)}, held to more there`]),
      ...(isLet ? ['what it lets go is held to less'] : []),
    ];
    const judged = taken.length > 0 || isLet ? perhaps : { looser: false };
    return [{ kind: 'class', id: work.id, words: words.join('; '), ...judged }];
  });
}

/** Those after a class that hold some of its work to more than it does. */
function losers(work: CompiledClass, is: Side, place: number, ground: Ground): readonly string[] {
  const stricter = is.order.slice(place + 1).filter(({ route }) => holdsToMore(route, work.route));
  const classes = stricter.filter((other, at) => at >= MOST_HELD || shared(work, other, ground) !== undefined);
  const fallback = holdsToMore(is.policy.default, work.route) ? ['default'] : [];
  return [...classes.map(({ id }) => id), ...fallback];
}

function orderChanges(was: Side, is: Side, ground: Ground): readonly Change[] {
  const placeBefore = new Map(was.order.map(({ id }, place) => [id, place]));
  const kept = is.order.filter((work) => {
    const old = was.policy.classById.get(work.id);
    // Where "final" has changed, that is told as such.
    return old !== undefined && (old.source.final === true) === (work.source.final === true);
  });
  const before = kept.map(({ id }) => placeBefore.get(id) ?? 0);
  const stayed = longestRising(before);
  const told = new Set<number>();
  return kept.flatMap((work, at): readonly Change[] => {
    if (stayed.has(at)) return [];
    told.add(at);
    const own = before[at] ?? 0;
    const [passed, passedBy]: [Handover[], Handover[]] = [[], []];
    for (const [place, other] of kept.entries()) {
      const isFlipped = own < (before[place] ?? 0) !== at < place;
      if (!isFlipped || told.has(place)) continue;
      const isLooked = passed.length + passedBy.length < MOST_HELD;
      const found = isLooked ? shared(work, other, ground) : { other, example: undefined };
      if (found !== undefined) (at < place ? passed : passedBy).push(found);
    }
    return [...moved(work, passed, 'takes from'), ...moved(work, passedBy, 'leaves to')];
  });
}

function moved(work: CompiledClass, handed: readonly Handover[], how: 'takes from' | 'leaves to'): readonly Change[] {
  if (handed.length === 0) return [];
  const isLooser = handed.some(({ other }) =>
    how === 'takes from' ? holdsToMore(other.route, work.route) : holdsToMore(work.route, other.route),
  );
  const names = listed(handed.map(({ other }) => other.id));
  const place = how === 'takes from' ? 'before' : 'after';
  const examples = handed.flatMap(({ example }) => example ?? []).slice(0, 3);
  return [
    {
      kind: 'class',
      id: work.id,
      words: `is tried ${place} ${names} now: ${how} ${handed.length === 1 ? 'it' : 'them'} what both match`,
      ...(isLooser ? perhaps : { looser: false }),
      ...(examples.length === 0 ? {} : { examples }),
    },
  ];
}

/** Whether some request meets both and nothing before them; undefined where it is proven that none does. */
function shared(one: CompiledClass, other: CompiledClass, ground: Ground): Handover | undefined {
  const { work } = ground.memo;
  if (work.left <= 0) return { other, example: undefined };
  // To hold two classes against all before them takes time by their number.
  work.left -= ground.policy.classes.length;
  const [first] = [one, other].sort(
    (a, b) => classesBefore(ground.policy, a).length - classesBefore(ground.policy, b).length,
  );
  const takers = first === undefined ? [] : classesBefore(ground.policy, first);
  const reach = ask(ground, [conditionOf(one), conditionOf(other)], takers.map(conditionOf));
  if (reach.kind === 'closed') return undefined;
  return { other, example: reach.kind === 'open' ? requestWords(reach.facts) : undefined };
}

/** Whether work that moves from one route to another is held to less there. */
function holdsToMore(from: CompiledRoute, to: CompiledRoute): boolean {
  return (
    from.review.some((gate) => !to.review.includes(gate)) ||
    (from.maxCostUsd ?? Infinity) < (to.maxCostUsd ?? Infinity) ||
    (from.passFloor ?? 0) > (to.passFloor ?? 0)
  );
}

const perhaps = { looser: true, perhaps: true } as const;

function listed(ids: readonly string[]): string {
  return listWords(ids, 4).replace(' or ', ' and ');
}

/** The places of a longest rising subsequence: what has kept its order (patience sorting). */
function longestRising(numbers: readonly number[]): ReadonlySet<number> {
  const ends: number[] = [];
  const previous: (number | undefined)[] = [];
  numbers.forEach((number, at) => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((numbers[ends[middle] ?? 0] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    previous[at] = ends[low - 1];
    ends[low] = at;
  });
  const rising = new Set<number>();
  for (let at = ends.at(-1); at !== undefined; at = previous[at]) rising.add(at);
  return rising;
}
