import type * as vscode from 'vscode';

const nameOf = (provider: string): string => `routingPolicy.key.${provider}`;

/**
 * Keys in the editor's secret storage. A key is bound to the host it was stored for and is handed out for no other, so
 * that changing a provider's address can never carry its key away.
 */
export class ProviderKeys {
  readonly #storage: vscode.SecretStorage;

  constructor(storage: vscode.SecretStorage) {
    this.#storage = storage;
  }

  /** @returns the key, or undefined when there is none for this host. */
  async get(provider: string, host: string): Promise<string | undefined> {
    const text = await this.#storage.get(nameOf(provider));
    if (!text) return undefined;
    try {
      const entry: unknown = JSON.parse(text);
      if (typeof entry !== 'object' || entry === null || Reflect.get(entry, 'host') !== host) return undefined;
      const key: unknown = Reflect.get(entry, 'key');
      return typeof key === 'string' ? key : undefined;
    } catch {
      return undefined; // not written by us: as good as no key, and the menu offers to add one
    }
  }

  async set(provider: string, host: string, key: string): Promise<void> {
    await this.#storage.store(nameOf(provider), JSON.stringify({ host, key }));
  }

  async delete(provider: string): Promise<void> {
    await this.#storage.delete(nameOf(provider));
  }

  /** Fires with the id of the provider whose key changed, also when another window changed it. */
  onDidChange(listener: (provider: string) => void): vscode.Disposable {
    const prefix = nameOf('');
    return this.#storage.onDidChange((event) => {
      if (event.key.startsWith(prefix)) listener(event.key.slice(prefix.length));
    });
  }
}
