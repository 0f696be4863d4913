import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CompiledConstraint } from '../policy/compiled.ts';
import type { Constraint } from '../policy/schema.ts';
import { classify } from './classify.ts';
import { firstFailure, holds } from './conditions.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { sightOfOutgoing, sightOfWork } from './sight.ts';
import { chain, constraintBody, constraints, facts, ground, when, worldOf } from './testing/arbitraries.ts';
import { onlyLayer, policyWith, type world } from './testing/world.ts';

function policyOf(route: string[], list: Constraint[], onMissing: 'skip' | 'warn' | 'block') {
  const review = { senior: { who: '@a/s' }, risk: { who: '@a/r' } };
  return policyWith({ default: route, constraints: list, review, attestations: { files: 'a/*.json', onMissing } });
}

/** What must not depend on the order of constraints. */
function essence({ outcome, kept, gates, class: name, cost, removed }: Decision) {
  const goneFor = removed.map(({ target: gone, reason }) => JSON.stringify([gone.target, reason])).sort();
  return { outcome, kept, gates, name, cost, goneFor };
}

const names = ({ kept }: Decision): string[] => kept.map(({ target: keptTarget }) => keptTarget.target);

describe('constraints', () => {
  it('have no order', () => {
    fc.assert(
      fc.property(
        chain,
        constraints,
        facts,
        ground,
        fc.array(fc.nat(), { minLength: 5, maxLength: 5 }),
        (route, list, given, on, keys) => {
          const shuffled = list.map((item, n) => [keys[n] ?? 0, item] as const).sort(([a], [b]) => a - b);
          const state = worldOf(on);
          const straight = decide(policyOf(route, list, on.onMissing), given, state);
          const other = decide(
            policyOf(
              route,
              shuffled.map(([, item]) => item),
              on.onMissing,
            ),
            given,
            state,
          );
          expect(essence(other)).toEqual(essence(straight));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('only shrink what is admitted: one more never adds a target and never loses a gate', () => {
    fc.assert(
      fc.property(chain, constraints, constraintBody, facts, ground, (route, list, body, given, on) => {
        const plain = list.map(({ else: _else, ...item }): Constraint => item);
        const { else: _else, ...rest } = body;
        const more: Constraint[] = [...plain, { id: 'more', reason: 'more', ...rest }];
        const before = decide(policyOf(route, plain, on.onMissing), given, worldOf(on));
        const after = decide(policyOf(route, more, on.onMissing), given, worldOf(on));
        expect(names(before)).toEqual(expect.arrayContaining(names(after)));
        expect(after.gates).toEqual(expect.arrayContaining([...before.gates]));
        if (before.outcome.kind !== 'routed') expect(after.outcome.kind).not.toBe('routed');
      }),
      { numRuns: 500 },
    );
  });

  it('are never got round by an else: whatever is kept passes each of them on its own', () => {
    fc.assert(
      fc.property(chain, constraints, facts, ground, (route, list, given, on) => {
        const policy = policyOf(route, list, on.onMissing);
        const state = worldOf(on);
        const layer = onlyLayer(policy);
        const sight = sightOfOutgoing(sightOfWork(layer, given));
        const applied = layer.policy.constraints.filter(
          ({ when: asked, source }) =>
            source.mode === undefined && (asked === undefined || holds(asked, sight) !== false),
        );
        for (const { target: kept } of decide(policy, given, state).kept) {
          const broken = applied.filter((constraint) => !admitsNaively(constraint, kept.target, on, state));
          expect(broken.map(({ id }) => id)).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** A second, plain reading of the constraint's keys. */
function admitsNaively(
  { source }: CompiledConstraint,
  name: string,
  { attested, onMissing }: { attested: string[]; onMissing: string },
  state: ReturnType<typeof world>,
): boolean {
  const [provider = '', model = ''] = name.split('/');
  const facts = state.provider(provider);
  const price = state.price(provider, model);
  const matches = (glob: string): boolean =>
    glob === 'maker:acme' ? provider === 'beta' : glob === name || glob === `${provider}/*` || glob === `*/${model}`;
  const high = price === undefined ? Infinity : 2000 * price.rates.cacheWrite + 2000 * price.rates.output;
  return (
    source.block !== true &&
    (source.allow === undefined || source.allow.some(matches)) &&
    !(source.deny ?? []).some(matches) &&
    (source.local !== true || facts?.local === true) &&
    (source.residency === undefined || source.residency.includes(facts?.residency ?? '?')) &&
    (source.retention === undefined || facts?.retention === 'zero') &&
    (source.attested !== true || onMissing === 'warn' || attested.includes(name)) &&
    (source.maxCostUsd === undefined || Math.ceil(high) <= source.maxCostUsd * 1e9)
  );
}

describe('decisions', () => {
  it('account for every target of the route: kept or removed for a reason', () => {
    fc.assert(
      fc.property(chain, constraints, facts, ground, (route, list, given, on) => {
        const decision = decide(policyOf(route, list, on.onMissing), given, worldOf(on));
        const accounted = [...names(decision), ...decision.removed.map(({ target: gone }) => gone.target)];
        expect(accounted).toEqual(expect.arrayContaining(route));
        expect(decision.outcome.kind === 'routed').toBe(decision.kept.length > 0);
      }),
      { numRuns: 300 },
    );
  });

  it('find by the index the class that a walk over all classes finds', () => {
    fc.assert(
      fc.property(fc.array(when, { maxLength: 12 }), facts, (conditions, given) => {
        const policy = policyWith({ classes: conditions.map((condition, n) => ({ id: `k${n}`, when: condition })) });
        const layer = onlyLayer(policy);
        const sight = sightOfWork(layer, given);
        const naive = layer.policy.classes.find((candidate) => firstFailure(candidate.when, sight) === undefined);
        expect(classify(policy, given).winner?.id).toBe(naive?.id);
      }),
      { numRuns: 500 },
    );
  });

  it('learning a fact never makes a certain condition uncertain or turns it over', () => {
    fc.assert(
      fc.property(when, facts, fc.constantFrom('files' as const, 'team' as const), (condition, given, forgotten) => {
        const layer = onlyLayer(policyWith({ classes: [{ id: 'it', when: condition }] }));
        const { when: compiledWhen } = layer.policy.classes[0]!;
        const { [forgotten]: _fact, ...less } = given;
        const before = holds(compiledWhen, sightOfWork(layer, less));
        if (before === undefined) return;
        expect(holds(compiledWhen, sightOfWork(layer, given))).toBe(before);
      }),
      { numRuns: 500 },
    );
  });
});
