import { readFile } from 'node:fs/promises';
import { onOneLine } from '../routing/labels.ts';
import { COMMAND_LINE } from '../team/access/audit.ts';
import { importFile } from '../team/imports/importFile.ts';
import { importSources } from '../team/imports/importTables.ts';
import { OWN_ORG } from '../team/organisation.ts';
import { type Call, CommandError, type ExitCode, textOption, writeJson } from './command.ts';
import { count } from './table.ts';
import { fileAt, withPlace } from './teamPlace.ts';

/** `team import FILE --source S`: 1 where a row could not be read. */
export async function runTeamImport(call: Call): Promise<ExitCode> {
  const asked = textOption(call, 'source');
  const source = importSources.find((one) => one === asked);
  if (source === undefined) {
    throw new CommandError(
      `Whose bill is it? --source is ${importSources.join(', ')}${asked === undefined ? '' : `, not "${onOneLine(asked)}"`}.`,
    );
  }
  const [file = ''] = call.positionals;
  const bytes = await readFile(fileAt(call, file)).catch(() => {
    throw new CommandError(`${file} cannot be read.`);
  });
  const imported = await withPlace(call, ({ store: { database } }) =>
    importFile({ database, now: () => call.now }, { orgId: OWN_ORG, source, bytes, who: COMMAND_LINE }),
  );
  if (imported.kind === 'refused') throw new CommandError(`${file}: ${imported.message}`);
  if (call.values['json'] === true) {
    await writeJson(call, imported);
    return imported.kind === 'imported' && imported.unreadCount > 0 ? 1 : 0;
  }
  if (imported.kind === 'known') {
    const day = new Date(imported.at).toISOString().slice(0, 10);
    await call.write(`This file was imported before, on ${day} by ${onOneLine(imported.by)}: nothing changed.\n`);
    return 0;
  }
  const { rows, unread, unreadCount, leftOut } = imported;
  for (const { where, why } of unread) await call.note(`${onOneLine(file)}, ${where}: ${onOneLine(why)}\n`);
  if (unreadCount > unread.length) await call.note(`and ${unreadCount - unread.length} more.\n`);
  const others = leftOut === 0 ? '' : `; ${count(leftOut, 'row')} of other services left out`;
  await call.write(
    `Imported ${count(rows, 'row')}${others}. ${unreadCount === 0 ? 'All could be read' : `${unreadCount} could not be read`}.\n`,
  );
  return unreadCount > 0 ? 1 : 0;
}
