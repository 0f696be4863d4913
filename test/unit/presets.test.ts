import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../../src/policy/compile.ts';
import { oneLayer } from '../../src/policy/layers.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { runPolicyTests } from '../../src/routing/policyTests.ts';
import { NOON, world } from '../../src/routing/testing/world.ts';

const folder = join(import.meta.dirname, '..', '..', 'policies');
const presets = readdirSync(folder);
const { model, price, provider } = world({ providers: { ollama: { local: true }, lmstudio: { local: true } } });

it('there are four presets', () => {
  expect(presets.sort()).toEqual(['local.json', 'regulated.json', 'solo.json', 'team.json']);
});

describe.each(presets)('%s', (file) => {
  const { policy, diagnostics } = parsePolicy(readFileSync(join(folder, file), 'utf8'));

  it('has no mistake, only notes on what this version does not do', () => {
    expect(diagnostics.filter((found) => found.code !== 'not-enforced')).toEqual([]);
  });

  it('keeps what its own tests promise', () => {
    const results = runPolicyTests(oneLayer(compilePolicy(policy!, file)), { now: NOON, model, price, provider });
    expect(results.length).toBeGreaterThan(1);
    expect(results.filter((result) => !result.passed).map(({ name, failures }) => ({ name, failures }))).toEqual([]);
  });
});
