import { COMMAND_LINE } from '../team/access/audit.ts';
import { OWN_ORG } from '../team/organisation.ts';
import { signAllAnew } from '../team/policies/publishPolicy.ts';
import { SIGNING_KEY_FILE } from '../team/policies/signingKeys.ts';
import { writeBackup } from '../team/store/backup/backup.ts';
import { restoreBackup } from '../team/store/backup/restore.ts';
import type { OpenPlace } from '../team/store/place.ts';
import type { Call, ExitCode } from './command.ts';
import { fileAt, withPlace } from './teamPlace.ts';
import { keysAsked } from './teamPolicy.ts';

/** `team backup FILE` */
export async function runBackup(call: Call): Promise<ExitCode> {
  const file = fileAt(call, call.positionals[0] ?? '');
  const rows = await withPlace(call, ({ store }) => writeBackup(store.pool, file, new Date(call.now)));
  await call.write(
    `Wrote ${file}: ${rows} rows. It has the hashes of tokens in it, and no token: keep it as you keep the database.\n`,
  );
  return 0;
}

/** `team restore FILE` */
export async function runRestore(call: Call): Promise<ExitCode> {
  const file = fileAt(call, call.positionals[0] ?? '');
  const { rows, signed } = await withPlace(
    call,
    async (open) => ({ rows: await restored(open, file), signed: await signRestored(call, open.store.database) }),
    { isSetUp: false },
  );
  await call.write(`Restored ${rows} rows from ${file}. Start the server with routing-policy team.\n`);
  if (signed.length > 0) {
    await call.note(
      `Signed anew, because routers may have seen higher serials than the backup has: ${signed.join(', ')}. The key is no part of a backup: where it was another one before, put that in its place (${SIGNING_KEY_FILE}) and run routing-policy team policy sign.\n`,
    );
  }
  return 0;
}

/** Where nothing was restored, a place that was made for it goes again. */
async function restored({ store, discard }: OpenPlace, file: string): Promise<number> {
  try {
    return await restoreBackup(store, file);
  } catch (error) {
    discard();
    throw error;
  }
}

async function signRestored(call: Call, database: OpenPlace['store']['database']): Promise<readonly string[]> {
  const keys = keysAsked(call);
  return keys === undefined ? [] : signAllAnew({ database, now: () => call.now }, keys, OWN_ORG, COMMAND_LINE);
}
