import { randomUUID } from 'node:crypto';

/** Hexadecimal digits of 48 bits. */
const TIME_DIGITS = 12;

/**
 * What the ids of an hour's events begin with: the time of a UUID of version 7 (RFC 9562, 5.7), rounded down to the hour as all
 * times of the record are. So an id is of one hour, and whoever keeps events by days can tell by its day that it was there before.
 *
 * @param hour `2026-11-23T14:00Z`
 */
export function idBeginning(hour: string): string {
  const time = Date.parse(hour).toString(16).padStart(TIME_DIGITS, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-`;
}

/** A new id for an event of this hour: beside that it is random. */
export function newEventId(hour: string): string {
  const random = randomUUID();
  return `${idBeginning(hour)}7${random.slice('01234567-0123-4'.length)}`;
}

/** Whether an id, in whichever case it is written, is of the hour of its event. */
export function isOfHour({ id, hour }: { readonly id: string; readonly hour: string }): boolean {
  return id.toLowerCase().startsWith(idBeginning(hour));
}
