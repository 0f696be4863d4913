import { type RawBuilder, sql } from 'kysely';
import { type Verdict, verdictOf } from '../../usage/report/taskCells.ts';
import { taskOutcomes } from '../../usage/sync/event.ts';

const verdicts: readonly Verdict[] = ['success', 'failure', 'unknown', 'unjudged'];

/**
 * What a task counts as, in SQL: {@link verdictOf} of one that is settled. A word that this version does not know is not
 * judged.
 */
export function verdictSql(outcome: RawBuilder<unknown>): RawBuilder<Verdict> {
  const cases = verdicts.flatMap((verdict) => {
    const words = taskOutcomes.filter((word) => verdictOf(word, true) === verdict);
    return verdict === 'unjudged' || words.length === 0
      ? []
      : [sql`WHEN ${outcome} IN (${sql.join(words.map((word) => sql.lit(word)))}) THEN ${sql.lit(verdict)}`];
  });
  return sql`CASE ${sql.join(cases, sql` `)} ELSE 'unjudged' END`;
}
