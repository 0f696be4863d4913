import { sql } from 'kysely';

// What tables of published sums have in common. Migrations that were published go by it: it is never changed, but followed.

/** Compared by its bytes, as roll-ups are. */
export const word = sql.raw('text COLLATE "C" NOT NULL');

export const verdicts = ['success', 'failure', 'unknown', 'unjudged'] as const;

/** One for each way to count. */
export function verdictColumns(name: string, type: string): string {
  return verdicts.map((verdict) => `${name}_${verdict} ${type} NOT NULL`).join(', ');
}

/** Sums by each way to count. */
export const byVerdict = sql.raw(
  [
    verdictColumns('tasks', 'bigint'),
    verdictColumns('cost', 'bigint'),
    verdictColumns('squared', 'double precision'),
  ].join(', '),
);

/** Whose an atom is, of which days and of how many persons. */
export const atomKey = sql`
  org_id integer NOT NULL,
  atom uuid NOT NULL,
  team_id integer NOT NULL,
  from_day date NOT NULL,
  to_day date NOT NULL,
  persons integer NOT NULL,
  simulated boolean NOT NULL`;

/** What tells tasks apart. */
export const taskWords = sql`
  class ${word},
  work ${word},
  provider ${word},
  model ${word},
  policy ${word},
  trial ${word},
  arm ${word},
  labels jsonb NOT NULL`;
