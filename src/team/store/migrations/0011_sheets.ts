import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What is published of each week, added up ahead in columns; and which publication of a week that is. */
export const sheets: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await statement.execute(database);
  },
};

const statements = [
  // A name for what is published of a week: another one each time that more is.
  sql`ALTER TABLE figure_weeks ADD COLUMN version uuid NOT NULL DEFAULT gen_random_uuid()`,
  sql`CREATE TABLE figure_sheets (
    org_id integer NOT NULL,
    week integer NOT NULL,
    family text COLLATE "C" NOT NULL,
    version uuid NOT NULL,
    least_persons integer NOT NULL,
    keys text NOT NULL,
    whole text NOT NULL,
    by_day text NOT NULL,
    PRIMARY KEY (org_id, week, family)
  )`,
];
