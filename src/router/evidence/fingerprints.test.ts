import { describe, expect, test } from 'vitest';
import { enoughWeight, findRepeated, fingerprintOf, shapeOf } from './fingerprints.ts';

/** What a text repeats of a file, as weights: a key weighs enough by itself. */
function weigh(path: string, file: string, text: string): number {
  const { lines, keys } = fingerprintOf(path, file);
  const found = new Set<string>();
  findRepeated(text, { lines, keys, shapes: new Set([...lines.keys()].map(shapeOf)) }, (print) => found.add(print));
  return [...found].reduce((sum, print) => sum + (keys.has(print) ? enoughWeight : (lines.get(print) ?? 0)), 0);
}

const pem = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj';

describe('what gives a file away', () => {
  test.each([
    ['a value that nobody sets by its sense', '.env', 'API_TOKEN=q8Rt51Zw0Lm2', 'curl -H "x: q8Rt51Zw0Lm2"'],
    ['a value in quotes', '.env', "PASSWORD='correct horse battery'", "PASSWORD='correct horse battery'"],
    ['a line of a key', 'tls/key.pem', pem, `    ${pem}`],
    ['a well-known key in code', 'src/pay.ts', "pay('sk_live_9fQ2rT7xLm04WzKp11')", 'got sk_live_9fQ2rT7xLm04WzKp11'],
    [
      'two rows',
      'kyc/a.csv',
      '17,Ada,ada@example.com\n18,Bob,bob@example.com',
      '17,Ada,ada@example.com\n18,Bob,bob@example.com',
    ],
    ['a long row', 'kyc/a.csv', `17,${'Ada Lovelace,'.repeat(6)}`, `x\n17,${'Ada Lovelace,'.repeat(6)}`],
    [
      'lines behind paths',
      'kyc/a.txt',
      'first line of it\nsecond line of it',
      'kyc/a.txt:1:first line of it\nkyc/a.txt:2:second line of it',
    ],
    [
      'lines with escapes',
      'kyc/a.txt',
      'first line of it\nsecond line of it',
      '["first line of it\\r\\nsecond line of it"]',
    ],
  ])('%s', (_what, path, file, text) => {
    expect(weigh(path, file, text)).toBeGreaterThanOrEqual(enoughWeight);
  });

  const code = [
    "import { describe, expect, test } from 'vitest';",
    'export default class extends Base {',
    '  } catch (error) {',
    '    return undefined;',
    '    throw new Error(message);',
    '  for (const item of items) {',
    '// Copyright 2026 the authors, all rights reserved by them',
    '}',
  ].join('\n');
  test.each([
    ['code that is the same everywhere', 'services/fx/a.ts', code, code],
    [
      'settings that everyone has',
      '.env',
      'NODE_ENV=development\nHOST=localhost:3000\nDEBUG=false',
      'NODE_ENV=development\nHOST=localhost:3000\nDEBUG=false',
    ],
    ['one short line', 'kyc/a.txt', 'first line of it\nsecond line of it', 'first line of it'],
    [
      'words within other lines',
      'kyc/a.txt',
      'first line of it\nsecond line of it',
      'the first line of it, the second line of it',
    ],
    ['short lines', 'kyc/a.txt', 'yes\nno\nmaybe', 'yes\nno\nmaybe'],
  ])('not: %s', (_what, path, file, text) => {
    expect(weigh(path, file, text)).toBeLessThan(enoughWeight);
  });

  test('one line of code in common is chance, two are a copy', () => {
    const lines = ['const spread = midRate(pair) * margin.of(client);', 'positions.set(pair.symbol, held + amount);'];
    expect(weigh('services/fx/a.ts', lines.join('\n'), lines[0] ?? '')).toBe(1);
    expect(weigh('services/fx/a.ts', lines.join('\n'), lines.join('\n'))).toBe(enoughWeight);
  });
});
