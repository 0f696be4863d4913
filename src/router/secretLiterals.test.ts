import { describe, expect, test } from 'vitest';
import { bringsSecret } from './secretLiterals.ts';

/** Pieced together, so that nobody's scanner takes this file for a leak. */
const keys = {
  model: ['sk', 'ant-api03-abcdefghijklmnopqrstu'].join('-'),
  forge: ['ghp', 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJ'].join('_'),
  cloud: ['AKIA', 'IOSFODNNEXAMPLE'].join(''),
  signed: ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0In0', 'dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P'].join('.'),
  hex: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4',
  base64: 'wJalrXUtnFEMI7K7MDENGbPxRfiCYEXAMPLEK3y9',
};

describe('a completion brings a secret', () => {
  test.each(Object.entries(keys))('that is a key: %s', (_what, key) => {
    expect(bringsSecret({ prefix: 'const key = ', text: `"${key}";`, suffix: '\n' })).toBe(true);
  });

  test.each(Object.entries(keys))('whose beginning was typed: %s', (_what, key) => {
    expect(bringsSecret({ prefix: `const key = "${key.slice(0, 8)}`, text: `${key.slice(8)}";`, suffix: '\n' })).toBe(
      true,
    );
  });

  test.each([
    ['const password = ', '"hunter2";'],
    ['password = "', 'hunter2"'],
    ['  db_password: ', "'hunter2'"],
    ['const url = ', '"postgres://app:hunter2@db/app";'],
    ['begin(\n', '"-----BEGIN RSA PRIVATE KEY-----"'],
  ])('that is a setting: %s%s', (prefix, text) => {
    expect(bringsSecret({ prefix, text, suffix: '' })).toBe(true);
  });

  test('on a later line', () => {
    expect(bringsSecret({ prefix: 'use(\n', text: `a,\n  "${keys.hex}",\n  b`, suffix: '\n)' })).toBe(true);
  });
});

describe('a completion brings none', () => {
  test.each(Object.entries(keys))('when the file has it already: %s', (_what, key) => {
    const own = `const first = "${key}";\n`;
    expect(bringsSecret({ prefix: `${own}const key = `, text: `"${key}";`, suffix: '\n' })).toBe(false);
    expect(bringsSecret({ prefix: 'const key = ', text: `"${key}";`, suffix: `\n${own}` })).toBe(false);
  });

  test.each([
    'return handleSubmitRegistrationFormAndRedirect(request2);',
    'const HTTP_2_MAX_CONCURRENT_STREAMS_V1 = 100;',
    "import { a } from '../../node_modules/v8/x64/release1/index.js';",
    'const password = await readPassword();',
    'token: string;',
    'if (token === undefined) return skip-token-two;',
    'await fetch("https://api.example.com/v1/users/all");',
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    '=======================================',
  ])('in ordinary code: %s', (text) => {
    expect(bringsSecret({ prefix: '  ', text, suffix: '\n' })).toBe(false);
  });
});
