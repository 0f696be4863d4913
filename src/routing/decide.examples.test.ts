import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import type { Facts } from './facts.ts';
import { answer, files } from './testing/answers.ts';
import { regulated, smallest, team } from './testing/policies.ts';
import { allAttested, type Changes, compiled, spent, world } from './testing/world.ts';

describe('the smallest policy', () => {
  const policy = compiled(smallest);
  it.each<[string, Facts, Changes, string, string]>([
    [
      'a test goes to the cheap model',
      { kind: 'edit', files: files('src/a.test.ts') },
      {},
      'cheap',
      'copilot/mai-code-1.1-flash',
    ],
    [
      'code with its test is not cheap',
      { kind: 'edit', files: files('src/a.ts', 'src/a.test.ts') },
      {},
      'default',
      'anthropic/claude-sonnet-5-5',
    ],
    [
      'a completion is quick',
      { kind: 'completion', files: files('src/a.ts') },
      {},
      'quick',
      'copilot/mai-code-1.1-flash',
    ],
    [
      'two modules are big',
      { kind: 'agent', files: files('packages/a/x.ts', 'packages/b/y.ts') },
      {},
      'big',
      'anthropic/claude-opus-5-5',
    ],
    ['a question is the default', { kind: 'chat', files: [] }, {}, 'default', 'anthropic/claude-sonnet-5-5'],
    [
      'a supplier that is down gives way',
      { kind: 'chat', files: [] },
      { down: ['anthropic'] },
      'default',
      'openai/gpt-6-sol',
    ],
    [
      'a secret that is worked on is blocked',
      { kind: 'edit', files: files('.env.local') },
      {},
      'default',
      'blocked by secrets',
    ],
    [
      'a secret that is only read is blocked',
      { kind: 'chat', files: [], reads: ['deploy/key.pem'] },
      {},
      'default',
      'blocked by secrets',
    ],
    ['unknown files may hold a secret', { kind: 'chat' }, {}, 'default', 'blocked by secrets'],
    [
      'a used-up budget blocks',
      { kind: 'chat', files: [] },
      { spent: spent({ me: 60.01 }) },
      'default',
      'blocked by me',
    ],
    [
      'a budget that is just reached does not',
      { kind: 'chat', files: [] },
      { spent: spent({ me: 60 }) },
      'default',
      'anthropic/claude-sonnet-5-5',
    ],
    ['a budget whose spend is unknown blocks', { kind: 'chat', files: [] }, { spent: {} }, 'default', 'blocked by me'],
  ])('%s', (_name, facts, changes, expectedClass, expected) => {
    const decision = decide(policy, facts, world(changes));
    expect([decision.class, answer(decision)]).toEqual([expectedClass, expected]);
  });
});

describe("the team's policy", () => {
  const policy = compiled(team);
  it.each<[string, Facts, Changes, string, string, string[]]>([
    [
      'ghost text goes to the completion model',
      { kind: 'completion', files: files('src/a.ts') },
      {},
      'inline',
      'codestral/codestral-latest',
      [],
    ],
    [
      'ghost text falls back to the embedded completer',
      { kind: 'completion', files: files('src/a.ts') },
      { down: ['codestral', 'copilot', 'anthropic', 'openai'] },
      'inline',
      'local/workspace-copy',
      [],
    ],
    ['a plan is architecture', { kind: 'plan', files: [] }, {}, 'architecture', 'anthropic/claude-opus-5-5', []],
    [
      'a small rename is routine',
      { kind: 'edit', files: files('src/a.ts'), text: 'Please Rename this' },
      {},
      'routine',
      'copilot/mai-code-1.1-flash',
      [],
    ],
    [
      '"removed" is not "move"',
      { kind: 'edit', files: files('src/a.ts'), text: 'removed movement' },
      {},
      'module-work',
      'anthropic/claude-sonnet-5-5',
      [],
    ],
    [
      'a read interface calls a senior but is no architecture',
      { kind: 'chat', files: [], reads: ['api/x.proto'] },
      {},
      'module-work',
      'anthropic/claude-sonnet-5-5',
      ['senior'],
    ],
    [
      'unknown files: senior to be safe, no class that needs them',
      { kind: 'chat' },
      {},
      'default',
      'anthropic/claude-sonnet-5-5',
      ['senior'],
    ],
    [
      'over budget, a cheaper route stays',
      { kind: 'title', files: [] },
      { spent: spent({ 'dev-day': 26, 'team-month': 0 }) },
      'utility',
      'copilot/mai-code-1.1-flash',
      [],
    ],
    [
      'a task over its cap is refused',
      { kind: 'plan', files: [] },
      { taskSpentNanoUsd: 8.1e9 },
      'architecture',
      'blocked by architecture',
      [],
    ],
  ])('%s', (_name, facts, changes, expectedClass, expected, gates) => {
    const decision = decide(policy, facts, world(changes));
    expect([decision.class, answer(decision), decision.gates]).toEqual([expectedClass, expected, gates]);
  });

  it('hands the settings beside an alias to its models', () => {
    const { outcome } = decide(policy, { kind: 'plan', files: [] }, world());
    expect(outcome).toMatchObject({ target: { effort: 'high' }, fallbacks: [{ target: 'openai/gpt-6.1-sol' }] });
  });

  it('keeps the old fallbacks of a cheap route when it is over budget', () => {
    const over = world({ spent: spent({ 'dev-day': 26, 'team-month': 0 }) });
    const decision = decide(policy, { kind: 'edit', files: files('a.test.ts') }, over);
    expect(decision.kept.map(({ target }) => target.target)).toEqual(team.models.small);
    expect(decision.budgets.map(({ id, did }) => [id, did])).toEqual([
      ['dev-day', 'downgraded'],
      ['team-month', 'nothing'],
    ]);
  });
});

describe('the regulated baseline', () => {
  const policy = compiled(regulated);
  it.each<[string, Facts, Changes, string, string[]]>([
    [
      'ordinary work goes to a European endpoint',
      { kind: 'edit', files: files('src/a.ts') },
      {},
      'azure-eu/gpt-6-sol',
      [],
    ],
    [
      'the ledger goes to the large one, behind two gates',
      { kind: 'edit', files: files('src/ledger/post.ts') },
      {},
      'bedrock-eu/claude-opus-5-5',
      ['risk', 'senior'],
    ],
    [
      'customer data stays on premises',
      { kind: 'edit', files: files('data/people.csv') },
      {},
      'onprem/qwen3-coder',
      [],
    ],
    [
      'customer data that is only read stays on premises',
      { kind: 'chat', files: [], reads: ['src/kyc/rules.ts'] },
      {},
      'onprem/qwen3-coder',
      [],
    ],
    [
      'customer data while the premises are down is not served',
      { kind: 'edit', files: files('data/people.csv') },
      { down: ['onprem'] },
      'unserved',
      [],
    ],
    ['keys are never sent', { kind: 'edit', files: files('conf/secrets/a.txt') }, {}, 'blocked by keys', []],
    [
      'keys beside customer data are never sent either',
      { kind: 'edit', files: files('a.csv', 'b.pem') },
      {},
      'blocked by customer-data, keys',
      [],
    ],
    [
      'two hundred lines need four eyes',
      { kind: 'edit', files: [{ path: 'a.ts', added: 150, deleted: 50 }] },
      {},
      'azure-eu/gpt-6-sol',
      ['senior'],
    ],
    [
      'lines that nobody counted need four eyes',
      { kind: 'edit', files: [{ path: 'a.ts' }] },
      {},
      'azure-eu/gpt-6-sol',
      ['senior'],
    ],
    [
      'without attestations nothing is served',
      { kind: 'edit', files: files('a.ts') },
      { attestations: [] },
      'blocked by attested',
      [],
    ],
    [
      'a first choice without one refuses the route',
      { kind: 'edit', files: files('a.ts') },
      { attestations: [{ target: 'claude-sonnet-5-5', valid: true }] },
      'blocked by attested',
      [],
    ],
    [
      'a second choice without one is only lost',
      { kind: 'edit', files: files('a.ts') },
      { attestations: [{ target: 'azure-eu/gpt-6-sol', valid: true }] },
      'azure-eu/gpt-6-sol',
      [],
    ],
    [
      'an attestation that has lapsed does not count',
      { kind: 'edit', files: files('a.ts') },
      { attestations: [{ target: 'gpt-6-sol', valid: false, reason: '100 days old' }] },
      'blocked by attested',
      [],
    ],
    [
      'a residency that nobody knows is no residency',
      { kind: 'edit', files: files('a.ts') },
      { providers: { 'azure-eu': { residency: undefined as never }, 'bedrock-eu': { retention: '30d' } } },
      'blocked by eu-only',
      [],
    ],
    [
      'with no provider configured it is not the policy that refuses',
      { kind: 'edit', files: files('a.ts') },
      { providers: { 'azure-eu': undefined, 'bedrock-eu': undefined } },
      'unserved',
      [],
    ],
    [
      'customer data goes on premises though nothing else is configured',
      { kind: 'edit', files: files('a.csv') },
      { providers: { 'azure-eu': undefined, 'bedrock-eu': undefined } },
      'onprem/qwen3-coder',
      [],
    ],
    [
      'one of two not configured',
      { kind: 'edit', files: files('a.ts') },
      { providers: { 'azure-eu': undefined } },
      'bedrock-eu/claude-sonnet-5-5',
      [],
    ],
  ])('%s', (_name, facts, changes, expected, gates) => {
    const decision = decide(policy, facts, world({ attestations: allAttested, ...changes }));
    expect([answer(decision), decision.gates]).toEqual([expected, gates]);
  });

  it('says of each gate that nothing enforces it here', () => {
    const { why } = decide(
      policy,
      { kind: 'edit', files: files('src/ledger/a.ts') },
      world({ attestations: allAttested }),
    );
    expect(why.filter(({ kind }) => kind === 'gate-not-enforced')).toEqual([
      { kind: 'gate-not-enforced', gate: 'risk' },
      { kind: 'gate-not-enforced', gate: 'senior' },
    ]);
  });
});
