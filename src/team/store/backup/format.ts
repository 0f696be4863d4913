import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import * as z from 'zod';
import { StoreError } from '../storeError.ts';

/** What a backup is: packed JSON lines. One that says what it is, then for each table one that names it and one a row, then the checksum. */
export const FORMAT = 'routing-policy-team-backup';
export const VERSION = 1;

const NAME = /^[a-z][a-z0-9_]{0,62}$/;
/** From and to a value, or what is left; nothing else that a statement could be made of. */
const BOUNDS = /^(?:DEFAULT|FOR VALUES FROM \('[\w :.+-]{1,40}'\) TO \('[\w :.+-]{1,40}'\))$/;

const header = z.object({
  format: z.literal(FORMAT),
  version: z.int().min(1),
  madeAt: z.string(),
  migrations: z.array(z.string().regex(/^\d{4}_[a-z0-9_]{1,60}$/)),
});
const table = z.object({
  table: z.string().regex(NAME),
  columns: z.array(z.string().regex(NAME)).min(1),
  partitions: z.array(z.object({ name: z.string().regex(NAME), bounds: z.string().regex(BOUNDS) })),
});
const end = z.object({ end: z.literal(true), rows: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) });

export type BackupHeader = z.infer<typeof header>;
export type BackupTable = z.infer<typeof table>;
export type BackupLine =
  | { readonly kind: 'header'; readonly header: BackupHeader }
  | { readonly kind: 'table'; readonly table: BackupTable }
  /** A row, as the database wrote it. */
  | { readonly kind: 'row'; readonly json: string }
  | { readonly kind: 'end'; readonly rows: number };

/** What a row's line begins with: no other does. */
export const ROW = '{"row":';

/** The lines of a backup, each as it should be, the last one too. @throws {StoreError} where it is none, or is damaged */
export async function* linesOf(file: string): AsyncGenerator<BackupLine> {
  const unpacked = createReadStream(file)
    .on('error', (error) => unpacked.destroy(error))
    .pipe(createGunzip());
  const lines = createInterface({ input: unpacked, crlfDelay: Number.POSITIVE_INFINITY });
  // What is wrong with a file is told by the line that it is met at; the rest of it may be met once nobody reads any more.
  for (const one of [unpacked, lines]) one.on('error', () => undefined);
  const sum = createHash('sha256');
  let rows = 0;
  let at = 0;
  let hasEnded = false;
  try {
    for await (const text of lines) {
      at += 1;
      if (hasEnded) throw damaged(file, at);
      const line = read(text, at, file);
      if (line.kind === 'end') {
        if (line.rows !== rows || line.sha256 !== sum.copy().digest('hex')) throw damaged(file, at);
        hasEnded = true;
      } else add(sum, text);
      if (line.kind === 'row') rows += 1;
      yield line;
    }
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(`${file} could not be read: it is no backup, or it is damaged. Take another.`, {
      cause: error,
    });
  } finally {
    lines.close();
    unpacked.destroy();
  }
  if (!hasEnded) throw damaged(file, at);
}

/** Takes a line into the checksum. */
export function add(sum: Hash, line: string): void {
  sum.update(line).update('\n');
}

function read(text: string, at: number, file: string): BackupLine & { readonly sha256?: string } {
  if (at > 1 && text.startsWith(ROW)) return { kind: 'row', json: text.slice(ROW.length, -1) };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged(file, at);
  }
  if (at === 1) {
    const found = header.safeParse(value);
    if (!found.success) throw new StoreError(`${file} is no backup of a team’s server.`);
    if (found.data.version > VERSION) {
      throw new StoreError(`${file} was written by a newer routing-policy: install that version, then restore it.`);
    }
    return { kind: 'header', header: found.data };
  }
  const begun = table.safeParse(value);
  if (begun.success) return { kind: 'table', table: begun.data };
  const ended = end.safeParse(value);
  if (ended.success) return { kind: 'end', rows: ended.data.rows, sha256: ended.data.sha256 };
  throw damaged(file, at);
}

function damaged(file: string, at: number): StoreError {
  return new StoreError(`${file} is damaged at line ${at}: it was cut off or changed. Take another backup.`);
}
