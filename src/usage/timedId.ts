import { randomUUID } from 'node:crypto';

/** Hexadecimal digits of 48 bits. */
const TIME_DIGITS = 12;

/**
 * What ids of a moment begin with: the time of a UUID of version 7 (RFC 9562, 5.7).
 *
 * @param at milliseconds since the epoch
 */
export function beginningOf(at: number): string {
  const time = at.toString(16).padStart(TIME_DIGITS, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-`;
}

/**
 * A new id: its time, and beside that 74 random bits. Rows that come one after the other lie beside each other in an index
 * of such ids; wholly random ones would each change a page of their own.
 *
 * @param at milliseconds since the epoch
 */
export function timedId(at: number): string {
  return `${beginningOf(at)}7${randomUUID().slice('01234567-0123-4'.length)}`;
}
