import { expect, test } from 'vitest';
import { ProviderKeys } from './secrets.ts';

type Storage = ConstructorParameters<typeof ProviderKeys>[0];

/** What an editor's secret storage does, kept in this process. */
function storage(): Storage & { readonly texts: Map<string, string> } {
  const texts = new Map<string, string>();
  const listeners = new Set<(event: { readonly key: string }) => void>();
  const tell = (key: string): void => {
    for (const listener of listeners) listener({ key });
  };
  return {
    texts,
    get: async (key) => texts.get(key),
    keys: async () => [...texts.keys()],
    store: async (key, value) => {
      texts.set(key, value);
      tell(key);
    },
    delete: async (key) => {
      texts.delete(key);
      tell(key);
    },
    onDidChange: (listener) => {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
  };
}

test('a key is handed out for the host it was stored for, and for no other', async () => {
  const keys = new ProviderKeys(storage());
  await keys.set('anthropic', 'api.anthropic.com', 'sk-1');
  expect(await keys.get('anthropic', 'api.anthropic.com')).toBe('sk-1');
  expect(await keys.get('anthropic', 'evil.example')).toBeUndefined();
  expect(await keys.get('anthropic', 'api.anthropic.com:8443')).toBeUndefined();
  expect(await keys.get('openai', 'api.anthropic.com')).toBeUndefined();
});

test.each(['', 'not json', '"sk-1"', 'null', '{"host":"h"}', '{"host":"h","key":3}'])(
  'an entry that is not ours is no key: %s',
  async (text) => {
    const store = storage();
    const keys = new ProviderKeys(store);
    await keys.set('p', 'h', 'k');
    const [name] = store.texts.keys();
    store.texts.set(name ?? '', text);
    expect(await keys.get('p', 'h')).toBeUndefined();
  },
);

test('a change tells whose key it was, and foreign entries are nobody’s', async () => {
  const store = storage();
  const keys = new ProviderKeys(store);
  const changed: string[] = [];
  const listening = keys.onDidChange((provider) => changed.push(provider));
  await keys.set('anthropic', 'h', 'k');
  await store.store('something.else', 'x');
  await keys.delete('anthropic');
  listening.dispose();
  await keys.set('openai', 'h', 'k');
  expect(changed).toEqual(['anthropic', 'anthropic']);
});
