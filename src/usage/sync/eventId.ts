import { beginningOf, timedId } from '../timedId.ts';

/**
 * What the ids of an hour's events begin with: its time, rounded down to the hour as all times of the record are. So an id is
 * of one hour, and whoever keeps events by days can tell by its day that it was there before.
 *
 * @param hour `2026-11-23T14:00Z`
 */
export function idBeginning(hour: string): string {
  return beginningOf(Date.parse(hour));
}

/** A new id for an event of this hour: beside that it is random. */
export function newEventId(hour: string): string {
  return timedId(Date.parse(hour));
}

/** Whether an id, in whichever case it is written, is of the hour of its event. */
export function isOfHour({ id, hour }: { readonly id: string; readonly hour: string }): boolean {
  return id.toLowerCase().startsWith(idBeginning(hour));
}
