import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { When } from '../policy/schema.ts';
import { classify } from './classify.ts';
import { decide } from './decide.ts';
import type { Facts } from './facts.ts';
import { chain, constraints, facts, ground, when, worldOf } from './testing/arbitraries.ts';
import { policyWith } from './testing/world.ts';

/** Of what changes from request to request, beside what other tests draw. */
const fleeting: fc.Arbitrary<When> = fc.constantFrom<When>(
  { keywords: ['rename'] },
  { context: { tokens: '>10' } },
  { context: { tools: true } },
  { context: { images: true } },
  { not: { keywords: ['docs'] } },
  { anyOf: [{ client: ['codex'] }, { branch: ['release/**'] }] },
  { intent: ['fix'] },
);
const condition = fc.oneof(when, fleeting);

const policies = fc
  .tuple(
    chain,
    chain,
    constraints,
    fc.array(condition, { maxLength: 3 }),
    condition,
    condition,
    fc.constantFrom('head', 'session'),
  )
  .map(([route, other, list, classes, guarded, counted, base]) =>
    policyWith({
      default: route,
      diff: { base: base as 'head' | 'session' },
      classes: classes.map((one, n) => ({ id: `k${n}`, when: one, use: other })),
      constraints: [...list, { id: 'guard', when: guarded, deny: ['*/two'], reason: 'guarded' }],
      budgets: [{ id: 'some', per: 'developer', usd: 1, when: counted }],
    }),
  );

/** What one request says otherwise than another about the same files. */
const change: fc.Arbitrary<Partial<Facts>> = fc.oneof(
  facts.map(({ kind }) => ({ kind })),
  facts.map(({ reads = [] }) => ({ reads })),
  fc.constantFrom('us', 'them').map((team) => ({ team })),
  fc.constantFrom('rename it', 'write docs', 'rename the docs', '').map((text) => ({ text })),
  fc.constantFrom('codex', 'cline').map((client) => ({ client })),
  fc.constantFrom('release/1', 'main').map((branch) => ({ branch })),
  fc.constantFrom('fix', 'explore').map((intent) => ({ intent })),
  fc.constantFrom(5, 50).map((tokens) => ({ context: { tokens, tools: true } })),
  fc.boolean().map((tools) => ({ context: { tokens: 5, tools } })),
  fc.boolean().map((images) => ({ context: { tokens: 5, images } })),
  fc.constantFrom<Partial<Facts>>({ opaqueReads: true }, { readsUncompared: true }, { readsIncomplete: true }),
  fc.constantFrom('alpha/two', 'beta/one').map((requested) => ({ requested })),
);
const changes = fc.array(change, { maxLength: 2 }).map((parts): Partial<Facts> => Object.assign({}, ...parts));

describe('what was found of a request', () => {
  it('is found again where nothing that a condition looks at is another, and decides as if it were found anew', () => {
    fc.assert(
      fc.property(
        fc.array(policies, { minLength: 1, maxLength: 2 }),
        facts,
        fc.array(fc.tuple(changes, fc.nat(), ground), { minLength: 2, maxLength: 12 }),
        (some, first, requests) => {
          for (const [more, n, on] of requests) {
            const policy = some[n % some.length]!;
            const request: Facts = { ...first, ...more };
            const state = worldOf(on);
            const anew = decide(policy, structuredClone(request), state);
            expect(JSON.stringify(decide(policy, request, state))).toBe(JSON.stringify(anew));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  const asked: Facts = {
    kind: 'agent',
    files: [{ path: 'src/a.ts', added: 1 }],
    reads: ['docs/x.md'],
    text: 'add a test',
    context: { tokens: 100, tools: true },
  };
  const plain = policyWith({ default: 'alpha/one' });
  const wordy = policyWith({
    constraints: [{ id: 'c', when: { not: { keywords: ['secret'] } }, deny: ['*/two'], reason: 'said so' }],
  });
  const long = policyWith({
    budgets: [{ id: 'b', per: 'developer', usd: 1, when: { anyOf: [{ context: { tokens: '>10' } }] } }],
  });

  /** A field of the facts that is added here must be compared, or be none that a condition looks at. */
  const others: { readonly [Field in keyof Facts]-?: [Facts[Field], found: 'again' | 'anew'] } = {
    kind: ['chat', 'anew'],
    files: [[{ path: 'src/a.ts', added: 1 }], 'anew'],
    byBase: [{ head: [{ path: 'docs/x.md' }] }, 'anew'],
    reads: [['docs/y.md'], 'anew'],
    outside: [['docs/x.md'], 'anew'],
    around: [{ 'inner/': {} }, 'anew'],
    readsIncomplete: [true, 'anew'],
    opaqueReads: [true, 'again'],
    readsUncompared: [true, 'again'],
    languages: [{ 'src/a.ts': 'go' }, 'anew'],
    context: [{ tokens: 200, tools: true }, 'again'],
    text: ['now the docs', 'again'],
    client: ['codex', 'anew'],
    team: ['us', 'anew'],
    branch: ['main', 'anew'],
    intent: ['fix', 'anew'],
    requested: ['alpha/two', 'again'],
  };
  it.each(Object.entries(others))('with another %s', (field, [value, found]) => {
    const request = structuredClone(asked);
    const first = classify(plain, request);
    expect(classify(plain, { ...request, [field]: value }) === first).toBe(found === 'again');
  });

  it.each([
    ['words, where a condition finds something else in them', wordy, { text: 'add a secret' }],
    ['words, where there are none', wordy, { text: undefined }],
    ['size, where a condition looks at it', long, { context: { tokens: 200, tools: true } }],
    ['tools', plain, { context: { tokens: 100, tools: false } }],
    ['images', plain, { context: { tokens: 100, tools: true, images: true } }],
  ])('is found anew with other %s', (_, policy, more) => {
    const request = structuredClone(asked);
    const first = classify(policy, request);
    expect(classify(policy, { ...request, reads: [...(request.reads ?? [])], text: 'add one test' })).toBe(first);
    expect(classify(policy, { ...request, ...(more as Partial<Facts>) })).not.toBe(first);
  });

  it('is of one policy', () => {
    expect(classify(wordy, asked)).not.toBe(classify(plain, asked));
  });
});
