import {
  type BigIntStats,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FileTexts } from './fileTexts.ts';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'texts-')));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('gives a text as it is now, with plain line ends', async () => {
  const texts = new FileTexts();
  writeFileSync(join(root, 'a.ts'), 'one\r\ntwo\r\n');
  expect(await texts.read(root, 'a.ts')).toBe('one\ntwo\n');
  expect(await texts.read(root, 'a.ts')).toBe('one\ntwo\n');
  writeFileSync(join(root, 'a.ts'), 'other\n');
  expect(await texts.read(root, 'a.ts')).toBe('other\n');
  rmSync(join(root, 'a.ts'));
  expect(await texts.read(root, 'a.ts')).toBe('');
});

it('goes by what was seen of a file, and reads it where that is not what it knows', async () => {
  const texts = new FileTexts();
  const file = join(root, 'a.ts');
  const write = (text: string): ReadonlyMap<string, BigIntStats> => {
    writeFileSync(file, text);
    return new Map([[file, lstatSync(file, { bigint: true })]]);
  };
  const first = write('one\n');
  expect(await texts.read(root, 'a.ts', first)).toBe('one\n');
  const second = write('more than one\n');
  expect(await texts.read(root, 'a.ts', first)).toBe('one\n');
  expect(await texts.read(root, 'a.ts', second)).toBe('more than one\n');
  write('what nobody has seen\n');
  expect(await texts.read(root, 'a.ts', new Map())).toBe('what nobody has seen\n');
  expect(await texts.read(root, 'a.ts')).toBe('what nobody has seen\n');
});

it('tells when a file was written', () => {
  const texts = new FileTexts();
  const before = Date.now() - 5;
  writeFileSync(join(root, 'a.ts'), 'one');
  expect(texts.writtenSince(root, 'a.ts', before)).toBe(true);
  expect(texts.writtenSince(root, 'a.ts', Date.now() + 1_000)).toBe(false);
  expect(texts.writtenSince(root, 'missing', before)).toBe(false);
});

it('has no text of what is no file of the folder', async () => {
  const texts = new FileTexts();
  mkdirSync(join(root, 'folder'));
  const outside = realpathSync(mkdtempSync(join(tmpdir(), 'outside-')));
  writeFileSync(join(outside, 'secret'), 'secret');
  symlinkSync(join(outside, 'secret'), join(root, 'link'));
  for (const path of ['folder', 'link', 'bad\0name']) expect(await texts.read(root, path)).toBeUndefined();
  rmSync(outside, { recursive: true });
});
