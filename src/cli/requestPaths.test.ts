import { mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { RequestFacts } from '../policy/schema.ts';
import { plainPath, withPlainPaths } from './requestPaths.ts';

describe('a path of a request', () => {
  test.each([
    ['src/a.ts', 'src/a.ts'],
    ['./.env', '.env'],
    ['sub/../.env', '.env'],
    ['a/b/../../.env', '.env'],
    ['src//../.env', '.env'],
    ['.env/', '.env'],
    ['x\\.env', 'x/.env'],
    ['.\\x\\..\\.env', '.env'],
    ['../.env', '.env'],
    ['a/../../x/../.env', '.env'],
    ['../../other/.env', 'other/.env'],
    ['...', '...'],
  ])('%s is %s', (written, plain) => {
    expect(plainPath(written)).toBe(plain);
  });

  test.each(['.', './', 'a/..', 'a/b/..', '..', '../..'])('%s is refused, because it names no file', (written) => {
    expect(() => plainPath(written)).toThrow(/names a folder/);
  });

  test('stands in files, sized files and reads, and all else stays', () => {
    const request = { kind: 'edit' as const, files: ['./a', { path: 'x\\b', added: 3 }], reads: ['c//d'] };
    const plain = { kind: 'edit', files: ['a', { path: 'x/b', added: 3 }], reads: ['c/d'] };
    expect(withPlainPaths(request, nobodyAsks)).toEqual(plain);
    expect(withPlainPaths({ kind: 'chat' }, nobodyAsks)).toEqual({ kind: 'chat' });
  });
});

const nobodyAsks = (): Promise<string> => Promise.reject(new Error('no path is absolute'));

describe('an absolute path of a request', async () => {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'request-paths-')));
  afterAll(() => rm(root, { recursive: true, force: true }));
  const inside = async (request: RequestFacts) => withPlainPaths(request, async () => root);

  test.skipIf(process.platform === 'win32')('is told from the root of the repository', async () => {
    await writeFile(join(root, '.env'), 'x');
    await symlink(join(root, '.env'), join(root, 'link'));
    const request = {
      files: [`${root}/src/a.ts`, { path: `${root}/x/../pii/b.ts`, added: 1 }, `${root}/link`, 'c.ts'],
      reads: [`${root.replaceAll('/', '\\')}\\d.ts`],
    };
    expect(await inside(request)).toEqual({
      files: ['src/a.ts', { path: 'pii/b.ts', added: 1 }, '.env', 'c.ts'],
      reads: ['d.ts'],
    });
  });

  test
    .skipIf(process.platform === 'win32')
    .each(['/home/sam/.env', '/../.env', '/', 'C:\\r\\.env', 'c:/r/../.env', 'C:.env', '\\\\host\\share\\.env'])(
    'outside of it is refused: %s',
    async (path) => {
      const refusal = `"${path}" is no file in ${root}: name files in it`;
      await expect(inside({ files: [path] })).rejects.toThrow(refusal);
      await expect(inside({ reads: [path] })).rejects.toThrow(refusal);
    },
  );
});

test('a file that is named twice, by whatever path, is one file', () => {
  const files = ['a', './a', 'b', { path: 'x/../b', added: 3 }, { path: 'b', added: 9 }];
  expect(withPlainPaths({ files }, nobodyAsks)).toEqual({ files: ['a', { path: 'b', added: 3 }] });
});
