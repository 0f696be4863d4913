// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
import { describe, expect, it } from 'vitest';
import { type LayeredPolicy, pricesIn } from '../policy/layers.ts';
import { classify, explainClasses } from './classify.ts';
import { decide } from './decide.ts';
import { explainDecision } from './explain.ts';
import type { FactFile, Facts } from './facts.ts';
import { answer, edits, files } from './testing/answers.ts';
import { regulated, regulatedChild } from './testing/policies.ts';
import { allAttested, type Changes, spent, stacked, type WrittenLayer, world } from './testing/world.ts';

const baseline: WrittenLayer = { name: '@bank/routing-baseline', origin: 'extended', policy: regulated };

/** The answer, the class and the gates, the baseline's name shortened to `bank`. */
function told(inForce: LayeredPolicy, facts: Facts, changes: Changes = {}): readonly string[] {
  const decision = decide(inForce, facts, world({ attestations: allAttested, ...changes }));
  return [answer(decision), decision.class, decision.gates.join(' ')].map((text) =>
    text.replaceAll('@bank/routing-baseline', 'bank'),
  );
}

describe('a repository under the regulated baseline', () => {
  const inForce = stacked(baseline, { policy: regulatedChild });
  it.each<[string, Facts, readonly string[]]>([
    ['ordinary work', edits('services/a/x.java'), ['azure-eu/gpt-6-sol', 'default', '']],
    ['its own class, its parent’s alias', edits('services/a/src/test/x.java'), ['onprem/qwen3-coder', 'tests', '']],
    [
      'its own modules, its parent’s gate',
      edits('services/a/x.java', 'libs/b/y.java'),
      ['bedrock-eu/claude-opus-5-5', 'cross', 'bank:senior'],
    ],
    [
      'its parent’s final class before its own',
      edits('services/a/src/test/ledger/x.java'),
      ['bedrock-eu/claude-opus-5-5', 'bank:ledger', 'bank:risk bank:senior'],
    ],
    ['its parent’s constraint', edits('services/a/pii/x.java'), ['onprem/qwen3-coder', 'default', '']],
    ['its parent’s block', edits('services/a/x.pem'), ['blocked by bank:keys', 'default', '']],
    ['its own constraint has no else', edits('services/fx/x.java'), ['blocked by fx-desk', 'default', '']],
    [
      'both constraints, and the parent’s else under both',
      edits('services/fx/pii/x.java'),
      ['onprem/qwen3-coder', 'default', ''],
    ],
    [
      'its parent’s gate on many lines',
      { kind: 'edit', files: [{ path: 'services/a/x.java', added: 300, deleted: 0 }] },
      ['azure-eu/gpt-6-sol', 'default', 'bank:senior'],
    ],
  ])('%s', (_name, facts, expected) => {
    expect(told(inForce, facts)).toEqual(expected);
  });

  it('is told with the layers that were in force', () => {
    const { layers, why } = decide(inForce, edits('ledger/x.java'), world({ attestations: allAttested }));
    expect(layers.map(({ name, hash }) => [name, hash])).toEqual([
      ['@bank/routing-baseline', 'hash of @bank/routing-baseline'],
      ['', 'hash of '],
    ]);
    expect(why).toContainEqual({
      kind: 'gate',
      gate: '@bank/routing-baseline:risk',
      rule: '@bank/routing-baseline:ledger',
      who: ['@bank/model-risk'],
      within: '3d',
    });
  });
});

describe('what a repository writes to shrug off its baseline', () => {
  const ledger = edits('src/ledger/x.ts');
  const wide: Facts = { kind: 'edit', files: [{ path: 'src/x.ts', added: 300, deleted: 0, generated: true }] };
  it.each<[string, object, Facts, readonly string[]]>([
    [
      'an alias',
      { models: { eu: ['openai/gpt-6-sol'] }, default: 'eu' },
      edits('a.ts'),
      ['blocked by bank:eu-only, bank:no-direct', 'default', ''],
    ],
    [
      'a gate',
      { review: { senior: { who: '@me' } } },
      ledger,
      ['bedrock-eu/claude-opus-5-5', 'bank:ledger', 'bank:risk bank:senior'],
    ],
    ['an ignore', { diff: { ignore: ['**'] } }, wide, ['azure-eu/gpt-6-sol', 'default', 'bank:senior']],
    [
      'a mark',
      {},
      { kind: 'edit', files: [...(wide.files ?? []), { path: 'b.ts', added: 1, deleted: 0 }] },
      ['azure-eu/gpt-6-sol', 'default', 'bank:senior'],
    ],
    ['modules', { modules: { support: ['**'] } }, wide, ['azure-eu/gpt-6-sol', 'default', 'bank:senior']],
    ['a mode', { mode: 'observe' }, edits('a.pem'), ['blocked by bank:keys', 'default', '']],
    [
      'a rule of the same id',
      { constraints: [{ id: 'keys', mode: 'observe', block: true, reason: 'r' }] },
      edits('a.pem'),
      ['blocked by bank:keys', 'default', ''],
    ],
    [
      'a class of the same id',
      { classes: [{ id: 'ledger', final: true, when: {}, use: 'eu' }] },
      ledger,
      ['bedrock-eu/claude-opus-5-5', 'bank:ledger', 'bank:risk bank:senior'],
    ],
    ['nothing', {}, ledger, ['bedrock-eu/claude-opus-5-5', 'bank:ledger', 'bank:risk bank:senior']],
  ])('%s', (_name, policy, facts, expected) => {
    expect(told(stacked(baseline, { policy: { default: 'eu', ...policy } }), facts)).toEqual(expected);
  });

  it('its own word on attestations does not let an unattested model through', () => {
    const inForce = stacked(baseline, { policy: { default: 'eu', attestations: { files: 'x', onMissing: 'warn' } } });
    expect(told(inForce, edits('a.ts'), { attestations: [] })[0]).toBe('blocked by bank:attested');
    const own = allAttested.map((one) => ({ ...one, layer: '' }));
    expect(told(inForce, edits('a.ts'), { attestations: own })[0]).toBe('blocked by bank:attested');
    const theirs = allAttested.map((one) => ({ ...one, layer: '@bank/routing-baseline' }));
    expect(told(inForce, edits('a.ts'), { attestations: theirs })[0]).toBe('azure-eu/gpt-6-sol');
  });
});

describe('the class that wins', () => {
  const all = (ids: readonly string[], use: string) => ids.map((id) => ({ id, when: {}, use }));
  const org = (classes: readonly object[]): WrittenLayer => ({ name: 'org', origin: 'managed', policy: { classes } });
  const mid = (classes: readonly object[]): WrittenLayer => ({ name: 'mid', origin: 'extended', policy: { classes } });
  const own = (classes: readonly object[]): WrittenLayer => ({ policy: { classes } });
  const final = (id: string) => ({ id, when: {}, final: true, use: 'a/b' });

  it.each<[string, readonly WrittenLayer[], string]>([
    ['is the outermost final one', [org([final('a')]), mid([final('b')]), own([final('c')])], 'org:a'],
    [
      'is a final one of an inner layer before any other',
      [org(all(['a'], 'a/b')), mid([final('b')]), own(all(['c'], 'a/b'))],
      'mid:b',
    ],
    ['is the innermost of the others', [org(all(['a'], 'a/b')), mid(all(['b'], 'a/b')), own(all(['c'], 'a/b'))], 'c'],
    ['is an outer one where no inner one matches', [org(all(['a'], 'a/b')), mid(all(['b'], 'a/b')), own([])], 'mid:b'],
    ['is the final one of a file before those above it', [own([...all(['a'], 'a/b'), final('b')])], 'b'],
    [
      'is none of a layer that only forbids',
      [org([]), { name: 'committed', origin: 'committed', prefers: false, policy: { classes: [final('a')] } }, own([])],
      'default',
    ],
  ])('%s', (_name, layers, expected) => {
    expect(classify(stacked(...layers), { kind: 'chat' }).class).toBe(expected);
  });

  it('comes after the classes that were passed over, in the order in which they were tried', () => {
    const never = { kind: 'title' };
    const inForce = stacked(
      org([
        { id: 'a', when: never },
        { ...final('f'), when: never },
      ]),
      mid([{ id: 'b', when: never }]),
      own([
        { id: 'c', when: never },
        { id: 'd', when: {} },
      ]),
    );
    const { skipped, skippedCount, class: name } = classify(inForce, { kind: 'chat' });
    expect([skipped.map(({ id }) => id), skippedCount, name]).toEqual([['org:f', 'c'], 2, 'd']);
    const tried = explainClasses(inForce, { kind: 'chat' }).map(({ id, failed }) => `${id} ${failed?.seen ?? 'holds'}`);
    expect(tried).toEqual(['org:f chat', 'c chat', 'd holds', 'mid:b chat', 'org:a chat']);
  });

  it('is told with its own globs, whichever layer it is of', () => {
    const guard = (id: string, glob: string) => ({ id, when: { touches: [glob] }, use: 'openai/gpt-6-sol' });
    const inForce = stacked(org([guard('a', 'org/**')]), own([guard('b', 'own/**')]));
    for (const [path, name, other] of [
      ['org/x', '`org/**`', 'own/**'],
      ['own/x', '`own/**`', 'org/**'],
    ] as const) {
      const words = explainDecision(decide(inForce, edits(path), world())).lines.join('\n');
      expect(words).toContain(name.replaceAll('`', ''));
      expect(words.split('\n')[0]).not.toContain(other);
    }
  });

  it('comes with the caps and the gates of what each layer sees', () => {
    const review = { senior: { who: '@a' } };
    const work = (maxCostUsd: number) => [{ id: 'work', when: {}, maxCostUsd, review: 'senior' }];
    const inForce = stacked(
      { name: 'org', origin: 'managed', policy: { review, classes: work(2) } },
      { policy: { review, classes: work(5) } },
    );
    const at = (usd: number) => decide(inForce, { kind: 'chat' }, world({ taskSpentNanoUsd: usd * 1e9 }));
    expect(answer(at(1))).toBe('anthropic/claude-sonnet-5-5');
    expect(answer(at(3))).toBe('blocked by org:work');
    expect(answer(at(6))).toBe('blocked by org:work, work');
    expect(at(1).gates).toEqual(['org:senior', 'senior']);
  });
});

describe('budgets of several layers', () => {
  const budget = (usd: number) => ({ budgets: [{ id: 'day', per: 'developer', usd, then: 'block' }] });
  const inForce = stacked({ name: 'org', origin: 'managed', policy: budget(5) }, { policy: budget(50) });
  it.each<[Record<string, number>, string]>([
    [{ 'org:day': 6, day: 6 }, 'blocked by org:day'],
    [{ 'org:day': 1, day: 60 }, 'blocked by day'],
    [{ 'org:day': 1, day: 1 }, 'anthropic/claude-sonnet-5-5'],
  ])('each counts by its own id: %j', (usd, expected) => {
    const decision = decide(inForce, { kind: 'chat' }, world({ spent: spent(usd) }));
    expect(answer(decision)).toBe(expected);
    expect(decision.budgets.map(({ id }) => id)).toEqual(['org:day', 'day']);
  });
});

describe('the work as each layer sees it', () => {
  const wide = { constraints: [{ id: 'wide', when: { diff: { modules: '>=2' } }, block: true, reason: 'r' }] };
  const layers = (org: object, own: object = {}): LayeredPolicy =>
    stacked({ name: 'org', origin: 'managed', policy: org }, { policy: own });
  const one: readonly FactFile[] = files('packages/a/x.ts');
  const two = files('packages/a/x.ts', 'packages/b/y.ts');
  const head = { diff: { base: 'head' }, ...wide };

  it.each<[string, LayeredPolicy, Partial<Facts>, string]>([
    ['the session by default', layers(wide), { files: one, byBase: { head: two } }, 'anthropic/claude-sonnet-5-5'],
    ['the base that a layer names', layers(head), { files: one, byBase: { head: two } }, 'blocked by org:wide'],
    [
      'that base and the session',
      layers(head),
      { files: files('packages/b/y.ts'), byBase: { head: one } },
      'blocked by org:wide',
    ],
    [
      'a base that nobody looked at may be anything',
      layers(head),
      { files: one, byBase: { staged: one } },
      'blocked by org:wide',
    ],
    [
      'a base that is known to be narrow',
      layers(head),
      { files: [], byBase: { head: one } },
      'anthropic/claude-sonnet-5-5',
    ],
    ['facts that know of no bases', layers(head), { files: one }, 'anthropic/claude-sonnet-5-5'],
    [
      'no layer’s base is another’s',
      layers(wide, { diff: { base: 'head' } }),
      { files: two, byBase: { head: [] } },
      'blocked by org:wide',
    ],
    [
      'modules by the source that a layer names',
      layers({ modules: 'codeowners', ...wide }, { modules: 'workspaces' }),
      {
        files: two.map((file, n) => ({
          ...file,
          module: 'same',
          modules: { workspaces: 'same', codeowners: `owner ${n}` },
        })),
      },
      'blocked by org:wide',
    ],
    [
      'modules by default',
      layers(wide, { modules: 'codeowners' }),
      { files: two.map((file, n) => ({ ...file, module: 'same', modules: { codeowners: `owner ${n}` } })) },
      'anthropic/claude-sonnet-5-5',
    ],
    [
      'marks, by the repository’s own file',
      layers({}, wide),
      { files: two.map((file, n) => ({ ...file, generated: n === 0 })) },
      'anthropic/claude-sonnet-5-5',
    ],
    [
      'no marks, by its baseline',
      layers(wide),
      { files: two.map((file, n) => ({ ...file, generated: n === 0 })) },
      'blocked by org:wide',
    ],
  ])('%s', (_name, inForce, facts, expected) => {
    expect(answer(decide(inForce, { kind: 'edit', ...facts }, world()))).toBe(expected);
  });

  it('a lower bound settles what more files cannot change', () => {
    const org = {
      diff: { base: 'merge-base' },
      constraints: [{ id: 'few', when: { diff: { files: '<=1' } }, block: true, reason: 'r' }],
    };
    expect(answer(decide(layers(org), { kind: 'edit', files: two, byBase: {} }, world()))).toBe(
      'anthropic/claude-sonnet-5-5',
    );
  });
});

describe('an untrusted workspace', () => {
  it('is held to every layer’s constraints and spends by no layer’s preferences', () => {
    const inForce = stacked(
      {
        name: 'org',
        origin: 'managed',
        policy: { default: 'openai/gpt-6-sol', constraints: [{ id: 'no', deny: ['google/*'], reason: 'r' }] },
      },
      { policy: { constraints: [{ id: 'own', deny: ['copilot/*'], reason: 'r', else: 'openai/gpt-6-sol' }] } },
    );
    const by = (userDefault: string) =>
      answer(decide(inForce, { kind: 'chat' }, world({ trusted: false, userDefault })));
    expect(by('anthropic/claude-haiku-5-5')).toBe('anthropic/claude-haiku-5-5');
    expect(by('google/gemini-4-argon')).toBe('blocked by org:no');
    expect(by('copilot/mai-code-1.1-flash')).toBe('blocked by own');
  });
});

it('layers that prefer nothing leave the choice to whoever asks', () => {
  const inForce = stacked({
    name: 'x',
    prefers: false,
    policy: { constraints: [{ id: 'no', deny: ['google/*'], reason: 'r' }] },
  });
  const asking = (requested: string) => answer(decide(inForce, { kind: 'chat', requested }, world()));
  expect(asking('openai/gpt-6-sol')).toBe('openai/gpt-6-sol');
  expect(asking('google/gemini-4-argon')).toBe('blocked by x:no');
});

it('a contract’s price is the outermost layer’s', () => {
  const prices = (inputUsd: number) => ({ prices: { 'a/b': { inputUsd, outputUsd: 1, asOf: '2026-11-01' } } });
  const inForce = stacked({ name: 'org', policy: prices(3) }, { policy: prices(0) });
  expect(pricesIn(inForce)['a/b']?.inputUsd).toBe(3);
});
