// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LayerOrigin } from '../policy/layers.ts';
import type { Budget, ClassOfWork, Constraint, Policy } from '../policy/schema.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import type { Facts } from './facts.ts';
import type { State } from './state.ts';
import { chain, constraintBody, constraints, facts, ground, TARGETS, when, worldOf } from './testing/arbitraries.ts';
import { stacked, type WrittenLayer } from './testing/world.ts';

const runs = { numRuns: fc.readConfigureGlobal().numRuns ?? 200 };

/*
 * Every layer's classes go where its default says, and every default lists all targets in one order. So what is kept is
 * what is admissible, whichever class of whichever layer wins.
 */
const EVERYWHERE = { default: [...TARGETS] };

const gates = fc.constantFrom('senior', 'risk');
const globs: fc.Arbitrary<string[]> = fc.constantFrom(['src/**'], ['**/*.test.*'], ['packages/**'], ['**']);

/** Ids that outer and inner layers both use, so that they would meet if they were not kept apart. */
const classes = fc
  .array(
    fc.record(
      { when, review: gates, maxCostUsd: fc.constantFrom(0, 0.02, 1), final: fc.boolean() },
      { requiredKeys: ['when'] },
    ),
    { maxLength: 3 },
  )
  .map((bodies) => bodies.map((body, n): ClassOfWork => ({ id: `k${n}`, ...body })));

const budgets = fc
  .array(
    fc.record(
      {
        when,
        then: fc.constantFrom('block' as const, 'warn' as const, 'ask' as const),
        onUnknown: fc.constantFrom('open' as const, 'closed' as const),
      },
      { requiredKeys: [] },
    ),
    { maxLength: 2 },
  )
  .map((bodies) => bodies.map((body, n): Budget => ({ id: `b${n}`, per: 'developer', usd: 1, ...body })));

const onMissing = fc.constantFrom('skip' as const, 'warn' as const, 'block' as const);

/** Everything that may be written in one layer, with the names that the other layers use too. */
const written: fc.Arbitrary<Partial<Policy>> = fc
  .record(
    {
      classes,
      constraints,
      budgets,
      modules: fc.oneof(
        fc.constantFrom('top-level' as const, 'auto' as const),
        globs.map((all) => ({ named: { one: all } })),
        globs.map((support) => ({ support })),
      ),
      diff: globs.map((ignore) => ({ ignore })),
      models: chain.map((of) => ({ small: of, all: of })),
      session: fc.constant({ pin: 'turn' as const }),
      overrides: fc.constant({ direction: 'any' as const }),
      attestations: onMissing.map((word) => ({ files: 'a/*.json', onMissing: word })),
    },
    { requiredKeys: [] },
  )
  .map((parts) => ({ ...EVERYWHERE, ...parts, review: { senior: { who: '@a/s' }, risk: { who: '@a/r' } } }));

const mode = fc.constantFrom('observe' as const, 'warn' as const, 'enforce' as const);
/** Says itself how strict it is: where it does not, an inner layer may. */
const baseline = written.map((policy): Partial<Policy> => ({ ...policy, mode: 'enforce' }));
const hostile = fc
  .tuple(written, fc.option(mode, { nil: undefined }))
  .map(([policy, said]): Partial<Policy> => ({ ...policy, ...(said === undefined ? {} : { mode: said }) }));

const marks = fc.dictionary(fc.constantFrom('src/a.ts', 'pii/people.csv', 'packages/p/y.go', 'go.sum'), fc.boolean());

/** What a `.gitattributes` can make of the same files. */
function marked(given: Facts, by: Readonly<Record<string, boolean>>): Facts {
  if (given.files === undefined) return given;
  const files = given.files.map((file) => {
    const mark = Object.hasOwn(by, file.path) ? by[file.path] : undefined;
    return mark === undefined ? file : { ...file, generated: mark };
  });
  return { ...given, files };
}

/** The same spend for outer budgets, whatever inner ones are called. */
const spentOf = fc.dictionary(
  fc.constantFrom('org:b0', 'org:b1', 'b0', 'b1'),
  fc.constantFrom(0, 0.5e9, 2e9).map((spentNanoUsd) => ({ spentNanoUsd, reservedNanoUsd: 0 })),
);

const org = (policy: Partial<Policy>, origin: LayerOrigin = 'managed'): WrittenLayer => ({
  name: 'org',
  origin,
  policy,
});
const names = ({ kept }: Decision): readonly string[] => kept.map(({ target }) => target.target);

function expectNoLooser(after: Decision, before: Decision): void {
  expect(names(before)).toEqual(expect.arrayContaining([...names(after)]));
  expect(after.gates).toEqual(expect.arrayContaining([...before.gates]));
  const isServed = ({ outcome }: Decision): boolean => outcome.kind === 'routed' || outcome.kind === 'native';
  if (!isServed(before)) expect(isServed(after)).toBe(false);
}

describe('layers only tighten', { timeout: 120_000 }, () => {
  it('whatever a repository writes, and whatever it marks as generated', () => {
    const origin = fc.constantFrom('managed' as const, 'extended' as const, 'committed' as const);
    fc.assert(
      fc.property(
        baseline,
        hostile,
        facts,
        marks,
        ground,
        spentOf,
        origin,
        (outer, inner, given, by, on, spent, from) => {
          const state: State = { ...worldOf(on), spent };
          const before = decide(stacked(org(outer, from)), given, state);
          const after = decide(stacked(org(outer, from), { policy: inner }), marked(given, by), state);
          expectNoLooser(after, before);
        },
      ),
      runs,
    );
  });

  it('with a third layer between two', () => {
    fc.assert(
      fc.property(baseline, hostile, hostile, facts, ground, spentOf, (outer, middle, inner, given, on, spent) => {
        const state: State = { ...worldOf(on), spent };
        const before = decide(stacked(org(outer), { policy: inner }), given, state);
        const after = decide(
          stacked(org(outer), { name: 'middle', origin: 'extended', policy: middle }, { policy: inner }),
          given,
          state,
        );
        expectNoLooser(after, before);
      }),
      runs,
    );
  });

  it('with one more constraint in any of them', () => {
    const place = fc.constantFrom(0, 1);
    fc.assert(
      fc.property(baseline, hostile, constraintBody, place, facts, ground, (outer, inner, body, where, given, on) => {
        const more: Constraint = { id: 'more', reason: 'more', ...body };
        const layers = [outer, inner].map((policy, n) =>
          n === where ? { ...policy, constraints: [...(policy.constraints ?? []), more] } : policy,
        );
        const decided = ([first = {}, second = {}]: readonly Partial<Policy>[]): Decision =>
          decide(stacked(org(first), { policy: second }), given, worldOf(on));
        expectNoLooser(decided(layers), decided([outer, inner]));
      }),
      runs,
    );
  });

  it('when the file is edited: what is committed still holds', () => {
    fc.assert(
      fc.property(written, hostile, facts, marks, ground, (committed, edited, given, by, on) => {
        const held: WrittenLayer = { name: 'committed', origin: 'committed', of: 'committed', policy: committed };
        const before = decide(stacked(held), given, worldOf(on));
        const after = decide(
          stacked({ ...held, prefers: false }, { of: 'working', policy: edited }),
          marked(given, by),
          worldOf(on),
        );
        expect(after.mode).toBe('enforce');
        expectNoLooser(after, before);
      }),
      runs,
    );
  });
});

describe('decisions by layers', { timeout: 120_000 }, () => {
  it('are the same bytes each time', () => {
    fc.assert(
      fc.property(baseline, hostile, facts, ground, (outer, inner, given, on) => {
        const once = (): string => JSON.stringify(decide(stacked(org(outer), { policy: inner }), given, worldOf(on)));
        expect(once()).toBe(once());
      }),
      runs,
    );
  });

  it('do not depend on the order of the constraints of any layer', () => {
    fc.assert(
      fc.property(baseline, hostile, facts, ground, (outer, inner, given, on) => {
        const turned = (policy: Partial<Policy>): Partial<Policy> => ({
          ...policy,
          constraints: [...(policy.constraints ?? [])].reverse(),
        });
        const essence = ({ outcome, kept, gates: asked, removed }: Decision) => ({
          outcome,
          kept,
          asked,
          removed: removed.map((gone) => JSON.stringify(gone)).sort(),
        });
        const straight = decide(stacked(org(outer), { policy: inner }), given, worldOf(on));
        const other = decide(stacked(org(turned(outer)), { policy: turned(inner) }), given, worldOf(on));
        expect(essence(other)).toEqual(essence(straight));
      }),
      runs,
    );
  });

  it('are those of the file alone where the layers around it say nothing', () => {
    fc.assert(
      fc.property(hostile, facts, ground, (inner, given, on) => {
        const alone = decide(stacked({ policy: inner }), given, worldOf(on));
        const silent = { ...EVERYWHERE };
        const around = decide(stacked({ ...org(silent), origin: 'extended' }, { policy: inner }), given, worldOf(on));
        const { globs, layers, skipped, why } = around;
        expect(around).toEqual({ ...alone, globs, layers, skipped, why });
      }),
      runs,
    );
  });
});
