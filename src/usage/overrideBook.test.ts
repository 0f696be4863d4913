import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { OverrideBook } from './overrideBook.ts';

const NOON = Date.UTC(2026, 10, 23, 12);
const HOUR = 3_600_000;
const folders: string[] = [];

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'routing-policy-overrides-'));
  folders.push(made);
  return made;
}

afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true });
});

const wish = {
  at: NOON,
  repoKey: 'shop',
  target: 'a/large',
  by: 'person',
  reason: 'stuck',
  until: NOON + HOUR,
} as const;

test('an override lasts until its time, in its repository, and is known to other windows', () => {
  const state = folder();
  const book = new OverrideBook(state);
  expect(book.begin(wish)).toEqual({ kind: 'written' });
  const other = new OverrideBook(state);
  expect(other.active('shop', NOON + HOUR - 1)).toMatchObject({ target: 'a/large', reason: 'stuck' });
  expect(other.active('shop', NOON + HOUR)).toBeUndefined();
  expect(other.active('bank', NOON)).toBeUndefined();
  other.end('shop', NOON + 1);
  expect(book.active('shop', NOON + 2)).toBeUndefined();
});

test('a day counts what was begun on it, in UTC and in all repositories, ended or not', () => {
  const book = new OverrideBook(folder());
  book.begin({ ...wish, at: NOON - 24 * HOUR });
  book.begin(wish);
  book.begin({ ...wish, repoKey: 'bank' });
  book.end('shop', NOON);
  expect(book.begunOn(NOON)).toBe(2);
  expect(book.begunOn(NOON + 12 * HOUR)).toBe(0);
});

test('a client’s override is for its task alone', () => {
  const book = new OverrideBook(folder());
  book.begin({ ...wish, by: 'client', taskId: 'one' });
  expect(book.active('shop', NOON, () => 'one')?.target).toBe('a/large');
  expect(book.active('shop', NOON, () => 'two')).toBeUndefined();
});

test('the file is its owner’s, and broken lines in it are passed over', () => {
  const state = folder();
  const book = new OverrideBook(state);
  book.begin(wish);
  const file = join(state, 'overrides.jsonl');
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  appendFileSync(file, '{"kind":"begun","at":1}\nnull\n{"kind"');
  expect(book.active('shop', NOON)?.target).toBe('a/large');
  expect(book.begunOn(NOON)).toBe(1);
});

test('what is older than thirty days leaves a file that has grown', () => {
  const state = folder();
  const file = join(state, 'overrides.jsonl');
  const book = new OverrideBook(state);
  const old = JSON.stringify({ kind: 'begun', ...wish, at: NOON - 31 * 24 * HOUR, reason: 'x'.repeat(1000) });
  appendFileSync(file, `${old}\n`.repeat(300));
  book.begin(wish);
  expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(1);
  expect(book.active('shop', NOON)?.target).toBe('a/large');
});

test('without a state folder overrides still count in this window', () => {
  const book = new OverrideBook(undefined);
  book.begin(wish);
  expect(book.active('shop', NOON)?.target).toBe('a/large');
  expect(book.begunOn(NOON)).toBe(1);
});

test('those begun in a time are told, in all repositories and the newest first; ends are none', () => {
  const book = new OverrideBook(folder());
  book.begin(wish);
  book.begin({ ...wish, at: NOON + HOUR, repoKey: 'bank' });
  book.end('bank', NOON + HOUR + 1);
  book.begin({ ...wish, at: NOON + 2 * HOUR });
  expect(book.begunBetween(NOON, NOON + 2 * HOUR).map(({ at }) => at)).toEqual([NOON + HOUR, NOON]);
  expect(book.begunBetween(NOON + 1, NOON + HOUR)).toEqual([]);
});

test('without a state folder the last ones are remembered, however many there are', () => {
  const book = new OverrideBook(undefined);
  for (let n = 0; n < 10_500; n += 1) book.begin({ ...wish, target: `a/${n}` });
  expect(book.begunOn(NOON)).toBe(10_000);
  expect(book.active('shop', NOON)).toMatchObject({ target: 'a/10499' });
});
