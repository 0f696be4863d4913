import { describe, expect, test } from 'vitest';
import { tabulate } from './table.ts';
import { wellKnownProviders } from './wellKnown.ts';

describe('what is well known', () => {
  test('fits the rules that settings must fit', () => {
    const { rows, problems } = tabulate({});
    expect(problems).toEqual([]);
    expect([...rows.keys()]).toEqual(Object.keys(wellKnownProviders));
    // Written out by a user, each row is accepted too.
    const written = Object.fromEntries(Object.entries(wellKnownProviders).map(([id, { setting }]) => [id, setting]));
    expect(tabulate(written).problems).toEqual([]);
  });

  test('is https, or on this machine and without a key', () => {
    for (const row of tabulate({}).rows.values()) {
      if (row.baseUrl?.protocol !== 'http:') continue;
      expect(row.keys).toEqual([]);
      expect(row.setting.local).toBe(true);
    }
  });
});

test.each<[string, object, string, string]>([
  ['no object', { a: 7 }, 'bad-setting', 'does not fit'],
  ['an unknown wire', { a: { wire: 'telepathy' } }, 'bad-setting', 'at "wire"'],
  ['an unknown field', { a: { wire: 'fim', tpyo: 1 } }, 'bad-setting', 'tpyo'],
  ['no wire', { a: { baseUrl: 'https://a.example' } }, 'no-wire', 'needs a "wire"'],
  ['no address', { a: { wire: 'openai-chat' } }, 'no-url', 'needs a "baseUrl"'],
  ['no URL', { a: { wire: 'openai-chat', baseUrl: 'a.example' } }, 'bad-setting', 'at "baseUrl"'],
  ['another protocol', { a: { wire: 'openai-chat', baseUrl: 'ftp://a.example' } }, 'bad-url', 'neither https nor http'],
  [
    'a credential in the address',
    { a: { wire: 'openai-chat', baseUrl: 'https://u:secret@a.example' } },
    'bad-url',
    'as "key"',
  ],
  [
    'plain http to another machine',
    { a: { wire: 'openai-chat', baseUrl: 'http://a.example' } },
    'insecure-url',
    '"insecure"',
  ],
  [
    'plain http for completion',
    { a: { wire: 'openai-chat', baseUrl: 'https://a.example', fim: { shape: 'openai', baseUrl: 'http://a.example' } } },
    'insecure-url',
    '"insecure"',
  ],
  [
    'completion on another host',
    {
      a: { wire: 'openai-chat', baseUrl: 'https://a.example', fim: { shape: 'openai', baseUrl: 'https://b.example' } },
    },
    'bad-url',
    'provider of its own',
  ],
  [
    'a key beside a sign-in',
    { a: { wire: 'openai-chat', baseUrl: 'https://a.example', auth: 'aws', key: { env: 'K' } } },
    'bad-setting',
    'sign-in with AWS',
  ],
  ['no shape', { a: { wire: 'fim', baseUrl: 'https://a.example' } }, 'no-shape', '"shape"'],
  ['our own vendor', { a: { wire: 'editor', vendor: 'routing-policy' } }, 'own-vendor', 'another vendor'],
  ['a bad name', { '../a': { wire: 'fim' } }, 'bad-name', 'letters'],
])('%s is left out, with a problem', (_name, setting, kind, words) => {
  const { rows, problems } = tabulate({ ...setting, good: { wire: 'openai-chat', baseUrl: 'https://good.example' } });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatchObject({ kind, message: expect.stringContaining(words) });
  expect(JSON.stringify(problems)).not.toContain('secret@');
  expect(rows.has('a')).toBe(false);
  expect(rows.has('good')).toBe(true);
});

test('plain http is fine on loopback, or when the user says so', () => {
  const { problems } = tabulate({
    a: { wire: 'openai-chat', baseUrl: 'http://127.0.0.1:9/v1' },
    b: { wire: 'openai-chat', baseUrl: 'http://b.example', insecure: true },
  });
  expect(problems).toEqual([]);
});

test('a setting goes over what is well known, which fills in the rest', () => {
  const { rows } = tabulate({ openai: { residency: 'eu' } });
  expect(rows.get('openai')).toMatchObject({
    wire: 'openai-responses',
    setting: { residency: 'eu', makers: ['openai'] },
  });
  expect(rows.get('openai')?.keys).toEqual([{ kind: 'stored' }, { kind: 'source', source: { env: 'OPENAI_API_KEY' } }]);
});

test("a well-known name at another host gets neither the customary key nor the original's properties", () => {
  const { rows } = tabulate({
    openai: { baseUrl: 'https://proxy.example/v1' },
    mistral: { wire: 'openai-chat', baseUrl: 'https://other.example' },
  });
  expect(rows.get('openai')?.keys).toEqual([{ kind: 'stored' }]);
  expect(rows.get('openai')?.setting.makers).toBeUndefined();
  expect(rows.get('mistral')?.keys).toEqual([{ kind: 'stored' }]);
});

test('a well-known provider whose setting is refused does not fall back to the built-in one', () => {
  const { rows, problems } = tabulate({ openai: { baseUrl: 'http://inside.example' } });
  expect(problems).toHaveLength(1);
  expect(rows.has('openai')).toBe(false);
});

test.each([undefined, null, 7, 'x', []])('a setting that is %j is no setting', (setting) => {
  expect([...tabulate(setting).rows.keys()]).toEqual(Object.keys(wellKnownProviders));
});

test('names of built-in properties are ordinary names', () => {
  const { rows, problems } = tabulate({ constructor: { baseUrl: 'https://a.example' } });
  expect(problems).toMatchObject([{ kind: 'no-wire' }]);
  expect(rows.has('constructor')).toBe(false);
});
