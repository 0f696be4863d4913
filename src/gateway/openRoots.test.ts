import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { OpenRoots } from './openRoots.ts';

let folder: string;
let roots: OpenRoots;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'routing-policy-open-roots-'));
  roots = new OpenRoots(folder);
});
afterEach(() => {
  roots.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const entry = (name: string, content: unknown): string => {
  const path = join(folder, 'open-roots', name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};
const ended = 2 ** 22 + 7;

it('knows its own, and those of others that live', () => {
  roots.announce(['/home/ada/shop']);
  entry(`${process.ppid}-host.json`, {
    pid: process.ppid,
    host: hostname(),
    roots: ['/home/ada/bank', '/home/ada/shop'],
  });
  expect(roots.all(true)).toEqual(['/home/ada/shop', '/home/ada/bank']);
});

it('clears away what a process left that is gone', () => {
  entry(`${ended}-host.json`, { pid: ended, host: hostname(), roots: ['/home/ada/bank'] });
  expect(roots.all(true)).toEqual([]);
  expect(readdirSync(join(folder, 'open-roots'))).toEqual([]);
});

it('passes over one of another machine that has been silent, and leaves it there', () => {
  const path = entry('1-other.json', { pid: ended, host: 'other', roots: ['/home/ada/bank'] });
  expect(roots.all(true)).toEqual(['/home/ada/bank']);
  utimesSync(path, 0, 0);
  expect(roots.all(true)).toEqual([]);
  expect(readdirSync(join(folder, 'open-roots'))).toHaveLength(1);
});

it('believes no damaged entry, and no relative path', () => {
  const pid = process.ppid;
  entry('1-a.json', 'no JSON');
  entry('2-a.json', { pid, host: hostname(), roots: 'x' });
  entry('3-a.json', { pid, host: hostname(), roots: ['relative', 7, null, '/good'] });
  entry('evil.txt', { pid, host: hostname(), roots: ['/evil'] });
  expect(roots.all(true)).toEqual(['/good']);
});

it('keeps an answer for a moment only', async () => {
  expect(roots.all(true)).toEqual([]);
  entry(`${process.ppid}-h.json`, { pid: process.ppid, host: hostname(), roots: ['/home/ada/bank'] });
  expect(roots.all()).toEqual([]);
  await expect.poll(() => roots.all()).toEqual(['/home/ada/bank']);
});

it('takes its own away when it ends, and shows it to nobody else', () => {
  roots.announce(['/home/ada/shop']);
  const [name = ''] = readdirSync(join(folder, 'open-roots'));
  if (process.platform !== 'win32') {
    expect(statSync(join(folder, 'open-roots')).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'open-roots', name)).mode & 0o777).toBe(0o600);
  }
  roots.dispose();
  expect(readdirSync(join(folder, 'open-roots'))).toEqual([]);
});
