import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The policies that the server hands out, with all that came before them. */
export const policies: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await statement.execute(database);
  },
};

const statements = [
  sql`CREATE TABLE policy_versions (
    org_id integer NOT NULL REFERENCES orgs (id),
    name text NOT NULL,
    serial bigint NOT NULL CHECK (serial > 0),
    text bytea NOT NULL,
    signature bytea NOT NULL,
    published_at timestamptz NOT NULL,
    published_by text NOT NULL,
    note text NOT NULL,
    of_serial bigint,
    PRIMARY KEY (org_id, name, serial)
  )`,
  sql`CREATE TABLE policy_budgets (
    org_id integer NOT NULL,
    policy text NOT NULL,
    name text NOT NULL,
    per text NOT NULL CHECK (per IN ('team', 'org')),
    period text NOT NULL CHECK (period IN ('day', 'week', 'month', 'ever')),
    amount_nano bigint NOT NULL CHECK (amount_nano >= 0),
    PRIMARY KEY (org_id, policy, name, per, period)
  )`,
];
