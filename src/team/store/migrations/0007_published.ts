import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Which tasks are published, so that one that moves to another cell or day is not published again. */
export const published: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    await sql`CREATE TABLE published_tasks (
      org_id integer NOT NULL,
      team_id integer NOT NULL,
      task text COLLATE "C" NOT NULL,
      day date NOT NULL,
      PRIMARY KEY (org_id, team_id, task)
    )`.execute(database);
  },
};
