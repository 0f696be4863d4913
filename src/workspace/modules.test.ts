import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cpuNow } from '../../test/host/cpuTime.ts';
import type { ModulesSetting } from '../policy/schema.ts';
import { diskFiles } from './manifestFiles.ts';
import { moduleFinder } from './modules.ts';
import { scratch } from './scratch.fixture.ts';
import { openWorkspace } from './workspace.ts';

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
  const find = moduleFinder(diskFiles(folder.root));
  const one = async (path: string, setting?: ModulesSetting) => (await find.of([path], setting)).get(path);
  return { ...folder, find, one };
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

  it('are told by each source at once', async () => {
    const { write, find } = repository();
    write('package.json', '{"workspaces": ["web"]}');
    write('CODEOWNERS', '/web/plugins/ @charts\n');
    const paths = ['web/plugins/chart/a.ts', 'src/routing/a.ts', 'a.ts'];
    const all = await find.bySource(paths, ['auto', 'workspaces', 'codeowners', 'top-level', 'auto']);
    expect([...all.values()]).toEqual([
      { auto: 'web/plugins/chart', workspaces: 'web', codeowners: '@charts', 'top-level': 'web' },
      { auto: 'src/routing', workspaces: 'src/routing', codeowners: 'src/routing', 'top-level': 'src' },
      { auto: '.', workspaces: '.', codeowners: '.', 'top-level': '.' },
    ]);
    expect((await find.bySource(paths, ['top-level'])).get('a.ts')).toEqual({ 'top-level': '.' });
  });

  it.each([
    ['Maven', { 'pom.xml': '<modules><module>core</module><module>web/ui</module></modules>' }, 'core', 'web/ui'],
    ['Gradle', { 'settings.gradle.kts': 'include(":core", ":web:ui")\n' }, 'core', 'web/ui'],
    ['uv', { 'pyproject.toml': '[tool.uv.workspace]\nmembers = ["core", "web/*"]\n' }, 'core', 'web/ui'],
    ['pnpm', { 'pnpm-workspace.yaml': 'packages:\n  - core\n  - "web/*"\n' }, 'core', 'web/ui'],
    ['Cargo', { 'Cargo.toml': '[workspace]\nmembers = ["core", "web/*"]\n' }, 'core', 'web/ui'],
    ['Go', { 'go.work': 'use (\n\t./core\n\t./web/ui\n)\n' }, 'core', 'web/ui'],
  ] as const)(
    'are the members of a %s workspace, in a clone without its own manifests too',
    async (_, files, one, other) => {
      const { root, write } = scratch();
      for (const [file, text] of Object.entries(files)) write(file, text);
      const paths = [`${one}/src/main/a.x`, `${other}/deep/a.x`, 'tools/a.x'];
      const found = await moduleFinder(diskFiles(root)).of(paths, 'workspaces');
      expect([...found.values()]).toEqual([one, other, 'tools']);
    },
  );

  it('are told for many files of a large CODEOWNERS without delay', async () => {
    const { write, find } = repository();
    write('CODEOWNERS', Array.from({ length: 9000 }, (_, n) => `/teams/t${n}/**/*.ts @team-${n}`).join('\n'));
    const paths = Array.from({ length: 5000 }, (_, n) => `teams/t${n}/src/a.ts`);
    const started = cpuNow();
    const found = await find.bySource(paths, ['codeowners', 'workspaces']);
    expect(found.get('teams/t4999/src/a.ts')?.codeowners).toBe('@team-4999');
    expect(cpuNow() - started).toBeLessThan(10_000);
  });

  it('survive globs that nobody should have written', async () => {
    const { write, one } = repository();
    write(
      'package.json',
      JSON.stringify({ workspaces: ['{a,b}'.repeat(40), '*'.repeat(600), `${'a*'.repeat(200)}b`] }),
    );
    const started = cpuNow();
    expect(await one(`services/orders/${'a'.repeat(200)}/x.go`, 'workspaces')).toBe('services/orders');
    expect(cpuNow() - started).toBeLessThan(10_000);
  });
});

it('are told as a commit has them, whatever lies in the working tree', async () => {
  const { root, write, commit } = scratch();
  commit({
    'web/app/package.json': '{}',
    'package.json': '{ "workspaces": ["libs/*"] }',
    CODEOWNERS: '/web/ @web\n',
    'libs/a/x.ts': '',
  });
  const paths = ['web/app/src/a.ts', 'api/new/src/a.ts', 'libs/a/x.ts'];
  const workspace = await openWorkspace(root);
  const { commit: base = '' } = await workspace.head();
  rmSync(join(root, 'web/app/package.json'));
  write('api/new/package.json', '{}');
  write('package.json', '{ "workspaces": ["api/*"] }');
  write('CODEOWNERS', '* @everyone\n');
  const sources = ['auto', 'workspaces', 'codeowners'] as const;
  const there = Object.fromEntries(await (await workspace.modulesAt(base)).bySource(paths, sources));
  expect(there).toEqual({
    'web/app/src/a.ts': { auto: 'web/app', workspaces: 'web/app', codeowners: '@web' },
    'api/new/src/a.ts': { auto: 'api/new', workspaces: 'api/new', codeowners: 'api/new' },
    'libs/a/x.ts': { auto: 'libs/a', workspaces: 'libs/a', codeowners: 'libs/a' },
  });
  expect((await workspace.modules(paths, 'codeowners')).get('web/app/src/a.ts')).toBe('@everyone / @web');
});

describe('an edit of what names modules', () => {
  const paths = ['a/x.ts', 'b/y.ts', 'b/z.ts'];

  it.each<readonly [source: 'codeowners' | 'workspaces', file: string, merged: string, edited: string]>([
    ['codeowners', 'CODEOWNERS', '/a/ @a\n/b/ @b\n', '* @all\n'],
    ['workspaces', 'package.json', '{ "workspaces": ["a", "b"] }', '{ "workspaces": ["."] }'],
  ])('makes no two %s one before it is merged', async (source, file, merged, edited) => {
    const { root, git, write, commit } = scratch();
    commit({ [file]: merged, 'a/x.ts': '', 'b/y.ts': '', 'b/z.ts': '' });
    const workspace = await openWorkspace(root);
    const count = async () => new Set((await workspace.modules(paths, source)).values()).size;
    write(file, edited);
    expect(await count()).toBe(2);
    git('checkout', '--quiet', '-b', 'work');
    commit({});
    expect(await count()).toBe(2);
  });

  it('in another place that comes first hides nothing, and one that is merged counts alone', async () => {
    const { root, git, write, commit } = scratch();
    commit({ CODEOWNERS: '/a/ @a\n/b/ @b\n' });
    const workspace = await openWorkspace(root);
    const names = async () => [...(await workspace.modules(paths, 'codeowners')).values()];
    write('.github/CODEOWNERS', '* @all\n');
    expect(await names()).toEqual(['@all / @a', '@all / @b', '@all / @b']);
    commit({});
    expect(await names()).toEqual(['@all', '@all', '@all']);
    write('.github/CODEOWNERS', '* @all\n/b/z.ts @z\n');
    expect(await names()).toEqual(['@all', '@all', '@z / @all']);
    expect(git('status', '--porcelain')).toContain('CODEOWNERS');
  });
});
