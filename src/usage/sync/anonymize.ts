import type { Attempt } from '../attempt.ts';
import type { Task } from '../task.ts';
import {
  type AttemptEvent,
  arms,
  attemptOutcomes,
  billings,
  failureCodes,
  kinds,
  MOST_MS,
  MOST_NANO_USD,
  MOST_PLACES,
  MOST_REVISIONS,
  MOST_TOKENS,
  OTHER,
  type OutcomeEvent,
  overriders,
  priceSources,
  surfaces,
  taskOutcomes,
} from './event.ts';
import { newEventId } from './eventId.ts';
import { type PseudonymKey, personId, policyName, taskName } from './pseudonym.ts';
import {
  askedName,
  type CommonNames,
  clientName,
  type DeclaredNames,
  modelName,
  providerName,
  ruleName,
} from './vocabulary.ts';

/** With what a record is made nameless. */
export interface Anonymity {
  readonly key: PseudonymKey;
  readonly common: CommonNames;
  /** What the policy declares under which it happened. */
  readonly declared: DeclaredNames;
}

/** A task as far as it is told of. */
export interface ToldTask extends Task {
  readonly policyHash: string;
  readonly simulated: boolean;
}

const HOUR_MS = 3_600_000;

/**
 * What leaves this machine of an attempt, built field by field: a field that is added to attempts goes nowhere until it is
 * written down here and in {@link ./event.ts the record}.
 *
 * Its task is named for the period that the attempt lies in, as its person is: a task that goes on into the next period has
 * another name there, or it would tell that two persons are one.
 */
export function anonymousAttempt(attempt: Attempt, { key, common, declared }: Anonymity): AttemptEvent {
  const { provider, model, taskId, requestedModel, fallbackFrom, client, trial, policyHash } = attempt;
  const failed = fallbackFrom === undefined ? undefined : targetOf(fallbackFrom);
  const hour = hourOf(attempt.at);
  return {
    event: 'attempt',
    id: newEventId(hour),
    hour,
    person: personId(key, attempt.at),
    ...given('task', taskId, (id) => taskName(key, attempt.at, id)),
    surface: wordIn(surfaces, attempt.surface),
    kind: wordIn(kinds, attempt.kind),
    class: ruleName(attempt.class, declared),
    rule: ruleName(attempt.rule, declared),
    ...policyMark(key, policyHash),
    ...given('provider', provider, (id) => providerName(id, declared, common)),
    ...given('model', model, (id) => modelName(provider, id, declared)),
    place: bounded(attempt.place, MOST_PLACES),
    ...given('asked', requestedModel, (asked) => askedName(asked, declared)),
    ...given('failedProvider', failed?.provider, (id) => providerName(id, declared, common)),
    ...given('failedModel', failed?.model, (id) => modelName(failed?.provider, id, declared)),
    ...given('client', client, clientName),
    ...given('trial', trial, (id) => ruleName(id, declared)),
    ...given('arm', attempt.arm, (arm) => wordIn(arms, arm)),
    ...given('overridden', attempt.overridden, (by) => wordIn(overriders, by)),
    outcome: wordIn(attemptOutcomes, attempt.outcome),
    ...given('failure', attempt.failure, (code) => wordIn(failureCodes, code)),
    ...given('inputTokens', attempt.inputTokens, tokens),
    ...given('cacheReadTokens', attempt.cacheReadTokens, tokens),
    ...given('cacheWriteTokens', attempt.cacheWriteTokens, tokens),
    ...given('outputTokens', attempt.outputTokens, tokens),
    ...given('reasoningTokens', attempt.reasoningTokens, tokens),
    ...(attempt.usageEstimated === true ? { estimated: true as const } : {}),
    ...given('costNanoUsd', attempt.costNanoUsd, money),
    ...given('price', attempt.priceSource, (source) => wordIn(priceSources, source)),
    ...given('billing', attempt.billing, (billing) => wordIn(billings, billing)),
    ...given('billedNanoUsd', attempt.billedNanoUsd, money),
    ...given('latencyMs', attempt.latencyMs, milliseconds),
    ...given('firstTokenMs', attempt.firstTokenMs, milliseconds),
    ...labelsOf(declared),
    ...(attempt.simulated === true ? { simulated: true as const } : {}),
  };
}

/**
 * What leaves this machine of what became of a task, under the names of the period that it was opened in.
 *
 * @param revision how often this task was told of before
 * @param previous what was told last
 */
export function anonymousOutcome(
  task: ToldTask,
  { revision, previous }: { readonly revision: number; readonly previous: string | undefined },
  { key, common, declared }: Anonymity,
): OutcomeEvent {
  const { provider, model, trial, survival } = task;
  const hour = hourOf(task.outcomeAt ?? task.closedAt ?? task.lastAt);
  return {
    event: 'outcome',
    id: newEventId(hour),
    hour,
    person: personId(key, task.openedAt),
    task: taskName(key, task.openedAt, task.id),
    revision: bounded(revision, MOST_REVISIONS),
    surface: wordIn(surfaces, task.surface),
    kind: wordIn(kinds, task.kind),
    class: ruleName(task.class, declared),
    ...policyMark(key, task.policyHash),
    ...given('provider', provider, (id) => providerName(id, declared, common)),
    ...given('model', model, (id) => modelName(provider, id, declared)),
    ...given('trial', trial, (id) => ruleName(id, declared)),
    ...given('arm', task.arm, (arm) => wordIn(arms, arm)),
    outcome: wordIn(taskOutcomes, task.outcome),
    ...given('previous', previous, (word) => wordIn(taskOutcomes, word)),
    ...given('survival', survival, (share) => bounded(share * 100, 100)),
    ...labelsOf(declared),
    ...(task.simulated ? { simulated: true as const } : {}),
  };
}

/** Rounded down. A moment that no calendar has is the first. */
export function hourOf(at: number): string {
  const hour = Math.floor(at / HOUR_MS) * HOUR_MS;
  const isDate = hour >= 0 && hour < Date.UTC(10_000, 0);
  return `${new Date(isDate ? hour : 0).toISOString().slice(0, 13)}:00Z`;
}

function given<Name extends string, Value, Told>(
  name: Name,
  value: Value | undefined,
  tell: (value: Value) => Told,
): { readonly [Key in Name]?: Told } {
  return (value === undefined ? {} : { [name]: tell(value) }) as { readonly [Key in Name]?: Told };
}

function wordIn<Word extends string>(words: readonly Word[], value: string): Word | typeof OTHER {
  return words.find((word) => word === value) ?? OTHER;
}

function bounded(value: number, most: number): number {
  return Number.isFinite(value) ? Math.min(Math.max(Math.round(value), 0), most) : 0;
}

const tokens = (count: number): number => bounded(count, MOST_TOKENS);
const money = (nanoUsd: number): number => bounded(nanoUsd, MOST_NANO_USD);

/** To two significant digits: enough for percentiles, and too little to find one call in a provider's log. */
function milliseconds(value: number): number {
  return bounded(Number(bounded(value, MOST_MS).toPrecision(2)), MOST_MS);
}

function policyMark(key: PseudonymKey, hash: string): { readonly policy?: string } {
  return /^[0-9a-f]+$/.test(hash) ? { policy: policyName(key, hash) } : {};
}

function labelsOf({ labels }: DeclaredNames): { readonly labels?: Record<string, string> } {
  return Object.keys(labels).length === 0 ? {} : { labels: { ...labels } };
}

function targetOf(target: string): { readonly provider: string; readonly model: string } {
  const slash = target.indexOf('/');
  return slash < 0
    ? { provider: target, model: '' }
    : { provider: target.slice(0, slash), model: target.slice(slash + 1) };
}
