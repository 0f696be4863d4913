import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { ToldVerdict } from '../../usage/report/taskCells.ts';
import type { Tables } from '../store/tables.ts';
import { isShared, LEAST_FOR_SHARES } from './isShared.ts';
import { verdictColumns, verdictMeasures, verdicts } from './wordsSql.ts';

/** Of what is not told yet of the atoms of these days: a week of which no more atoms will come. */
export interface OutcomesToTell {
  readonly orgId: number;
  readonly leastPersons: number;
  readonly firstDay: string;
  readonly lastDay: string;
}

/** What outcomes are told as: the whole of them apart, or some of them as others. */
type Form = Readonly<Record<ToldVerdict, ToldVerdict>>;

/**
 * The best first. Tasks of which it is not known what became count as failed where too few persons have them and they are few:
 * a pass rate is then rather too low. That nobody looked is told as that where it can be.
 */
const forms: readonly Form[] = [
  { success: 'success', failure: 'failure', unknown: 'unknown', unjudged: 'unjudged' },
  { success: 'success', failure: 'failure', unknown: 'failure', unjudged: 'unjudged' },
  { success: 'success', failure: 'failure', unknown: 'failure', unjudged: 'failure' },
];
/** So much of the tasks may count as failed that nothing is known of. */
const MOST_UNKNOWN = 0.05;

const dimensions = ['class', 'work', 'provider', 'model', 'policy', 'trial', 'arm', 'labels'] as const;
type Dimension = (typeof dimensions)[number] | 'team_id';

/** What is no longer told apart, step by step; each step has all of those before it. Kinds of work are never pooled. */
const givenUp: readonly (readonly Dimension[])[] = [
  ['labels', 'policy', 'trial', 'arm'],
  ['team_id'],
  ['provider', 'model'],
  ['class'],
];
const nothing: Readonly<Partial<Record<Dimension, RawBuilder<unknown>>>> = {
  team_id: sql`0`,
  labels: sql`'{}'::jsonb`,
};

/**
 * Tells what became of the tasks of atoms whose money is told already: of those of a week that are alike; of those that are left,
 * put together whatever their labels and policy, their team, their model, their class. What then cannot be told is told never. It
 * waits for the week's end, because whoever stops as soon as enough have failed has seen more failures than there are.
 *
 * It can be told where whatever is computed from it by adding and subtracting is of `leastPersons` or more, the atoms' totals
 * among what is added: see {@link isSafe}. What all had in common is not told: it would be known of each.
 */
export async function tellOutcomes(trx: Transaction<Tables>, of: OutcomesToTell): Promise<void> {
  await sql`ANALYZE untold_outcomes`.execute(trx);
  for (let steps = 0; steps <= givenUp.length; steps += 1) {
    for (const form of forms) await tell(trx, of, form, givenUp.slice(0, steps).flat());
  }
}

/** @param untold what is not told apart */
async function tell(
  trx: Transaction<Tables>,
  { orgId, leastPersons, firstDay, lastDay }: OutcomesToTell,
  form: Form,
  untold: readonly Dimension[],
): Promise<void> {
  const told = (key: Dimension): RawBuilder<unknown> =>
    untold.includes(key) ? (nothing[key] ?? sql`''`) : sql.ref(`a.${key}`);
  const keys: readonly Dimension[] = ['team_id', ...dimensions];
  const named = (key: Dimension): RawBuilder<unknown> => sql`${told(key)} AS ${sql.ref(key)}`;
  const apart = [sql`a.simulated`, ...keys.map(told)];
  const sums = verdictMeasures.flatMap((measure) =>
    [...new Set(Object.values(form))].map((verdict) => {
      const parts = verdicts.filter((one) => form[one] === verdict).map((one) => sql.ref(`u.${measure}_${one}`));
      return sql`${sql.join(parts, sql` + `)} AS ${sql.ref(`${measure}_${verdict}`)}`;
    }),
  );
  const has = verdicts.filter((verdict) => form[verdict] === verdict);
  const column = (name: string): RawBuilder<unknown> =>
    has.some((verdict) => name.endsWith(`_${verdict}`)) ? sql`sum(${sql.ref(`h.${name}`)})` : sql`0`;
  await sql`
    WITH alike AS MATERIALIZED (
      SELECT a.atom, a.from_day, a.to_day, dense_rank() OVER (ORDER BY ${sql.join(apart)}) AS whole, a.simulated,
        ${sql.join(keys.map(named))}
      FROM task_atoms AS a
      WHERE a.org_id = ${orgId} AND a.from_day >= ${firstDay}::date AND a.to_day <= ${lastDay}::date AND a.work <> ''
    ), held AS MATERIALIZED (
      SELECT a.whole, u.atom, u.person, a.from_day, a.to_day, ${sql.join(sums)},
        ${sql.join(
          has.map((verdict, bit) => {
            const parts = verdicts.filter((one) => form[one] === verdict).map((one) => sql.ref(`u.tasks_${one}`));
            return sql`CASE WHEN ${sql.join(parts, sql` + `)} > 0 THEN ${sql.lit(2 ** bit)} ELSE 0 END`;
          }),
          sql` + `,
        )} AS has, ${unknownSql(form, 'u')} AS not_known
      FROM untold_outcomes AS u JOIN alike AS a USING (atom) WHERE u.org_id = ${orgId}
    ), ${isSafe(has.length, leastPersons)}, each AS (
      SELECT whole, person, ${sql.join(
        has.flatMap((verdict) =>
          ['tasks', 'cost'].map((measure) => {
            const name = `${measure}_${verdict}`;
            return sql`sum(${sql.ref(name)}) AS ${sql.ref(name)}`;
          }),
        ),
      )}, sum(not_known) AS not_known
      FROM held JOIN safe USING (whole) GROUP BY whole, person
    ), wholes AS MATERIALIZED (
      SELECT whole, gen_random_uuid() AS told FROM each GROUP BY whole
      HAVING (sum(tasks_success) > 0) = (sum(tasks_failure) > 0)
        AND sum(not_known) <= ${sql.lit(MOST_UNKNOWN)} * (${sql.join(
          has.map((verdict) => sql`sum(${sql.ref(`tasks_${verdict}`)})`),
          sql` + `,
        )}) ${
          leastPersons < LEAST_FOR_SHARES
            ? sql``
            : sql`AND ${sql.join(
                has.flatMap((verdict) => [isShared(`tasks_${verdict}`), isShared(`cost_${verdict}`)]),
                sql` AND `,
              )}`
        }
    ), sums AS (
      SELECT w.whole, w.told, min(h.from_day) AS from_day, max(h.to_day) AS to_day,
        ${sql.join(verdictColumns.map((name) => sql`${column(name)} AS ${sql.ref(name)}`))}
      FROM held AS h JOIN wholes AS w USING (whole) GROUP BY w.whole, w.told
    ), told AS (
      INSERT INTO outcome_atoms (org_id, atom, persons, from_day, to_day, simulated, ${sql.join(keys.map((key) => sql.ref(key)))},
        ${sql.join(verdictColumns.map((name) => sql.ref(name)))})
      SELECT DISTINCT ON (s.told) ${orgId}::int, s.told, ${leastPersons}::int, s.from_day, s.to_day, a.simulated,
        ${sql.join(keys.map((key) => sql.ref(`a.${key}`)))}, ${sql.join(verdictColumns.map((name) => sql.ref(`s.${name}`)))}
      FROM sums AS s JOIN alike AS a USING (whole)
    )
    DELETE FROM untold_outcomes AS u USING held AS h JOIN wholes AS w USING (whole)
    WHERE u.org_id = ${orgId} AND u.atom = h.atom AND u.person = h.person`.execute(trx);
}

/** How many tasks count as failed of which nothing is known. */
function unknownSql(form: Form, of: string): RawBuilder<unknown> {
  const parts = verdicts
    .filter((verdict) => form[verdict] !== verdict)
    .map((verdict) => sql.ref(`${of}.tasks_${verdict}`));
  return parts.length === 0 ? sql`0` : sql.join(parts, sql` + `);
}

/**
 * Which wholes can be told, in SQL: a relation `safe` over `held`, whose rows are persons of atoms.
 *
 * Known are the total of each atom, and of the whole each outcome. With factors, a computation multiplies the tasks of an atom
 * with an outcome by the atom's factor and the outcome's; it is of those where the two do not cancel out. In each atom they can
 * cancel out for some outcomes, of one factor, or for the others. So for each way to part the outcomes in two, from each atom
 * either the persons of the one part or those of the other are in what was computed, whichever are fewer when all atoms are
 * taken together: these must be enough. An atom of whose both parts enough persons have some is enough for all. Of the others,
 * the part with enough is never chosen; where neither part has, those who are in both are there in any case.
 */
function isSafe(outcomes: number, leastPersons: number): RawBuilder<unknown> {
  const all = 2 ** outcomes - 1;
  // A part and the rest are the same as the rest and the part.
  const parts = sql.lit(`{${Array.from({ length: 2 ** (outcomes - 1) - 1 }, (_, place) => place + 1).join(',')}}`);
  const least = sql.lit(leastPersons);
  const rest = sql`(${sql.lit(all)} - part)`;
  return sql`counted AS (
      SELECT whole, atom, has, count(*) AS n FROM held GROUP BY whole, atom, has
    ), sides AS MATERIALIZED (
      SELECT whole, atom, part, coalesce(sum(n) FILTER (WHERE has & part <> 0), 0) AS these,
        coalesce(sum(n) FILTER (WHERE has & ${rest} <> 0), 0) AS others
      FROM counted CROSS JOIN unnest(${parts}::int[]) AS part GROUP BY whole, atom, part
    ), parted AS MATERIALIZED (
      -- Who they are needs to be looked at for no others.
      SELECT whole, part FROM sides GROUP BY whole, part
      HAVING bool_or(these > 0) AND bool_or(others > 0) AND NOT bool_or(these >= ${least} AND others >= ${least})
    ), small AS (
      SELECT whole FROM parted JOIN sides USING (whole, part) JOIN held USING (whole, atom) GROUP BY whole, part
      HAVING count(DISTINCT person) FILTER (WHERE CASE
        WHEN others >= ${least} THEN has & part <> 0
        WHEN these >= ${least} THEN has & ${rest} <> 0
        ELSE has & part <> 0 AND has & ${rest} <> 0 END) < ${least}
    ), safe AS MATERIALIZED (
      SELECT whole FROM held EXCEPT SELECT whole FROM small
    )`;
}
