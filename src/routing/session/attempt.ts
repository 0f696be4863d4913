import type { CompiledRoute, TargetChain } from '../../policy/compiled.ts';
import { holds } from '../conditions.ts';
import type { Reason } from '../decision.ts';
import type { Sight } from '../sight.ts';
import type { State } from '../state.ts';
import { armOf } from './trial.ts';

/**
 * The targets of a route for this attempt at a task: those of `escalateTo` for another attempt, else those of its trial for
 * the tasks that are on it, with the route's own behind them, else the route's own.
 */
export function targetsOf(
  route: CompiledRoute,
  work: Sight,
  state: State,
): { readonly use: TargetChain; readonly why: readonly Reason[] } {
  const { use, escalateTo, trial } = route;
  const { session, now } = state;
  const isOn =
    trial !== undefined && now < trial.until && (trial.when === undefined || holds(trial.when, work) === true);
  const arm = isOn && session !== undefined ? armOf(trial, session.taskId) : undefined;
  const why: Reason[] = arm && trial ? [{ kind: 'trial', id: trial.id, arm, until: trial.until }] : [];
  if (session?.retry !== undefined && escalateTo !== undefined) {
    return { use: escalateTo, why: [...why, { kind: 'escalated', because: session.retry }] };
  }
  if (arm !== 'trial' || trial === undefined) return { use, why };
  const onTrial = new Set(trial.use.map(({ target }) => target));
  return { use: [...trial.use, ...use.filter(({ target }) => !onTrial.has(target))], why };
}
