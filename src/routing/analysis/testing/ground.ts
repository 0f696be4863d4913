import { catalogue } from '../../../models/catalogue.ts';
import { repositoryFiles } from '../../../policy/analysis/repositoryFiles.ts';
import { compilePolicy } from '../../../policy/compile.ts';
import type { CompiledPolicy } from '../../../policy/compiled.ts';
import { layered } from '../../../policy/layers.ts';
import type { Policy } from '../../../policy/schema.ts';
import { NOON, world } from '../../testing/world.ts';
import type { AnalysisWorld } from '../analyse.ts';

const { model, price, provider } = world();

/** Providers that are configured or well known where the fixtures are looked at. */
const PROVIDERS = ['anthropic', 'openai', 'google', 'copilot', 'codestral', 'local', 'ollama'];

/** The files of the repository that the fixtures are looked at in. */
export const FIXTURE_FILES: readonly string[] = [
  'README.md',
  'api/v1/orders.proto',
  'app/[id]/page.tsx',
  'docs/guide.md',
  'packages/core/src/index.ts',
  'packages/core/src/parse.ts',
  'packages/ui/src/button.js',
  'packages/ui/src/button.test.ts',
  'services/payments/pay.ts',
  'src/main.ts',
  'src/parser/lex.ts',
];

/** An organisation's baseline around the fixture about baselines. */
const BASELINE: Policy = {
  version: 1,
  mode: 'enforce',
  default: { use: 'anthropic/claude-sonnet-5-5', maxCostUsd: 1 },
  // biome-ignore lint/suspicious/noThenProperty: the policy language's own word; the object is data and never awaited.
  budgets: [{ id: 'day', per: 'developer', period: 'day', usd: 20, then: 'block' }],
  constraints: [{ id: 'eu', residency: ['eu'], reason: 'data stays in the EU' }],
  review: { senior: { who: '@bank/seniors', approvals: 2 } },
  overrides: { direction: 'up', maxPerDay: 5 },
};

/** One that leaves the mode to who extends it. */
const SILENT_BASELINE: Policy = {
  version: 1,
  default: 'anthropic/claude-sonnet-5-5',
  budgets: [{ id: 'day', per: 'developer', period: 'day', usd: 20 }],
  constraints: ['eu', 'us', 'ch'].map((id) => ({ id, residency: [id], reason: `data stays in ${id}` })),
};

/** Everything that an analysis can be told, for one fixture by its name: what a fixture is not about, it is not told. */
export function fixtureWorld(name: string, policy: CompiledPolicy): AnalysisWorld {
  const maker = (by: string, called: string): string | undefined => model(by, called)?.maker;
  const tokens = { input: { low: 500, high: 50_000 }, output: { low: 50, high: 4_000 } };
  return {
    targets: { maker, ...(name === 'looser-than-baseline' ? {} : { provider }) },
    costs: { price, tokens: () => tokens },
    files: repositoryFiles(FIXTURE_FILES),
    attested: {
      model,
      attestations: [
        { target: 'openai/gpt-6-sol', valid: true },
        { target: 'anthropic/claude-sonnet-5-5', valid: false, reason: 'its evaluation is 120 days old' },
      ],
    },
    names: { providers: PROVIDERS, models: catalogue },
    now: NOON,
    ...(name === 'looser-than-baseline' ? { layers: aroundBy(BASELINE, policy) } : {}),
    ...(name === 'baseline-not-enforced' ? { layers: aroundBy(SILENT_BASELINE, policy) } : {}),
    ownersOf: () => (name === 'unowned-policy' ? undefined : '@acme/platform'),
  };
}

function aroundBy(baseline: Policy, policy: CompiledPolicy): NonNullable<AnalysisWorld['layers']> {
  const shared = { of: 'both', prefers: true } as const;
  const outer = compilePolicy(baseline, 'baseline', { name: 'org' });
  return layered(
    [
      { ...shared, name: 'org', origin: 'extended', source: 'npm:@bank/baseline', policy: outer },
      { ...shared, name: '', origin: 'repository', source: '.routing-policy.json', policy },
    ],
    'both',
  );
}
