import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import type { Facts } from './facts.ts';
import { sightsOf } from './knownSights.ts';
import { sightOfWork } from './sight.ts';
import { chain, constraints, facts, ground, when, worldOf } from './testing/arbitraries.ts';
import { onlyLayer, policyWith } from './testing/world.ts';

const policies = fc.tuple(chain, constraints, when).map(([route, list, condition]) =>
  policyWith({
    default: route,
    classes: [{ id: 'some', when: condition, use: route }],
    constraints: list,
  }),
);

const languages = fc.option(fc.constantFrom({ 'src/a.ts': 'go' }, { 'docs/x.md': 'typescript' }), { nil: undefined });

/** Another request about the same list of files. */
const others = fc.tuple(facts, languages, fc.boolean()).map(([given, spoken, incomplete]) => ({
  ...given,
  ...(spoken ? { languages: spoken } : {}),
  ...(incomplete ? { readsIncomplete: true } : {}),
}));

describe('what was seen of a list of files', () => {
  it('is seen again by a request about the same list, and decides as if it were looked at anew', () => {
    fc.assert(
      fc.property(
        fc.array(policies, { minLength: 1, maxLength: 2 }),
        facts,
        fc.array(fc.tuple(others, fc.nat()), { minLength: 1, maxLength: 12 }),
        ground,
        (some, first, after, on) => {
          const { files } = first;
          const state = worldOf(on);
          for (const [given, n] of [[first, 0] as const, ...after]) {
            const policy = some[n % some.length]!;
            const { files: _, ...rest } = given;
            const request: Facts = { ...rest, ...(files ? { files } : {}) };
            const anew: Facts = { ...rest, ...(files ? { files: structuredClone(files) } : {}) };
            expect(decide(policy, request, state)).toEqual(decide(policy, anew, state));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is not put together twice', () => {
    const layer = onlyLayer(policyWith({ default: ['alpha/one'] }));
    const files = [{ path: 'src/a.ts', added: 1 }];
    const one = sightsOf(layer, { kind: 'agent', files, reads: ['docs/x.md'], text: 'add a test' });
    const other = sightsOf(layer, { kind: 'agent', files, reads: ['docs/x.md'], text: 'now the docs' });
    expect(other.outgoing.touchedHits).toBe(one.outgoing.touchedHits);
    expect(other.work.size).toBe(one.work.size);
    expect(other.work.facts.text).toBe('now the docs');
    expect(other.work.wordsOfText()?.hasSome(['docs'])).toBe(true);
    expect(one.work.wordsOfText()?.hasSome(['docs'])).toBe(false);
  });

  it.each<[string, Partial<Facts>]>([
    ['what is read', { reads: ['pii/people.csv'] }],
    ['whether that is all', { readsIncomplete: true }],
    ['the languages', { languages: { 'src/a.ts': 'go' } }],
    ['the work by another base', { byBase: { head: [{ path: 'docs/x.md' }] } }],
  ])('is looked at anew with other words on %s', (_, more) => {
    const layer = onlyLayer(policyWith({ default: ['alpha/one'], diff: { base: 'head' } }));
    const before: Facts = { kind: 'agent', files: [{ path: 'src/a.ts' }], reads: ['docs/x.md'] };
    sightsOf(layer, before);
    const after = { ...before, ...more };
    const { work } = sightsOf(layer, after);
    const anew = sightOfWork(layer, after);
    expect({ ...work, languages: work.languages() }).toMatchObject({
      counted: anew.counted,
      touched: anew.touched,
      filesKnown: anew.filesKnown,
      languages: anew.languages(),
      size: anew.size,
    });
    expect(sightsOf(layer, after).outgoing.touched).toEqual(sightsOf(layer, structuredClone(after)).outgoing.touched);
  });
});
