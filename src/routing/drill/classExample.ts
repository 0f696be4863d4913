import { createMemo } from '../../policy/analysis/memo.ts';
import type { LayeredPolicy } from '../../policy/layers.ts';
import type { Sample } from '../analysis/corpus.ts';
import { ask, classesBefore, conditionOf, groundOf } from '../analysis/reachability.ts';
import { requestWords } from '../analysis/requestWords.ts';

/** Every class whose route some request may take, by its id. */
export function classesIn({ layers }: LayeredPolicy): readonly string[] {
  return layers.filter(({ prefers }) => prefers).flatMap(({ policy }) => policy.classes.map(({ id }) => id));
}

/** A request for each of these classes, found by reasoning; none for those that no request is found to come to. */
export function classExamples({ layers }: LayeredPolicy, classes: ReadonlySet<string>): readonly Sample[] {
  const memo = createMemo();
  return layers.flatMap(({ policy, prefers }) => {
    if (!prefers) return [];
    const ground = groundOf(policy, memo);
    return policy.classes.flatMap((work): readonly Sample[] => {
      if (!classes.has(work.id) || memo.work.left <= 0) return [];
      const before = classesBefore(policy, work).map(conditionOf);
      const reach = ask(ground, [conditionOf(work)], before);
      if (reach.kind !== 'open') return [];
      return [{ facts: reach.facts, about: [requestWords(reach.facts)], isOfFiles: false }];
    });
  });
}
