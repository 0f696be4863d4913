import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { StoreError } from '../storeError.ts';
import { FORMAT, linesOf, VERSION } from './format.ts';

const folder = mkdtempSync(join(tmpdir(), 'backup-format-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A backup of so many rows with a line in it that is none, and packed with a checksum that is wrong. */
function damaged(rows: number, at: number): string {
  const lines = Array.from({ length: rows }, (_, n) => `{"row":{"a":"${String(Math.sin(n)).padEnd(80, 'x')}"}}`);
  lines[at] = 'none';
  const header = { format: FORMAT, version: VERSION, madeAt: '2026-11-23T12:00:00Z', migrations: ['0001_access'] };
  const table = { table: 'orgs', columns: ['id'], partitions: [] };
  const packed = gzipSync([JSON.stringify(header), JSON.stringify(table), ...lines].join('\n'));
  packed[packed.length - 6] = (packed[packed.length - 6] ?? 0) ^ 0xff;
  const file = join(folder, `${rows}-${at}.backup`);
  writeFileSync(file, packed);
  return file;
}

describe('a backup that is damaged twice', () => {
  it.each([
    [10, 5],
    [300, 30],
    [300, 297],
    [4_000, 400],
    [4_000, 3_960],
  ])('of %i rows, at the one with number %i, is told once, and ends nothing else', async (rows, at) => {
    const uncaught: unknown[] = [];
    const hear = (error: unknown): void => void uncaught.push(error);
    process.on('uncaughtException', hear);
    try {
      const read = async (): Promise<void> => {
        for await (const line of linesOf(damaged(rows, at))) expect(line.kind).toBeDefined();
      };
      await expect(read()).rejects.toThrow(StoreError);
      // What is wrong with the rest is met once nobody reads any more.
      await sleep(50);
    } finally {
      process.off('uncaughtException', hear);
    }
    expect(uncaught).toEqual([]);
  });
});
