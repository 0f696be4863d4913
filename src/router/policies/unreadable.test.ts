import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { asNobody } from '../../workspace/nobody.fixture.ts';
import { POLICY_FILE } from '../../workspace/policyFile.ts';
import type { PolicyInForce } from './inForce.ts';
import type { Policies } from './policies.ts';
import { folder, inForce, policies, policyText, shape } from './sources.fixture.ts';

/** What comes to stand where nothing was: each leaves unknown what a policy there says. */
const comings: readonly (readonly [what: string, come: (path: string) => void])[] = [
  ['a link that leads nowhere', (path) => symlinkSync(`${path}.none`, path)],
  ['a link to itself', (path) => symlinkSync(path, path)],
  ['a link through a file', (path) => symlinkSync(join(process.execPath, 'below'), path)],
  ['a folder', (path) => mkdirSync(path)],
];

const own = (root: string): string => join(root, POLICY_FILE);

/** What is in force, believed for as long as nothing looks otherwise. */
async function settled(root: string, asked: Policies): Promise<PolicyInForce> {
  await inForce(root, asked);
  await sleep(60);
  await inForce(root, asked);
  return inForce(root, asked);
}

describe('a policy that cannot be read where there was none', () => {
  it.each(comings)('is noticed by the next request: %s', async (_, come) => {
    const [root, asked] = [folder(), policies()];
    expect((await settled(root, asked)).kind).toBe('none');
    come(own(root));
    for (let n = 0; n < 2; n += 1) expect((await inForce(root, asked)).kind).toBe('local-only');
    rmSync(own(root), { recursive: true });
    expect((await inForce(root, asked)).kind).toBe('none');
  });

  it('is noticed by the next request: its folder was closed', async () => {
    const [root, asked] = [folder(), policies()];
    chmodSync(root, 0o755);
    expect(await asNobody(async () => (await settled(root, asked)).kind)).toBe('none');
    chmodSync(root, process.geteuid?.() === 0 ? 0o700 : 0);
    try {
      expect(await asNobody(async () => (await inForce(root, asked)).kind)).toBe('local-only');
    } finally {
      chmodSync(root, 0o755);
    }
    expect(await asNobody(async () => (await inForce(root, asked)).kind)).toBe('none');
  });

  it.each(comings)('is noticed in the place of a file that is extended: %s', async (_, come) => {
    const [root, asked] = [folder(), policies()];
    writeFileSync(own(root), policyText('own', { extends: './base.json' }));
    const base = join(root, 'base.json');
    writeFileSync(base, policyText('base'));
    expect((await inForce(root, asked)).kind).toBe('in-force');
    rmSync(base);
    expect((await settled(root, asked)).kind).toBe('last-good');
    const before = await inForce(root, asked);
    come(base);
    const found = await inForce(root, asked);
    expect(found.kind).toBe('last-good');
    expect(found).not.toBe(before);
    expect(shape(found).constraints).toEqual(['base:base', 'own']);
  });

  const places: readonly (readonly [where: string, pathOf: (managed: string) => string])[] = [
    ['the baseline', (managed) => join(managed, 'policy.json')],
    ['its folder', (managed) => managed],
  ];
  it.each(places.flatMap(([where, pathOf]) => comings.map(([what, come]) => [where, what, pathOf, come] as const)))(
    'is noticed in the place of %s of the machine: %s',
    async (where, what, pathOf, come) => {
      const managed = join(folder(), 'managed');
      const path = pathOf(managed);
      mkdirSync(dirname(path), { recursive: true });
      const [root, asked] = [folder(), policies({ managedFolders: [managed] })];
      expect((await settled(root, asked)).kind).toBe('none');
      come(path);
      const isEmpty = where === 'its folder' && what === 'a folder';
      for (let n = 0; n < 2; n += 1) {
        const found = await inForce(root, asked);
        expect(shape(found).constraints).toEqual(isEmpty ? [] : ['managed:broken-policy']);
      }
      rmSync(path, { recursive: true });
      expect((await inForce(root, asked)).kind).toBe('none');
    },
  );
});
