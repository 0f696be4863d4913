import { dayStart } from '../../contract/usageRange.ts';
import { DAY_MS, dayName } from '../../usage/report/dayRange.ts';
import { LABEL_KEY, LABEL_VALUE, NAME } from '../../usage/sync/event.ts';
import { dayNumber, firstDayOf, weekOf } from './weeks.ts';

/** What is looked at. It is written in a page's address, so that a link shows what its sender saw. */
export interface TeamView {
  readonly days: ViewDays;
  /** Left out: all of the organisation. */
  readonly team?: number;
  readonly class?: string;
  readonly label?: { readonly key: string; readonly value: string };
}

/** So many whole weeks up to now, this one among them; or from one day to another, both included. UTC. */
export type ViewDays =
  | { readonly kind: 'weeks'; readonly weeks: ViewWeeks }
  | { readonly kind: 'custom'; readonly from: string; readonly to: string };

export const viewWeeks = [1, 4, 12, 26] as const;
export type ViewWeeks = (typeof viewWeeks)[number];
export const usualView: TeamView = { days: { kind: 'weeks', weeks: 4 } };
/** Beyond so many days a view begins later. */
const MOST_DAYS = 800;

/** The first and the last day of a view, `2026-11-22`, both included. @param now milliseconds since the epoch */
export function daysOfView({ days }: TeamView, now: number): { readonly from: string; readonly to: string } {
  switch (days.kind) {
    case 'weeks': {
      const today = Math.floor(now / DAY_MS);
      return { from: dayName(firstDayOf(weekOf(today) - days.weeks + 1)), to: dayName(today) };
    }
    case 'custom':
      return { from: dayName(Math.max(dayNumber(days.from), dayNumber(days.to) - MOST_DAYS)), to: days.to };
    default:
      return days satisfies never;
  }
}

/** Reads a view out of an address. What makes no sense is left out, as if nobody had asked for it. */
export function readView(parameters: URLSearchParams): TeamView {
  const team = parameters.get('team') ?? '';
  const ofClass = parameters.get('class') ?? '';
  const label = readLabel(parameters.get('label') ?? '');
  return {
    days: readDays(parameters),
    ...(/^[1-9]\d{0,8}$/.test(team) && { team: Number(team) }),
    ...(NAME.test(ofClass) && { class: ofClass }),
    ...(label && { label }),
  };
}

function readDays(parameters: URLSearchParams): ViewDays {
  const [from, to] = [parameters.get('from') ?? '', parameters.get('to') ?? ''];
  const [first, last] = [dayStart(from), dayStart(to)];
  if (first !== undefined && last !== undefined && first <= last) return { kind: 'custom', from, to };
  const weeks = viewWeeks.find((one) => String(one) === parameters.get('weeks'));
  return weeks === undefined ? usualView.days : { kind: 'weeks', weeks };
}

/** `key:value`; a key has no colon. */
function readLabel(text: string): TeamView['label'] {
  const colon = text.indexOf(':');
  const [key, value] = [text.slice(0, Math.max(0, colon)), text.slice(colon + 1)];
  return LABEL_KEY.test(key) && LABEL_VALUE.test(value) ? { key, value } : undefined;
}

/** The part of an address that asks for a view: empty for the usual one. */
export function viewQuery({ days, team, class: ofClass, label }: TeamView): string {
  const parameters = new URLSearchParams();
  if (days.kind === 'custom') {
    parameters.set('from', days.from);
    parameters.set('to', days.to);
  } else if (JSON.stringify(days) !== JSON.stringify(usualView.days)) parameters.set('weeks', String(days.weeks));
  if (team !== undefined) parameters.set('team', String(team));
  if (ofClass !== undefined) parameters.set('class', ofClass);
  if (label !== undefined) parameters.set('label', `${label.key}:${label.value}`);
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
