import { describe, expect, it } from 'vitest';
import { cargoMembers, goMembers, npmMembers, pnpmMembers, workspaceMembers } from './members.ts';
import { scratch } from './scratch.fixture.ts';

describe('members of a workspace', () => {
  it.each([
    ['{"workspaces": ["packages/*", "!packages/old", 3]}', ['packages/*', '!packages/old']],
    ['{"workspaces": {"packages": ["a"]}}', ['a']],
    ['{"workspaces": "a"}', []],
    ['{"name": "x"}', []],
    ['null', []],
    ['{broken', []],
  ])('npm: %s', (text, members) => {
    expect(npmMembers(text)).toEqual(members);
  });

  it.each([
    [
      'packages:\n  - \'packages/*\' # all\n  - "apps/**"\n  # none\n\n  - tools\ncatalog:\n  - x\n',
      ['packages/*', 'apps/**', 'tools'],
    ],
    ['packages:\r\n- a\r\n- b\r\n', ['a', 'b']],
    ['packages: ["a", b]\n', ['a', 'b']],
    ['other:\n  - a\n', []],
  ])('pnpm: %j', (text, members) => {
    expect(pnpmMembers(text)).toEqual(members);
  });

  it.each([
    [
      '[workspace]\nmembers = ["crates/*", \'xtask\'] # all\nexclude = ["crates/old"]\n[package]\nmembers = ["no"]\n',
      ['crates/*', 'xtask', '!crates/old'],
    ],
    ['[package]\nname = "x"\r\n[workspace]\r\nmembers = [\r\n  "a",\r\n  # "b",\r\n  "c"\r\n]\r\n', ['a', 'c']],
    ['[workspace.dependencies]\nmembers = ["no"]\n', []],
    ['[package]\n', []],
  ])('Cargo: %j', (text, members) => {
    expect(cargoMembers(text)).toEqual(members);
  });

  it.each([
    [
      'go 1.24\n\nuse (\n\t./api // the API\n\t"./cmd"\n)\nuse ./tools\nreplace x => ./no\n',
      ['./api', './cmd', './tools'],
    ],
    ['go 1.24\nuse .\n', ['.']],
  ])('Go: %j', (text, members) => {
    expect(goMembers(text)).toEqual(members);
  });

  it('are read from the root together, as folders without ends', async () => {
    const { root, write } = scratch('folder');
    write('package.json', '{"workspaces": ["./packages/*/", "."]}');
    write('go.work', 'use (\n\t.\n\t./api\n)\n');
    expect(await workspaceMembers(root)).toEqual(['packages/*', 'api']);
  });

  it('do not take long to read from a hostile file', () => {
    const started = performance.now();
    for (const read of [npmMembers, pnpmMembers, cargoMembers, goMembers]) {
      read(`use (\n`.repeat(50_000));
      read(`[workspace]\nmembers = [\n${'" \' \n'.repeat(50_000)}`);
      read('['.repeat(100_000));
      read(`[workspace]\n${'members = ['.repeat(20_000)}`);
      read(`use ${'( use'.repeat(20_000)}`);
      read(`packages:\n${'- "'.repeat(50_000)}`);
      read(`packages:\n${'- "\n'.repeat(50_000)}`);
      read('[workspace]\n'.repeat(20_000));
      read(' '.repeat(100_000));
      read(`packages:\n- a${' '.repeat(50_000)}b`);
      read('"'.repeat(100_001));
    }
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
