import { describe, expect, test } from 'vitest';
import { anchorsOf } from './anchors.ts';
import { enoughWeight, findRepeated, fingerprintOf } from './fingerprints.ts';

/** What a text repeats of a file, as weights: a key weighs enough by itself. */
function weigh(path: string, file: string, text: string): number {
  const { lines, keys } = fingerprintOf(path, file);
  const found = new Set<string>();
  findRepeated(text, { lines, keys, anchors: anchorsOf([...lines.keys(), ...keys]) }, (print) => found.add(print));
  return [...found].reduce((sum, print) => sum + (keys.has(print) ? enoughWeight : (lines.get(print) ?? 0)), 0);
}

const customers = JSON.stringify(
  Array.from({ length: 200 }, (_, at) => ({ name: `Customer ${at} Gonzalez`, phone: `+49 170 ${1_000_000 + at}` })),
);
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
    ...[
      'ended with w9Xq27Lrt0pZ.',
      'https://h/v1/w9Xq27Lrt0pZ/list',
      'basic:app-w9Xq27Lrt0pZ',
      'key+w9Xq27Lrt0pZ/x',
      '{"out":"\\"w9Xq27Lrt0pZ\\""}',
    ].map((text): [string, string, string, string] => [`a key: ${text}`, '.env', 'KEY=w9Xq27Lrt0pZ', text]),
    ['a password with marks', '.env', 'DB_PASSWORD="p@ss!w0rd#9$Tk"', 'DB_PASSWORD=p@ss!w0rd#9$Tk'],
    ['a password with marks, alone', '.env', 'DB_PASSWORD="p@ss!w0rd#9$Tk"', 'it is p@ss!w0rd#9$Tk, they say'],
    ['a password of words', 'a.yaml', 'password: CorrectHorseBattery', '+ "CorrectHorseBattery"'],
    ...['> > ', '// ', 'app-1  | ', '   1   │ ', '2026-01-01T00:00:00.0Z ', 'a1b2c3d (Ann Lee 2026-01-01 4) ', '│'].map(
      (before): [string, string, string, string] => [
        `rows behind ${before}`,
        'kyc/a.csv',
        '17,Ada,ada@example.com\n18,Bob,bob@example.com',
        `${before}17,Ada,ada@example.com\n${before}18,Bob,bob@example.com`,
      ],
    ),
    [
      'rows of a table',
      'kyc/a.csv',
      '17,Ada,ada@example.com\n18,Bob,bob@example.com',
      '| 17,Ada,ada@example.com |\n| 18,Bob,bob@example.com |',
    ],
    [
      'lines with quotes, in JSON',
      'fx/a.ts',
      'const skew = inventorySkew("desk-7", pair) * factor;\nreturn midPriceFrom("primary-feed", pair) + spread;',
      JSON.stringify({
        out: 'const skew = inventorySkew("desk-7", pair) * factor;\n return midPriceFrom("primary-feed", pair) + spread;',
      }),
    ],
    ['JSON in one line', 'kyc/a.json', customers, customers],
    ['a part of JSON in one line', 'kyc/a.json', customers, customers.slice(2_000, 2_400)],
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
    ...[
      'NODE_RUNTIME=v20.11.0',
      'OPENAI_MODEL=gpt-4o-mini',
      'MODEL=claude-sonnet-4-5-20250929',
      'AWS_REGION=eu-central-1',
      'API_BASE=https://api.stripe.com/v1',
      'LOG_FORMAT=json-lines-v2',
      'TOKEN_NAME=PAYMENT_TOKEN',
      'IMAGE=ghcr.io/acme/web-app:v2.10.1',
      'API_KEY=your-key-goes-here',
    ].map((line): [string, string, string, string] => {
      const value = line.slice(line.indexOf('=') + 1);
      return [`an ordinary value: ${value}`, '.env', line, `use ${value}\n"${value}"\n${value}`];
    }),
    [
      'the name of a setting in code',
      'fx/a.ts',
      'const token = read({ token: "PAYMENT_TOKEN" });',
      'set PAYMENT_TOKEN',
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
