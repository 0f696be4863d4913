import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeKeepingCopy } from './clientFile.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'routing-policy-client-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const isPosix = process.platform !== 'win32';

it('a new file is made, with its folders', async () => {
  const file = join(folder, 'a', 'b', 'settings.json');
  expect(await writeKeepingCopy(file, 'new')).toBeUndefined();
  expect(await readFile(file, 'utf8')).toBe('new');
  if (isPosix) expect((await stat(file)).mode & 0o077).toBe(0);
});

it('what was there is kept beside it, and neither is for others to read', async () => {
  const file = join(folder, 'settings.json');
  await writeFile(file, 'old', { mode: 0o644 });
  const copy = (await writeKeepingCopy(file, 'new')) ?? '';
  expect([await readFile(file, 'utf8'), await readFile(copy, 'utf8')]).toEqual(['new', 'old']);
  if (isPosix) for (const path of [file, copy]) expect((await stat(path)).mode & 0o077).toBe(0);
  expect(await readdir(folder)).toHaveLength(2);
});

it.runIf(isPosix)('a link stays one, and the file that it leads to is written', async () => {
  const kept = join(folder, 'dotfiles', 'settings.json');
  const link = join(folder, 'settings.json');
  await mkdir(join(folder, 'dotfiles'));
  await writeFile(kept, 'old');
  await symlink(join('dotfiles', 'settings.json'), link);
  await writeKeepingCopy(link, 'new');
  expect([(await lstat(link)).isSymbolicLink(), await readFile(kept, 'utf8')]).toEqual([true, 'new']);
  expect(await readlink(link)).toBe(join('dotfiles', 'settings.json'));
});

it.runIf(isPosix)('a link to nothing is left as it is', async () => {
  const link = join(folder, 'settings.json');
  await symlink(join(folder, 'gone'), link);
  await expect(writeKeepingCopy(link, 'new')).rejects.toThrow('is a link to a file that is not there');
  expect((await lstat(link)).isSymbolicLink()).toBe(true);
});
