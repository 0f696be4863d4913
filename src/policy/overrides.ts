import { durationMs } from './durations.ts';
import { type LayeredPolicy, type PolicyLayer, readingsOf } from './layers.ts';
import type { Policy } from './schema.ts';

type Written = NonNullable<Policy['overrides']>;
export type OverrideDirection = NonNullable<Written['direction']>;

/** What people may ask for against the policy's own choice; the strictest of all layers that have an opinion. */
export interface OverrideRules {
  /** `up` and `down` are by list price. */
  readonly direction: OverrideDirection;
  readonly reasonRequired: boolean;
  /** How long one lasts at most, in milliseconds. undefined: until it is given up. */
  readonly expiresMs?: number;
  readonly maxPerDay?: number;
  /** Each entry is a layer's list of teams; a person has to be in one of every list. */
  readonly who: readonly (readonly string[])[];
  /** The layer that a refusal is put down to, empty for the repository's own file: the one with the narrowest direction. */
  readonly layer: string;
}

const DIRECTIONS: readonly OverrideDirection[] = ['none', 'up', 'any'];

/**
 * The rules for overrides in force. Where no layer speaks of them there are none; a layer that does without saying
 * otherwise allows both directions, with a reason. Where the file was edited, what is committed holds as well.
 */
export function overridesIn({ layers }: LayeredPolicy): OverrideRules {
  const readings = readingsOf(layers).map(strictest);
  return readings.reduce(stricter);
}

function strictest(layers: readonly PolicyLayer[]): OverrideRules {
  const opinions = layers.flatMap(({ name, policy }) =>
    policy.source.overrides === undefined ? [] : [rulesOf(policy.source.overrides, name)],
  );
  const none: OverrideRules = { direction: 'none', reasonRequired: true, who: [], layer: '' };
  return opinions.length === 0 ? none : opinions.reduce(stricter);
}

function rulesOf({ direction, reason, expires, maxPerDay, who }: Written, layer: string): OverrideRules {
  const expiresMs = expires === undefined ? undefined : durationMs(expires);
  return {
    direction: direction ?? 'any',
    reasonRequired: reason !== 'optional',
    ...(expiresMs === undefined ? {} : { expiresMs }),
    ...(maxPerDay === undefined ? {} : { maxPerDay }),
    who: who === undefined ? [] : [typeof who === 'string' ? [who] : who],
    layer,
  };
}

function stricter(a: OverrideRules, b: OverrideRules): OverrideRules {
  const narrower = DIRECTIONS.indexOf(b.direction) < DIRECTIONS.indexOf(a.direction) ? b : a;
  const expiresMs = least(a.expiresMs, b.expiresMs);
  const maxPerDay = least(a.maxPerDay, b.maxPerDay);
  return {
    direction: narrower.direction,
    reasonRequired: a.reasonRequired || b.reasonRequired,
    ...(expiresMs === undefined ? {} : { expiresMs }),
    ...(maxPerDay === undefined ? {} : { maxPerDay }),
    who: [...a.who, ...b.who],
    layer: narrower.layer,
  };
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
