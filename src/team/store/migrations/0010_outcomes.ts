import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { atomKey, byVerdict, taskWords, verdicts, word } from './atomColumns.ts';

/** What became of tasks is told apart from what they cost, of enough persons for each outcome; and how long calls took. */
export const outcomes: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await statement.execute(database);
  },
};

const sumOf = (name: string): string => verdicts.map((verdict) => `${name}_${verdict}`).join(' + ');
const dropped = ['tasks', 'cost', 'squared'].flatMap((name) => verdicts.map((verdict) => `${name}_${verdict}`));

const statements = [
  sql`ALTER TABLE task_atoms ADD COLUMN tasks bigint NOT NULL DEFAULT 0, ADD COLUMN cost bigint NOT NULL DEFAULT 0,
    ADD COLUMN input_tokens bigint, ADD COLUMN output_tokens bigint, ADD COLUMN billed bigint`,
  sql.raw(`UPDATE task_atoms SET tasks = ${sumOf('tasks')}, cost = ${sumOf('cost')}`),
  // What became of the tasks of older atoms was told whoever they were of: it is not told any more.
  sql.raw(
    `ALTER TABLE task_atoms ${['attempts', ...dropped].map((name) => `DROP COLUMN ${name}`).join(', ')},
    ALTER COLUMN tasks DROP DEFAULT, ALTER COLUMN cost DROP DEFAULT`,
  ),
  sql`CREATE TABLE outcome_atoms (
    ${atomKey},
    ${taskWords},
    ${byVerdict},
    PRIMARY KEY (org_id, atom)
  )`,
  sql`CREATE INDEX outcome_atoms_by_day ON outcome_atoms (org_id, to_day)`,
  sql`CREATE TABLE untold_outcomes (
    org_id integer NOT NULL,
    atom uuid NOT NULL,
    person ${word},
    ${byVerdict},
    PRIMARY KEY (org_id, atom, person)
  )`,
  sql`CREATE INDEX untold_outcomes_by_person ON untold_outcomes (org_id, person)`,
  sql`CREATE TABLE latency_atoms (
    ${atomKey},
    class ${word},
    work ${word},
    provider ${word},
    model ${word},
    latency jsonb NOT NULL,
    first_token jsonb NOT NULL,
    PRIMARY KEY (org_id, atom)
  )`,
  sql`CREATE INDEX latency_atoms_by_day ON latency_atoms (org_id, to_day)`,
];
