import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compilePolicy } from '../../src/policy/compile.ts';
import { oneLayer } from '../../src/policy/layers.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { runPolicyTests } from '../../src/routing/policyTests.ts';
import { NOON, world } from '../../src/routing/testing/world.ts';

const file = join(import.meta.dirname, '..', 'sample', '.routing-policy.json');
const { policy, diagnostics } = parsePolicy(readFileSync(file, 'utf8'));

test("the sample's policy has no mistake", () => {
  expect(diagnostics.filter((found) => found.code !== 'not-enforced')).toEqual([]);
});

test("the sample's policy keeps what its own tests promise", () => {
  const { model, price, provider } = world();
  const results = runPolicyTests(oneLayer(compilePolicy(policy!, file)), { now: NOON, model, price, provider });
  expect(results.length).toBe(5);
  expect(results.filter((result) => !result.passed).map(({ name, failures }) => ({ name, failures }))).toEqual([]);
});
