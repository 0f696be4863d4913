import { expect, it } from 'vitest';
import { compilePolicy } from '../policy/compile.ts';
import type { PolicyLayer } from '../policy/layers.ts';
import { countedClass } from './countedClass.ts';

const layer = (more: Partial<PolicyLayer>): PolicyLayer => {
  const { name = '' } = more;
  const policy = compilePolicy(
    { version: 1, default: 'a/b', classes: [{ id: 'tests', when: { kind: 'chat' }, use: 'a/b' }] },
    'test',
    { name },
  );
  return { name, origin: 'repository', of: 'both', source: '', prefers: true, policy, ...more };
};

it.each<[string, Partial<PolicyLayer>, string]>([
  ['the repository’s own file', {}, 'tests'],
  ['its committed version, so that an edit begins no new count', { name: 'committed', origin: 'committed' }, 'tests'],
  ['a baseline', { name: 'org', origin: 'extended' }, 'org:tests'],
  ['a second version of a baseline', { name: 'org-2', origin: 'extended' }, 'org:tests'],
  ['the machine', { name: 'managed', origin: 'managed' }, 'managed:tests'],
  ['a file of another folder', { name: 'bank', ownName: '' }, 'tests'],
  ['a baseline of another folder', { name: 'bank/org', ownName: 'org', origin: 'extended' }, 'org:tests'],
])('a class of %s is counted under a name that lasts', (_, more, expected) => {
  const made = layer(more);
  expect(countedClass({ layer: made, own: made.policy.classes[0] })).toBe(expected);
  expect(countedClass({ layer: made, own: undefined })).toBe(expected.replace('tests', 'default'));
});
