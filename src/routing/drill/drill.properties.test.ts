import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LayeredPolicy } from '../../policy/layers.ts';
import { requestKinds } from '../../policy/schema.ts';
import type { Sample } from '../analysis/corpus.ts';
import { chain, constraints, facts, ground, TARGETS, when, worldOf } from '../testing/arbitraries.ts';
import { policyWith } from '../testing/world.ts';
import { suppliersIn } from './dependence.ts';
import { type Drill, holdDrill } from './drill.ts';
import { beginRehearsal, type Rehearsal } from './rehearsal.ts';
import { hasPart, readSupplier } from './supplier.ts';

const down = fc.constantFrom('alpha', 'beta', 'gamma', 'home', 'maker:acme', 'maker:other', 'nobody').map(readSupplier);

/** A policy with a class, drilled on a few requests of any kind in a world of its own. */
const staged = fc
  .record({
    route: chain,
    use: chain,
    of: when,
    list: constraints,
    mode: fc.constantFrom('enforce' as const, 'warn' as const, 'observe' as const),
    on: ground,
    asked: fc.array(fc.tuple(facts, fc.constantFrom(...requestKinds)), { minLength: 1, maxLength: 8 }),
  })
  .map(({ route, use, of, list, mode, on, asked }) => ({
    policy: policyWith({
      mode,
      default: [...route, 'native'],
      classes: [{ id: 'some', when: of, use }],
      constraints: list,
      review: { senior: { who: '@a/s' }, risk: { who: '@a/r' } },
      attestations: { files: 'a/*.json', onMissing: on.onMissing },
    }),
    on,
    samples: asked.map(
      ([given, kind]): Sample => ({
        facts: { ...given, kind },
        about: ['a request'],
        isOfFiles: false,
      }),
    ),
  }));

function rehearsalOf(policy: LayeredPolicy, on: Parameters<typeof worldOf>[0], samples: readonly Sample[]): Rehearsal {
  const state = worldOf(on);
  const made = beginRehearsal(policy, {
    state: () => state,
    model: (provider, model) => state.model(provider, model),
    provider: (id) => state.provider(id),
    price: (provider, model) => state.price(provider, model),
  });
  for (const sample of samples) made.add(sample);
  return made;
}

const rehearsal = staged.map(({ policy, on, samples }) => rehearsalOf(policy, on, samples));

describe('whatever the policy, a drill', () => {
  it('has nobody serve who is down', () => {
    fc.assert(
      fc.property(rehearsal, down, (made, supplier) => {
        for (const { parts } of holdDrill(made, supplier).classes) {
          for (const { now, after } of parts) {
            const { target, provider, model } = after.kind === 'moved' ? after.to : now;
            if (after.kind === 'stopped' || provider === undefined || model === undefined) continue;
            expect(TARGETS).toContain(target);
            expect(hasPart(supplier, { kind: 'model', target, provider, model }, made.ground)).toBe(false);
          }
        }
      }),
    );
  });

  it('that nobody is down in changes nothing', () => {
    fc.assert(
      fc.property(rehearsal, (made) => {
        for (const nobody of [undefined, readSupplier('nobody')]) {
          const effects = holdDrill(made, nobody).classes.map(({ effect }) => effect);
          expect(effects.filter((effect) => effect !== 'unchanged' && effect !== 'not-served')).toEqual([]);
        }
      }),
    );
  });

  it('changes nothing without a supplier that has no part in anything', () => {
    fc.assert(
      fc.property(rehearsal, down, (made, supplier) => {
        const isKnown = suppliersIn(made).some(({ kind, id }) => kind === supplier.kind && id === supplier.id);
        fc.pre(!isKnown);
        const effects = holdDrill(made, supplier).classes.map(({ effect }) => effect);
        expect(effects.filter((effect) => effect !== 'unchanged' && effect !== 'not-served')).toEqual([]);
      }),
    );
  });

  it('comes to the same for each request as a drill of that request alone', () => {
    fc.assert(
      fc.property(staged, down, ({ policy, on, samples }, supplier) => {
        const together = talliesOf(holdDrill(rehearsalOf(policy, on, samples), supplier));
        const apart = samples.map((sample) => talliesOf(holdDrill(rehearsalOf(policy, on, [sample]), supplier)));
        expect(together).toEqual(added(apart));
      }),
      { numRuns: 1_500 },
    );
  });
});

/** How many requests of which class went from whom to whom. */
function talliesOf({ classes }: Drill): Readonly<Record<string, number>> {
  return added(
    classes.flatMap(({ class: name, parts, notServed }) => [
      ...parts.map(({ now, after, requests }) => {
        const end =
          after.kind === 'moved'
            ? after.to.target
            : after.kind === 'stopped'
              ? [after.stop.because, after.stop.rules]
              : after.kind;
        return { [JSON.stringify([name, now.target, end])]: requests };
      }),
      ...(notServed === 0 ? [] : [{ [name]: notServed }]),
    ]),
  );
}

function added(tallies: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sum: Record<string, number> = {};
  for (const tally of tallies) {
    for (const [key, number] of Object.entries(tally)) sum[key] = (sum[key] ?? 0) + number;
  }
  return sum;
}
