import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { look, lookAtLink, realPlaceOf } from './look.ts';

describe('what stands at a path', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'routing-policy-look-')));
    await mkdir(join(folder, 'inner'));
    await writeFile(join(folder, 'inner', 'file'), 'text');
    await symlink(join(folder, 'inner'), join(folder, 'link'), 'junction');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is told with its size and time, behind a link too', async () => {
    const found = await look(join(folder, 'link', 'file'));
    expect(found).toMatchObject({ size: 4n, mtimeNs: expect.any(BigInt) });
    expect((await look(join(folder, 'link')))?.isDirectory()).toBe(true);
    expect((await lookAtLink(join(folder, 'link')))?.isSymbolicLink()).toBe(true);
    expect(await realPlaceOf(join(folder, 'link', 'file'))).toBe(join(folder, 'inner', 'file'));
  });

  it.each(['none', 'inner/file/below', 'a\0b', 'x'.repeat(5_000)])(
    'is nothing where nothing can be: %#',
    async (name) => {
      expect([await look(`${folder}/${name}`), await lookAtLink(`${folder}/${name}`)]).toEqual([undefined, undefined]);
      await expect(realPlaceOf(`${folder}/${name}`)).rejects.toThrow();
    },
  );
});
