import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import { dayName } from '../../usage/report/dayRange.ts';
import type { Tables } from '../store/tables.ts';
import { type AtomFamily, families, sumOf } from './atomFamilies.ts';
import { isShared, LEAST_FOR_SHARES } from './isShared.ts';
import { joinBuckets } from './joinBuckets.ts';
import { leastPersonsOf, SHOWS_EVERYONE } from './leastPersons.ts';
import { tellOutcomes } from './tellOutcomes.ts';
import { dayNumber, firstDayOf, lastDayOf, lastSettledDay, weekOf } from './weeks.ts';

/** Weeks that are over for longer are left as they are: what came later of them is not shown. */
const MOST_WEEKS = 5;
/** For one statement. */
const DEADLINE_MS = 900_000;

/**
 * Publishes what may be shown of the days that are over: each contribution becomes part of at most one atom, once, and each
 * atom is of `leastPersons` or more. Of a day what is of enough persons in a team's cell is published at once; what is left
 * waits for the other days of its week; what is left at the week's end gives up one thing after another (its labels and its
 * policy, its team, its model, its class), and what then is still of too few is never shown. Which it is depends on the usage
 * alone and on nothing that anyone asks to see.
 *
 * Two servers may call it at once, and any number of times.
 *
 * @param now milliseconds since the epoch
 */
export async function decideAtoms(database: Kysely<Tables>, now: number): Promise<void> {
  const orgs = await database.selectFrom('orgs').select('id').orderBy('id').execute();
  for (const { id } of orgs) await decideOrg(database, id, now);
}

async function decideOrg(database: Kysely<Tables>, orgId: number, now: number): Promise<void> {
  const leastPersons = await leastPersonsOf(database, orgId);
  // Nothing is kept back, so nothing need be decided.
  if (leastPersons === SHOWS_EVERYONE) return;
  const through = lastSettledDay(now);
  const first = await firstDayWithUsage(database, orgId, through);
  if (first === undefined) return;
  for (let week = weekOf(first); week <= weekOf(through); week += 1) {
    const lastDay = Math.min(through, lastDayOf(week));
    await database.transaction().execute((trx) => decideWeek(trx, { orgId, week, lastDay, leastPersons }));
  }
}

/** Looks for one event of each day, the first day first. */
async function firstDayWithUsage(
  database: Kysely<Tables>,
  orgId: number,
  through: number,
): Promise<number | undefined> {
  const earliest = dayName(firstDayOf(weekOf(through) - MOST_WEEKS));
  const { rows } = await sql<{ day: string }>`
    SELECT day FROM (SELECT ${earliest}::date + n AS day FROM generate_series(0, ${dayName(through)}::date - ${earliest}::date) AS n) AS days
    WHERE EXISTS (SELECT FROM usage_events AS e WHERE e.org_id = ${orgId} AND e.day = days.day OFFSET 0)
    ORDER BY day LIMIT 1`.execute(database);
  const [first] = rows;
  return first === undefined ? undefined : dayNumber(first.day);
}

interface WeekToDecide {
  readonly orgId: number;
  readonly week: number;
  /** That may be decided. */
  readonly lastDay: number;
  readonly leastPersons: number;
}

async function decideWeek(
  trx: Transaction<Tables>,
  { orgId, week, lastDay, leastPersons }: WeekToDecide,
): Promise<void> {
  // Nobody waits for it, and a week of a large organisation is many rows at once: far more than PostgreSQL believes of what is
  // made on the way, so that it would compare each with each. What other processors there are have other things to do.
  await sql`SELECT set_config('statement_timeout', ${String(DEADLINE_MS)}, true), set_config('work_mem', '64MB', true),
    set_config('enable_nestloop', 'off', true), set_config('enable_mergejoin', 'off', true),
    set_config('max_parallel_workers_per_gather', '0', true)`.execute(trx);
  await sql`SELECT pg_advisory_xact_lock(${LOCK}, ${orgId})`.execute(trx);
  const known = await trx
    .selectFrom('figure_weeks')
    .select(['decided_through', 'is_final'])
    .where('org_id', '=', orgId)
    .where('week', '=', week)
    .executeTakeFirst();
  const next = known === undefined ? firstDayOf(week) : dayNumber(known.decided_through) + 1;
  if (known?.is_final === true || next > lastDay) return;
  const large = await largeTeams(trx, { orgId, week, lastDay, leastPersons });
  for (const family of families) await decideDays(trx, family, { orgId, week, next, lastDay, leastPersons, large });
  const isFinal = lastDay === lastDayOf(week);
  const firstDay = dayName(firstDayOf(week));
  await joinBuckets(trx, { orgId, leastPersons, firstDay });
  if (isFinal) await tellOutcomes(trx, { orgId, leastPersons, firstDay, lastDay: dayName(lastDay) });
  const standing = { decided_through: dayName(lastDay), is_final: isFinal };
  await trx
    .insertInto('figure_weeks')
    .values({ org_id: orgId, week, ...standing })
    .onConflict((conflict) =>
      conflict.columns(['org_id', 'week']).doUpdateSet({ ...standing, version: sql`gen_random_uuid()` }),
    )
    .execute();
  if (!standing.is_final) return;
  await sql`DELETE FROM untold_outcomes AS u USING task_atoms AS a
    WHERE u.org_id = ${orgId} AND a.org_id = u.org_id AND a.atom = u.atom AND a.to_day <= ${standing.decided_through}::date`.execute(
    trx,
  );
  // A week that is final is never decided again, nor is one before it; and a task goes to no later day.
  await trx
    .deleteFrom('decided_cells')
    .where('org_id', '=', orgId)
    .where('day', '<=', standing.decided_through)
    .execute();
}

/** Of our advisory locks; any number that no other part of the server uses. */
const LOCK = 0x61746f6d;

interface DaysToDecide extends WeekToDecide {
  /** The first that is not decided yet. */
  readonly next: number;
  /** Teams that may be told by themselves. */
  readonly large: readonly number[];
}

/** For so long a person has one name, from one multiple of it on to the next. */
const DAYS_OF_NAME = 28;

/**
 * Teams that had as many persons as are asked for in the last 28 days, under the names of one period of 28 days: one person after
 * the other is looked for until there are enough, because what all of them did would be many rows.
 */
async function largeTeams(
  trx: Transaction<Tables>,
  { orgId, lastDay, leastPersons }: WeekToDecide,
): Promise<readonly number[]> {
  const firstDay = lastDay - DAYS_OF_NAME + 1;
  const [firstEpoch, lastEpoch] = [firstDay, lastDay].map((day) => Math.floor(day / DAYS_OF_NAME));
  const { rows } = await sql<{ team: number }>`
    WITH RECURSIVE found AS (
      SELECT id AS team_id, epoch, '{}'::text[] COLLATE "C" AS persons
      FROM teams, generate_series(${firstEpoch}::int, ${lastEpoch}::int) AS epoch WHERE org_id = ${orgId}
      UNION ALL
      SELECT f.team_id, f.epoch, f.persons || next.person FROM found AS f, LATERAL (
        SELECT a.person FROM attempt_presence AS a
        WHERE a.org_id = ${orgId} AND a.team_id = f.team_id AND a.day BETWEEN ${dayName(firstDay)}::date AND ${dayName(lastDay)}::date
          AND a.span = 'day' AND a.epoch = f.epoch AND a.person <> ALL (f.persons)
        LIMIT 1
      ) AS next WHERE cardinality(f.persons) < ${leastPersons}
    )
    SELECT DISTINCT team_id AS team FROM found WHERE cardinality(persons) >= ${leastPersons}`.execute(trx);
  return rows.map(({ team }) => team);
}

async function decideDays(trx: Transaction<Tables>, family: AtomFamily, of: DaysToDecide): Promise<void> {
  const { orgId, week, next, lastDay, leastPersons } = of;
  const days = await gather(trx, family, of);
  const publishStep = (givenUp: readonly string[], firstDay: number, untilDay: number): Promise<void> =>
    publish(trx, family, { orgId, leastPersons, givenUp, firstDay: dayName(firstDay), lastDay: dayName(untilDay) });
  for (const day of days.filter((one) => one >= next)) {
    await publishStep([], day, day);
    await publishStep([], firstDayOf(week), day);
  }
  if (days.length > 0 && lastDay === lastDayOf(week)) {
    for (const [place] of family.givenUp.entries()) {
      await publishStep(family.givenUp.slice(0, place + 1).flat(), firstDayOf(week), lastDay);
    }
  }
  await sql`DROP TABLE contributions, words`.execute(trx);
}

/**
 * What is in no atom yet, and the days that it is of. The work of a team that has fewer persons than are asked for goes with
 * the organisation's from the beginning: nothing of it could be shown as the team's.
 */
async function gather(
  trx: Transaction<Tables>,
  family: AtomFamily,
  { orgId, week, lastDay, large }: DaysToDecide,
): Promise<readonly number[]> {
  await sql`
    CREATE TEMPORARY TABLE contributions ON COMMIT DROP AS
    SELECT CASE WHEN own.team_id = ANY (${large}::int[]) THEN own.team_id ELSE 0 END AS team, own.*
    FROM (${family.contributions(orgId, dayName(firstDayOf(week)), dayName(lastDay))}) AS own`.execute(trx);
  // What a row is about is its cell's, of which there are few: rows are compared and put together by cells.
  await sql`
    CREATE TEMPORARY TABLE words ON COMMIT DROP AS
    SELECT team, cell, ${sql.join(family.dimensions.map((name) => sql`min(${sql.ref(name)}) AS ${sql.ref(name)}`))}
    FROM contributions GROUP BY team, cell`.execute(trx);
  const { rows } = await sql<{ day: string }>`SELECT DISTINCT day FROM contributions ORDER BY day`.execute(trx);
  return rows.map(({ day }) => dayNumber(day));
}

interface Step {
  readonly orgId: number;
  readonly leastPersons: number;
  /** What is not told apart any more. */
  readonly givenUp: readonly string[];
  /** Of what is left of these days, both included. */
  readonly firstDay: string;
  readonly lastDay: string;
}

/** Makes atoms of what is of enough persons, and takes it out of what is left. */
async function publish(
  trx: Transaction<Tables>,
  family: AtomFamily,
  { orgId, leastPersons, givenUp, firstDay, lastDay }: Step,
): Promise<void> {
  const keys = ['team', ...family.dimensions];
  const told = keys.map((key) => (givenUp.includes(key) ? (nothing[key] ?? sql`''::text`) : sql.ref(`words.${key}`)));
  const named = told.map((value, place) => sql`${value} AS ${sql.ref(`told_${keys[place]}`)}`);
  const isIn = sql`c.day BETWEEN ${firstDay}::date AND ${lastDay}::date`;
  const ofPerson = Object.entries({
    ...Object.fromEntries((family.kept?.columns ?? []).map((name) => [name, sumOf('c', name)])),
    ...Object.assign({}, ...family.measures.map((measure) => measure.ofPerson)),
  } as Readonly<Record<string, RawBuilder<unknown>>>);
  const columns = [...family.dimensions, ...family.measures.map(({ name }) => name)];
  await sql`
    WITH alike AS MATERIALIZED (
      SELECT team, cell, dense_rank() OVER (ORDER BY ${sql.join(told)}) AS whole, ${sql.join(named)} FROM words
    ), each AS (
      SELECT a.whole, c.person, sum(c.weight) AS weight, sum(c.pieces) AS pieces, min(c.day) AS from_day, max(c.day) AS to_day
      FROM contributions AS c JOIN alike AS a USING (team, cell) WHERE ${isIn} GROUP BY a.whole, c.person
    ), groups AS MATERIALIZED (
      SELECT whole, gen_random_uuid() AS atom, count(*)::int AS persons, min(from_day) AS from_day, max(to_day) AS to_day
      FROM each GROUP BY whole
      HAVING count(*) >= ${leastPersons} AND ${leastPersons < LEAST_FOR_SHARES ? sql`true` : noneHasNearlyAll}
    ), chosen AS MATERIALIZED (
      SELECT a.team, a.cell, g.atom FROM groups AS g JOIN alike AS a USING (whole)
    ), done AS (
      DELETE FROM contributions AS c USING chosen AS g WHERE c.team = g.team AND c.cell = g.cell AND ${isIn} RETURNING g.atom, c.*
    ), people AS MATERIALIZED (
      SELECT c.atom, c.person, ${sql.join(ofPerson.map(([name, of]) => sql`${of} AS ${sql.ref(name)}`))}
      FROM done AS c GROUP BY c.atom, c.person
    ), sums AS (
      SELECT p.atom, ${sql.join(family.measures.map((measure) => sql`${measure.of(leastPersons)} AS ${sql.ref(measure.name)}`))}
      FROM people AS p GROUP BY p.atom
    ), atoms AS (
      INSERT INTO ${sql.table(family.table)} (org_id, atom, team_id, from_day, to_day, persons, ${sql.join(columns.map((column) => sql.ref(column)))})
      SELECT DISTINCT ON (g.atom) ${orgId}::int, g.atom, a.told_team, g.from_day, g.to_day, g.persons,
        ${sql.join([
          ...family.dimensions.map((key) => sql`${sql.ref(`a.told_${key}`)}${casts[key] ?? sql``}`),
          ...family.measures.map(({ name }) => sql.ref(`s.${name}`)),
        ])}
      FROM groups AS g JOIN alike AS a USING (whole) JOIN sums AS s USING (atom)
    ), ${keptSql(family, orgId)} published AS MATERIALIZED (
      SELECT team_id, day, cell, string_agg(ids, ' ') AS tasks FROM done GROUP BY team_id, day, cell
    )
    INSERT INTO decided_cells (org_id, family, team_id, day, cell, tasks)
    SELECT ${orgId}::int, ${family.name}, team_id, day, cell::text, tasks FROM published`.execute(trx);
}

/** What an atom keeps by person, for what is told of it later. */
function keptSql({ kept }: AtomFamily, orgId: number): RawBuilder<unknown> {
  if (kept === undefined) return sql``;
  const columns = sql.join(kept.columns.map((name) => sql.ref(name)));
  return sql`kept AS (
      INSERT INTO ${sql.table(kept.table)} (org_id, atom, person, ${columns})
      SELECT ${orgId}::int, atom, person, ${columns} FROM people ORDER BY atom
    ),`;
}

/** Neither of the money nor of the number: what costs nothing has no weight. */
const noneHasNearlyAll = sql.join(['weight', 'pieces'].map(isShared), sql` AND `);

/** What stands for a column that is not told, where that is no empty text. */
const nothing: Readonly<Record<string, RawBuilder<unknown>>> = { team: sql`0`, labels: sql`'{}'::text` };
/** Columns that are texts only while atoms are decided. */
const casts: Readonly<Record<string, RawBuilder<unknown>>> = {
  labels: sql`::jsonb`,
  simulated: sql`::boolean`,
};
