import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Attempt } from '../attempt.ts';
import { type Anonymity, anonymousAttempt, anonymousOutcome, type ToldTask } from './anonymize.ts';
import { attemptEvent, usageEvent } from './event.ts';
import { isOfHour } from './eventId.ts';
import { personId, taskName } from './pseudonym.ts';
import { nothingDeclared } from './vocabulary.ts';

const DAY = 86_400_000;
const PERIOD = 28 * DAY;
const salt = 'salt-of-a-team';
const key = { salt, installId: '4711' };
const anonymity: Anonymity = { key, common: { providers: new Set() }, declared: nothingDeclared };

const attempt: Attempt = {
  id: 'attempt-1',
  requestId: 'request-1',
  at: 700 * PERIOD,
  surface: 'chat',
  kind: 'chat',
  class: 'docs',
  rule: 'docs',
  policyHash: 'c0ffee00c0ffee00c0ffee00c0ffee00',
  place: 0,
  outcome: 'served',
};

test.each([
  [0, '0'],
  [7, '7'],
  [99, '99'],
  [1_234, '1200'],
  [1_251, '1300'],
  [98_765, '99000'],
  [Number.NaN, '0'],
  [1e12, '86000000'],
])('of %d ms two significant digits are told', (latencyMs, told) => {
  const event = anonymousAttempt({ ...attempt, latencyMs, firstTokenMs: latencyMs }, anonymity);
  expect([event.latencyMs, event.firstTokenMs].map(String)).toEqual([told, told]);
  expect(attemptEvent.safeParse(event).success).toBe(true);
});

describe('a policy', () => {
  const policyOf = (changes: Partial<Attempt>, by = key): string | undefined =>
    anonymousAttempt({ ...attempt, ...changes }, { ...anonymity, key: by }).policy;

  test('is told by a keyed name, which is not found from its text without the salt', () => {
    const name = createHmac('sha256', salt).update(`policy|${attempt.policyHash}`).digest('hex').slice(0, 16);
    expect(policyOf({})).toBe(name);
    expect(policyOf({}, { ...key, salt: 'another-salt' })).not.toBe(name);
  });

  test('has one name for the whole team and for all time, and another one after each change of it', () => {
    expect(policyOf({ at: attempt.at + PERIOD }, { salt, installId: 'another' })).toBe(policyOf({}));
    expect(policyOf({ policyHash: 'c0ffee00c0ffee00c0ffee00c0ffee01' })).not.toBe(policyOf({}));
  });

  test('without a proper hash is left out', () => {
    expect(policyOf({ policyHash: '/home/somebody' })).toBeUndefined();
    expect(policyOf({ policyHash: '' })).toBeUndefined();
  });
});

test.each([
  ['at its beginning', 0, true],
  ['at its end', PERIOD - 1, true],
  ['in the next one', PERIOD, false],
  ['in the one before', -1, false],
])('a name is of 28 days: the same moment of a period and %s', (_where, later, isSame) => {
  const at = attempt.at;
  expect(personId(key, at + later) === personId(key, at)).toBe(isSame);
  expect(taskName(key, at + later, 'task-1') === taskName(key, at, 'task-1')).toBe(isSame);
});

test.each([
  ['was judged', { outcomeAt: 5, closedAt: 3 }, '05'],
  ['was closed', { closedAt: 3 }, '03'],
  ['was last gone on with', {}, '02'],
])(
  'an outcome and its id are of the hour in which its task %s, not of that in which it was opened',
  (_what, hours, told) => {
    const openedAt = Date.UTC(2026, 10, 22);
    const at = (hour: number): number => openedAt + hour * 3_600_000;
    const task: ToldTask = {
      id: 'task-1',
      openedAt,
      lastAt: at(2),
      ...Object.fromEntries(Object.entries(hours).map(([name, hour]) => [name, at(hour)])),
      surface: 'agent',
      kind: 'agent',
      class: 'docs',
      outcome: 'kept',
      policyHash: attempt.policyHash,
      simulated: false,
    };
    const event = anonymousOutcome(task, { revision: 0, previous: undefined }, anonymity);
    expect(event.hour).toBe(`2026-11-22T${told}:00Z`);
    expect(isOfHour(event)).toBe(true);
    expect(usageEvent.safeParse(event).success).toBe(true);
  },
);
