import { describe, expect, it } from 'vitest';
import {
  type CountedFailure,
  type Health,
  type HealthEvent,
  healthy,
  isUnhealthy,
  type RequestFailure,
  recordHealth,
} from './health.ts';

type FailureKind = CountedFailure | RequestFailure;

type Attempt = readonly [seconds: number, failure?: FailureKind, retryAfterSeconds?: number];

function healthAfter(...attempts: readonly Attempt[]): Health {
  return attempts.reduce((health, [seconds, failure, retryAfter]) => {
    const event: HealthEvent = {
      provider: 'acme',
      model: 'm',
      at: seconds * 1000,
      ...(failure === undefined ? {} : { failure }),
      ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter * 1000 }),
    };
    return recordHealth(health, event);
  }, healthy);
}

/** The seconds, of those asked about, in which the target is left alone. */
function leftAlone(health: Health, model = 'm'): number[] {
  return [0, 1, 9, 10, 19, 29, 30, 31, 59, 60, 61, 91, 120, 299, 300, 3600].filter(
    (second) => isUnhealthy(health, second * 1000, 'acme', model) !== undefined,
  );
}

describe('health', () => {
  it.each<[string, readonly Attempt[], number[]]>([
    ['nothing has happened', [], []],
    ['one server error is tolerated', [[0, 'server']], []],
    [
      'three in a row are not',
      [
        [0, 'server'],
        [0, 'server'],
        [0, 'server'],
      ],
      [0, 1, 9, 10, 19, 29],
    ],
    ['a success between them forgives', [[0, 'server'], [0, 'server'], [0], [0, 'server']], []],
    [
      'failures ten minutes apart are not in a row',
      [
        [-1300, 'server'],
        [-650, 'server'],
        [0, 'server'],
      ],
      [],
    ],
    ['a rate limit without a time', [[0, 'rate-limit']], [0, 1, 9, 10, 19]],
    ['a rate limit with a time', [[0, 'rate-limit', 60]], [0, 1, 9, 10, 19, 29, 30, 31, 59]],
    ['an error with a time', [[0, 'server', 10]], [0, 1, 9]],
    [
      'a time beyond reason is cut to an hour',
      [[0, 'overload', 1e9]],
      [0, 1, 9, 10, 19, 29, 30, 31, 59, 60, 61, 91, 120, 299, 300],
    ],
    ['a time below zero is none', [[0, 'overload', -5]], []],
    [
      'the next failure after the pause doubles it',
      [
        [0, 'timeout'],
        [0, 'timeout'],
        [31, 'timeout'],
      ],
      [0, 1, 9, 10, 19, 29, 30, 31, 59, 60, 61],
    ],
    ['a success after the pause forgets the pauses', [[0, 'timeout'], [0, 'timeout'], [31], [31, 'timeout']], []],
    [
      'every second one of many failed, though never two in a row',
      [[-9, 'server'], [-8], [-7, 'cut'], [-6], [-5, 'server'], [-4], [0, 'malformed']],
      [0, 1, 9, 10, 19, 29],
    ],
    ['every fourth one failed', [[-9], [-8], [-7], [-6, 'server'], [-5], [-4], [-3], [0, 'server']], []],
    [
      'what the request did wrong is not held against it',
      [
        [0, 'bad-request'],
        [0, 'context-too-long'],
        [0, 'cancelled'],
        [0, 'content-refused'],
      ],
      [],
    ],
  ])('%s', (_name, attempts, expected) => {
    expect(leftAlone(healthAfter(...attempts))).toEqual(expected);
  });

  it.each<[FailureKind, boolean]>([
    ['authentication', true],
    ['quota', true],
    ['rate-limit', false],
    ['not-found', false],
  ])('%s concerns the other models of the provider: %s', (failure, concerns) => {
    expect(isUnhealthy(healthAfter([0, failure]), 1, 'acme', 'other') !== undefined).toBe(concerns);
  });

  it('says why and for how long', () => {
    expect(isUnhealthy(healthAfter([0, 'overload']), 500, 'acme', 'm')).toBe('acme is overloaded; tried again in 10 s');
  });

  it('forgets the oldest of more targets than it keeps', () => {
    let health = healthy;
    for (let n = 0; n < 600; n += 1) {
      health = recordHealth(health, { provider: 'acme', model: `m${n}`, at: n, failure: 'overload' });
    }
    expect(health.records.size).toBe(500);
    expect(isUnhealthy(health, 600, 'acme', 'm0')).toBeUndefined();
    expect(isUnhealthy(health, 600, 'acme', 'm599')).toBeDefined();
  });
});
