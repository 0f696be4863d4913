import { describe, expect, it } from 'vitest';
import { cpuNow } from '../../test/host/cpuTime.ts';
import {
  denoMembers,
  goMembers,
  lernaMembers,
  npmMembers,
  pnpmMembers,
  rushMembers,
  workspaceMembers,
} from './members.ts';
import { gradleMembers, mavenMembers } from './membersJvm.ts';
import { cargoMembers, pythonMembers } from './membersToml.ts';
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

  it.each([
    [lernaMembers, '{"packages": ["packages/*"]}', ['packages/*']],
    [denoMembers, '{\n  // all\n  "workspace": ["./add", "./math/*",]\n}', ['./add', './math/*']],
    [denoMembers, '{"workspace": {"members": ["a"]}}', ['a']],
    [rushMembers, '{"projects": [/* one */ {"projectFolder": "libs/a"}, {"x": 1}, null]}', ['libs/a']],
    [lernaMembers, '[]', []],
  ])('%o: %s', (read, text, members) => {
    expect(read(text)).toEqual(members);
  });

  it.each([
    ['[tool.uv.workspace]\nmembers = ["libs/*", "app"]\nexclude = ["libs/old"]\n', ['libs/*', 'app', '!libs/old']],
    [
      '[tool.poetry.dependencies]\npython = "^3.12"\ncore = { path = "libs/core", develop = true }\nup = {path="../up"}\n' +
        'wheel = { path = "x/a.whl" }\n[tool.poetry.group.dev.dependencies]\ngen = {path = \'tools/gen\'}\n[tool.other]\nx = {path = "no"}\n',
      ['libs/core', 'tools/gen'],
    ],
    ['[tool.uv.sources]\ncore = { path = "core" }\n', ['core']],
    ['[project]\nname = "x"\n', []],
  ])('Python: %j', (text, members) => {
    expect(pythonMembers(text)).toEqual(members);
  });

  it.each([
    [
      '<project><modules>\n <module>core</module><!-- <module>old</module> -->\n <module> web/ui </module>\n' +
        ' <module>x/other-pom.xml</module></modules></project>',
      ['core', 'web/ui', 'x'],
    ],
    ['<project><module>a', []],
  ])('Maven: %j', (text, members) => {
    expect(mavenMembers(text)).toEqual(members);
  });

  it.each([
    [
      "rootProject.name = 'x'\ninclude 'app', ':libs:core' // two\n/* include 'old' */\n// include 'no'\n" +
        "include ':moved'\nproject(':moved').projectDir = file('other/place')\nincludeBuild '../elsewhere'\n",
      ['app', 'libs/core', 'other/place'],
    ],
    ['include(\n  ":a",\n  ":b:c",\n)\nval x = "no"\nincludeBuild("build-logic")\n', ['a', 'b/c', 'build-logic']],
    ['project(":a").projectDir = File("no")\ninclude(":a")', ['a']],
    ['include("a")\nproject(":b").projectDir = new File(settingsDir, "libs/b")\ninclude ":b"', ['a', 'libs/b']],
  ])('Gradle: %j', (text, members) => {
    expect(gradleMembers(text)).toEqual(members);
  });

  it('are read from the root together, as folders without ends', async () => {
    const { root, write } = scratch('folder');
    write('package.json', '{"workspaces": ["./packages/*/", "."]}');
    write('go.work', 'use (\n\t.\n\t./api\n)\n');
    expect(await workspaceMembers(root)).toEqual(['packages/*', 'api']);
  });

  it('do not take long to read from a hostile file', () => {
    const started = cpuNow();
    for (const read of [
      npmMembers,
      pnpmMembers,
      rushMembers,
      cargoMembers,
      pythonMembers,
      goMembers,
      mavenMembers,
      gradleMembers,
    ]) {
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
      read('<module>'.repeat(50_000));
      read('<!--'.repeat(50_000));
      read(`include ${"'a',".repeat(50_000)}`);
      read(`${"include '"}${"'\n'".repeat(30_000)}`);
      read(`project(${' '.repeat(50_000)}`);
      read(`[tool.poetry.dependencies]\n${'{path '.repeat(20_000)}`);
      read(`[tool.uv.sources]\nx = {${' path ='.repeat(20_000)}`);
    }
    expect(cpuNow() - started).toBeLessThan(10_000);
  });
});
