import { expect, it } from 'vitest';
import { compilePolicy } from '../compile.ts';
import { type LayerOrigin, layered, type PolicyLayer } from '../layers.ts';
import type { Policy, PolicyMode } from '../schema.ts';
import { silentBaselines } from './silentBaselines.ts';

const rule = { id: 'eu', residency: ['eu'], reason: 'r' };
const layer = (name: string, origin: LayerOrigin, more: Partial<Policy> = { constraints: [rule] }): PolicyLayer => ({
  name,
  origin,
  of: 'both',
  source: '',
  prefers: true,
  policy: compilePolicy({ version: 1, default: 'a/b', ...more }, 'h', { name }),
});
const silent = layer('org', 'extended');
const stated = (mode: PolicyMode): PolicyLayer => layer('base', 'extended', { constraints: [rule], mode });

it.each<[string, readonly PolicyLayer[], PolicyMode | undefined, readonly string[]]>([
  ['a baseline that leaves the mode to it', [silent], 'observe', ['org']],
  ['two of them', [silent, layer('team', 'extended')], 'warn', ['org', 'team']],
  ['one beside another that says the same', [silent, stated('observe')], 'observe', ['org']],
  ['none where another is stricter, as its own mode has no effect', [silent, stated('enforce')], 'observe', []],
  ['none where the machine enforces', [layer('managed', 'managed'), silent], 'observe', []],
  ['none that says so itself', [stated('observe')], 'observe', []],
  ['none where it enforces', [silent], 'enforce', []],
  ['none where it says nothing', [silent], undefined, []],
  ['none without rules', [layer('org', 'extended', {})], 'observe', []],
  [
    'none whose rules only observe',
    [layer('org', 'extended', { constraints: [{ ...rule, mode: 'observe' }] })],
    'observe',
    [],
  ],
])('a mode tells of %s', (_, outer, mode, by) => {
  const own = layer('', 'repository', mode === undefined ? {} : { mode });
  const found = silentBaselines(layered([...outer, own], 'h'));
  expect(found.flatMap(({ witness }) => witness?.by ?? [])).toEqual(by);
});
