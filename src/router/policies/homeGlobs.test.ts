import { writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { homeGlob, slashed } from './homeGlobs.ts';
import { folder, inForce } from './sources.fixture.ts';

const home = '/home/sam';

it.each([
  ['~/.ssh/**', '/srv/app', ['home/sam/.ssh/**']],
  ['!~/.ssh/known_hosts', '/srv/app', ['!home/sam/.ssh/known_hosts']],
  ['**/.env', '/srv/app', ['**/.env']],
  ['a~/b', '/srv/app', ['a~/b']],
  ['~/.ssh/**', '/home/sam', ['home/sam/.ssh/**', '.ssh/**']],
  ['~/.ssh/**', '/home', ['home/sam/.ssh/**', 'sam/.ssh/**']],
  ['~/code/*/secrets/**', '/home/sam/code/app', ['home/sam/code/*/secrets/**', 'secrets/**']],
  ['~/**/*.pem', '/home/sam/code/app', ['home/sam/**/*.pem', '**/*.pem']],
  ['~/code', '/home/sam/code/app', ['home/sam/code']],
  ['~/other/**', '/home/sam/code/app', ['home/sam/other/**']],
])('%s in a repository at %s means %j', (glob, root, meant) => {
  expect(homeGlob(glob, { home, root })).toEqual(meant);
});

it('a home folder with characters of its own is taken literally', () => {
  expect(homeGlob('~/x', { home: '/home/[sam]', root: '/work' })).toEqual(['home/\\[sam\\]/x']);
  expect(slashed('C:\\Users\\sam')).toBe('/Users/sam');
});

it('in the machine’s baseline guards a file of the home folder, as it is spoken of in any repository', async () => {
  const managed = folder();
  const rule = { id: 'ssh', when: { touches: ['~/.ssh/**'] }, block: true, reason: 'keys' };
  writeFileSync(join(managed, 'policy.json'), JSON.stringify({ version: 1, default: 'a/b', constraints: [rule] }));
  const found = await inForce(folder(), { managedFolders: [managed] });
  const index = found.kind === 'in-force' ? found.policy.layers[0]?.policy.index : undefined;
  expect(index?.match(`${slashed(homedir()).slice(1)}/.ssh/id_ed25519`)).toHaveLength(1);
  expect(index?.match('.ssh/id_ed25519')).toHaveLength(0);
});
