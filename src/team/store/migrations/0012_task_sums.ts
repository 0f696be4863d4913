import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** A task's row has all that is told of it, so that deciding what is shown reads no events of it; and which are told, by cell. */
export const taskSums: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await statement.execute(database);
  },
};

const statements = [
  // A large database has minutes to do here, once.
  sql`SET LOCAL statement_timeout = 0`,
  sql`ALTER TABLE tasks ADD COLUMN output_tokens numeric, ADD COLUMN billed_nano_usd numeric NOT NULL DEFAULT 0`,
  // Of the tasks whose events there are; what is older is decided.
  sql`UPDATE tasks AS t SET output_tokens = used.output_tokens, billed_nano_usd = coalesce(used.billed, 0)
    FROM (
      SELECT org_id, team_id, task, sum(output_tokens) AS output_tokens,
        sum(CASE WHEN simulated THEN 0 ELSE coalesce(billed_nano_usd, cost_nano_usd) END) AS billed
      FROM usage_events WHERE event = 'attempt' AND task IS NOT NULL GROUP BY org_id, team_id, task
    ) AS used
    WHERE t.org_id = used.org_id AND t.team_id = used.team_id AND t.task = used.task`,
  sql`ALTER TABLE tasks ALTER COLUMN billed_nano_usd DROP DEFAULT`,

  // A row for each task took longer to write than to decide about it.
  sql`ALTER TABLE decided_cells ADD COLUMN tasks text COLLATE "C"`,
  // In which cell they were is not known any more: one that no cell is called.
  sql`INSERT INTO decided_cells (org_id, family, team_id, day, cell, tasks)
    SELECT org_id, 'task', team_id, day, '00000000-0000-0000-0000-000000000000', string_agg(task, ' ')
    FROM published_tasks GROUP BY org_id, team_id, day`,
  sql`DROP TABLE published_tasks`,
];
