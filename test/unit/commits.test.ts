import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { measure } from '../bench/classify.ts';
import { readCommits, requestOf } from '../bench/commits.ts';

const commit = {
  repo: 'acme/shop',
  lang: 'ts',
  sha: '6b13e04b4c83fcdbb180dc1d59f536a1309c2960',
  stratum: 'natural',
  subject: 'fix(cart)!: round the total',
  files: [
    { p: 'packages/cart/src/a.ts', a: 3, d: 1 },
    { p: 'packages/cart/src/b.ts', a: 1, d: 1, from: 'packages/cart/src/old.ts' },
    { p: 'packages/cart/a.png', a: null, d: null },
  ],
  label: { tier: 'intra' },
};

function written(...lines: readonly unknown[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'commits-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  writeFileSync(join(folder, 'commits-tune.jsonl.gz'), gzipSync(text));
  return folder;
}

test('a request shows neither label nor type; a rename is two paths, a binary file has no lines', () => {
  const [read] = readCommits(join(written(commit), 'commits-tune.jsonl.gz'));
  expect(requestOf(read!, 'full')).toEqual({
    kind: 'agent',
    text: 'round the total',
    files: [
      { path: 'packages/cart/src/a.ts', added: 3, deleted: 1 },
      { path: 'packages/cart/src/b.ts', added: 1, deleted: 1 },
      { path: 'packages/cart/src/old.ts' },
      { path: 'packages/cart/a.png', added: 0, deleted: 0 },
    ],
  });
});

test('the first file touched is among the half, and both are the same each time', () => {
  const plain = { ...commit, files: ['a', 'b', 'c', 'd', 'e'].map((p) => ({ p, a: 1, d: 0 })) };
  const [read] = readCommits(join(written(plain), 'commits-tune.jsonl.gz'));
  const paths = (view: 'first' | 'half') => requestOf(read!, view).files?.map(({ path }) => path) ?? [];
  expect(paths('first')).toHaveLength(1);
  expect(paths('half')).toHaveLength(3);
  expect(paths('half')).toEqual(expect.arrayContaining([...paths('first')]));
  expect(paths('half')).toEqual(paths('half'));
});

test('what was taken for less, and for more, than its label is counted', async () => {
  const tests = { ...commit, files: [{ p: 'src/a.test.ts', a: 1, d: 0 }] };
  const data = written(
    commit,
    tests,
    { ...commit, label: { tier: 'cross' } },
    { ...commit, label: { tier: 'routine' } },
  );
  const { rows } = await measure(['--data', data]);
  const figures = rows.find(({ what }) => what === 'full: the policy')?.figures;
  expect(figures?.['commits']?.value).toBe(4);
  expect(figures?.['right']?.value).toBe(25);
  expect(figures?.['under-routed']?.value).toBe(50);
  expect(figures?.['over-routed']?.value).toBe(25);
});

test('a line that is no commit is refused with its number', () => {
  const file = join(written(commit, { sha: 1 }), 'commits-tune.jsonl.gz');
  expect(() => readCommits(file)).toThrow(/^Line 2 of .* is no commit/);
});
