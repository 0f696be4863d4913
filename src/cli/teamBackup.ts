import { writeBackup } from '../team/store/backup/backup.ts';
import { restoreBackup } from '../team/store/backup/restore.ts';
import type { Call, ExitCode } from './command.ts';
import { fileAt, withPlace } from './teamPlace.ts';

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
  const rows = await withPlace(call, ({ store }) => restoreBackup(store, file), { isSetUp: false });
  await call.write(`Restored ${rows} rows from ${file}. Start the server with routing-policy team.\n`);
  return 0;
}
