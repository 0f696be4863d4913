import { chmodSync, mkdirSync } from 'node:fs';
import { type DatabaseAddress, type DatabaseOptions, type OpenDatabase, openDatabase } from './database.ts';
import { runningAddress, startCluster } from './embedded/cluster.ts';
import { FolderInUse, lockFolder } from './embedded/serverLock.ts';
import { reachable } from './reach.ts';
import type { StoreError } from './storeError.ts';

/** Where the server's figures are: in a folder of its own, or in somebody's PostgreSQL. */
export type DatabasePlace =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'url'; readonly url: string };

/** A database that answers. */
export interface OpenPlace {
  readonly address: DatabaseAddress;
  readonly store: OpenDatabase;
  /** Settles where it is lost for good. */
  readonly failed: Promise<StoreError>;
  /** Ends a PostgreSQL of our own with it. */
  close(): Promise<void>;
}

/**
 * Opens the place where figures are, and starts its PostgreSQL where it is a folder: for one process at a time.
 * @throws {StoreError} with what to do
 */
export async function openPlace(
  place: DatabasePlace,
  log: (level: 'info' | 'warn' | 'error', message: string) => void,
  options: DatabaseOptions = {},
): Promise<OpenPlace> {
  switch (place.kind) {
    case 'url':
      return openUrl(place.url, options);
    case 'folder':
      return openFolder(place.folder, log, options);
    default:
      return place satisfies never;
  }
}

/**
 * Opens it for something that is done beside a server: where one has the folder, through its database.
 * @throws {StoreError}
 */
export async function openBeside(
  place: DatabasePlace,
  log: (level: 'info' | 'warn' | 'error', message: string) => void,
  options: DatabaseOptions = {},
): Promise<OpenPlace> {
  try {
    return await openPlace(place, log, options);
  } catch (error) {
    if (place.kind !== 'folder' || !(error instanceof FolderInUse)) throw error;
    const address = runningAddress(place.folder);
    const store = openDatabase(address, options);
    return answering({ address, store, failed: new Promise(() => undefined), close: () => store.close() });
  }
}

async function openUrl(url: string, options: DatabaseOptions): Promise<OpenPlace> {
  const address: DatabaseAddress = { kind: 'url', url };
  const store = openDatabase(address, options);
  // A database that goes away may come back: each statement finds out for itself.
  return answering({ address, store, failed: new Promise(() => undefined), close: () => store.close() });
}

async function openFolder(
  folder: string,
  log: (level: 'info' | 'warn' | 'error', message: string) => void,
  options: DatabaseOptions,
): Promise<OpenPlace> {
  // The owner alone may look into it; where PostgreSQL is another user, that one is let through to its own part.
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (process.getuid?.() !== 0) chmodSync(folder, 0o700);
  const lock = await lockFolder(folder);
  try {
    const { address, failed, stop } = await startCluster({ folder, log });
    const store = openDatabase(address, options);
    const close = async (): Promise<void> => {
      await store.close();
      await stop();
      lock.release();
    };
    return await answering({ address, store, failed, close });
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function answering(opened: OpenPlace): Promise<OpenPlace> {
  try {
    await reachable(opened.store, opened.address);
    return opened;
  } catch (error) {
    await opened.close();
    throw error;
  }
}
