import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRepository, type Repository } from '../../test/host/repository.ts';
import { POLICY_FILE } from '../workspace/policyFile.ts';
import { scratch } from '../workspace/scratch.fixture.ts';
import { openWorkspace, type Workspace } from '../workspace/workspace.ts';
import type { Mention } from './evidence/mention.ts';
import { type FoundFiles, findFiles } from './facts.ts';
import { integrityOf } from './policies/pins.ts';
import type { PoliciesPorts } from './policies/policies.ts';
import { readPreset } from './policies/presetPolicy.ts';
import { hasOpenssl, policies, policyServer, policyText } from './policies/sources.fixture.ts';
import { KnownSurroundings, restsOnFiles } from './surroundings.ts';

const SETTLED_MS = 120;

describe('what requests have found around them', () => {
  let repository: Repository;
  let workspace: Workspace;
  let surroundings: KnownSurroundings;
  let searches: number;
  let now: number;
  beforeEach(async () => {
    repository = await createRepository({ files: { 'src/a.ts': 'one\n', 'src/b.ts': 'two\n', '.env': 'KEY=1\n' } });
    workspace = await openWorkspace(repository.folder);
    now = 0;
    surroundings = new KnownSurroundings(() => now);
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
    { at = 0, timesOpened = 1 }: { readonly at?: number; readonly timesOpened?: number } = {},
  ): Promise<FoundFiles> => {
    now = at;
    const asked = { uri: 'file:///here', kind: 'chat', mentions, timesOpened } as const;
    const known = await surroundings.recall(asked);
    if (known !== undefined) return known.found;
    searches += 1;
    return surroundings.find(asked, async () => {
      const { signal } = new AbortController();
      const found = await findFiles({
        workspace,
        policy: undefined,
        kind: 'chat',
        evidence: { mentions, more: [] },
        buffers: [],
        signal,
      });
      return { result: found, surroundings: { workspace, inForce: { kind: 'none' }, found, head: undefined } };
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
    ['nor does a file that is only read', [spoken('src/b.ts'), edited('src/a.ts'), spoken('.env')], 0],
    ['another file is looked for', [edited('src/a.ts'), spoken('gone.ts'), edited('src/b.ts')], 1],
    ['so is one for what a pattern means', [edited('src/a.ts'), spoken('src/b.ts'), spoken('src/*.ts')], 1],
    ['and so is what remains without one', [spoken('gone.ts')], 1],
    ['or the same in another role', [spoken('src/a.ts'), spoken('gone.ts')], 1],
  ])('%s', async (_, mentions, times) => {
    await settled([edited('src/a.ts'), spoken('gone.ts')]);
    const { worked, read } = await ask(mentions);
    expect(searches).toBe(times);
    const fresh = new KnownSurroundings(() => now);
    [surroundings, searches] = [fresh, 0];
    expect(await ask(mentions)).toMatchObject({ worked, read });
    expect(searches).toBe(1);
  });

  test('an agent that reads one file after the other has its surroundings looked for once, and what it read looked at', async () => {
    const all = ['src/b.ts', '/etc', 'gone.ts', '.env', 'src', join(workspace.root, 'src', 'a.ts')];
    await settled([edited('src/a.ts')]);
    for (let count = 1; count <= all.length; count += 1) {
      const mentions = [...all.slice(0, count).map(spoken), edited('src/a.ts')];
      const { worked, read, sent, outside, incomplete, files } = await ask(mentions);
      const before = [surroundings, searches] as const;
      surroundings = new KnownSurroundings(() => now);
      expect(await ask(mentions)).toMatchObject({ worked, read, sent, outside, incomplete, files });
      [surroundings, searches] = before;
    }
    expect(searches).toBe(0);
    const mentions = [...all.map(spoken), edited('src/a.ts')];
    const known = await surroundings.recall({ uri: 'file:///here', kind: 'chat', mentions, timesOpened: 1 });
    expect(known?.files.get(join(workspace.root, 'src/b.ts'))?.size).toBe(4n);
    await repository.write({ 'src/b.ts': 'two\nand more\n' });
    await ask(mentions);
    expect(searches).toBe(1);
    await ask(mentions, { at: 60_000 });
    expect(searches).toBe(2);
  });

  test.each([
    ['the file that was read since', [edited('src/a.ts')], { worked: ['src/a.ts'], read: [] }],
    ['the one that was known before', [spoken('src/b.ts')], { worked: [], read: ['src/b.ts'] }],
  ])('%s is missed when nobody mentions it any more', async (_, left, found) => {
    await settled([edited('src/a.ts')]);
    expect((await ask([spoken('src/b.ts'), edited('src/a.ts')])).read).toEqual(['src/b.ts']);
    expect(searches).toBe(0);
    expect(await ask(left)).toMatchObject(found);
    expect(searches).toBe(1);
  });

  test('what is known of more than was looked for is believed no longer than that', async () => {
    await settled([edited('src/a.ts')]);
    await ask([edited('src/a.ts'), spoken('src/b.ts')], { at: 59_000 });
    expect(searches).toBe(0);
    await ask([edited('src/a.ts'), spoken('src/b.ts')], { at: 60_000 });
    expect(searches).toBe(1);
  });

  test('a file that comes where a word meant nothing is found', async () => {
    await settled([spoken('src/late.ts')]);
    await repository.write({ 'src/late.ts': 'three\n' });
    expect((await ask([spoken('src/late.ts')])).read).toEqual(['src/late.ts']);
  });

  test('tell what the plain files are now that were looked at', async () => {
    const mentions = [edited('src/a.ts'), edited('src')];
    const sizes = async (): Promise<readonly (bigint | undefined)[]> => {
      await settled(mentions);
      const known = await surroundings.recall({ uri: 'file:///here', kind: 'chat', mentions, timesOpened: 1 });
      return ['src/a.ts', 'src'].map((path) => known?.files.get(join(workspace.root, path))?.size);
    };
    expect(await sizes()).toEqual([4n, undefined]);
    await repository.write({ 'src/a.ts': 'one\nand more\n' });
    expect(await sizes()).toEqual([13n, undefined]);
  });

  test('are found anew after a minute, when other folders were opened, and when they are forgotten', async () => {
    await settled([]);
    await ask([], { timesOpened: 2 });
    expect(searches).toBe(1);
    await ask([], { at: 60_000 });
    expect(searches).toBe(2);
    await ask([], { at: 60_000 });
    expect(searches).toBe(2);
    surroundings.clear();
    await ask([], { at: 60_000 });
    expect(searches).toBe(3);
  });
});

describe('what is in force rests on files alone', () => {
  const rests = async (own: object, others: Readonly<Record<string, string>> = {}, ports: PoliciesPorts = {}) => {
    const { root, write } = scratch('folder');
    write(POLICY_FILE, policyText('own', own));
    for (const [path, text] of Object.entries(others)) write(path, text);
    const workspace = await openWorkspace(root);
    return restsOnFiles(workspace, await policies(ports).inForce(workspace));
  };
  const base = policyText('base');
  const pinned = (source: string): object => ({ source, integrity: integrityOf(Buffer.from(base)) });

  test.each<[string, object, boolean]>([
    ['a file of the repository', {}, true],
    ['one that it extends', { extends: './org/base.json' }, true],
    ['a preset', { extends: 'preset:local' }, true],
    ['a package', { extends: pinned('npm:@acme/routing') }, true],
    ['a package that is gone', { extends: pinned('npm:@acme/gone') }, false],
    ['a file with a mistake', { default: 7 }, false],
  ])('with %s', async (_, own, is) => {
    const installed = { 'node_modules/@acme/routing/package.json': '{}' };
    const files = { 'org/base.json': base, ...installed, 'node_modules/@acme/routing/index.json': base };
    expect(await rests(own, files)).toBe(is);
  });

  test.runIf(hasOpenssl)('but not with an address, whatever else says the same', async () => {
    const server = await policyServer();
    const { text } = (await readPreset('local')) as { readonly text: string };
    server.files.set('/x.json', text);
    const source = { source: `${server.origin}/x.json`, integrity: integrityOf(Buffer.from(text)) };
    expect(await rests({ extends: [source] }, {}, { fetch: server.fetch })).toBe(false);
    expect(await rests({ extends: ['preset:local', source] }, {}, { fetch: server.fetch })).toBe(false);
    expect(server.asked).toEqual(['/x.json', '/x.json']);
  });

  test('but not where git refuses a repository, which it may allow a moment later', () => {
    const here = { kind: 'folder', root: '/here', reason: 'not-a-repository' } as const;
    const unread = { mark: '/here/.git', problem: 'Git refuses it.' };
    expect(restsOnFiles({ place: { ...here, unread } }, { kind: 'none' })).toBe(false);
    expect(restsOnFiles({ place: here }, { kind: 'none' })).toBe(true);
  });
});
