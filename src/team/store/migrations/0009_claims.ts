import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What publishes is the organisation's; which token took a lease, and what is claimed beyond what a lease may come to. */
export const claims: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await statement.execute(database);
  },
};

const statements = [
  sql`ALTER TABLE machine_tokens ADD COLUMN label text NOT NULL DEFAULT '', ALTER COLUMN team_id DROP NOT NULL`,
  // One that was a team's was not made for all: whoever needs one for the organisation makes it.
  sql`UPDATE machine_tokens SET team_id = NULL, revoked_at = COALESCE(revoked_at, now()) WHERE scope = 'policy'`,
  sql`ALTER TABLE machine_tokens ADD CONSTRAINT machine_tokens_of_organisation CHECK ((scope = 'policy') = (team_id IS NULL))`,

  sql`ALTER TABLE budget_periods ADD COLUMN beyond_nano bigint NOT NULL DEFAULT 0`,
  sql`ALTER TABLE budget_leases ADD COLUMN token_id uuid, ADD COLUMN settled_by uuid,
    ADD COLUMN claimed_nano bigint CHECK (claimed_nano >= 0),
    ADD COLUMN claim text CHECK (claim IN ('waiting', 'accepted', 'refused')),
    ADD COLUMN taken_back_at timestamptz,
    ADD CONSTRAINT budget_leases_claim CHECK ((claim IS NULL) = (claimed_nano IS NULL))`,
  sql`CREATE INDEX budget_leases_claims ON budget_leases (org_id, settled_at) WHERE claim IS NOT NULL`,
];
