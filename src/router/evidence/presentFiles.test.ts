import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRepository, type Repository } from '../../../test/host/repository.ts';
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

/** As if all folders had stood for a while. */
async function settle(): Promise<void> {
  for (const folder of ['', 'src', 'src/deep', 'src/deep/inner', 'made', 'made/empty']) {
    await utimes(join(repository.folder, folder), 1_000_000.123_456, 1_000_000.123_456);
  }
}

const later = (ms: number): void => {
  const now = Date.now();
  vi.spyOn(Date, 'now').mockImplementation(() => now + ms);
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

  it('are not listed again while the folders stay as they are', async () => {
    await settle();
    const first = await presentFiles(workspace);
    later(10_000);
    expect(await presentFiles(workspace)).toBe(first);
    later(100_000);
    expect(await presentFiles(workspace)).not.toBe(first);
  });

  it('are listed again soon, where a folder had only just changed', async () => {
    await settle();
    await writeFile(join(repository.folder, 'src', 'late.txt'), 'x');
    const first = await presentFiles(workspace);
    expect(await presentFiles(workspace)).toBe(first);
    later(4_000);
    expect(await presentFiles(workspace)).not.toBe(first);
  });
});
