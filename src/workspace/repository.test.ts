import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findGit } from './git.ts';
import { headKey, isWithin, locate, type Place, readHead } from './repository.ts';
import { scratch } from './scratch.fixture.ts';

const git = await findGit();

async function placed(path: string): Promise<Place & { kind: 'git' }> {
  const place = await locate(path, git);
  if (place.kind !== 'git') throw new Error(`no repository: ${place.reason}`);
  return place;
}

describe('locating a repository', () => {
  it('finds the root from a folder, a file, a link and a path that does not exist yet', async () => {
    const { root, write } = scratch();
    write('src/deep/a.ts', '');
    const elsewhere = scratch('folder');
    symlinkSync(join(root, 'src'), join(elsewhere.root, 'link'));
    const paths = [
      root,
      join(root, 'src'),
      join(root, 'src/deep/a.ts'),
      join(root, 'new/b.ts'),
      join(elsewhere.root, 'link'),
    ];
    for (const path of paths) expect((await placed(path)).root).toBe(root);
  });

  it('is the folder itself, with the reason, without a repository or without git', async () => {
    const { root } = scratch('folder');
    expect(await locate(root, git)).toEqual({ kind: 'folder', root, reason: 'not-a-repository' });
    expect(await locate(root, undefined)).toEqual({ kind: 'folder', root, reason: 'missing' });
  });

  it('gives a linked worktree and a submodule their own roots', async () => {
    const outer = scratch();
    outer.commit({ 'a.ts': 'a\n' });
    const inner = scratch();
    inner.commit({ 'b.ts': 'b\n' });
    outer.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.root, 'sub');
    outer.git('worktree', 'add', '--quiet', 'tree', '-b', 'feature/x');
    const sub = await placed(join(outer.root, 'sub/b.ts'));
    expect(sub.root).toBe(join(outer.root, 'sub'));
    const tree = await placed(join(outer.root, 'tree'));
    expect(tree.root).toBe(join(outer.root, 'tree'));
    expect(tree.commonFolder).toBe(join(outer.root, '.git'));
    expect((await readHead(git, tree.root)).branch).toBe('feature/x');
  });

  it('does not believe a configuration that claims another folder as its working tree', async () => {
    const other = scratch('folder');
    const { root, git: run } = scratch();
    run('config', 'core.worktree', other.root);
    const place = await locate(root, git);
    expect(place).toMatchObject({ kind: 'folder', root, unread: { mark: join(root, '.git') } });
  });

  it('takes no bare repository that came along as a folder', async () => {
    const { root, git: run } = scratch('folder');
    run('init', '--quiet', '--bare', 'bare');
    expect((await locate(join(root, 'bare'), git)).kind).toBe('folder');
  });
});

describe('HEAD', () => {
  it('has a commit, a branch and a default branch', async () => {
    const { root, git: run, commit } = scratch();
    commit({ 'a.ts': 'a\n' });
    const first = run('rev-parse', 'HEAD').trim();
    run('checkout', '--quiet', '-b', 'feature/näme');
    commit({ 'a.ts': 'b\n' });
    expect(await readHead(git, root)).toEqual({
      commit: run('rev-parse', 'HEAD').trim(),
      branch: 'feature/näme',
      defaultBranch: { ref: 'refs/heads/main', commit: first },
    });
  });

  it('prefers origin/HEAD, has no branch when detached, and no commit when there is none', async () => {
    const { root, git: run, commit } = scratch();
    expect(await readHead(git, root)).toEqual({ branch: 'main' });
    commit({ 'a.ts': 'a\n' });
    const first = run('rev-parse', 'HEAD').trim();
    run('update-ref', 'refs/remotes/origin/develop', first);
    run('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/develop');
    run('checkout', '--quiet', '--detach');
    expect(await readHead(git, root)).toEqual({
      commit: first,
      defaultBranch: { ref: 'refs/remotes/origin/develop', commit: first },
    });
  });

  it('has a key that changes with a fetch, from any remote and of a nested branch too', async () => {
    const { root, git: run, commit } = scratch();
    commit({ 'a.ts': 'a\n' });
    const place = await placed(root);
    const keys = [await headKey(place)];
    const look = async (...args: string[]) => {
      run(...args);
      keys.push(await headKey(place));
    };
    await look('update-ref', 'refs/remotes/up/deep/er', 'HEAD');
    const [tree] = run('rev-parse', 'HEAD^{tree}').split('\n');
    const other = run('commit-tree', '-m', 'other', String(tree)).trim();
    await look('update-ref', 'refs/remotes/up/deep/er', other);
    await look('symbolic-ref', 'refs/remotes/up/HEAD', 'refs/remotes/up/deep/er');
    await look('update-ref', 'refs/remotes/fork/a', 'HEAD');
    expect(new Set(keys).size).toBe(keys.length);
    expect(await headKey(place)).toBe(keys.at(-1));
  });

  it('has a key that changes with a commit and a switch, on a nested branch too, and else stays', async () => {
    const { root, git: run, commit } = scratch();
    run('config', 'core.logAllRefUpdates', 'false');
    commit({ 'a.ts': 'a\n' });
    run('checkout', '--quiet', '-b', 'deep/er/branch');
    const place = await placed(root);
    const before = await headKey(place);
    writeFileSync(join(root, 'a.ts'), 'b\n');
    mkdirSync(join(root, 'new'));
    expect(await headKey(place)).toBe(before);
    commit({ 'a.ts': 'c\n' });
    const after = await headKey(place);
    expect(after).not.toBe(before);
    run('checkout', '--quiet', 'main');
    expect(await headKey(place)).not.toBe(after);
  });
});

it.each([
  ['/a/b', '/a/b', true],
  ['/a/b', '/a/b/c', true],
  ['/a/b', '/a/b/..c', true],
  ['/a/b', '/a/bc', false],
  ['/a/b', '/a', false],
  ['/a/b', '/x', false],
])('is %s around %s: %s', (root, path, within) => {
  expect(isWithin(root, path)).toBe(within);
});
