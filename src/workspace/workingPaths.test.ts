import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { scratch } from './scratch.fixture.ts';
import { absolutePath, isRepositoryPath, pathWithin, toRepositoryPath } from './workingPaths.ts';

describe('what a client calls a file, by text', () => {
  it.each([
    ['posix', '/r', 'src/a.ts', 'src/a.ts'],
    ['posix', '/r', './src/../b.ts', 'b.ts'],
    ['posix', '/r', '/r/a b/ü.ts', 'a b/ü.ts'],
    ['posix', '/r', 'file:///r/a%20b/%C3%BC.ts', 'a b/ü.ts'],
    ['posix', '/r', '100%25.ts', '100%25.ts'],
    ['posix', '/r', '..b/a.ts', '..b/a.ts'],
    ['posix', '/r', 'a\\b.ts', 'a\\b.ts'],
    ['posix', '/r', '../x.ts', undefined],
    ['posix', '/r', '/rx/a.ts', undefined],
    ['posix', '/r', '.', undefined],
    ['posix', '/r', '', undefined],
    ['posix', '/r', '.git/config', undefined],
    ['posix', '/r', '.GIT/config', undefined],
    ['posix', '/r', '.github/x.yml', '.github/x.yml'],
    ['posix', '/r', 'a\0b', undefined],
    ['posix', '/r', 'file://host/r/a.ts', undefined],
    ['posix', '/r', 'file:///r/a%2Fb.ts', undefined],
    ['posix', '/r', 'file:///r/%zz.ts', undefined],
    ['posix', '/r', 'https://example.com/a.ts', undefined],
    ['posix', '/r', 'vscode-remote://ssh/r/a.ts', undefined],
    ['posix', '/r', 'untitled:Untitled-1', undefined],
    ['win32', 'C:\\r', 'C:\\r\\src\\a.ts', 'src/a.ts'],
    ['win32', 'C:\\r', 'c:\\R\\src\\a.ts', 'src/a.ts'],
    ['win32', 'C:\\r', 'src/b\\a.ts', 'src/b/a.ts'],
    ['win32', 'C:\\r', 'file:///c%3A/r/a.ts', 'a.ts'],
    ['win32', 'C:\\r', 'D:\\r\\a.ts', undefined],
    ['win32', 'C:\\r', '..\\a.ts', undefined],
    ['win32', 'C:\\r', '\\\\host\\share\\a.ts', undefined],
  ] as const)('%s, %s: %j is %j', (platform, root, named, path) => {
    const absolute = absolutePath(root, named, platform);
    expect(absolute === undefined ? undefined : pathWithin(root, absolute, platform)).toBe(path);
  });
});

describe('what a client calls a file, on the disk', () => {
  it('is judged by where links lead, also for files that do not exist yet', async () => {
    const outside = scratch('folder');
    outside.write('secret', '');
    const { root, write } = scratch('folder');
    write('src/.env', '');
    symlinkSync('src', join(root, 'alias'));
    symlinkSync('src/.env', join(root, 'notes.txt'));
    symlinkSync(outside.root, join(root, 'out'));
    symlinkSync(root, join(outside.root, 'in'));
    const named: [string, string | undefined][] = [
      ['notes.txt', 'src/.env'],
      ['alias/new/file.ts', 'src/new/file.ts'],
      ['out/secret', undefined],
      ['out/new.ts', undefined],
      [join(outside.root, 'in/src/.env'), 'src/.env'],
      [pathToFileURL(join(root, 'src/a b.ts')).href, 'src/a b.ts'],
    ];
    for (const [name, path] of named) expect(await toRepositoryPath(root, name)).toBe(path);
  });
});

it('knows a repository path from anything else', () => {
  expect(['a', 'a/b.ts', '..a/b', '.git', '-x', 'a\\b', '*', ' '].filter(isRepositoryPath)).toHaveLength(8);
  expect(
    ['', '/a', 'a/', 'a//b', '../a', 'a/../b', './a', 'a\0', 'C:\\a', 'c:/a', 'a'.repeat(5000)].filter(
      isRepositoryPath,
    ),
  ).toEqual([]);
});
