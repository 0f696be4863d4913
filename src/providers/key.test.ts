import { describe, expect, test } from 'vitest';
import { createProviderKey, type KeyPorts } from './key.ts';
import { type ProviderRow, tabulate } from './table.ts';

const signal = new AbortController().signal;

function row(id: string, setting?: object): ProviderRow {
  const found = tabulate(setting === undefined ? {} : { [id]: setting }).rows.get(id);
  if (found === undefined) throw new Error(`no row ${id}`);
  return found;
}

function keyOf(id: string, setting: object | undefined, ports: Partial<KeyPorts>) {
  return createProviderKey(row(id, setting), { env: {}, ...ports });
}

const printing = (text: string) => ({
  command: [process.execPath, '-e', `process.stdout.write(${JSON.stringify(text)})`],
});
const own = { wire: 'openai-chat', baseUrl: 'https://own.example:8443/v1' } as const;

describe('where a key comes from', () => {
  test('the environment is seen at once', async () => {
    const key = keyOf('anthropic', undefined, { env: { ANTHROPIC_API_KEY: 'k1' } });
    expect(key.state()).toEqual({ kind: 'present', from: 'key from ANTHROPIC_API_KEY' });
    expect(await key.read(signal)).toBe('k1');
  });

  test("the editor's storage is asked for the provider at its host, and wins", async () => {
    const asked: string[][] = [];
    const key = keyOf('own', own, {
      secret: async (...args) => {
        asked.push(args);
        return 'stored';
      },
    });
    expect(key.state().kind).toBe('missing');
    await key.refresh();
    expect(key.state()).toEqual({ kind: 'present', from: "key from the editor's secret storage" });
    expect(await key.read(signal)).toBe('stored');
    expect(asked[0]).toEqual(['own', 'own.example:8443']);
  });

  test('the customary variable is not for another host', async () => {
    const key = keyOf('anthropic', { baseUrl: 'https://elsewhere.example' }, { env: { ANTHROPIC_API_KEY: 'k1' } });
    await expect(key.read(signal)).rejects.toMatchObject({ kind: 'authentication' });
  });

  test('what the setting names is the only source', async () => {
    const ports = { env: { MINE: 'mine', ANTHROPIC_API_KEY: 'k1' }, secret: async () => 'stored' };
    expect(await keyOf('anthropic', { key: { env: 'MINE' } }, ports).read(signal)).toBe('mine');
    await expect(keyOf('anthropic', { key: { env: 'UNSET' } }, ports).read(signal)).rejects.toThrow('set UNSET');
  });

  test('none is needed with auth "none"', async () => {
    const key = keyOf('own', { ...own, auth: 'none' }, { secret: async () => 'stored' });
    expect(key.state()).toEqual({ kind: 'none-needed' });
    expect(await key.read(signal)).toBeUndefined();
  });

  test('a missing key says what to do', async () => {
    const inEditor = keyOf('anthropic', undefined, { secret: async () => undefined });
    await expect(inEditor.read(signal)).rejects.toThrow(
      '"anthropic" has no key for api.anthropic.com: run "Routing Policy: Add Provider Key", or set ANTHROPIC_API_KEY.',
    );
    const elsewhere = keyOf('anthropic', undefined, {});
    await expect(elsewhere.read(signal)).rejects.toThrow(
      '"anthropic" has no key for api.anthropic.com: set ANTHROPIC_API_KEY, or give it a "key" in the providers file.',
    );
  });

  test('a storage that fails is a missing key, in our words', async () => {
    const key = keyOf('own', own, { secret: async () => Promise.reject(new Error('locked: sk-123')) });
    await key.refresh();
    expect(key.state().kind).toBe('missing');
    await expect(key.read(signal)).rejects.toThrow(/^"own" has no key/);
  });

  test('what is no key is not sent as one', async () => {
    await expect(
      keyOf('own', { ...own, key: { env: 'K' } }, { env: { K: 'two words' } }).read(signal),
    ).rejects.toThrow();
    expect(await keyOf('own', { ...own, key: { env: 'K' } }, { env: { K: ' k \n' } }).read(signal)).toBe('k');
  });
});

describe('a command', () => {
  test('is believed before it is run, run without a shell, and run once', async () => {
    const key = keyOf('own', { ...own, key: printing('$HOME;k\n'.replace(';', '-')) }, {});
    expect(key.state()).toEqual({ kind: 'present', from: 'key from a command' });
    const [first, second] = await Promise.all([key.read(signal), key.read(signal)]);
    expect(first).toBe('$HOME-k');
    expect(second).toBe(first);
  });

  test.each<[string, readonly string[], string]>([
    ['is missing', ['/does/not/exist'], '(/does/not/exist) was not found'],
    ['fails', [process.execPath, '-e', 'console.error("sk-secret"); process.exit(3)'], 'ended with exit code 3'],
    ['prints nothing', [process.execPath, '-e', '0'], 'printed no key'],
  ])('that %s is told without its output, and tried again', async (_name, command, words) => {
    const key = keyOf('own', { ...own, key: { command } }, {});
    for (const _attempt of [1, 2]) {
      const failure = await key.read(signal).catch((error: unknown) => error);
      expect(failure).toMatchObject({ kind: 'authentication', message: expect.stringContaining(words) });
      expect(String((failure as Error).stack)).not.toContain('sk-secret');
    }
  });
});
