import { describe, expect, it, test } from 'vitest';
import { corpusOf } from '../../routing/analysis/corpus.ts';
import { byDependence, nearFallbacks, suppliersIn, unknownMakers } from '../../routing/drill/dependence.ts';
import { holdDrill } from '../../routing/drill/drill.ts';
import { readSupplier } from '../../routing/drill/supplier.ts';
import { rehearsed } from '../../routing/drill/testing/stage.ts';
import { type Changes, policyWith, world } from '../../routing/testing/world.ts';
import type { ModelUse } from '../../usage/modelUse.ts';
import { supplierUse } from '../../usage/supplierUse.ts';
import { pageMarkdown } from '../page.ts';
import { drillDocument } from './document.ts';
import { supplierAsked } from './names.ts';
import { drillPage } from './page.ts';
import { type DrillReport, someClassStops } from './report.ts';

type Parts = Parameters<typeof policyWith>[0];

const HAIKU = 'anthropic/claude-haiku-5-5';
const SONNET = 'anthropic/claude-sonnet-5-5';
const SOL = 'openai/gpt-6-sol';
const pair: Parts = {
  default: [SONNET, SOL],
  classes: [{ id: 'tests', when: { files: ['**/*.test.ts'] }, use: [HAIKU, SONNET] }],
  constraints: [{ id: 'ours', when: { touches: ['pii/**'] }, deny: ['openai/*'], reason: 'r' }],
};

function reportOf(
  parts: Parts,
  more: { readonly down?: string; readonly changes?: Changes } & Pick<Partial<DrillReport>, 'use'> = {},
) {
  const policy = policyWith(parts);
  const rehearsal = rehearsed(policy, world(more.changes));
  const down = more.down === undefined ? undefined : readSupplier(more.down);
  const suppliers = down === undefined ? suppliersIn(rehearsal) : [down];
  return {
    hash: policy.hash,
    down,
    decided: corpusOf(policy, policy, []).length,
    leftOut: 0,
    drills: suppliers.map((supplier) => holdDrill(rehearsal, supplier)).sort(byDependence),
    now: holdDrill(rehearsal, undefined),
    near: nearFallbacks(rehearsal),
    unreached: [],
    unknownMakers: unknownMakers(rehearsal),
    use: more.use,
  } satisfies DrillReport;
}

const markdown = (...args: Parameters<typeof reportOf>): string =>
  pageMarkdown(drillPage(reportOf(...args))).replaceAll('\\', '');

const use: readonly ModelUse[] = [
  {
    provider: 'anthropic',
    model: 'claude-haiku-5-5',
    requests: 3,
    failed: 1,
    costNanoUsd: 9e9,
    simulatedNanoUsd: 0,
    unpriced: 0,
  },
  {
    provider: 'mistral',
    model: 'codestral-latest',
    requests: 1,
    failed: 0,
    costNanoUsd: 1e9,
    simulatedNanoUsd: 0,
    unpriced: 2,
  },
];
const makerOf = (model: string): string => (model.startsWith('claude') ? 'anthropic' : 'mistral');

describe('the page of a drill', () => {
  it('has single points of failure first, and who may fail together', () => {
    const page = markdown(pair);
    const rows = page.split('\n').filter((line) => line.startsWith('| **'));
    expect(rows).toEqual([
      '| **anthropic** | **tests and default in part** | - | 1 cheaper |',
      '| **maker:anthropic** | **tests and default in part** | - | 1 cheaper |',
      '| **maker:openai** | - | - | - |',
      '| **openai** | - | - | - |',
    ]);
    expect(page).toContain('`anthropic` and `maker:anthropic` are single points of failure');
    expect(page).toContain(`\`tests\`: after ${HAIKU} comes ${SONNET}, of the same provider and maker.`);
    expect(someClassStops(reportOf(pair))).toBe(true);
  });

  it('of one supplier says for each class who would serve, what would stop and why, and the price', () => {
    const page = markdown(pair, { down: 'anthropic' });
    expect(page).toContain('1 class would stop and 1 class would stop in part.');
    expect(page).toMatch(/\| \*\*tests\*\* \| all \| anthropic\/claude-haiku-5-5 \| \*\*stops\*\* \| {2}\|/);
    expect(page).toContain(`| ${SONNET} | ${SOL} | ×0.71 ($0.045 → $0.032) |`);
    expect(page).toContain('`tests` stops: no target of another supplier is listed.');
    expect(page).toContain(
      `\`default\` stops in part (pii/people.csv): others are listed, and \`ours\` leaves none of them: ${SOL} is not admitted by \`ours\`: deny.`,
    );
  });

  it('says so where nothing stops', () => {
    const parts: Parts = { default: [SONNET, SOL] };
    expect(markdown(parts)).toContain('Whichever of its 4 suppliers is down, no class of work stops.');
    expect(someClassStops(reportOf(parts))).toBe(false);
    expect(markdown(parts, { changes: { prices: { [SOL]: undefined } } })).toContain('| 1 not known |');
  });

  it('says why nobody serves a class even now', () => {
    const parts: Parts = {
      default: SOL,
      classes: [{ id: 'tests', when: { files: ['**/*.test.ts'] }, use: 'gone/model' }],
    };
    const page = markdown(parts, { down: 'openai', changes: { providers: { gone: undefined } } });
    expect(page).toContain('1 class is served by nobody now either');
    expect(page).toContain('`tests`: Nothing can serve this request: gone/model is not configured.');
  });

  it('has what suppliers were used for beside what the policy depends on', () => {
    const page = markdown(pair, { use: supplierUse(use, makerOf) });
    expect(page).toContain(
      '| **anthropic** | 3 | 75 % | $9.00 | 90 % | **stops without it: tests and default in part** |',
    );
    expect(page).toContain('| **mistral** | 1 | 25 % | over $1.00 | 10 % | does not need it |');
    expect(page).toContain('| **openai** | 0 | 0 % | $0 | 0 % | has it as a fallback |');
    expect(page).toContain('| **maker:mistral** | 1 | 25 % |');
    expect(page).toContain('4 requests in all repositories, $10.00, and 2 attempts without a known price.');
    expect(markdown(pair, { use: supplierUse([], makerOf) })).toContain('No request was answered in that time.');
  });

  it('is text alone, whatever a policy calls its models', () => {
    const odd = 'anthropic/x\n# [a](command:b)|`';
    for (const down of [undefined, 'anthropic', 'openai']) {
      const more = down === undefined ? {} : { down };
      const page = pageMarkdown(drillPage(reportOf({ default: [odd, odd.replace('x', 'y'), SOL] }, more)));
      expect(page.split('\n').filter((line) => /^# /.test(line))).toHaveLength(1);
      expect(page).not.toMatch(/[^\\]\[a/);
      expect(page.split('\n').filter((line) => line.includes('command') && /[^\\]\|\s*[`']/.test(line))).toEqual([]);
    }
  });
});

describe('the document of a drill', () => {
  it('has the same for scripts, with null for what is not known', () => {
    const report = reportOf(pair, {
      down: 'anthropic',
      use: supplierUse(use, makerOf),
      changes: { prices: { [SOL]: undefined } },
    });
    const document = JSON.parse(JSON.stringify(drillDocument(report)));
    expect(document).toMatchObject({ down: 'anthropic', stops: true, unreached: [] });
    const [drill] = document.drills;
    expect(drill).toMatchObject({
      supplier: 'anthropic',
      kind: 'provider',
      stops: ['tests'],
      stopsInPart: ['default'],
      worstRatio: null,
    });
    const tests = drill.classes.find((one: { class: string }) => one.class === 'tests');
    expect(tests.parts[0]).toMatchObject({
      effect: 'stops',
      because: 'no-candidate',
      rules: [],
      others: [],
      priceRatio: null,
    });
    const rest = drill.classes.find((one: { class: string }) => one.class === 'default');
    expect(rest.parts[0]).toMatchObject({ because: 'constraint', rules: ['ours'], others: [{ target: SOL }] });
    expect(rest.parts[1]).toMatchObject({
      effect: 'moves',
      after: { target: SOL, maker: 'openai', costUsd: null },
      priceRatio: null,
    });
    expect(document.suppliers).toMatchObject({ days: 30, requests: 4, costUsd: 10 });
    expect(document.suppliers.providers[0]).toMatchObject({
      supplier: 'anthropic',
      requestShare: 0.75,
      stops: ['tests'],
    });
  });
});

describe('a supplier that is asked for', () => {
  const policy = policyWith(pair);
  const knows = (id: string): boolean => id === 'groq';
  test.each([
    ['anthropic', { kind: 'provider', id: 'anthropic' }],
    ['maker:openai', { kind: 'maker', id: 'openai' }],
    // The policy names neither of these; they are known, and nothing depends on them.
    ['groq', { kind: 'provider', id: 'groq' }],
    ['maker:mistral', { kind: 'maker', id: 'mistral' }],
  ] as const)('%s is known', (name, supplier) => {
    expect(supplierAsked(name, policy, knows)).toEqual({ kind: 'known', supplier });
  });

  test.each([
    ['antropic', 'Did you mean anthropic?'],
    ['maker:opnai', 'Did you mean maker:openai?'],
    ['zzzzzz', 'The policy names anthropic, openai, maker:anthropic, maker:openai.'],
    ['maker:', 'The policy names anthropic, openai, maker:anthropic, maker:openai.'],
  ])('%s is not, and who is gets told', (name, words) => {
    expect(supplierAsked(name, policy, knows)).toMatchObject({
      kind: 'unknown',
      message: expect.stringContaining(words),
    });
  });
});
