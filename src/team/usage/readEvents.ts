import { Compile } from 'typebox/compile';
import * as z from 'zod';
import { attemptEvent, MOST_EVENTS, outcomeEvent, type UsageEvent, WIRE_VERSION } from '../../usage/sync/event.ts';
import { idBeginning } from '../../usage/sync/eventId.ts';
import type { IncomingEvent } from './eventColumns.ts';
import { dayAt, dayFrom, KEPT_DAYS, MOST_AHEAD_MS } from './retention.ts';

/** Why an event will never be accepted: its sender need not try again. */
export type RefusalCode = 'invalid' | 'too-old' | 'from-the-future';

export interface Refusal {
  readonly id: string;
  readonly code: RefusalCode;
}

export type ReadEvents =
  | { readonly kind: 'events'; readonly incoming: readonly IncomingEvent[]; readonly refused: readonly Refusal[] }
  | { readonly kind: 'unreadable'; readonly status: 413 | 422; readonly sentence: string };

/** An answer speaks of an event by its id; one whose id is no such text cannot be spoken of. */
const LONGEST_ID = 64;
/** So many days and hours are remembered, so that each is worked out once. */
const MOST_HOURS = 2_000;

/**
 * The published record, compiled: a third of the time that the schema takes which it is made from. Unknown fields are refused,
 * so that nothing can come that nobody has read about.
 */
const compiled = {
  attempt: Compile(schemaOf(attemptEvent)),
  outcome: Compile(schemaOf(outcomeEvent)),
};

function schemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...own } = z.toJSONSchema(schema, { io: 'input' });
  return own;
}

/** Reads a batch. What is wrong with one event is said of it alone. @param now milliseconds since the epoch */
export function readEvents(body: unknown, teamId: number, now: number): ReadEvents {
  const events = eventsOf(body);
  if (events === undefined) {
    return unreadable(422, `This is no batch of version ${WIRE_VERSION}: {"version":${WIRE_VERSION},"events":[…]}.`);
  }
  if (events.length > MOST_EVENTS) return unreadable(413, `A batch has ${MOST_EVENTS} events at most.`);
  const days = daysAround(now);
  const incoming: IncomingEvent[] = [];
  const refused: Refusal[] = [];
  for (const value of events) {
    const id = idOf(value);
    if (id === undefined) return unreadable(422, 'An event has no id by which it could be answered.');
    if (!isUsageEvent(value)) {
      refused.push({ id, code: 'invalid' });
      continue;
    }
    const day = days(value.hour);
    if (day.kind !== 'day') refused.push({ id, code: day.kind });
    // By days it is known what was there before: an id that could be of another day would count again.
    else if (!id.toLowerCase().startsWith(day.ids)) refused.push({ id, code: 'invalid' });
    else incoming.push({ teamId, day: day.day, event: value });
  }
  return { kind: 'events', incoming, refused };
}

function eventsOf(body: unknown): readonly unknown[] | undefined {
  if (typeof body !== 'object' || body === null || Object.keys(body).length !== 2) return undefined;
  const { version, events } = body as { readonly version?: unknown; readonly events?: unknown };
  return version === WIRE_VERSION && Array.isArray(events) && events.length > 0 ? events : undefined;
}

function unreadable(status: 413 | 422, sentence: string): ReadEvents {
  return { kind: 'unreadable', status, sentence };
}

function idOf(value: unknown): string | undefined {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
  return typeof id === 'string' && id.length <= LONGEST_ID ? id : undefined;
}

function isUsageEvent(value: unknown): value is UsageEvent {
  const event = (value as { readonly event?: unknown }).event;
  if (event === 'attempt') return compiled.attempt.Check(value);
  return event === 'outcome' && compiled.outcome.Check(value);
}

type Day =
  | { readonly kind: 'day'; readonly day: string /** What its hour's ids begin with. */; readonly ids: string }
  | { readonly kind: RefusalCode };

/** Tells the day of an hour, or why it is none that is taken. */
function daysAround(now: number): (hour: string) => Day {
  const oldest = dayFrom(dayAt(now), 1 - KEPT_DAYS);
  const known = new Map<string, Day>();
  return (hour) => {
    const before = known.get(hour);
    if (before !== undefined) return before;
    const day = dayOf(hour, oldest, now);
    if (known.size < MOST_HOURS) known.set(hour, day);
    return day;
  };
}

function dayOf(hour: string, oldest: string, now: number): Day {
  const at = Date.parse(hour);
  // The 31st of February is read as a day of March.
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== hour.slice(0, 10)) return { kind: 'invalid' };
  if (at > now + MOST_AHEAD_MS) return { kind: 'from-the-future' };
  const day = hour.slice(0, 10);
  return day < oldest ? { kind: 'too-old' } : { kind: 'day', day, ids: idBeginning(hour) };
}
