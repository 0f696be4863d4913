import type { CompiledPolicy } from '../../policy/compiled.ts';
import { type Finding, quote } from '../../policy/finding.ts';

/**
 * Rules whose last day is past. A constraint that holds no more is a hole that someone may not know of; a trial that is over
 * only stands in the way of the reader.
 *
 * @param now milliseconds since the epoch
 */
export function expiredRules(policy: CompiledPolicy, now: number): readonly Finding[] {
  const { constraints, classes, default: fallback, source } = policy;
  const over = constraints.flatMap(({ source: written, until }, index): readonly Finding[] => {
    if (until === undefined || now < until) return [];
    const message = `The constraint ${quote(written.id)} has not applied since ${quote(written.until ?? '')}. Remove it, or give it a later day.`;
    return [{ code: 'expired', severity: 'warning', message, path: ['constraints', index, 'until'] }];
  });
  const trials = [
    { trial: fallback.trial, path: ['default', 'trial', 'until'] },
    // A class without a route of its own shares the default's, which is told there.
    ...classes
      .filter(({ source: { id } }) => Object.hasOwn(source.routes ?? {}, id))
      .map(({ route, source: { id } }) => ({ trial: route.trial, path: ['routes', id, 'trial', 'until'] })),
  ];
  const ended = trials.flatMap(({ trial, path }): readonly Finding[] => {
    if (trial === undefined || now < trial.until) return [];
    const message = `The trial ${quote(trial.id)} is over, and no task takes part in it. Remove it, or give it a later day.`;
    return [{ code: 'expired', severity: 'information', message, path }];
  });
  return [...over, ...ended];
}
