import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { look, lookAtLink, lookClosely, realPlaceOf } from './look.ts';
import { asNobody } from './nobody.fixture.ts';

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

  it('is told from what nobody can look at, with why', async () => {
    await symlink(join(folder, 'loop'), join(folder, 'loop'));
    await mkdir(join(folder, 'closed'));
    expect(await lookClosely('file', join(folder, 'loop'))).toBe('ELOOP');
    expect(await lookClosely('file', join(folder, 'none'))).toBeUndefined();
    expect(await lookClosely('link', join(folder, 'loop'))).toMatchObject({ mode: expect.any(BigInt) });
    await chmod(folder, 0o755);
    await chmod(join(folder, 'closed'), process.geteuid?.() === 0 ? 0o700 : 0);
    expect(await asNobody(() => lookClosely('link', join(folder, 'closed', 'any')))).toBe('EACCES');
    expect(await asNobody(() => look(join(folder, 'closed', 'any')))).toBeUndefined();
    await chmod(join(folder, 'closed'), 0o755);
  });
});
