import type { BudgetOutcome, Decision, RemovalReason, Shortfall } from './decision.ts';
import { formatUsd, named, spoken } from './labels.ts';

// What people read of budgets, and are asked about them.

/** What a budget did, as the end of a sentence that begins with its name. */
export function budgetWords(outcome: BudgetOutcome): string {
  switch (outcome.did) {
    case 'nothing':
      return `has room: ${spendOf(outcome)}`;
    case 'warned':
      return `warns: ${spendOf(outcome)}`;
    case 'asked':
      return `wants you to be asked: ${roomOf(outcome)}`;
    case 'permitted':
      return `was asked for, and you allowed more: ${spendOf(outcome)}`;
    case 'downgraded':
      return `chose a cheaper model: ${roomOf(outcome)}`;
    case 'kept-out':
      return outcome.notPermitted
        ? `keeps out what nobody has allowed: ${roomOf(outcome)}`
        : `keeps out what it has no room for: ${roomOf(outcome)}`;
    case 'blocked':
      return outcome.notPermitted
        ? `asks before more is spent, and nobody has allowed it: ${roomOf(outcome)}`
        : `leaves only what costs nothing: ${roomOf(outcome)}`;
    case 'not-enforced':
      return outcome.uncounted
        ? `is not enforced here: ${withoutStop(outcome.uncounted)}`
        : 'is not enforced here: what was spent is not known';
    default:
      return outcome.did satisfies never;
  }
}

/** How much of a budget is spent, and set aside. */
export function spendOf({
  spentNanoUsd,
  reservedNanoUsd = 0,
  limitNanoUsd,
  period,
  per,
  uncounted,
}: BudgetOutcome): string {
  const limit = `${formatUsd(limitNanoUsd)}${period === undefined ? '' : ` a ${period}`}`;
  if (spentNanoUsd === undefined)
    return `what was spent of ${limit} is not known${uncounted ? `, because ${withoutStop(uncounted)}` : ''}`;
  return reservedNanoUsd > 0
    ? `${formatUsd(spentNanoUsd - reservedNanoUsd)} of ${limit} is spent, and ${isShared(per) ? 'requests under way and other machines' : 'requests under way'} have set ${formatUsd(reservedNanoUsd)} aside`
    : `${formatUsd(spentNanoUsd)} of ${limit} is spent`;
}

/** How much of a budget is spent, and where that alone is not why it acted, what is left and what the request may cost. */
export function roomOf(outcome: BudgetOutcome): string {
  const { shortfall } = outcome;
  return shortfall === undefined ? spendOf(outcome) : `${spendOf(outcome)}; ${shortfallWords(shortfall)}`;
}

function shortfallWords({ target, leftNanoUsd, requestNanoUsd, at }: Shortfall): string {
  const upTo = at === undefined ? '' : ` up to ${at} percent of it`;
  return `${formatUsd(leftNanoUsd)} is left${upTo}, and this request may cost up to ${formatUsd(requestNanoUsd)} on ${spoken(target)}`;
}

/** Why a target is taken away for the sake of a budget, as the end of a sentence that begins with its name. */
export function overBudgetWords({ rule, shortfall }: Extract<RemovalReason, { kind: 'budget' }>): string {
  if (shortfall === undefined) return `costs more than budget ${named(rule)} has left`;
  const { leftNanoUsd, requestNanoUsd, at } = shortfall;
  const upTo = at === undefined ? '' : ` up to ${at} percent`;
  return `may cost up to ${formatUsd(requestNanoUsd)}, and budget ${named(rule)} has ${formatUsd(leftNanoUsd)} left${upTo}`;
}

/** Whose spending a budget counts. */
export function wholeOf({ per, countedAs }: BudgetOutcome): string {
  switch (per) {
    case 'task':
      return ' (of this task)';
    case 'repo':
      return ' (of this repository, on this machine)';
    case 'class':
      return countedAs === undefined ? '' : ` (of class ${named(countedAs)}, on this machine)`;
    case 'developer':
      return ' (yours)';
    default:
      return ` (of the ${per})`;
  }
}

/** Which budgets had no room for some of the targets, in a sentence each; empty where none did. */
export function keptOutSentences({ budgets }: Decision): string {
  return budgets
    .filter(({ did }) => did === 'kept-out')
    .map((budget) => `Budget ${named(budget.id)}${wholeOf(budget)} ${budgetWords(budget)}.`)
    .join(' ');
}

/** What to do where a budget has refused a request. @param whom who may change the policy */
export function budgetStep(budget: BudgetOutcome, whom: string): string {
  const { per, period, spentNanoUsd, reservedNanoUsd = 0, limitNanoUsd, notPermitted, shortfall } = budget;
  if (spentNanoUsd === undefined && isShared(per))
    return `Try again later, use a model that costs nothing, or ask ${whom} to set "onUnknown": "open" if such requests may pass.`;
  if (spentNanoUsd === undefined) return `Ask ${whom} to set "onUnknown": "open" if such requests may pass.`;
  if (notPermitted)
    return 'It asks before more is spent, and nobody has allowed it: run "Routing Policy: Allow More of a Budget" in an editor that has this folder open, or use a model that costs nothing.';
  const { requestNanoUsd = 0, leftNanoUsd = 0, at = 100 } = shortfall ?? {};
  const room = shortfall === undefined ? limitNanoUsd - spentNanoUsd : leftNanoUsd;
  // Most of what is set aside comes back as soon as the requests that it is for are answered.
  if (reservedNanoUsd > 0 && room + reservedNanoUsd > 0 && room + reservedNanoUsd >= requestNanoUsd)
    return isShared(per)
      ? 'Try again in some minutes: what they do not spend comes back.'
      : 'Try again when those requests are answered, or in ten minutes where one was killed.';
  if (shortfall === undefined) return `${waitFor(period)}, use a model that costs nothing, or ask ${whom} to raise it.`;
  const less = 'send less, use a model that costs less or nothing';
  // Of a budget that is smaller than the request no day has more.
  return requestNanoUsd > (limitNanoUsd * at) / 100
    ? `${capitalized(less)}, or ask ${whom} to raise it: it is less than this request may cost.`
    : `${waitFor(period)}, ${less}, or ask ${whom} to raise it.`;
}

function capitalized(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** What a person is asked who may let a budget be spent from further. */
export function budgetQuestion(
  budget: BudgetOutcome,
  { cost, outcome }: Decision,
): { readonly budget: string; readonly spent: string; readonly request: string } {
  const target = outcome.kind === 'routed' ? outcome.target.target : '';
  const most = cost.kind === 'priced' ? ` (at most about ${formatUsd(cost.highNanoUsd)})` : '';
  return { budget: budget.id, spent: `${spendOf(budget)}${wholeOf(budget)}`, request: `${target}${most}` };
}

/** Whether many machines spend from such a budget. */
function isShared(per: string): boolean {
  return per === 'team' || per === 'org';
}

/** When a budget has room again. Periods are UTC's, and a week begins on Monday. */
function waitFor(period: string | undefined): string {
  switch (period) {
    case undefined:
      return 'Start a new task';
    case 'day':
      return 'Wait until midnight UTC';
    case 'week':
      return 'Wait until Monday (UTC)';
    default:
      return `Wait for the next ${period} (UTC)`;
  }
}

/** For the middle of a sentence. */
function withoutStop(text: string): string {
  return text.replace(/\.$/, '');
}
