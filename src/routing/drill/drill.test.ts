import { describe, expect, it, test } from 'vitest';
import { team } from '../testing/policies.ts';
import { type Changes, compiled, policyWith, spent, stacked, world } from '../testing/world.ts';
import { dependenceOn } from './dependence.ts';
import { type ClassDrill, holdDrill, type Part } from './drill.ts';
import { readSupplier } from './supplier.ts';
import { rehearsed } from './testing/stage.ts';

type Parts = Parameters<typeof policyWith>[0];

const drilled = (parts: Parts, down: string, changes: Changes = {}): readonly ClassDrill[] =>
  holdDrill(rehearsed(policyWith(parts), world(changes)), readSupplier(down)).classes;

const wordsOf = ({ after }: Part): string => {
  switch (after.kind) {
    case 'unchanged':
      return 'unchanged';
    case 'moved':
      return `${after.to.target}${after.shares === undefined ? '' : ` (same ${after.shares})`}`;
    case 'stopped':
      return [after.stop.because, ...after.stop.rules].join(' ');
    default:
      return after satisfies never;
  }
};

const HAIKU = 'anthropic/claude-haiku-5-5';
const SONNET = 'anthropic/claude-sonnet-5-5';
const BEDROCK = 'bedrock-eu/claude-sonnet-5-5';
const SOL = 'openai/gpt-6-sol';
const tests = { id: 'tests', when: { files: ['**/*.test.ts'] }, use: HAIKU };

const cases: readonly (readonly [
  what: string,
  parts: Parts,
  down: string,
  expected: Readonly<Record<string, readonly [effect: ClassDrill['effect'], ...afters: string[]]>>,
  changes?: Changes,
])[] = [
  ['a single supplier stops everything', { default: SONNET }, 'anthropic', { default: ['stops', 'no-candidate'] }],
  [
    'of two models of one supplier neither helps',
    { default: [SONNET, HAIKU] },
    'anthropic',
    { default: ['stops', 'no-candidate'] },
  ],
  ['another supplier takes over', { default: [SONNET, SOL] }, 'anthropic', { default: ['moves', SOL] }],
  [
    'a supplier that is only second is missed by nobody',
    { default: [SONNET, SOL] },
    'openai',
    { default: ['unchanged', 'unchanged'] },
  ],
  [
    'another provider of the same maker is no independence',
    { default: [SONNET, BEDROCK] },
    'anthropic',
    { default: ['moves', `${BEDROCK} (same maker)`] },
  ],
  [
    'a maker takes its models with it, wherever they are served',
    { default: [SONNET, BEDROCK] },
    'maker:anthropic',
    { default: ['stops', 'no-candidate'] },
  ],
  [
    'of two makers the other takes over',
    { default: [SONNET, BEDROCK, SOL] },
    'maker:anthropic',
    { default: ['moves', SOL] },
  ],
  [
    'another maker at the same provider is told as such',
    { default: ['azure-eu/gpt-6-sol', 'azure-eu/mistral-large'] },
    'maker:openai',
    { default: ['moves', 'azure-eu/mistral-large (same provider)'] },
  ],
  [
    'only the class that depends on it stops',
    { default: [SONNET, SOL], classes: [tests] },
    'anthropic',
    { default: ['moves', SOL], tests: ['stops', 'no-candidate'] },
  ],
  [
    'a constraint that leaves nobody is named',
    {
      default: [SONNET, SOL],
      constraints: [{ id: 'ours', when: { touches: ['pii/**'] }, deny: ['openai/*'], reason: 'r' }],
    },
    'anthropic',
    { default: ['stops-in-part', 'constraint ours', SOL] },
  ],
  [
    'an "else" is not for outages',
    {
      default: [SONNET, SOL],
      constraints: [{ id: 'eu', deny: ['openai/*'], else: BEDROCK, reason: 'r' }],
    },
    'anthropic',
    { default: ['stops', 'constraint eu'] },
  ],
  [
    'one that cannot be reached is no fallback',
    { default: [SONNET, SOL] },
    'anthropic',
    { default: ['stops', 'unreachable'] },
    { providers: { openai: { usable: false } } },
  ],
  [
    'a limit that the dearer one would pass stops all but its small requests',
    {
      default: [HAIKU, 'anthropic/claude-opus-5-5', 'openai/gpt-6.1-sol'],
      constraints: [{ id: 'cap', maxCostUsd: 0.02, reason: 'r' }],
    },
    'anthropic',
    { default: ['stops-in-part', 'budget cap', 'openai/gpt-6.1-sol'] },
  ],
  [
    'after a budget has chosen something cheaper, that is what fails',
    {
      default: [SONNET, SOL],
      budgets: [
        // biome-ignore lint/suspicious/noThenProperty: the policy language's own word.
        { id: 'day', per: 'developer', period: 'day', usd: 1, then: { downgradeTo: [HAIKU, 'openai/gpt-6-luna'] } },
      ],
    },
    'anthropic',
    { default: ['moves', 'openai/gpt-6-luna'] },
    { spent: spent({ day: 2 }) },
  ],
  [
    'a completion goes to the editor’s own, and nothing else does',
    { default: [SONNET, 'native'] },
    'anthropic',
    { default: ['stops-in-part', 'no-candidate', 'native'] },
  ],
  [
    'completions have a class of their own',
    {
      default: SOL,
      classes: [
        { id: 'inline', when: { kind: 'completion' }, use: ['codestral/codestral-latest', 'local/workspace-copy'] },
      ],
    },
    'maker:mistral',
    { default: ['unchanged', 'unchanged'], inline: ['moves', 'local/workspace-copy'] },
  ],
  [
    'what is refused anyway does not stop',
    { default: SONNET, constraints: [{ id: 'no', block: true, reason: 'r' }] },
    'anthropic',
    { default: ['not-served'] },
  ],
];

describe('a drill', () => {
  const rows = cases.map(([what, parts, down, expected, changes]) => ({ what, parts, down, expected, changes }));
  it.each(rows)('$what', ({ parts, down, expected, changes }) => {
    const seen = drilled(parts, down, changes);
    expect(Object.fromEntries(seen.map((one) => [one.class, [one.effect, ...one.parts.map(wordsOf)]]))).toEqual(
      expected,
    );
  });

  test('says which requests of a class stop, with an example', () => {
    const [work] = drilled(
      {
        default: [SONNET, SOL],
        constraints: [{ id: 'ours', when: { touches: ['pii/**'] }, deny: ['openai/*'], reason: 'r' }],
      },
      'anthropic',
    );
    const [stopped] = work?.parts ?? [];
    expect(stopped).toMatchObject({ example: 'pii/people.csv', now: { target: SONNET } });
    expect(stopped?.after.kind === 'stopped' && stopped.after.stop.others).toMatchObject([
      { target: { target: SOL }, reason: { kind: 'constraint', rule: 'ours', by: 'deny' } },
    ]);
  });

  test('says what it would cost: the same request at both prices, and nothing where one is not known', () => {
    const usual = drilled({ default: [SONNET, SOL] }, 'anthropic')[0]?.parts[0];
    // 10,000 tokens in and 1,000 out, at $3 and $15 a million, and at $2 and $12.
    expect(usual).toMatchObject({ nowNanoUsd: 45_000_000, afterNanoUsd: 32_000_000 });
    expect(usual?.priceRatio).toBeCloseTo(32 / 45);
    const inline = { id: 'inline', when: { kind: 'completion' as const }, use: ['codestral/codestral-latest', SOL] };
    const parts = drilled({ default: SOL, classes: [inline] }, 'codestral').find(
      (one) => one.class === 'inline',
    )?.parts;
    // 2,000 in and 50 out, at $0.30 and $0.90, and at $2 and $12.
    expect(parts).toMatchObject([{ kinds: ['completion'], nowNanoUsd: 645_000, afterNanoUsd: 4_600_000 }]);
    const unpriced = drilled({ default: [SONNET, SOL] }, 'anthropic', { prices: { [SOL]: undefined } })[0]?.parts[0];
    expect(unpriced).toMatchObject({ nowNanoUsd: 45_000_000 });
    expect(unpriced).not.toHaveProperty('afterNanoUsd');
    expect(unpriced).not.toHaveProperty('priceRatio');
    const free = drilled({ default: ['ollama/qwen3-coder', SOL] }, 'ollama')[0]?.parts[0];
    expect(free).toMatchObject({ nowNanoUsd: 0, afterNanoUsd: 32_000_000 });
    expect(free).not.toHaveProperty('priceRatio');
  });

  test('adds up to classes that stop, move, and get dearer or cheaper', () => {
    const drill = holdDrill(
      rehearsed(
        policyWith({
          default: [SONNET, SOL],
          classes: [
            tests,
            { id: 'docs', when: { files: ['docs/**'] }, use: [HAIKU, SOL] },
            { id: 'env', when: { files: ['.env'] }, use: SOL },
          ],
        }),
        world(),
      ),
      readSupplier('anthropic'),
    );
    expect(dependenceOn(drill)).toMatchObject({
      stops: ['tests'],
      stopsInPart: [],
      moves: ['default', 'docs'],
      dearer: 1,
      cheaper: 1,
      same: 0,
      unknown: 0,
    });
    // 32 for 15 thousandths of a dollar.
    expect(dependenceOn(drill).worstRatio).toBeCloseTo(32 / 15);
  });

  test('goes by every layer: a baseline that leaves nobody is named by its own name', () => {
    const eu = { id: 'eu', residency: ['eu'], reason: 'r' };
    const policy = stacked(
      { name: 'managed', origin: 'managed', policy: { constraints: [eu] } },
      { policy: { default: [BEDROCK, SOL] } },
    );
    const { classes } = holdDrill(rehearsed(policy, world()), readSupplier('bedrock-eu'));
    expect(classes.map((one) => [one.effect, ...one.parts.map(wordsOf)])).toEqual([['stops', 'constraint managed:eu']]);
  });

  test('that nobody is down in changes nothing', () => {
    const { classes } = holdDrill(rehearsed(compiled(team), world()), undefined);
    expect(new Set(classes.map(({ effect }) => effect))).toEqual(new Set(['unchanged']));
  });
});
