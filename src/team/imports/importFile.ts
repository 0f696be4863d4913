import { isUtf8 } from 'node:buffer';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { type Kysely, sql, type Transaction } from 'kysely';
import { audit } from '../access/audit.ts';
import type { TeamServices } from '../services.ts';
import type { Tables } from '../store/tables.ts';
import { ImportError, type ImportedRow, type ReadExport, type UnreadRow } from './importedRow.ts';
import type { ImportSource } from './importTables.ts';
import { readAnthropic } from './readAnthropic.ts';
import { readCopilot } from './readCopilot.ts';
import { readFocus } from './readFocus.ts';
import { readOpenAi } from './readOpenAi.ts';

/** A file is read as a whole. */
export const MOST_IMPORT_BYTES = 64 * 1024 * 1024;
const AT_ONCE = 2_000;
const MOST_UNREAD = 100;
const KEY_SETTING = 'import-key';

const readers: Readonly<Record<ImportSource, (text: string) => ReadExport>> = {
  copilot: readCopilot,
  anthropic: readAnthropic,
  openai: readOpenAi,
  focus: readFocus,
};

export interface ImportRequest {
  readonly orgId: number;
  readonly source: ImportSource;
  readonly bytes: Buffer;
  readonly who: string;
}

export type Imported =
  | {
      readonly kind: 'imported';
      readonly rows: number;
      /** The first of those that could not be read, and how many these are in all. */
      readonly unread: readonly UnreadRow[];
      readonly unreadCount: number;
      /** Rows of something else than models. */
      readonly leftOut: number;
    }
  /** The very same file was taken in before; milliseconds since the epoch. */
  | { readonly kind: 'known'; readonly at: number; readonly by: string }
  | { readonly kind: 'refused'; readonly message: string };

/**
 * Takes in what a provider, or a cloud, says that it has billed. A row that was there before, in this file or another, is there
 * once, as the newest file has it; of a day that was told by other things before (by project, say, and now by model), what was
 * there goes. All of it or nothing.
 */
export async function importFile(
  { database, now }: Pick<TeamServices, 'database' | 'now'>,
  { orgId, source, bytes, who }: ImportRequest,
): Promise<Imported> {
  const sha256 = createHash('sha256').update(bytes).digest();
  const before = await database
    .selectFrom('imports')
    .select(['imported_at', 'imported_by'])
    .where('org_id', '=', orgId)
    .where('source', '=', source)
    .where('sha256', '=', sha256)
    .executeTakeFirst();
  if (before !== undefined) return { kind: 'known', at: before.imported_at.getTime(), by: before.imported_by };
  const read = readExport(source, bytes);
  if (read.kind === 'refused') return read;
  const { unread, leftOut } = read.content;
  // Of a row that stands in a file twice the later one holds, as it would of two files.
  const rows = [...new Map(read.content.rows.map((row) => [row.identity, row])).values()];
  const at = now();
  await database.transaction().execute(async (inOne) => {
    const key = await keyOf(inOne, orgId);
    const { id } = await inOne
      .insertInto('imports')
      .values({
        org_id: orgId,
        source,
        sha256,
        imported_at: new Date(at),
        imported_by: who,
        rows: rows.length,
        unread: unread.length,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await forgetOtherGroupings(inOne, orgId, source, rows);
    for (let from = 0; from < rows.length; from += AT_ONCE) {
      await insertRows(inOne, { orgId, source, id, key }, rows.slice(from, from + AT_ONCE));
    }
    const details = { source, rows: rows.length, unread: unread.length };
    await audit(inOne, { orgId, who, what: 'imported a bill', details }, at);
  });
  return {
    kind: 'imported',
    rows: rows.length,
    unread: unread.slice(0, MOST_UNREAD),
    unreadCount: unread.length,
    leftOut,
  };
}

function readExport(
  source: ImportSource,
  bytes: Buffer,
): { readonly kind: 'read'; readonly content: ReadExport } | { readonly kind: 'refused'; readonly message: string } {
  if (bytes.length > MOST_IMPORT_BYTES) {
    return { kind: 'refused', message: `It has more than ${MOST_IMPORT_BYTES / 1024 / 1024} MB: import it in parts.` };
  }
  if (!isUtf8(bytes)) return { kind: 'refused', message: 'It is not UTF-8.' };
  try {
    return { kind: 'read', content: readers[source](bytes.toString('utf8')) };
  } catch (error) {
    if (error instanceof ImportError) return { kind: 'refused', message: error.message };
    throw error;
  }
}

/** What rows are named by, so that a number of a person that is in one cannot be guessed from its name. */
async function keyOf(database: Transaction<Tables>, orgId: number): Promise<Buffer> {
  const made = JSON.stringify(randomBytes(32).toString('hex'));
  await database
    .insertInto('settings')
    .values({ org_id: orgId, name: KEY_SETTING, value: made })
    .onConflict((conflict) => conflict.columns(['org_id', 'name']).doNothing())
    .execute();
  const { value } = await database
    .selectFrom('settings')
    .select('value')
    .where('org_id', '=', orgId)
    .where('name', '=', KEY_SETTING)
    .executeTakeFirstOrThrow();
  return Buffer.from(String(value), 'hex');
}

/** Two ways of telling the same costs apart would count them twice. Costs and usage are two things. */
async function forgetOtherGroupings(
  database: Kysely<Tables>,
  orgId: number,
  source: ImportSource,
  rows: readonly ImportedRow[],
): Promise<void> {
  const kindOf = ({ grouping }: ImportedRow): string => grouping.split(' ')[0] ?? '';
  for (const kind of new Set(rows.map(kindOf))) {
    const ofKind = rows.filter((row) => kindOf(row) === kind);
    const days = [...new Set(ofKind.map(({ day }) => day))];
    const groupings = [...new Set(ofKind.map(({ grouping }) => grouping))];
    await sql`DELETE FROM import_rows
      WHERE org_id = ${orgId} AND source = ${source} AND split_part(grouping, ' ', 1) = ${kind}
        AND day = ANY(${days}::date[]) AND NOT grouping = ANY(${groupings}::text[])`.execute(database);
  }
}

async function insertRows(
  database: Kysely<Tables>,
  {
    orgId,
    source,
    id,
    key,
  }: { readonly orgId: number; readonly source: ImportSource; readonly id: number; readonly key: Buffer },
  rows: readonly ImportedRow[],
): Promise<void> {
  const values = rows.map((row) => ({
    row_key: createHmac('sha256', key).update(row.identity).digest('hex'),
    grouping: row.grouping,
    day: row.day,
    provider: row.provider,
    model: row.model,
    billed_nano: row.billedNanoUsd ?? null,
    input_tokens: row.inputTokens,
    cache_read_tokens: row.cacheReadTokens,
    cache_write_tokens: row.cacheWriteTokens,
    output_tokens: row.outputTokens,
  }));
  await sql`
    INSERT INTO import_rows (org_id, source, row_key, import_id, grouping, day, provider, model, billed_nano, input_tokens,
      cache_read_tokens, cache_write_tokens, output_tokens)
    SELECT ${orgId}::int, ${source}::text, decode(row_key, 'hex'), ${id}::int, grouping, day, provider, model, billed_nano,
      input_tokens, cache_read_tokens, cache_write_tokens, output_tokens
    FROM jsonb_to_recordset(${JSON.stringify(values)}::jsonb) AS r (row_key text, grouping text, day date, provider text,
      model text, billed_nano bigint, input_tokens bigint, cache_read_tokens bigint, cache_write_tokens bigint,
      output_tokens bigint)
    ON CONFLICT (org_id, source, row_key) DO UPDATE SET import_id = excluded.import_id, grouping = excluded.grouping,
      day = excluded.day, provider = excluded.provider, model = excluded.model, billed_nano = excluded.billed_nano,
      input_tokens = excluded.input_tokens, cache_read_tokens = excluded.cache_read_tokens,
      cache_write_tokens = excluded.cache_write_tokens, output_tokens = excluded.output_tokens`.execute(database);
}
