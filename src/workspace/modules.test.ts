import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ModulesSetting } from '../policy/schema.ts';
import { folderReader } from './folders.ts';
import { moduleFinder } from './modules.ts';
import { scratch } from './scratch.fixture.ts';

function repository() {
  const folder = scratch('folder');
  for (const path of [
    'package.json',
    'web/package.json',
    'web/plugins/chart/package.json',
    'services/orders/go.mod',
    'native/App.csproj',
  ]) {
    folder.write(path, '{}');
  }
  const find = moduleFinder(folder.root, folderReader(folder.root));
  const one = async (path: string, setting?: ModulesSetting) => (await find([path], setting)).get(path);
  return { ...folder, one };
}

describe('modules', () => {
  it.each<[path: string, module: string, setting?: ModulesSetting]>([
    ['web/src/a.ts', 'web'],
    ['web/plugins/chart/a.ts', 'web/plugins/chart'],
    ['web/plugins/other/a.ts', 'web'],
    ['services/orders/internal/db/a.go', 'services/orders'],
    ['services/billing/a.go', 'services/billing'],
    ['native/a.cs', 'native'],
    ['src/routing/a.ts', 'src/routing'],
    ['a.ts', '.'],
    ['not/there/yet.ts', 'not'],
    ['web/src/a.ts', 'web', 'top-level'],
    ['services/orders/a.go', 'services', 'top-level'],
    ['a.ts', '.', 'top-level'],
    ['services/orders/x/a.go', 'services/orders', { roots: ['services/*', 'libs/*'] }],
    ['libs/x/deep/a.go', 'libs/x', { roots: ['services/*', 'libs/*/'] }],
    ['libs/x/deep/a.go', 'libs/x', { roots: ['**/deep', '!libs/x/deep'] }],
    ['web/a.ts', 'web', { roots: ['services/*'] }],
    ['web/a.ts', 'web', { roots: ['!services/*'] }],
    ['db/migrations/1.sql', 'schema', { named: { schema: ['db/**', '**/*.sql'] } }],
    ['web/x.sql', 'schema', { named: { schema: ['db/**', '**/*.sql'] }, roots: ['web'] }],
    ['services/orders/a.go', 'services', { from: 'top-level', named: { schema: ['db/**'] } }],
  ])('%s is in %s (%j)', async (path, module, setting) => {
    expect(await repository().one(path, setting)).toBe(module);
  });

  it('follow the members of the repository’s workspaces, and else the segments', async () => {
    const { write, one } = repository();
    write('package.json', '{"workspaces": ["web", "packages/*", "!packages/old"]}');
    expect(await one('web/plugins/chart/a.ts', 'workspaces')).toBe('web');
    expect(await one('packages/new/deep/a.ts', 'workspaces')).toBe('packages/new');
    expect(await one('native/x/a.cs', 'workspaces')).toBe('native');
    write('package.json', '{"workspaces": ["web/plugins/*"]}');
    expect(await one('web/plugins/chart/a.ts', 'workspaces')).toBe('web/plugins/chart');
  });

  it('follow CODEOWNERS, and else manifests are not asked', async () => {
    const { write, one } = repository();
    write('CODEOWNERS', '/web/ @web @design\n/web/free/\n');
    expect(await one('web/plugins/chart/a.ts', 'codeowners')).toBe('@design @web');
    expect(await one('web/free/a.ts', 'codeowners')).toBe('web');
  });

  it('see a manifest as soon as it appears, tracked or not, and when it goes', async () => {
    const { root, write, one } = repository();
    expect(await one('tools/gen/a.ts')).toBe('tools');
    write('tools/gen/package.json', '{}');
    expect(await one('tools/gen/a.ts')).toBe('tools/gen');
    rmSync(join(root, 'tools/gen/package.json'));
    expect(await one('tools/gen/a.ts')).toBe('tools');
  });

  it('survive globs that nobody should have written', async () => {
    const { write, one } = repository();
    write(
      'package.json',
      JSON.stringify({ workspaces: ['{a,b}'.repeat(40), '*'.repeat(600), `${'a*'.repeat(200)}b`] }),
    );
    const started = performance.now();
    expect(await one(`services/orders/${'a'.repeat(200)}/x.go`, 'workspaces')).toBe('services/orders');
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
