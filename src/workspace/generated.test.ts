import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderReader } from './folders.ts';
import { generatedFinder } from './generated.ts';
import { findGit } from './git.ts';
import { type Scratch, scratch } from './scratch.fixture.ts';

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
});
