import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quantileOf } from '../usage/latency.ts';
import { type PersonBuckets, toldBuckets } from './toldBuckets.ts';

const LEAST = 3;
const people = ['ana', 'bo', 'cy', 'di', 'ed', 'fay'];
/** So many calls that those of two persons are never taken for those of another. */
const callsOf = (person: string): number => 20 ** people.indexOf(person);
const whoIsIn = (calls: number): readonly string[] =>
  people.filter((person) => Math.floor(calls / callsOf(person)) % 20 > 0);
const total = (buckets: Readonly<Record<string, number>>): number =>
  Object.values(buckets).reduce((sum, calls) => sum + calls, 0);

const someone = fc.record({
  person: fc.constantFrom(...people),
  buckets: fc.uniqueArray(fc.oneof(fc.constant('zero'), fc.integer({ min: -1, max: 8 }).map(String)), { maxLength: 6 }),
});

describe('a histogram of several persons', () => {
  test('has no bucket of fewer than are asked for, and every call is in one', () => {
    fc.assert(
      fc.property(fc.uniqueArray(someone, { selector: ({ person }) => person }), (all) => {
        const given = all.map(
          ({ person, buckets }): PersonBuckets => [
            person,
            Object.fromEntries(buckets.map((bucket) => [bucket, callsOf(person)])),
          ],
        );
        const told = toldBuckets(given, LEAST);
        for (const calls of Object.values(told)) expect(whoIsIn(calls).length).toBeGreaterThanOrEqual(LEAST);
        const withCalls = all.filter(({ buckets }) => buckets.length > 0);
        const sent = given.reduce((sum, [, buckets]) => sum + total(buckets), 0);
        expect(total(told)).toBe(withCalls.length >= LEAST ? sent : 0);
      }),
    );
  });

  test('is as it was where enough persons are in each bucket', () => {
    const same = { '10': 2, '30': 1 };
    const told = toldBuckets(
      ['ana', 'bo', 'cy'].map((person) => [person, same]),
      LEAST,
    );
    expect(told).toEqual({ '10': 6, '30': 3 });
    expect(quantileOf(told, 0.5)).toBe(quantileOf(same, 0.5));
  });

  test('draws one person’s slow call to what the others had', () => {
    const told = toldBuckets(
      [
        ['ana', { '10': 5, '90': 1 }],
        ['bo', { '10': 5 }],
        ['cy', { '10': 5 }],
      ],
      LEAST,
    );
    expect(told).toEqual({ '10': 16 });
  });
});
