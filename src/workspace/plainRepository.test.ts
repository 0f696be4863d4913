import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findGit } from './git.ts';
import { plainHead, plainPlace } from './plainRepository.ts';
import { locate, readHead } from './repository.ts';
import { type Scratch, scratch } from './scratch.fixture.ts';

const git = await findGit();

type Change = (repository: Scratch) => unknown;

const commit: Change = ({ commit }) => commit({ 'a.ts': 'a\n' });

/** A branch as a fetch leaves it behind, in a repository whose own branch, if any, is none that is a default. */
function remote(branch: string, own: 'born' | 'unborn' = 'born'): Change {
  return (one) => {
    one.git('symbolic-ref', 'HEAD', 'refs/heads/work');
    commit(one);
    one.git('update-ref', `refs/remotes/${branch}`, 'HEAD');
    if (own === 'unborn') one.git('symbolic-ref', 'HEAD', 'refs/heads/unborn');
  };
}

function remoteHead(name: string, branch: string): Change {
  return (one) => one.git('symbolic-ref', `refs/remotes/${name}/HEAD`, `refs/remotes/${name}/${branch}`);
}

it.each<readonly [what: string, folder: string, change: Change]>([
  ['without a commit', '', () => undefined],
  ['with one', '', commit],
  ['below its root', 'src/deep', (one) => one.commit({ 'src/deep/a.ts': 'a\n' })],
  ['on a nested branch', '', (one) => [commit(one), one.git('checkout', '-q', '-b', 'feature/näme')]],
  ['whose refs are packed', '', (one) => [commit(one), one.git('pack-refs', '--all')]],
  ['with a loose ref over a packed one', '', (one) => [commit(one), one.git('pack-refs', '--all'), commit(one)]],
  ['without a branch', '', (one) => [commit(one), one.git('checkout', '-q', '--detach')]],
  ['on master', '', (one) => [one.git('checkout', '-q', '-b', 'master'), commit(one)]],
  [
    'with a remote',
    '',
    (one) => [
      commit(one),
      one.git('update-ref', 'refs/remotes/origin/develop', 'HEAD'),
      one.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/develop'),
    ],
  ],
  ['on develop alone', '', (one) => [one.git('checkout', '-q', '-b', 'develop'), commit(one)]],
  ['with one branch of a remote', '', remote('origin/develop')],
  ['with one branch of a remote, before its first checkout', '', remote('origin/develop', 'unborn')],
  ['with one branch of a remote, packed', '', (one) => [remote('up/a/b')(one), one.git('pack-refs', '--all')]],
  [
    'with a remote of another name',
    '',
    (one) => [remote('up/a')(one), remote('up/b')(one), remoteHead('up', 'b')(one)],
  ],
  ['with two remotes', '', (one) => [remote('up/a')(one), remote('fork/a')(one), remoteHead('up', 'a')(one)]],
  ['whose origin/HEAD dangles', '', (one) => [remote('origin/a')(one), remoteHead('origin', 'gone')(one)]],
  [
    'whose origin/HEAD dangles, with a local main',
    '',
    (one) => [remote('origin/a')(one), one.git('branch', 'main'), remoteHead('origin', 'gone')(one)],
  ],
])('says what git says of a repository %s', async (_what, folder, change) => {
  const repository = scratch();
  change(repository);
  const place = await plainPlace(join(repository.root, folder));
  expect(place).toEqual(await locate(join(repository.root, folder), git));
  expect(place && (await plainHead(place))).toEqual(await readHead(git, repository.root));
});

it.each<readonly [what: string, folder: string, change: Change]>([
  ['a working tree elsewhere', '', (one) => one.git('config', 'core.worktree', '/')],
  ['a configuration that includes another', '', (one) => one.git('config', 'include.path', '/dev/null')],
  ['a bare repository', '', (one) => one.git('config', 'core.bare', 'true')],
  ['a bare repository in a value of its own form', '', (one) => one.git('config', 'core.bare', 'yes')],
  ['an extension', '', (one) => one.git('config', 'extensions.partialClone', 'origin')],
  ['a bare repository in a folder', 'bare', (one) => one.git('init', '-q', '--bare', 'bare')],
  ['the inside of a repository', '.git/objects', () => undefined],
  ['a linked working tree', 'tree', (one) => [commit(one), one.git('worktree', 'add', '-q', 'tree')]],
  ['a repository that is a link', 'sub', ({ root }) => [mkdirSync(join(root, 'sub')), linkTo(root)]],
  ['half a repository', 'sub', ({ root }) => mkdirSync(join(root, 'sub/.git'), { recursive: true })],
  ['a HEAD that says nothing', '', ({ root }) => writeFileSync(join(root, '.git/HEAD'), 'x\n')],
  ['a HEAD that leads out', '', ({ root }) => writeFileSync(join(root, '.git/HEAD'), 'ref: refs/heads/../../x\n')],
  ['a configuration of any size', '', ({ root }) => writeFileSync(join(root, '.git/config'), '#'.repeat(1_000_001))],
])('leaves %s to git', async (_what, folder, change) => {
  const repository = scratch();
  change(repository);
  expect(await plainPlace(join(repository.root, folder))).toBeUndefined();
});

it.each<readonly [what: string, change: Change]>([
  ['refs in a table', ({ root }) => mkdirSync(join(root, '.git/reftable'))],
  [
    'a branch of a remote that says nothing',
    ({ root, git }) => {
      git('branch', '-m', 'work');
      git('update-ref', 'refs/remotes/up/a', 'HEAD');
      writeFileSync(join(root, '.git/refs/remotes/up/a'), 'x\n');
    },
  ],
  ['a branch that says nothing', ({ root }) => writeFileSync(join(root, '.git/refs/heads/main'), 'x\n')],
  [
    'a branch that stands for another',
    ({ root }) => writeFileSync(join(root, '.git/refs/heads/main'), 'ref: refs/heads/b\n'),
  ],
])('leaves the head to git where there are %s', async (_what, change) => {
  const repository = scratch();
  commit(repository);
  const place = await plainPlace(repository.root);
  change(repository);
  expect(place && (await plainHead(place))).toBeUndefined();
  expect(place).toBeDefined();
});

it('leaves a folder without a repository, and a search that is limited, to git', async () => {
  const { root } = scratch('folder');
  expect(await plainPlace(root)).toBeUndefined();
  expect(await plainPlace(scratch().root, { GIT_CEILING_DIRECTORIES: '/tmp' })).toBeUndefined();
  expect(await plainPlace(scratch().root, { SUDO_UID: '1000' })).toBeUndefined();
});

function linkTo(root: string): void {
  symlinkSync(join(root, '.git'), join(root, 'sub/.git'));
}
