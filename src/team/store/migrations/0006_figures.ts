import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What is published of the usage. */
export const figures: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await statement.execute(database);
  },
};

/** Compared by its bytes, as roll-ups are. */
const word = sql.raw('text COLLATE "C" NOT NULL');

/** One for each way to count. */
const columns = (name: string, type: string): string =>
  ['success', 'failure', 'unknown', 'unjudged'].map((verdict) => `${name}_${verdict} ${type} NOT NULL`).join(', ');

const atomKey = sql`
  org_id integer NOT NULL,
  atom uuid NOT NULL,
  team_id integer NOT NULL,
  from_day date NOT NULL,
  to_day date NOT NULL,
  persons integer NOT NULL,
  simulated boolean NOT NULL`;

const statements = [
  sql`CREATE TABLE task_atoms (
    ${atomKey},
    class ${word},
    work ${word},
    provider ${word},
    model ${word},
    policy ${word},
    trial ${word},
    arm ${word},
    labels jsonb NOT NULL,
    attempts bigint NOT NULL,
    unpriced bigint NOT NULL,
    ${sql.raw(columns('tasks', 'bigint'))},
    ${sql.raw(columns('cost', 'bigint'))},
    ${sql.raw(columns('squared', 'double precision'))},
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
