// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
/** The policies of the specification, as a person would write them: one developer, a team, a regulated baseline and its child. */

export const smallest = {
  version: 1,
  default: ['anthropic/claude-sonnet-5-5', 'openai/gpt-6-sol'],
  classes: [
    { id: 'cheap', when: { files: ['**/*.test.*', '**/*.md'] }, use: 'copilot/mai-code-1.1-flash' },
    { id: 'quick', when: { kind: ['completion', 'commit-message'] }, use: 'copilot/mai-code-1.1-flash' },
    { id: 'big', when: { diff: { modules: '>=2' } }, use: 'anthropic/claude-opus-5-5' },
  ],
  constraints: [
    {
      id: 'secrets',
      when: { touches: ['**/.env*', '**/*.pem'] },
      block: true,
      reason: 'never leaves this machine',
    },
  ],
  budgets: [{ id: 'me', per: 'developer', period: 'month', usd: 60, then: 'block' }],
};

export const team = {
  version: 1,
  models: {
    small: ['copilot/mai-code-1.1-flash', 'anthropic/claude-haiku-5-5', 'openai/gpt-6-luna'],
    mid: ['anthropic/claude-sonnet-5-5', 'openai/gpt-6-sol', 'google/gemini-4-argon'],
    large: ['anthropic/claude-opus-5-5', 'openai/gpt-6.1-sol'],
  },
  classes: [
    { id: 'inline', when: { kind: 'completion' } },
    { id: 'utility', when: { kind: ['commit-message', 'title'] } },
    {
      id: 'architecture',
      when: {
        anyOf: [{ diff: { modules: '>=2' } }, { kind: 'plan' }, { touches: ['**/*.proto', 'db/migrations/**'] }],
      },
    },
    {
      id: 'tests',
      when: {
        files: [
          '**/{test,tests,__tests__,e2e,testdata,fixtures,__snapshots__}/**',
          '**/*.{test,spec}.*',
          '**/*_test.go',
          '**/test_*.py',
        ],
      },
    },
    { id: 'docs', when: { files: ['**/*.{md,mdx,rst,adoc}', '{docs,website}/**', '**/docs/**'] } },
    {
      id: 'chores',
      when: {
        files: [
          '.github/**',
          '**/{package.json,Cargo.toml,go.mod,pyproject.toml,Makefile,Dockerfile*}',
          '{scripts,hack,tools}/**',
        ],
      },
    },
    {
      id: 'routine',
      when: {
        diff: { modules: '<=1', lines: '<=40', files: '<=3' },
        keywords: ['refactor', 'rename', 'clean up', 'extract', 'move'],
      },
    },
    { id: 'module-work', when: { diff: { modules: '<=1' } } },
  ],
  routes: {
    inline: { use: ['codestral/codestral-latest', 'small', 'local/workspace-copy'] },
    utility: { use: 'small' },
    tests: { use: ['small', 'mid'] },
    docs: { use: ['small', 'mid'] },
    chores: { use: ['small', 'mid'] },
    routine: { use: ['small', 'mid'] },
    'module-work': { use: 'mid', escalateTo: 'large' },
    architecture: { use: { model: 'large', effort: 'high' }, maxCostUsd: 8 },
  },
  default: 'mid',
  review: { senior: { who: '@acme/staff-engineers', approvals: 1, within: '2d' } },
  diversity: { minSuppliers: 2, reason: 'no class may depend on one supplier' },
  constraints: [
    {
      id: 'senior-eyes',
      when: { anyOf: [{ touches: ['**/*.proto', 'db/migrations/**'] }, { diff: { modules: '>=4' } }] },
      review: 'senior',
      reason: 'interfaces and wide changes are read by a senior',
    },
  ],
  budgets: [
    { id: 'dev-day', per: 'developer', period: 'day', usd: 25, then: { downgradeTo: 'small' } },
    { id: 'team-month', per: 'team', period: 'month', usd: 6000, then: 'warn' },
  ],
  overrides: { direction: 'up', reason: 'required', expires: '2h', maxPerDay: 5 },
  tests: [
    {
      name: 'unit tests stay small',
      given: { kind: 'agent', files: ['packages/core/src/a.test.ts'] },
      expect: { class: 'tests', model: 'copilot/mai-code-1.1-flash' },
    },
    {
      name: 'code plus its test is module work',
      given: { kind: 'agent', files: ['packages/core/src/a.ts', 'packages/core/src/a.test.ts'] },
      expect: { class: 'module-work', provider: 'anthropic' },
    },
    {
      name: 'two packages are architecture',
      given: { kind: 'edit', files: ['packages/core/src/a.ts', 'packages/ui/src/b.ts'] },
      expect: { class: 'architecture', provider: 'anthropic' },
    },
    {
      name: 'an interface needs a senior',
      given: { kind: 'edit', files: ['api/v1/orders.proto'] },
      expect: { review: ['senior'] },
    },
    {
      name: 'provider down',
      given: { kind: 'agent', files: ['packages/core/src/a.ts'], down: ['anthropic'] },
      expect: { model: 'openai/gpt-6-sol' },
    },
    {
      name: 'over budget',
      given: { kind: 'agent', files: ['packages/core/src/a.ts'], spent: { 'dev-day': 26 } },
      expect: { model: 'copilot/mai-code-1.1-flash' },
    },
  ],
};

export const regulated = {
  version: 1,
  mode: 'enforce',
  models: {
    local: ['onprem/qwen3-coder'],
    eu: ['azure-eu/gpt-6-sol', 'bedrock-eu/claude-sonnet-5-5'],
    'eu-large': ['bedrock-eu/claude-opus-5-5', 'azure-eu/gpt-6.1-sol'],
  },
  classes: [
    {
      id: 'ledger',
      final: true,
      when: { touches: ['**/{ledger,payments,settlement}/**'] },
      use: 'eu-large',
      review: ['senior', 'risk'],
    },
  ],
  default: 'eu',
  constraints: [
    {
      id: 'eu-only',
      residency: ['eu', 'on-prem'],
      retention: 'zero',
      reason: 'outsourcing register: no data outside the EU',
    },
    { id: 'no-direct', deny: ['openai/*', 'anthropic/*', 'google/*'], reason: 'only contracted endpoints' },
    {
      id: 'customer-data',
      when: { touches: ['**/{pii,customers,kyc}/**', '**/*.{csv,parquet}'] },
      local: true,
      reason: 'customer data stays on premises',
      else: 'local',
    },
    {
      id: 'keys',
      when: { touches: ['**/.env*', '**/*.{pem,p12,jks,key}', '**/secrets/**'] },
      block: true,
      reason: 'key material is never sent to a model',
    },
    { id: 'four-eyes', when: { diff: { lines: '>=200' } }, review: 'senior', reason: 'change control' },
    { id: 'attested', attested: true, reason: 'model risk: validated before use, revalidated quarterly' },
  ],
  diversity: { minSuppliers: 2, reason: 'an exit from any one supplier' },
  attestations: {
    files: '.routing/attestations/*.json',
    keys: ['mrm-2026'],
    eval: { minPassRate: 0.9, minTasks: 100, maxAgeDays: 90 },
    adversarial: { maxAgeDays: 90, maxSuccessRate: 0.02 },
    onMissing: 'block',
  },
  review: { senior: { who: '@bank/principal-engineers' }, risk: { who: '@bank/model-risk', within: '3d' } },
  overrides: { direction: 'none' },
};

/** A repository of that organisation. It is compiled with the baseline around it, whose aliases and gates it uses. */
export const regulatedChild = {
  version: 1,
  extends: { source: 'npm:@bank/routing-baseline', integrity: 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' },
  modules: { roots: ['services/*', 'libs/*'] },
  classes: [
    { id: 'tests', when: { files: ['**/src/test/**'] }, use: 'local' },
    { id: 'cross', when: { diff: { modules: '>=2' } }, use: 'eu-large', review: 'senior' },
  ],
  default: 'eu',
  constraints: [
    { id: 'fx-desk', when: { touches: ['services/fx/**'] }, local: true, reason: 'desk asked for on-prem only' },
  ],
};
