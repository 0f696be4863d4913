import type { Generated } from 'kysely';

/** Where an export comes from. */
export const importSources = ['copilot', 'anthropic', 'openai', 'focus'] as const;
export type ImportSource = (typeof importSources)[number];

/** A file that was taken in. */
export interface ImportTable {
  org_id: number;
  id: Generated<number>;
  source: ImportSource;
  /** SHA-256 of the file: the same file again changes nothing. */
  sha256: Buffer;
  imported_at: Date;
  imported_by: string;
  /** Rows that could be read, and that could not. */
  rows: number;
  unread: number;
}

/** What one row of an export says was billed on a day. No person is in it. */
export interface ImportRowTable {
  org_id: number;
  source: ImportSource;
  /** Keyed hash of what tells the row from all others: the same row in another file replaces it. */
  row_key: Buffer;
  import_id: number;
  /** What the export told apart: two that tell the same cost by different things would count it twice. */
  grouping: string;
  /** In UTC: `2026-11-23`. */
  day: string;
  provider: string;
  /** Empty: not told. */
  model: string;
  /** null: the export tells tokens, and no cost. */
  billed_nano: string | null;
  input_tokens: string;
  cache_read_tokens: string;
  cache_write_tokens: string;
  output_tokens: string;
}

export interface ImportTables {
  imports: ImportTable;
  import_rows: ImportRowTable;
}
