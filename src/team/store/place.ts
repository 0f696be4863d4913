import { chmodSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode } from '../../usage/writeResult.ts';
import { type DatabaseAddress, type DatabaseOptions, type OpenDatabase, openDatabase } from './database.ts';
import { runningAddress, startCluster } from './embedded/cluster.ts';
import { FolderInUse, isOfLock, lockFolder } from './embedded/serverLock.ts';
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
  /** From now on closing it takes away what opening it has made: a folder, a PostgreSQL in it. What was there before stays. */
  discard(): void;
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
    return answering(openAt(address, options));
  }
}

async function openUrl(url: string, options: DatabaseOptions): Promise<OpenPlace> {
  return answering(openAt({ kind: 'url', url }, options));
}

/** A database that others have made, and that may come back where it goes away: each statement finds out for itself. */
function openAt(address: DatabaseAddress, options: DatabaseOptions): OpenPlace {
  const store = openDatabase(address, options);
  return {
    address,
    store,
    failed: new Promise(() => undefined),
    discard: () => undefined,
    close: () => store.close(),
  };
}

async function openFolder(
  folder: string,
  log: (level: 'info' | 'warn' | 'error', message: string) => void,
  options: DatabaseOptions,
): Promise<OpenPlace> {
  // The owner alone may look into it; where PostgreSQL is another user, that one is let through to its own part.
  const outermost = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (process.getuid?.() !== 0) chmodSync(folder, 0o700);
  const lock = await lockFolder(folder);
  const found = new Set(readdirSync(folder));
  try {
    const { address, failed, stop } = await startCluster({ folder, log });
    const store = openDatabase(address, options);
    let isDiscarded = false;
    const discard = (): void => {
      isDiscarded = true;
    };
    const close = async (): Promise<void> => {
      await store.close();
      await stop();
      if (isDiscarded) removeAllBut(found, folder);
      lock.release();
      if (isDiscarded && outermost !== undefined) removeEmpty(folder, outermost);
    };
    return await answering({ address, store, failed, discard, close });
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

/** While the folder is ours, nobody else makes anything there; only that they would have it is shown by others. */
function removeAllBut(found: ReadonlySet<string>, folder: string): void {
  const made = readdirSync(folder).filter((name) => !found.has(name) && !isOfLock(name));
  for (const name of made) rmSync(join(folder, name), { recursive: true, force: true });
}

/** A folder, and those around it up to the outermost, as far as there is nothing in them. */
function removeEmpty(folder: string, outermost: string): void {
  try {
    for (let at = folder; ; at = dirname(at)) {
      rmdirSync(at);
      if (at === outermost) return;
    }
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error;
  }
}
