import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { areAsSeen, look, lookAtLink, realPlaceOf } from './look.ts';
import { joinLooks, type Looks, withLooks } from './looks.ts';
import { shared } from './recall.ts';

describe('what some work has looked at', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'routing-policy-looks-'));
    file = join(folder, 'a.txt');
    await writeFile(file, 'one');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const looksOf = async (work: () => Promise<unknown>): Promise<Looks> => {
    const { looks } = await withLooks(work);
    if (looks === undefined) throw new Error('It was not taken down.');
    return looks;
  };
  const there = (path: string): string => join(folder, path);

  test.each<[string, () => Promise<unknown>, () => Promise<unknown>]>([
    ['a file is written', () => look(file), () => writeFile(file, 'two, which is longer')],
    [
      'a file is written with the same size and an old time',
      () => look(file),
      async () => {
        await writeFile(file, 'two');
        await utimes(file, 1, 1);
      },
    ],
    [
      'another file takes its place',
      () => look(file),
      async () => {
        await writeFile(there('b.txt'), 'one');
        await rename(there('b.txt'), file);
      },
    ],
    ['a file goes', () => lookAtLink(file), () => rm(file)],
    ['a file comes', () => look(there('c.txt')), () => writeFile(there('c.txt'), '')],
    ['a link to itself comes', () => look(there('c.txt')), () => symlink(there('c.txt'), there('c.txt'))],
    ['something comes into a folder', () => look(folder), () => mkdir(there('inner'))],
    [
      'a folder leads elsewhere',
      () => realPlaceOf(there('link')),
      async () => {
        await rm(there('link'));
        await mkdir(there('other'));
        await symlink(there('other'), there('link'));
      },
    ],
  ])('is not as it was when %s', async (_, seeing, changing) => {
    await mkdir(there('first'));
    await symlink(there('first'), there('link'));
    const looks = await looksOf(seeing);
    expect(looks).toHaveLength(1);
    expect(areAsSeen(looks)).toBe(true);
    await changing();
    expect(areAsSeen(looks)).toBe(false);
  });

  test('is taken down once, also where it was looked at as a link too', async () => {
    const looks = await looksOf(() => Promise.all([look(file), lookAtLink(file), look(file)]));
    expect(looks.map(({ as }) => as)).toEqual(['link']);
  });

  test('is looked at once while nothing is waited for: what changes meanwhile is seen the next time', async () => {
    const { result, looks } = await withLooks(async () => {
      const before = [await look(file), await realPlaceOf(file)];
      writeFileSync(file, 'two, which is longer');
      return [before, [await look(file), await realPlaceOf(file)]];
    });
    expect(result[1]).toEqual(result[0]);
    expect(areAsSeen(looks ?? [])).toBe(false);
    expect((await look(file))?.size).toBe(20n);
  });

  test('is looked at anew by work that had to wait', async () => {
    const { result } = await withLooks(async () => {
      const before = await look(file);
      await writeFile(file, 'two, which is longer');
      return [before?.size, (await look(file))?.size];
    });
    expect(result).toEqual([3n, 20n]);
  });

  const follows = async (): Promise<Looks> =>
    looksOf(async () => {
      await lookAtLink(there('none'));
      await look(there('none/in/it'));
      await realPlaceOf(folder);
      await lookAtLink(folder);
      await realPlaceOf(there('one/two'));
      await lookAtLink(there('one/two'));
      await lookAtLink(there('one'));
    });

  test.each<[string, () => Promise<unknown>]>([
    ['nothing comes', () => Promise.resolve()],
    ['something comes far below where nothing was', () => mkdir(there('none/in/it'), { recursive: true })],
    [
      'a folder on the way becomes a link to what it was',
      async () => {
        await rename(there('one'), there('moved'));
        await symlink(there('moved'), there('one'));
      },
    ],
    [
      'so does the last one',
      async () => {
        await rename(there('one/two'), there('moved'));
        await symlink(there('moved'), there('one/two'));
      },
    ],
  ])('leaves out what follows from the rest, and still tells when %s', async (what, changing) => {
    folder = await realpath(folder);
    await mkdir(there('one/two'), { recursive: true });
    const looks = await follows();
    const left = looks.map(({ as, path }) => `${as} ${relative(folder, path)}`);
    expect(left).not.toContain(`file ${join('none', 'in', 'it')}`);
    expect(left.includes(`way ${join('one', 'two')}`)).toBe(process.platform !== 'linux');
    await changing();
    expect(areAsSeen(looks)).toBe(what === 'nothing comes');
  });

  test('leaves out no way that leads through a link, or of which not each folder was looked at', async () => {
    folder = await realpath(folder);
    await mkdir(there('one/two'), { recursive: true });
    await symlink(there('one'), there('link'));
    const waysAmong = async (...paths: readonly string[]): Promise<readonly string[]> => {
      const looks = await looksOf(async () => {
        for (const path of [folder, ...paths.map(there)]) await realPlaceOf(path);
        for (const path of [folder, ...paths.map(there)]) await lookAtLink(path);
      });
      return looks.flatMap(({ as, path }) => (as === 'way' ? [relative(folder, path)] : []));
    };
    expect(await waysAmong('link')).toEqual(['', 'link']);
    expect(await waysAmong(join('link', 'two'))).toEqual(['', join('link', 'two')]);
    expect(await waysAmong(join('one', 'two'))).toEqual(['', join('one', 'two')]);
  });

  test('is joined with what other work has looked at since, each thing once, unless that saw something else', async () => {
    folder = await realpath(folder);
    await mkdir(there('one/two'), { recursive: true });
    const waysAlone = ['', join('one', 'two')];
    const first = await looksOf(async () => {
      for (const path of ['', 'one', 'one/two', 'a.txt']) await lookAtLink(there(path));
      await realPlaceOf(folder);
    });
    const second = await looksOf(async () => {
      for (const path of waysAlone) await realPlaceOf(there(path));
      await lookAtLink(file);
    });
    const joined = joinLooks(first, second);
    expect(joined?.filter(({ as }) => as === 'link')).toHaveLength(4);
    const ways = joined?.flatMap(({ as, path }) => (as === 'way' ? [relative(folder, path)] : []));
    expect(ways).toEqual(process.platform === 'linux' ? [''] : waysAlone);
    expect(areAsSeen(joined ?? [])).toBe(true);
    await writeFile(file, 'two, which is longer');
    expect(areAsSeen(joined ?? [])).toBe(false);
    expect(joinLooks(first, await looksOf(() => lookAtLink(file)))).toBeUndefined();
  });

  test('is not known where the work had to wait, went on beside other work, or rests on the look of another', async () => {
    expect((await withLooks(() => readFile(file))).looks).toBeUndefined();
    const beside = await Promise.all([withLooks(() => look(file)), withLooks(() => look(folder))]);
    expect(beside.map(({ looks }) => looks)).toEqual([undefined, undefined]);
    const ask = shared(() => look(file));
    const [, waiting] = await Promise.all([ask(), withLooks(() => ask())]);
    expect(waiting.looks).toBeUndefined();
    const failing = await withLooks(() => realPlaceOf(there('nowhere')).catch(() => undefined));
    expect(failing.looks).toBeUndefined();
    expect(await looksOf(() => look(file))).toHaveLength(1);
  });

  test('is known beside work that never ends, once that waits', async () => {
    void withLooks(() => new Promise(() => undefined));
    await new Promise(setImmediate);
    const { looks } = await withLooks(() => look(file));
    expect(looks).toHaveLength(1);
  });
});
