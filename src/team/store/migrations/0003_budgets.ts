import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What teams may spend, and what of it their installations hold. */
export const budgets: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await statement.execute(database);
  },
};

const statements = [
  sql`CREATE TABLE team_budgets (
    org_id integer NOT NULL REFERENCES orgs (id),
    team_id integer NOT NULL,
    name text NOT NULL,
    period text NOT NULL CHECK (period IN ('day', 'week', 'month', 'ever')),
    amount_nano bigint NOT NULL CHECK (amount_nano >= 0),
    set_by text NOT NULL,
    set_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, team_id, name, period)
  )`,
  sql`CREATE TABLE budget_periods (
    org_id integer NOT NULL,
    team_id integer NOT NULL,
    name text NOT NULL,
    period text NOT NULL,
    period_start date NOT NULL,
    committed_nano bigint NOT NULL DEFAULT 0,
    settled_nano bigint NOT NULL DEFAULT 0,
    last_grant_nano bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, team_id, name, period, period_start)
  ) WITH (fillfactor = 50)`,
  sql`CREATE TABLE budget_leases (
    org_id integer NOT NULL,
    team_id integer NOT NULL,
    id uuid NOT NULL,
    request_id uuid NOT NULL,
    budget_team_id integer NOT NULL,
    name text NOT NULL,
    period text NOT NULL,
    period_start date NOT NULL,
    amount_nano bigint NOT NULL CHECK (amount_nano >= 0),
    granted_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    spent_nano bigint CHECK (spent_nano >= 0),
    settled_at timestamptz,
    PRIMARY KEY (org_id, team_id, id),
    UNIQUE (org_id, team_id, request_id)
  )`,
  sql`CREATE INDEX budget_leases_settled ON budget_leases (settled_at) WHERE settled_at IS NOT NULL`,
];
