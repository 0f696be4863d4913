import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderReader } from './folders.ts';
import { generatedFinder } from './generated.ts';
import { findGit } from './git.ts';
import { type Scratch, scratch } from './scratch.fixture.ts';
import { openWorkspace } from './workspace.ts';

const program = await findGit();

function finder({ root }: Scratch) {
  return generatedFinder(root, folderReader(root), { program, commonFolder: join(root, '.git') });
}

describe('generated files', () => {
  it('are those that root and nested .gitattributes mark, and never those that they take out', async () => {
    const repository = scratch();
    repository.write(
      '.gitattributes',
      'schemas/** linguist-generated\n*.pb.go -linguist-generated\n*.g.ts linguist-generated=true\n',
    );
    repository.write(
      'web/.gitattributes',
      'client/*.ts linguist-generated=true\nclient/own.ts linguist-generated=false\n',
    );
    const paths = [
      'schemas/a.json',
      'api/a.pb.go',
      'x.g.ts',
      'web/client/a.ts',
      'web/client/own.ts',
      'web/a.ts',
      'go.sum',
      'dist/a.js',
    ];
    expect([...(await finder(repository)(paths))]).toEqual([
      'schemas/a.json',
      'x.g.ts',
      'web/client/a.ts',
      'go.sum',
      'dist/a.js',
    ]);
  });

  it('follow a change of the attributes', async () => {
    const repository = scratch();
    repository.write('.gitattributes', 'a.ts linguist-generated\n');
    utimesSync(join(repository.root, '.gitattributes'), new Date(0), new Date(0));
    const find = finder(repository);
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect([...(await find(['a.ts', 'b.ts']))]).toEqual(['a.ts']);
    expect([...(await find(['a.ts', 'b.ts']))]).toEqual(['a.ts']);
    repository.write('.gitattributes', 'b.ts linguist-generated\n');
    expect([...(await find(['a.ts', 'b.ts']))]).toEqual(['b.ts']);
    repository.write('.git/info/attributes', 'a.ts linguist-generated\n');
    expect([...(await find(['a.ts', 'b.ts']))]).toEqual(['a.ts', 'b.ts']);
  });

  it('are those of the documented list without git', async () => {
    const { root, write } = scratch('folder');
    write('.gitattributes', 'a.ts linguist-generated\n');
    const find = generatedFinder(root, folderReader(root), undefined);
    expect([...(await find(['a.ts', 'yarn.lock']))]).toEqual(['yarn.lock']);
  });

  it.each([
    ['.gitattributes', 'a/x.ts linguist-generated\n'],
    ['.gitattributes', '*.ts linguist-generated=true\n'],
    ['a/.gitattributes', 'x.ts linguist-generated\n'],
    ['.git/info/attributes', '*.ts linguist-generated\n'],
  ])('are not those that only an edit of %s marks: %j', async (file, marks) => {
    const { root, git, write, commit } = scratch();
    commit({ 'a/x.ts': 'a\n', 'go.sum': 'a\n', '.gitattributes': 'go.sum -linguist-generated\n' });
    const workspace = await openWorkspace(root);
    const generated = async () =>
      (await workspace.facts({ paths: ['a/x.ts', 'go.sum'] })).files?.flatMap((one) => (one.generated ? one.path : []));
    // Also what takes a file out holds until an edit of it is merged.
    write(file, marks);
    expect(await generated()).toEqual([]);
    if (file.startsWith('.git/')) return;
    git('checkout', '--quiet', '-b', 'work');
    commit({});
    expect(await generated()).toEqual([]);
    git('branch', '--force', 'main', 'work');
    expect(await generated()).toEqual(file === '.gitattributes' ? ['a/x.ts', 'go.sum'] : ['a/x.ts']);
  });

  it('are no longer those that an edit takes out', async () => {
    const { root, write, commit } = scratch();
    commit({ 'x.ts': 'a\n', '.gitattributes': '*.ts linguist-generated\n' });
    const workspace = await openWorkspace(root);
    const generated = async () => (await workspace.facts({ paths: ['x.ts'] })).files?.map((one) => one.generated);
    expect(await generated()).toEqual([true]);
    write('.gitattributes', '');
    expect(await generated()).toEqual([false]);
  });
});
