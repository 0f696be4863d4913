import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parsePolicy } from '../../src/policy/parse.ts';

const folder = join(import.meta.dirname, '..', '..', 'policies');
const presets = readdirSync(folder);

it('there are four presets', () => {
  expect(presets.sort()).toEqual(['local.json', 'regulated.json', 'solo.json', 'team.json']);
});

it.each(presets)('%s has no mistake, only notes on what this version does not do, and tests of its own', (file) => {
  const { policy, diagnostics } = parsePolicy(readFileSync(join(folder, file), 'utf8'));
  expect(diagnostics.filter((found) => !['not-enforced', 'no-route'].includes(found.code))).toEqual([]);
  expect(policy?.tests?.length).toBeGreaterThan(1);
});
