import fc from 'fast-check';
import type { Constraint, When } from '../../policy/schema.ts';
import type { Facts } from '../facts.ts';
import { modelRecord, pricePerMillion, providerFacts, world } from './world.ts';

/** What property tests draw policies, requests and worlds from: few names, so that rules and requests meet often. */

const PROVIDERS = ['alpha', 'beta', 'gamma', 'home'] as const;
export const TARGETS = PROVIDERS.flatMap((provider) => [`${provider}/one`, `${provider}/two`]);
export const PATHS = [
  'src/a.ts',
  'src/a.test.ts',
  'pii/people.csv',
  'docs/x.md',
  'packages/p/y.go',
  'packages/q/z.go',
  'go.sum',
];
const GLOBS = ['src/**', '**/*.test.*', 'pii/**', '**/*.md', 'packages/*/*.go', '!docs/**', '**/{a,y}.*', 'go.sum'];

const oneOf = (...lists: string[][]): fc.Arbitrary<string[]> => fc.constantFrom(...lists);
export const target = fc.constantFrom(...TARGETS);
export const chain = fc.uniqueArray(target, { minLength: 1, maxLength: 4 });
const globs = fc.uniqueArray(fc.constantFrom(...GLOBS), { minLength: 1, maxLength: 3 });
const range = fc.constantFrom('<=1', '>=2', '1..3', '<20', '>10');

const kind = fc.constantFrom('chat' as const, 'edit' as const, 'plan' as const);
const numbers = fc.record({ modules: range, lines: range }, { requiredKeys: [] });

/** Conditions of few keys: of many, hardly any would ever hold, and a test of rules that never apply shows nothing. */
export const { when } = fc.letrec<{ when: When; clause: When }>((tie) => ({
  when: fc.array(tie('clause'), { maxLength: 2 }).map((clauses): When => Object.assign({}, ...clauses)),
  clause: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    globs.map((files): When => ({ files })),
    globs.map((touches): When => ({ touches })),
    kind.map((one): When => ({ kind: one })),
    fc.constant<When>({ team: ['us'] }),
    numbers.map((diff): When => ({ diff })),
    tie('when').map((not): When => ({ not })),
    fc.array(tie('when'), { minLength: 1, maxLength: 2 }).map((anyOf): When => ({ anyOf })),
  ),
}));

const ban = fc.oneof(
  oneOf(['alpha/*', 'beta/*', 'home/*'], ['maker:acme'], ['*/one']).map((allow) => ({ allow })),
  oneOf(['gamma/*'], ['*/two'], ['alpha/one']).map((deny) => ({ deny })),
  fc.constantFrom({ local: true as const }, { block: true as const }, { attested: true as const }),
  oneOf(['eu'], ['eu', 'us']).map((residency) => ({ residency })),
  fc.constant({ retention: 'zero' as const }),
  fc.constantFrom(0, 0.02, 1).map((maxCostUsd) => ({ maxCostUsd })),
);

/** A constraint apart from its id and reason. One ban, seldom two: many together leave nothing that could be compared. */
export const constraintBody: fc.Arbitrary<Omit<Constraint, 'id' | 'reason'>> = fc
  .tuple(
    fc.array(ban, { maxLength: 2 }),
    fc.record(
      {
        when,
        mode: fc.constant('observe' as const),
        review: oneOf(['senior'], ['risk', 'senior']),
        else: chain,
      },
      { requiredKeys: [] },
    ),
  )
  .map(([bans, body]) => Object.assign({}, ...bans, body));
export const constraints = fc
  .array(constraintBody, { maxLength: 5 })
  .map((bodies) => bodies.map((body, n): Constraint => ({ id: `c${n}`, reason: `reason ${n}`, ...body })));

export const facts: fc.Arbitrary<Facts> = fc.record(
  {
    kind,
    files: fc.uniqueArray(
      fc.record(
        { path: fc.constantFrom(...PATHS), added: fc.nat(30), deleted: fc.nat(30) },
        { requiredKeys: ['path'] },
      ),
      { maxLength: 4, selector: ({ path }) => path },
    ),
    reads: fc.uniqueArray(fc.constantFrom(...PATHS), { maxLength: 2 }),
    team: fc.constantFrom('us', 'them'),
  },
  { requiredKeys: ['kind'] },
);

export const ground = fc.record({
  onMissing: fc.constantFrom('skip' as const, 'warn' as const, 'block' as const),
  unpriced: fc.uniqueArray(target, { maxLength: 2 }),
  attested: fc.uniqueArray(target, { maxLength: 6 }),
  unconfigured: fc.option(fc.constantFrom(...PROVIDERS), { nil: undefined }),
});

/** The world that some ground makes of the targets above. */
export function worldOf({
  unpriced,
  attested,
  unconfigured,
}: {
  unpriced: string[];
  attested: string[];
  unconfigured: string | undefined;
}) {
  return world({
    tokens: 2000,
    attestations: attested.map((name) => ({ target: name, valid: true })),
    providers: {
      alpha: providerFacts('alpha', { residency: 'eu', retention: 'zero' }),
      beta: providerFacts('beta', { residency: 'us' }),
      gamma: providerFacts('gamma'),
      home: providerFacts('home', { local: true, residency: 'eu', retention: 'zero' }),
      ...(unconfigured === undefined ? {} : { [unconfigured]: undefined }),
    },
    models: Object.fromEntries(TARGETS.map((name) => [name, modelRecord(name.startsWith('beta') ? 'acme' : 'other')])),
    prices: Object.fromEntries(
      TARGETS.map((name, n) => [
        name,
        unpriced.includes(name) ? undefined : pricePerMillion(name.startsWith('home') ? 0 : n, n * 4),
      ]),
    ),
  });
}
