import { audit, COMMAND_LINE } from '../team/access/audit.ts';
import { OWN_ORG } from '../team/organisation.ts';
import type { OpenDatabase } from '../team/store/database.ts';
import { type Recount, recount } from '../team/usage/recount.ts';
import { repairRollups } from '../team/usage/repair.ts';
import { type Call, type ExitCode, writeJson } from './command.ts';
import { columns, count } from './table.ts';
import { withPlace } from './teamPlace.ts';

/** As long as it takes: all single events are read. */
const STATEMENT_MS = 0;

/** `team recount [--repair]`: 1 where roll-ups are not what single events add up to, and were not written anew. */
export async function runRecount(call: Call): Promise<ExitCode> {
  const counted = await withPlace(
    call,
    async ({ store }) => {
      const found = await recount(store.pool, OWN_ORG);
      if (call.values['repair'] !== true || isEqual(found)) return { found };
      return { found, repaired: await repaired(call, store), after: await recount(store.pool, OWN_ORG) };
    },
    { statementMs: STATEMENT_MS },
  );
  const { found, after = found } = counted;
  if (call.values['json'] === true) await writeJson(call, counted);
  else await call.write(wordsOf(found, 'after' in counted));
  return isEqual(after) ? 0 : 1;
}

async function repaired(call: Call, { pool, database }: OpenDatabase) {
  const written = await repairRollups(pool, OWN_ORG);
  const changed = written.flatMap(({ table, removed, written: rows }) =>
    removed + rows === 0 ? [] : [[table, Math.max(removed, rows)] as const],
  );
  const entry = {
    orgId: OWN_ORG,
    who: COMMAND_LINE,
    what: 'wrote roll-ups anew',
    details: Object.fromEntries(changed),
  };
  await audit(database, entry, call.now);
  return written;
}

function isEqual(found: readonly Recount[]): boolean {
  return found.every(({ differences }) => differences === 0);
}

function wordsOf(found: readonly Recount[], isRepaired: boolean): string {
  const rows = found.map(({ table, rows: given, differences }) => [
    table,
    count(given, 'row'),
    differences === 0 ? 'as events add up' : `${differences} not as events add up`,
  ]);
  const advice = isEqual(found)
    ? ''
    : isRepaired
      ? 'They were written anew, and add up.\n'
      : 'A person who was forgotten leaves such differences, on purpose. --repair writes them anew.\n';
  return `${columns(rows)}${advice}`;
}
