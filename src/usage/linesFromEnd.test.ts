import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { linesFromEnd } from './linesFromEnd.ts';

const folder = mkdtempSync(join(tmpdir(), 'lines-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function linesOf(file: string, chunkBytes?: number): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const one of linesFromEnd(file, chunkBytes)) lines.push(one);
  return lines;
}

it('gives the lines of a file backwards, whatever falls on the edge of a chunk', async () => {
  const file = join(folder, 'log');
  const line = fc.string({ unit: fc.constantFrom('a', 'é', '漢', '😀', ' '), maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 12 }),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      async (lines, chunk, ended) => {
        writeFileSync(file, lines.join('\n') + (ended ? '\n' : ''));
        expect(await linesOf(file, chunk)).toEqual(lines.filter((one) => one !== '').reverse());
      },
    ),
  );
});

it('of a file that is not there has none', async () => {
  expect(await linesOf(join(folder, 'nothing'))).toEqual([]);
});
