import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../../../usage/writeResult.ts';
import { StoreError } from '../storeError.ts';
import { sightingOf } from './process.ts';

/** Who holds a folder. */
interface Holder {
  readonly pid: number;
  readonly started: string;
  readonly host: string;
}

const FILE = 'server.lock';
/** How often a holder shows that it is there: on another machine, or in another container, its process cannot be seen. */
const SIGN_MS = 5_000;
const SILENT_MS = 30_000;
/** Two that find the same dead holder at once: after this, whoever still finds its own name has the folder. */
const SETTLE_MS = 120;
const MOST_TRIES = 5;

/** Whether a file of that name is a lock, or on its way to be one. */
export function isOfLock(name: string): boolean {
  return name === FILE || name.startsWith(`${FILE}.`);
}

/** Why a folder cannot be had: a living server has it. */
export class FolderInUse extends StoreError {}

/** A folder that is this process's alone until it lets go, or ends. */
export interface ServerLock {
  release(): void;
}

/**
 * Takes a folder for this process. What a killed process has left behind is told by its id and when it started, and taken
 * over.
 *
 * @throws {FolderInUse} where a living one has it
 */
export async function lockFolder(folder: string): Promise<ServerLock> {
  const file = join(folder, FILE);
  const started = (await sightingOf(process.pid))?.started ?? '';
  const own = JSON.stringify({ pid: process.pid, started, host: hostname(), key: randomBytes(8).toString('hex') });
  const draft = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, own, { mode: 0o600, flag: 'wx' });
  try {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      if (linked(draft, file)) {
        await sleep(SETTLE_MS);
        if (textOf(file) === own) return held(file, own);
        continue;
      }
      const found = textOf(file);
      if (found === undefined) continue;
      await assertGone(folder, file, found);
      setAside(file, found);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  throw new StoreError(`Several servers are trying to use ${folder} at once: start one of them.`);
}

function held(file: string, own: string): ServerLock {
  const timer = setInterval(() => {
    const now = new Date();
    // A folder that is gone is found out by whoever needs what was in it.
    if (textOf(file) === own) utimesSync(file, now, now);
  }, SIGN_MS);
  timer.unref();
  const release = (): void => {
    clearInterval(timer);
    if (textOf(file) === own) rmSync(file, { force: true });
  };
  return { release };
}

function linked(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** @throws {StoreError} where whoever is named there is alive */
async function assertGone(folder: string, file: string, text: string): Promise<void> {
  const holder = holderIn(text);
  if (holder === undefined) return;
  if (holder.host !== hostname()) {
    const silentMs = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (silentMs > SILENT_MS) return;
    throw new FolderInUse(
      `${folder} is in use by a server on ${JSON.stringify(holder.host)}. End that one, or name another folder with --data; if it was ended by force, wait ${SILENT_MS / 1000} seconds.`,
    );
  }
  const seen = await sightingOf(holder.pid);
  if (seen === undefined || seen.started !== holder.started) return;
  throw new FolderInUse(
    `${folder} is in use by the server with process id ${holder.pid}. Use that one, end it, or name another folder with --data.`,
  );
}

function holderIn(text: string): Holder | undefined {
  try {
    const { pid, started, host } = JSON.parse(text) as Partial<Holder>;
    if (!Number.isSafeInteger(pid) || typeof started !== 'string' || typeof host !== 'string') return undefined;
    return { pid: pid as number, started, host };
  } catch {
    return undefined; // cut off by a machine that stopped
  }
}

/** Takes a dead holder's file away; another that came meanwhile gets its own back. */
function setAside(file: string, dead: string): void {
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  if (textOf(aside) !== dead) linked(aside, file);
  rmSync(aside, { force: true });
}
