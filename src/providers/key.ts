import { execFile } from 'node:child_process';
import { ProviderFailure } from './failure.ts';
import { isSignIn, signInTitle } from './signIn.ts';
import type { ProviderRow, RowKey } from './table.ts';

/** Where keys come from, injected: a key is bound to the host that it was stored for. */
export interface KeyPorts {
  /** The editor's secret storage; undefined: none stored for this provider at this host. `host` has the port, if any. */
  secret?(provider: string, host: string): Promise<string | undefined>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How a provider's credential stands, without the credential. */
export type KeyState =
  /** It needs none. */
  | { readonly kind: 'none-needed' }
  | { readonly kind: 'present' /** `key from OPENAI_API_KEY`, for people. */; readonly from: string }
  | { readonly kind: 'missing' /** In a sentence, with what to do. */; readonly reason: string };

export interface ProviderKey {
  /** The key for a request to be sent now; undefined: none is needed. Throws an `authentication` failure without one. */
  read(signal: AbortSignal): Promise<string | undefined>;
  /** What is known so far, without asking anyone. */
  state(): KeyState;
  /** The provider did not take it: what a command printed may have ended, so it is run again for the next request. */
  rejected(): void;
  /** Looks again: a key was stored or removed. Runs no command. */
  refresh(): Promise<void>;
}

const secretMs = 5_000;
const commandMs = 30_000;

export function createProviderKey(row: ProviderRow, ports: KeyPorts): ProviderKey {
  const host = row.baseUrl?.host ?? '';
  const fromCommands = new Map<RowKey, Promise<string>>();
  // What can be seen at once is seen at once; the editor's storage only when it has been asked.
  let known: KeyState = row.keys.length === 0 ? keyless(row) : stateBy(row, row.keys.find(visible), ports);

  function visible(key: RowKey): boolean {
    if (key.kind === 'stored') return false;
    // Each request brings its own, or is told that it did not.
    if (key.source === 'passthrough') return row.withheld === undefined;
    // A command is believed until it is needed: it may ask the person to touch a fingerprint reader.
    return 'command' in key.source || clean(ports.env[key.source.env]) !== undefined;
  }

  async function look(key: RowKey): Promise<string | undefined> {
    if (key.kind === 'stored') return stored(row.id, host, ports);
    const { source } = key;
    if (source === 'passthrough') return undefined;
    if ('env' in source) return clean(ports.env[source.env]);
    const running = fromCommands.get(key) ?? runCommand(row.id, source.command);
    fromCommands.set(key, running);
    return running.catch((error: unknown) => {
      // A command that failed once, because a vault was locked, is tried again the next time.
      fromCommands.delete(key);
      throw error;
    });
  }

  return {
    state: () => known,
    read: async (signal) => {
      if (row.keys.length === 0) return undefined;
      for (const key of row.keys) {
        signal.throwIfAborted();
        const value = await look(key);
        if (value === undefined) continue;
        known = stateBy(row, key, ports);
        return value;
      }
      const none = missing(row, ports);
      if (!row.keys.some(isPassthrough)) known = none;
      throw new ProviderFailure('authentication', row.id, none.reason);
    },
    rejected: () => fromCommands.clear(),
    refresh: async () => {
      fromCommands.clear();
      for (const key of row.keys) {
        if (!visible(key) && (key.kind !== 'stored' || (await look(key)) === undefined)) continue;
        known = stateBy(row, key, ports);
        return;
      }
      if (row.keys.length > 0) known = missing(row, ports);
    },
  };
}

function keyless({ setting: { auth } }: ProviderRow): KeyState {
  return isSignIn(auth) ? { kind: 'present', from: signInTitle(auth) } : { kind: 'none-needed' };
}

function stateBy(row: ProviderRow, key: RowKey | undefined, ports: KeyPorts): KeyState {
  return key === undefined ? missing(row, ports) : { kind: 'present', from: originOf(key) };
}

function originOf(key: RowKey): string {
  if (key.kind === 'stored') return "key from the editor's secret storage";
  if (key.source === 'passthrough') return "the client's own key";
  return 'env' in key.source ? `key from ${key.source.env}` : 'key from a command';
}

function missing(row: ProviderRow, { secret }: KeyPorts): Extract<KeyState, { kind: 'missing' }> {
  if (row.withheld !== undefined) return { kind: 'missing', reason: row.withheld };
  const names = row.keys.flatMap((key) =>
    key.kind === 'source' && typeof key.source === 'object' && 'env' in key.source ? [key.source.env] : [],
  );
  if (row.keys.some(isPassthrough)) {
    const reason = `"${row.id}" takes the client's own key, and this request has none that may go to ${row.baseUrl?.host ?? 'its host'}: only clients that speak its dialect can use it. Give it a "key" of its own to use it for others.`;
    return { kind: 'missing', reason };
  }
  const isStored = row.keys.some((key) => key.kind === 'stored');
  const ways = [
    ...(isStored && secret !== undefined ? ['run "Routing Policy: Add Provider Key"'] : []),
    ...(names.length > 0 ? [`set ${names.join(' or ')}`] : []),
    // Where there is no editor, nothing is stored.
    ...(isStored && secret === undefined ? ['give it a "key" in the providers file'] : []),
  ].join(', or ');
  return { kind: 'missing', reason: `"${row.id}" has no key for ${row.baseUrl?.host ?? 'its host'}: ${ways}.` };
}

function isPassthrough(key: RowKey): boolean {
  return key.kind === 'source' && key.source === 'passthrough';
}

async function stored(provider: string, host: string, ports: KeyPorts): Promise<string | undefined> {
  if (ports.secret === undefined) return undefined;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), secretMs);
  });
  try {
    return clean(await Promise.race([ports.secret(provider, host), late]));
  } catch {
    // The storage may be locked or the editor gone. Its own words could hold anything, so they are not passed on; the
    // provider shows as one without a key.
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Runs a password manager's command without a shell. What it prints is the key; it appears nowhere else. All requests
 * wait for one run, so that the cancellation of one does not end it for the others.
 */
function runCommand(provider: string, [program = '', ...args]: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: commandMs, maxBuffer: 64 * 1024, windowsHide: true };
    execFile(program, args, options, (error, output) => {
      const key = error === null ? clean(output) : undefined;
      if (key !== undefined) return resolve(key);
      const why = error === null ? 'printed no key' : failureOf(error);
      reject(
        new ProviderFailure(
          'authentication',
          provider,
          `The key command of "${provider}" (${program}) ${why}. Run it in a terminal to see why.`,
        ),
      );
    });
  });
}

function failureOf(error: Error & { readonly code?: unknown; readonly killed?: boolean }): string {
  if (error.code === 'ENOENT') return 'was not found';
  if (error.killed === true) return `did not end within ${commandMs / 1000} seconds`;
  return typeof error.code === 'number' ? `ended with exit code ${error.code}` : 'could not be run';
}

/** A key is one line of visible characters; anything else would break the header or is a mistake. */
function clean(value: string | undefined): string | undefined {
  const key = value?.trim();
  return key !== undefined && /^[\x21-\x7e]+$/.test(key) ? key : undefined;
}
