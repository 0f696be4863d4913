import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRepository, type Repository } from '../../test/host/repository.ts';
import type { LayeredPolicy } from '../policy/layers.ts';
import { openWorkspace, type Workspace } from '../workspace/workspace.ts';
import type { Mention } from './evidence/mention.ts';
import { type FoundFiles, findFiles } from './facts.ts';
import { KnownSurroundings, restsOnFiles } from './surroundings.ts';

const SETTLED_MS = 120;

describe('what requests have found around them', () => {
  let repository: Repository;
  let workspace: Workspace;
  let surroundings: KnownSurroundings;
  let searches: number;
  beforeEach(async () => {
    repository = await createRepository({ files: { 'src/a.ts': 'one\n', 'src/b.ts': 'two\n', '.env': 'KEY=1\n' } });
    workspace = await openWorkspace(repository.folder);
    surroundings = new KnownSurroundings();
    searches = 0;
  });
  afterEach(async () => {
    workspace.dispose();
    await repository.remove();
  });

  const edited = (path: string): Mention => ({ path, role: 'edited', proof: 'nothing', reach: 'listed' });
  const spoken = (path: string): Mention => ({ path, role: 'read', proof: 'place', reach: 'listed' });
  const ask = async (
    mentions: readonly Mention[],
    { now = 0, timesOpened = 1 }: { readonly now?: number; readonly timesOpened?: number } = {},
  ): Promise<FoundFiles> => {
    const asked = { uri: 'file:///here', kind: 'chat', mentions, timesOpened } as const;
    const known = await surroundings.recall(asked, now);
    if (known !== undefined) return known.found;
    searches += 1;
    return surroundings.find(asked, now, async () => {
      const { signal } = new AbortController();
      const found = await findFiles({
        workspace,
        policy: undefined,
        kind: 'chat',
        evidence: { mentions, more: [] },
        buffers: [],
        signal,
      });
      return { result: found, surroundings: { workspace, inForce: { kind: 'none' }, found, commit: undefined } };
    });
  };
  /** As often as it takes until nothing has to be waited for: git is asked, and files that changed a moment ago are read again. */
  const settled = async (mentions: readonly Mention[]): Promise<void> => {
    await sleep(SETTLED_MS);
    for (let n = 0; n < 3; n += 1) await ask(mentions);
    searches = 0;
  };

  test('are found once, while all that was looked at looks the same', async () => {
    await settled([edited('src/a.ts')]);
    expect((await ask([edited('src/a.ts')])).files).toEqual([]);
    expect(searches).toBe(0);
    await repository.write({ 'src/a.ts': 'one\nand more\n' });
    expect((await ask([edited('src/a.ts')])).files).toMatchObject([{ path: 'src/a.ts', added: 1, deleted: 0 }]);
    expect(searches).toBe(1);
  });

  test.each<[string, readonly Mention[], number]>([
    ['a word that is no file changes nothing', [edited('src/a.ts'), spoken('nothing/of/that/name')], 0],
    ['nor does one fewer', [edited('src/a.ts')], 0],
    ['another file is looked for', [edited('src/a.ts'), spoken('gone.ts'), edited('src/b.ts')], 1],
    ['and so is what remains without one', [spoken('gone.ts')], 1],
    ['or the same in another role', [spoken('src/a.ts'), spoken('gone.ts')], 1],
  ])('%s', async (_, mentions, times) => {
    await settled([edited('src/a.ts'), spoken('gone.ts')]);
    const { worked, read } = await ask(mentions);
    expect(searches).toBe(times);
    const fresh = new KnownSurroundings();
    [surroundings, searches] = [fresh, 0];
    expect(await ask(mentions)).toMatchObject({ worked, read });
    expect(searches).toBe(1);
  });

  test('a file that comes where a word meant nothing is found', async () => {
    await settled([spoken('src/late.ts')]);
    await repository.write({ 'src/late.ts': 'three\n' });
    expect((await ask([spoken('src/late.ts')])).read).toEqual(['src/late.ts']);
  });

  test('are found anew after a minute, when other folders were opened, and when they are forgotten', async () => {
    await settled([]);
    await ask([], { timesOpened: 2 });
    expect(searches).toBe(1);
    await ask([], { now: 60_000 });
    expect(searches).toBe(2);
    await ask([], { now: 60_000 });
    expect(searches).toBe(2);
    surroundings.clear();
    await ask([], { now: 60_000 });
    expect(searches).toBe(3);
  });
});

describe('what is in force rests on files alone', () => {
  const here = { place: { kind: 'folder', root: '/here', reason: 'not-a-repository' } } as const;
  const layer = { name: '', origin: 'repository', source: '.routing-policy.json', state: { kind: 'fresh' } } as const;
  test.each([
    ['a file of the repository', [layer], true],
    ['one that it extends', [layer, { ...layer, origin: 'extended', source: './base.json' } as const], true],
    ['a preset', [layer, { ...layer, origin: 'extended', source: 'preset:team' } as const], true],
    ['an address', [layer, { ...layer, origin: 'extended', source: 'https://h.example/x.json' } as const], false],
    ['a package', [layer, { ...layer, origin: 'extended', source: 'npm:@acme/routing' } as const], false],
    ['a failed source', [{ ...layer, state: { kind: 'failed', problem: 'It is gone.' } } as const], false],
  ])('with %s', (_, layers, is) => {
    const policy = {} as LayeredPolicy;
    expect(restsOnFiles(here, { kind: 'in-force', policy, from: 'working-tree', layers })).toBe(is);
  });

  test('but not where git refuses a repository, which it may allow a moment later', () => {
    const unread = { mark: '/here/.git', problem: 'Git refuses it.' };
    expect(restsOnFiles({ place: { ...here.place, unread } }, { kind: 'none' })).toBe(false);
    expect(restsOnFiles(here, { kind: 'none' })).toBe(true);
  });
});
