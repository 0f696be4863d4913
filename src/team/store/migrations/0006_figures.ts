import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { atomKey, byVerdict, taskWords, word } from './atomColumns.ts';

/** What is published of the usage. */
export const figures: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await statement.execute(database);
  },
};

const statements = [
  sql`CREATE TABLE task_atoms (
    ${atomKey},
    ${taskWords},
    attempts bigint NOT NULL,
    unpriced bigint NOT NULL,
    ${byVerdict},
    PRIMARY KEY (org_id, atom)
  )`,
  sql`CREATE INDEX task_atoms_by_day ON task_atoms (org_id, to_day)`,
  sql`CREATE INDEX task_atoms_by_team ON task_atoms (org_id, team_id, to_day)`,
  sql`CREATE TABLE trouble_atoms (
    ${atomKey},
    what ${word},
    class ${word},
    rule ${word},
    outcome ${word},
    failed_target ${word},
    target ${word},
    failure ${word},
    times integer NOT NULL,
    PRIMARY KEY (org_id, atom)
  )`,
  sql`CREATE INDEX trouble_atoms_by_day ON trouble_atoms (org_id, to_day)`,
  sql`CREATE TABLE decided_cells (
    org_id integer NOT NULL,
    family ${word},
    team_id integer NOT NULL,
    day date NOT NULL,
    cell ${word},
    PRIMARY KEY (org_id, family, day, team_id, cell)
  )`,
  sql`CREATE TABLE figure_weeks (
    org_id integer NOT NULL,
    week integer NOT NULL,
    decided_through date NOT NULL,
    is_final boolean NOT NULL,
    PRIMARY KEY (org_id, week)
  )`,
];
