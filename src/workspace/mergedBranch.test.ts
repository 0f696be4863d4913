import { expect, it } from 'vitest';
import { mergedBranches } from './mergedBranch.ts';

it.each<readonly [expected: string, kind: 'defaultBranch' | 'soleRemoteBranch', names: readonly string[]]>([
  ['remotes/origin/HEAD', 'defaultBranch', ['heads/main', 'remotes/up/a', 'remotes/origin/a', 'remotes/origin/HEAD']],
  ['remotes/up/HEAD', 'defaultBranch', ['heads/main', 'remotes/up/a', 'remotes/up/b', 'remotes/up/HEAD']],
  ['heads/main', 'defaultBranch', ['heads/main', 'heads/master', 'remotes/up/a', 'remotes/fork/a', 'remotes/up/HEAD']],
  ['heads/master', 'defaultBranch', ['heads/trunk', 'heads/master', 'remotes/up/a']],
  ['heads/trunk', 'defaultBranch', ['heads/trunk', 'remotes/origin/a']],
  ['remotes/origin/deep/HEAD', 'soleRemoteBranch', ['remotes/origin/deep/HEAD']],
  ['remotes/up/a', 'soleRemoteBranch', ['remotes/up/a']],
])('%s is the %s of its refs', (expected, kind, names) => {
  expect(mergedBranches(refs(names))).toEqual({ [kind]: refs([expected]).get(`refs/${expected}`) });
});

it.each([
  ['no refs', []],
  ['two branches of one remote', ['remotes/up/a', 'remotes/up/b']],
  ['two remotes, one with a HEAD', ['remotes/up/a', 'remotes/fork/a', 'remotes/up/HEAD']],
])('%s tell nothing', (_what, names) => {
  expect(mergedBranches(refs(names))).toEqual({});
});

function refs(names: readonly string[]) {
  return new Map(names.map((name) => [`refs/${name}`, { ref: `refs/${name}`, commit: `commit of ${name}` }]));
}
