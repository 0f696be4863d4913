import { expect, it, onTestFinished } from 'vitest';
import { scratch } from './scratch.fixture.ts';
import { openWorkspace } from './workspace.ts';

async function opened(root: string) {
  const workspace = await openWorkspace(root);
  onTestFinished(() => workspace.dispose());
  return workspace;
}

/** A branch with a commit of its own, something staged, something edited and something new. */
function branch() {
  const repository = scratch();
  repository.commit({ 'core/package.json': '{}', 'core/a.ts': 'a\n', 'web/b.ts': 'b\n', 'web/c.ts': 'c\n' });
  repository.git('checkout', '--quiet', '-b', 'topic');
  repository.commit({ 'core/a.ts': 'a\nmore\n' });
  repository.write('web/b.ts', 'b\nstaged\n');
  repository.git('add', 'web/b.ts');
  repository.write('web/c.ts', 'changed\n');
  repository.write('new/d.ts', 'd\n');
  return repository;
}

it('the work is told by each base at once', async () => {
  const { byBase, unknown } = await (await opened(branch().root)).factsByBase(['head', 'staged', 'merge-base', 'head']);
  const paths = Object.fromEntries(
    Object.entries(byBase).map(([base, files]) => [base, files.map(({ path }) => path).sort()]),
  );
  expect(paths).toEqual({
    head: ['new/d.ts', 'web/b.ts', 'web/c.ts'],
    staged: ['web/b.ts'],
    'merge-base': ['core/a.ts', 'new/d.ts', 'web/b.ts', 'web/c.ts'],
  });
  expect(byBase['merge-base']?.find(({ path }) => path === 'core/a.ts')).toMatchObject({
    added: 1,
    deleted: 0,
    module: 'core',
  });
  expect(unknown).toEqual([]);
});

it('what was taken back since the branch’s commit is no part of it, and what was renamed there is both paths', async () => {
  const { root, git, write } = branch();
  git('mv', 'web/c.ts', 'web/e.ts');
  git('commit', '--quiet', '--all', '--message', 'rename');
  write('core/a.ts', 'a\n');
  const { byBase } = await (await opened(root)).factsByBase(['merge-base']);
  expect(byBase['merge-base']?.map(({ path }) => path).sort()).toEqual([
    'new/d.ts',
    'web/b.ts',
    'web/c.ts',
    'web/e.ts',
  ]);
});

it('a base that cannot be told is left out, and it is said why', async () => {
  const { root, git } = branch();
  git('branch', '--quiet', '-D', 'main');
  const { byBase, unknown } = await (await opened(root)).factsByBase(['staged', 'merge-base']);
  expect(Object.keys(byBase)).toEqual(['staged']);
  expect(unknown.join(' ')).toContain('no default branch');
});

it('files carry their modules by the sources that are asked for', async () => {
  const { root, write } = branch();
  write('CODEOWNERS', '/web/ @web\n');
  const workspace = await opened(root);
  const { files } = await workspace.facts({ paths: ['web/c.ts'], moduleSources: ['codeowners', 'top-level'] });
  expect(files).toMatchObject([{ module: 'web', modules: { codeowners: '@web / web / web', 'top-level': 'web' } }]);
  const plain = await workspace.facts({ paths: ['web/c.ts'] });
  expect(plain.files?.[0]).not.toHaveProperty('modules');
});
