import type { CompiledBudget, CompiledTrial, TargetChain } from '../../policy/compiled.ts';
import type { BudgetStep, When } from '../../policy/schema.ts';
import { MOST_VALUE_CHARACTERS, valueWords } from './change.ts';

/** How much of what both have in common is shown before what differs. */
const CONTEXT_CHARACTERS = 20;

/** Two values of a policy beside each other: of long ones what lies around the first difference. */
export function changedWords(was: unknown, is: unknown): string {
  const [old, fresh] = [was, is].map((value) => JSON.stringify(value) ?? 'nothing') as [string, string];
  if (old.length <= MOST_VALUE_CHARACTERS && fresh.length <= MOST_VALUE_CHARACTERS) return `${old} → ${fresh}`;
  let same = 0;
  while (same < old.length && old[same] === fresh[same]) same += 1;
  const from = Math.max(0, same - CONTEXT_CHARACTERS);
  return `${excerpt(old, from)} → ${excerpt(fresh, from)}`;
}

function excerpt(text: string, from: number): string {
  const to = from + MOST_VALUE_CHARACTERS;
  return `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`;
}

/** What a trial was and is, term by term. */
export function trialWords(was: CompiledTrial | undefined, is: CompiledTrial | undefined): string {
  if (was === undefined || is === undefined || was.id !== is.id) {
    return `${was === undefined ? 'no trial' : `trial ${wholeTrial(was)}`} → ${is === undefined ? 'no trial' : `trial ${wholeTrial(is)}`}`;
  }
  const terms: readonly (readonly [name: string, was: string, is: string])[] = [
    ['share', `${was.share} %`, `${is.share} %`],
    ['use', chainWords(was.use), chainWords(is.use)],
    ['until', was.source.until, is.source.until],
    ['when', whenWords(was.source.when), whenWords(is.source.when)],
  ];
  const different = terms.filter(([, old, fresh]) => old !== fresh);
  return `trial ${is.id}: ${different.map(([name, old, fresh]) => `${name} ${old} → ${fresh}`).join('; ')}`;
}

function wholeTrial({ id, share, use, source }: CompiledTrial): string {
  return `${id} (share ${share} %, use ${chainWords(use)}, until ${source.until})`;
}

function whenWords(when: When | undefined): string {
  return when === undefined ? 'any request' : valueWords(when);
}

/** The steps of a budget as they are written: `warn at 80 %, downgrade to "small" at 100 %`. */
export function stepsWords(steps: CompiledBudget['steps']): string {
  const words = steps.map(({ at, source }) => `${stepWords(source)} at ${at} %`);
  return words.length === 0 ? 'no step' : words.join(', ');
}

function stepWords(step: BudgetStep): string {
  return typeof step === 'string' ? step : `downgrade to ${valueWords(step.downgradeTo)}`;
}

/** Where work goes, in the order of trying. */
export function chainWords(chain: TargetChain): string {
  const names = namesOf(chain);
  return names.length === 0 ? 'nothing' : names.slice(0, 4).join(', then ') + (names.length > 4 ? ', …' : '');
}

/** The targets of a chain, each with the effort that is asked of it. */
export function namesOf(chain: TargetChain): readonly string[] {
  return chain.map((target) =>
    target.kind === 'model' && target.effort !== undefined ? `${target.target} (${target.effort})` : target.target,
  );
}
