import { mkdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRepository, type Repository } from '../../../test/host/repository.ts';
import { limits } from '../../workspace/limits.ts';
import { openWorkspace, type Workspace } from '../../workspace/workspace.ts';
import { presentFiles } from './presentFiles.ts';

let repository: Repository;
let workspace: Workspace;

beforeEach(async () => {
  repository = await createRepository({
    files: { 'a.txt': '1', 'src/deep/inner/b.txt': '2', '.gitignore': 'made/\n' },
  });
  await mkdir(join(repository.folder, 'made', 'empty'), { recursive: true });
  workspace = await openWorkspace(repository.folder);
});
afterEach(async () => {
  vi.restoreAllMocks();
  workspace.dispose();
  await repository.remove();
});

/** Until all folders have stood for a while. */
async function settle(): Promise<void> {
  await sleep(3 * limits.racyMs);
}

const later = (ms: number): void => {
  const now = performance.now();
  vi.spyOn(performance, 'now').mockImplementation(() => now + ms);
};

describe('the files that are present', () => {
  it.each([
    'new.txt',
    'src/new.txt',
    'src/deep/new.txt',
    'made/new.txt',
    'made/empty/new.txt',
    'src/deep/inner/new.txt',
  ])('have %s at once, where every folder had settled before they were listed', async (path) => {
    await settle();
    expect((await presentFiles(workspace)).paths).not.toContain(path);
    await writeFile(join(repository.folder, path), 'x');
    expect((await presentFiles(workspace)).paths).toContain(path);
    await rm(join(repository.folder, path));
    expect((await presentFiles(workspace)).paths).not.toContain(path);
  });

  it('have a new one in a folder whose time was set back', async () => {
    await settle();
    expect((await presentFiles(workspace)).paths).not.toContain('src/new.txt');
    const folder = join(repository.folder, 'src');
    const { atime, mtime } = await stat(folder);
    await writeFile(join(folder, 'new.txt'), 'x');
    await utimes(folder, atime, mtime);
    expect((await presentFiles(workspace)).paths).toContain('src/new.txt');
  });

  it('are not listed again while the folders stay as they are', async () => {
    await settle();
    const first = await presentFiles(workspace);
    later(10_000);
    expect(await presentFiles(workspace)).toBe(first);
    later(100_000);
    expect(await presentFiles(workspace)).not.toBe(first);
  });

  it('are listed again in time on a machine whose clock was set back', async () => {
    await settle();
    const first = await presentFiles(workspace);
    const now = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => now - 3_600_000);
    later(100_000);
    expect(await presentFiles(workspace)).not.toBe(first);
  });

  it('are listed again soon, where a folder had only just changed', async () => {
    await settle();
    // However long what follows takes.
    const written = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => written);
    later(0);
    await writeFile(join(repository.folder, 'src', 'late.txt'), 'x');
    const first = await presentFiles(workspace);
    expect(await presentFiles(workspace)).toBe(first);
    later(4_000);
    expect(await presentFiles(workspace)).not.toBe(first);
  });
});
