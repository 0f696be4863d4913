import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { errorCode } from './writeResult.ts';

const BYTES = 32;

/**
 * 32 random bytes under a name, made on first use, readable by this user alone. Processes that come at once get the same.
 *
 * @throws when they can neither be read nor made.
 */
export function secretIn(file: string): Buffer {
  const known = read(file);
  if (known) return known;
  // Written whole before it gets its name, so that of several processes one wins and all read the same bytes.
  const draft = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, randomBytes(BYTES).toString('hex'), { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const secret = read(file);
  if (!secret) throw new Error(`${file} does not hold a key; delete it, and a new one is made.`);
  return secret;
}

function read(file: string): Buffer | undefined {
  try {
    const secret = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex');
    // A copy from elsewhere may be open to others; on Windows the user's profile closes it.
    if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
    return secret.length === BYTES ? secret : undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
