import { type RawBuilder, sql } from 'kysely';
import { type ToldVerdict, verdictOf, workOf } from '../../usage/report/taskCells.ts';
import type { WorkKind } from '../../usage/report/usageReport.ts';
import { kinds, taskOutcomes } from '../../usage/sync/event.ts';

/**
 * What a task counts as, in SQL: {@link verdictOf} of one that is settled. A word that this version does not know is not
 * judged.
 */
export function verdictSql(outcome: RawBuilder<unknown>): RawBuilder<ToldVerdict> {
  return wordSql(outcome, taskOutcomes, (word) => verdictOf(word, true), 'unjudged');
}

/** What kind of work it is, in SQL: {@link workOf}. */
export function workSql(kind: RawBuilder<unknown>): RawBuilder<WorkKind> {
  return wordSql(kind, kinds, workOf, 'question');
}

export const verdicts: readonly ToldVerdict[] = ['success', 'failure', 'unknown', 'unjudged'];
export const verdictMeasures = ['tasks', 'cost', 'squared'] as const;

/** A column for each measure and each way to count: `tasks_success`. */
export const verdictColumns: readonly string[] = verdictMeasures.flatMap((measure) =>
  verdicts.map((verdict) => `${measure}_${verdict}`),
);

/** Sums of rows under the names of {@link verdictColumns}. */
export function byVerdict({
  verdict,
  ...of
}: Readonly<Record<'verdict' | (typeof verdictMeasures)[number], RawBuilder<unknown>>>): RawBuilder<unknown> {
  return sql.join(
    verdictMeasures.flatMap((measure) =>
      verdicts.map(
        (one) =>
          sql`coalesce(sum(${of[measure]}) FILTER (WHERE ${verdict} = ${sql.lit(one)}), 0) AS ${sql.ref(`${measure}_${one}`)}`,
      ),
    ),
  );
}

/** A `CASE` with a line for each meaning. */
function wordSql<Meaning extends string>(
  column: RawBuilder<unknown>,
  words: readonly string[],
  meaningOf: (word: string) => Meaning,
  otherwise: Meaning,
): RawBuilder<Meaning> {
  const meanings = [...new Set(words.map(meaningOf))].filter((meaning) => meaning !== otherwise);
  const cases = meanings.map((meaning) => {
    const same = words.filter((word) => meaningOf(word) === meaning).map((word) => sql.lit(word));
    return sql`WHEN ${column} IN (${sql.join(same)}) THEN ${sql.lit(meaning)}`;
  });
  return sql`CASE ${sql.join(cases, sql` `)} ELSE ${sql.lit(otherwise)} END`;
}
