import { createHmac, randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from './writeResult.ts';

const FILE = 'machine-key';
const KEY_BYTES = 32;

/**
 * The random key of this machine's user, made on first use. It never leaves the state folder.
 * @throws when it can neither be read nor made.
 */
export function machineKey(folder: string): Buffer {
  const file = join(folder, FILE);
  const known = readKey(file);
  if (known) return known;
  // Written whole before it gets its name, so that of several processes one wins and all read the same key.
  const draft = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, randomBytes(KEY_BYTES).toString('hex'), { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const key = readKey(file);
  if (!key) throw new Error(`${file} does not hold a key; delete it, and a new one is made.`);
  return key;
}

function readKey(file: string): Buffer | undefined {
  try {
    const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex');
    return key.length === KEY_BYTES ? key : undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A name for a repository that does not tell where it is: a keyed hash of its root, 24 characters. */
export function repoKey(key: Buffer, root: string): string {
  return createHmac('sha256', key).update(`repository\n${root}`).digest('hex').slice(0, 24);
}
