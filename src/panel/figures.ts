import { formatUsd, lineOf, onOneLine, shortModel } from '../routing/labels.ts';
import type { Interval } from '../usage/report/usageReport.ts';
import { localMoment, percentage, shortNumber, utcDayAndMonth, utcDayMonthYear, wholeNumber } from './formats.ts';

// Figures are written as the status bar writes money, in English: one number must not have two kinds of separators.

/** Text from a policy, a repository, a provider or a model, fit to be shown within a line. */
export { formatUsd as usd, onOneLine as plain };

/** The longest sentence of the router that is shown, in UTF-16 code units. */
const LONGEST_SENTENCE = 1_500;

/** A whole sentence or two of the router's, with names from outside in it. */
export function sentence(text: string): string {
  return lineOf(text, LONGEST_SENTENCE);
}

export function count(value: number): string {
  return wholeNumber(value);
}

/** `3 tasks`, `1 task`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** `12.3M`: for amounts whose last digits say nothing. */
export function amount(value: number): string {
  return value < 10_000 ? count(value) : shortNumber(value);
}

/** @param share from 0 to 1. What is nearly all, or nearly nothing, is not rounded to it. */
export function percent(share: number): string {
  const isNearEnd = (share > 0.985 && share < 1) || (share > 0 && share < 0.015);
  return percentage(share, isNearEnd ? 1 : 0);
}

/** JSON turns an end that is open into null. */
function isOpen(end: number): boolean {
  return !Number.isFinite(end);
}

export function percentRange({ low, high }: Interval): string {
  const [from, to] = [percent(low), percent(isOpen(high) ? 1 : high)];
  return from === to ? from : `${from.replace('%', '')}–${to}`;
}

export function usdRange({ low, high }: Interval): string {
  const from = formatUsd(low);
  if (isOpen(high)) return `${from} or more`;
  const to = formatUsd(high);
  return from === to ? from : `${from}–${to.replace('$', '')}`;
}

/** Amounts that stand for a lower bound where the price of some attempts is unknown. */
export function spent(cost: { readonly costNanoUsd: number; readonly unpriced: number }): string {
  if (cost.unpriced === 0) return formatUsd(cost.costNanoUsd);
  return cost.costNanoUsd === 0 ? 'unpriced' : `≥ ${formatUsd(cost.costNanoUsd)}`;
}

/** A day of the report: `22 Nov`. */
export function shortDay(day: string): string {
  const at = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(at) ? onOneLine(day) : utcDayAndMonth(at);
}

/** `22 Nov 2026`, in UTC as all days of a report are. */
export function utcDate(at: number): string {
  return utcDayMonthYear(at);
}

/** Made once for each time zone: making one takes longer than drawing what it writes. */
const moments = new Map<string, Intl.DateTimeFormat>();

/** `22 Nov, 14:03` by the reader's clock, or in the time zone that is named. */
export function moment(at: number, timeZone?: string): string {
  if (timeZone === undefined) return localMoment(at);
  const format = moments.get(timeZone) ?? momentFormat(timeZone);
  moments.set(timeZone, format);
  return format.format(at);
}

function momentFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
  });
}

/** `provider/model` as a person looks for it: the model, shortened, and who provides it. */
export function targetNames(target: string): { readonly model: string; readonly provider: string } {
  const slash = target.indexOf('/');
  if (slash < 0) return { model: shortModel(target), provider: '' };
  return { model: shortModel(target.slice(slash + 1)), provider: onOneLine(target.slice(0, slash)) };
}
