import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../../src/policy/compile.ts';
import { oneLayer } from '../../src/policy/layers.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import type { Policy } from '../../src/policy/schema.ts';
import { createNetwork } from '../../src/providers/network.ts';
import { createProviders } from '../../src/providers/registry.ts';
import { decide } from '../../src/routing/decide.ts';
import { runPolicyTests } from '../../src/routing/policyTests.ts';
import { NOON, world } from '../../src/routing/testing/world.ts';

const folder = join(import.meta.dirname, '..', '..', 'policies');
const presets = readdirSync(folder);
const { model, price, provider } = world({ providers: { ollama: { local: true }, lmstudio: { local: true } } });

it('the completer that copies from this machine passes where data must stay and nothing be kept', () => {
  const local = createProviders({}, { env: {}, network: createNetwork({}, {}) })
    .get('local')
    ?.facts();
  expect(local).toMatchObject({ local: true, residency: 'on-prem', retention: 'zero' });
  const policy = presetPolicy('regulated.json');
  const facts = { kind: 'completion', files: [{ path: 'services/fx/a.ts' }], reads: [], client: 'editor' } as const;
  const inline = { ...policy, default: ['local/workspace-copy', 'elsewhere/workspace-copy'] };
  const state = world({ providers: { local: local!, elsewhere: {} } });
  const { removed } = decide(oneLayer(compilePolicy(inline, 'regulated.json')), facts, state);
  const byEuOnly = removed.filter(({ reason }) => reason.kind === 'constraint' && reason.rule === 'eu-only');
  expect(byEuOnly.map(({ target }) => target.target)).toEqual(['elsewhere/workspace-copy']);
});

it('there are four presets', () => {
  expect(presets.sort()).toEqual(['local.json', 'regulated.json', 'solo.json', 'team.json']);
});

function presetPolicy(file: string): Policy {
  const { policy } = parsePolicy(readFileSync(join(folder, file), 'utf8'));
  if (policy === undefined) throw new Error(`${file} does not parse`);
  return policy;
}

describe.each(presets)('%s', (file) => {
  const { policy, diagnostics } = parsePolicy(readFileSync(join(folder, file), 'utf8'));

  it('has no mistake, only notes on what this version does not do', () => {
    expect(diagnostics.filter((found) => found.code !== 'not-enforced')).toEqual([]);
  });

  it('keeps what its own tests promise', () => {
    const results = runPolicyTests(oneLayer(compilePolicy(policy!, file)), { now: NOON, model, price, provider });
    expect(results.length).toBeGreaterThanOrEqual(6);
    expect(results.filter((result) => !result.passed).map(({ name, failures }) => ({ name, failures }))).toEqual([]);
  });
});
