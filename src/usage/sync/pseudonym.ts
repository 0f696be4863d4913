import { createHmac } from 'node:crypto';

/** How long a person keeps one name, in milliseconds: 28 days. */
const EPOCH_MS = 28 * 86_400_000;
const CHARACTERS = 16;

/** What names are keyed with. Neither half is known to whoever gets the names. */
export interface PseudonymKey {
  /** The team's; the team's server does not keep it. */
  readonly salt: string;
  /** Random, of this installation. */
  readonly installId: string;
}

/**
 * A name for whoever uses this installation: HMAC-SHA256 of the 28 days that a moment lies in and of the installation, keyed
 * with the team's salt, cut to 16 characters. Whoever has the names of two such periods cannot tell whether they are one's.
 *
 * @param at milliseconds since the epoch
 */
export function personId(key: PseudonymKey, at: number): string {
  return named(key, 'pid', at, key.installId);
}

/**
 * A name for a task, keyed in the same way.
 * @param at of the event that it stands in: it must be of the same period as the person beside it
 */
export function taskName(key: PseudonymKey, at: number, taskId: string): string {
  return named(key, 'tid', at, `${key.installId}|${taskId}`);
}

/**
 * A name for a policy: one for the whole team and for all time, so that before a change can be told from after. Whoever has
 * the policy's text and not the salt cannot find out that it is this one.
 */
export function policyName({ salt }: PseudonymKey, policyHash: string): string {
  return keyed(salt, `policy|${policyHash}`);
}

function named({ salt }: PseudonymKey, what: string, at: number, of: string): string {
  return keyed(salt, `${what}|${Math.floor(at / EPOCH_MS)}|${of}`);
}

function keyed(salt: string, text: string): string {
  return createHmac('sha256', salt).update(text).digest('hex').slice(0, CHARACTERS);
}
