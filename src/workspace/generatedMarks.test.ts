import { expect, it } from 'vitest';
import { cpuNow } from '../../test/host/cpuTime.ts';
import { parseMarks } from './generatedMarks.ts';
import { findGit, runGit } from './git.ts';
import { scratch } from './scratch.fixture.ts';

/** What git makes of each line, in a repository whose only attributes they are. */
async function askedOfGit(text: string, paths: readonly string[]): Promise<readonly string[]> {
  const { root, write } = scratch();
  write('.gitattributes', text);
  const args = ['check-attr', '-z', '--stdin', 'linguist-generated'];
  const stdin = paths.map((path) => `${path}\0`).join('');
  const fields = (await runGit(await findGit(), { cwd: root, args, stdin })).toString('utf8').split('\0');
  return paths.map((_, at) => {
    const value = fields[at * 3 + 2] ?? '';
    return value === 'true'
      ? 'set'
      : value === 'false'
        ? 'unset'
        : /^(?:set|unset)$/.test(value)
          ? value
          : 'unspecified';
  });
}

const paths = [
  'a.ts',
  'x/a.ts',
  'x/y/a.ts',
  'x/y/b.go',
  'docs/a.md',
  'docs/api/b.md',
  'a{b}.ts',
  'sp ace.ts',
  '.hidden/a.ts',
  '#a.ts',
  '!a.ts',
];

it.each([
  '*.ts linguist-generated',
  'a.ts linguist-generated=true',
  '/a.ts linguist-generated',
  'x/*.ts linguist-generated',
  'x/** linguist-generated',
  '**/y/* linguist-generated',
  'docs/ linguist-generated',
  'docs linguist-generated',
  'docs/* -linguist-generated',
  '*.ts linguist-generated\nx/** !linguist-generated\nx/y/** linguist-generated=false',
  '*.ts linguist-generated=perhaps',
  '*.ts linguist-generated -linguist-generated',
  '*.ts -linguist-generated linguist-generated',
  '"sp ace.ts" linguist-generated',
  '# *.ts linguist-generated\n  *.go   text   linguist-generated  ',
  'a{b}.ts linguist-generated',
  '[ax].ts linguist-generated',
  '[!x].ts linguist-generated',
  '?.ts linguist-generated',
  '[attr]made linguist-generated text\n*.md made\ndocs/a.md -linguist-generated',
  '*.ts text',
  '!a.ts linguist-generated\n*.go linguist-generated',
  '*.ts linguist-generated\r\n*.go linguist-generated\r\n',
])('says of marks what git says: %j', async (text) => {
  const marks = parseMarks(text);
  const own = paths.map((path) => marks(path) ?? 'unspecified');
  expect(Object.fromEntries(paths.map((path, at) => [path, own[at]]))).toEqual(
    Object.fromEntries((await askedOfGit(text, paths)).map((mark, at) => [paths[at], mark])),
  );
});

it('is not stopped by patterns that nobody should have written', () => {
  const deadly = `${'a*'.repeat(200)}b linguist-generated\n${'{a,b}'.repeat(60)} linguist-generated\n`;
  const started = cpuNow();
  expect(parseMarks(deadly.repeat(50))('a'.repeat(300))).toBeUndefined();
  expect(cpuNow() - started).toBeLessThan(10_000);
});
