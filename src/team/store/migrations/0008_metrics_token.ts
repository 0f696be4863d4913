import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** A token that reads a team's figures, and publishes nothing. */
export const metricsToken: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    await sql`ALTER TABLE machine_tokens DROP CONSTRAINT machine_tokens_scope_check,
      ADD CONSTRAINT machine_tokens_scope_check CHECK (scope IN ('ingest', 'lease', 'policy', 'metrics'))`.execute(
      database,
    );
  },
};
