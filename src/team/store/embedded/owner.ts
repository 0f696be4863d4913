import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StoreError } from '../storeError.ts';

/** The user that PostgreSQL runs as where this program is root: PostgreSQL refuses to be root. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Users that a machine may have for it, the best first. */
const NAMES = ['postgres', 'nobody'];

/**
 * Whom PostgreSQL runs as. undefined: as this program itself, because it is not root.
 * @param data the database's folder: a database that is there stays with whom it belongs to
 * @throws {StoreError}
 */
export function ownerOf(data: string): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const found = statSync(data, { throwIfNoEntry: false });
  if (found !== undefined && found.uid !== 0) return { uid: found.uid, gid: found.gid };
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of NAMES) {
    const [, , uid, gid] = users.find(([known]) => known === name) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new StoreError(
    'PostgreSQL does not run as root, and this machine has neither a user "postgres" nor "nobody": start the server as another user.',
  );
}

/** Whether that user may enter a folder and all that lie above it. */
export function canReach(folder: string, owner: Owner): boolean {
  return closedFolder(folder, owner) === undefined;
}

/** The outermost folder on the way that this user may not enter. */
export function closedFolder(folder: string, { uid, gid }: Owner): string | undefined {
  const above = dirname(folder) === folder ? undefined : closedFolder(dirname(folder), { uid, gid });
  if (above !== undefined) return above;
  const { mode, uid: user, gid: group } = statSync(folder);
  const bit = user === uid ? 0o100 : group === gid ? 0o010 : 0o001;
  return (mode & bit) === 0 ? folder : undefined;
}
