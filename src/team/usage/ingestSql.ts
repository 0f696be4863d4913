import { eventColumns } from './eventColumns.ts';
import { addedBucketsSql } from './latency.ts';
import {
  attemptCellsSql,
  attemptKeys,
  attemptSums,
  attemptsSql,
  epochSql,
  histograms,
  isCounted,
  presenceSql,
  routeCellsSql,
  routeKeys,
  routesSql,
  taskFiguresSql,
  taskKeys,
  taskSums,
  tasksSql,
} from './rollupSql.ts';

const columns = eventColumns.map(({ name }) => name).join(', ');
/** The organisation is the first parameter; columns follow. */
const arrays = eventColumns.map(({ type }, index) => `$${index + 2}::${type}[]`).join(', ');

/** Adds what a row brings to what is there. */
const add =
  (table: string) =>
  (name: string): string =>
    `${name} = ${table}.${name} + excluded.${name}`;

/** Groups go in by their keys, so that two statements wait for one another and never each for the other. */
function rollUp(table: string, cells: string, names: readonly string[], updates: readonly string[]): string {
  return `
    INSERT INTO ${table} (org_id, team_id, day, cell, ${names.join(', ')})
    SELECT $1, team_id, day, cell, ${names.join(', ')} FROM ${cells} ORDER BY team_id, day, cell
    ON CONFLICT (org_id, team_id, day, span, cell) DO UPDATE SET ${updates.join(', ')}`;
}

/** Whether an outcome that has come holds over the one that is there; of two of one revision the same one holds anywhere. */
const isNewer = `excluded.revision IS NOT NULL AND (tasks.revision IS NULL
  OR (excluded.revision, excluded.told_by) > (tasks.revision, tasks.told_by))`;
const toldColumns = ['revision', 'told_by', 'outcome', ...taskKeys, 'cell'];
const wasColumns = ['day', 'cell', 'outcome', 'attempts', 'input_tokens', 'cost_nano_usd', 'unpriced'];
const taskColumns = [
  'team_id',
  'task',
  'person',
  'seen',
  'day',
  'attempts',
  'input_tokens',
  'cost_nano_usd',
  'unpriced',
  ...toldColumns,
].join(', ');
/** What a row is in the roll-up as, before this statement: nothing where it was not counted. */
const was = wasColumns.map(
  (name) => `was_${name} = CASE WHEN tasks.attempts > 0 AND tasks.outcome IS NOT NULL THEN tasks.${name} END`,
);
/** Where a task comes under two names, the same one holds in whatever order they come; the other one is not kept for longer. */
const nameThatHolds = `
      was_person = CASE WHEN excluded.person < tasks.person THEN tasks.person END,
      person = LEAST(tasks.person, excluded.person)`;

const taskRows = ['outcome', ...taskKeys];

/**
 * Takes events in, all of it in one statement: those that are not there yet are written down, and what they add up to, with
 * their tasks and with who was there, goes by what was written. So an event counts once, whatever breaks and however often it
 * is sent.
 *
 * A task's outcome may change, and its attempts may come after it: its row remembers what it was counted as, which is taken out
 * of the roll-up while what it is now is put in.
 *
 * @returns a row with `ids`, the teams and ids of those that were new; null: all of them were
 */
export const ingestSql = `
  WITH events AS (
    INSERT INTO usage_events (org_id, ${columns})
    SELECT $1, ${columns} FROM unnest(${arrays}) AS incoming(${columns}) ORDER BY team_id, day, id
    ON CONFLICT DO NOTHING
    RETURNING *
  ),
  attempts AS MATERIALIZED (${attemptsSql('events')}),
  routes AS MATERIALIZED (${routesSql('attempts')}),
  attempt_cells AS (${attemptCellsSql('attempts')}),
  route_cells AS (${routeCellsSql('routes')}),
  told_attempts AS (${rollUp(
    'attempt_rollups',
    'attempt_cells',
    [...attemptKeys, ...Object.keys(attemptSums), ...histograms],
    [
      ...Object.keys(attemptSums).map(add('attempt_rollups')),
      ...histograms.map((name) => `${name} = ${addedBucketsSql(`attempt_rollups.${name}`, `excluded.${name}`)}`),
    ],
  )}),
  told_routes AS (${rollUp('route_rollups', 'route_cells', [...routeKeys, 'attempts'], [add('route_rollups')('attempts')])}),
  present AS (
    INSERT INTO attempt_presence (org_id, team_id, day, cell, epoch, person)
    SELECT $1, team_id, day, cell, epoch, person FROM (${presenceSql('attempts', 'routes')}) AS cells
    ORDER BY team_id, day, cell, person
    ON CONFLICT DO NOTHING
  ),
  changed AS (
    INSERT INTO tasks (org_id, ${taskColumns})
    SELECT $1, ${taskColumns} FROM (${tasksSql('events')}) AS tasks ORDER BY team_id, task
    ON CONFLICT (org_id, team_id, task) DO UPDATE SET
      ${was.join(', ')},${nameThatHolds},
      seen = GREATEST(tasks.seen, excluded.seen),
      day = LEAST(tasks.day, excluded.day),
      attempts = tasks.attempts + excluded.attempts,
      input_tokens = tasks.input_tokens + excluded.input_tokens,
      cost_nano_usd = tasks.cost_nano_usd + excluded.cost_nano_usd,
      unpriced = tasks.unpriced + excluded.unpriced,
      ${toldColumns.map((name) => `${name} = CASE WHEN ${isNewer} THEN excluded.${name} ELSE tasks.${name} END`).join(', ')}
    RETURNING *
  ),
  moves AS MATERIALIZED (
    SELECT team_id, was_day AS day, was_cell AS cell, was_outcome AS outcome, COALESCE(was_person, person) AS person,
      ${taskKeys.map((key) => `NULL::${key === 'labels' ? 'jsonb' : key === 'simulated' ? 'boolean' : 'text'} AS ${key}`).join(', ')},
      ${taskFiguresSql('-', 'was_')}
    FROM changed WHERE was_cell IS NOT NULL
    UNION ALL
    SELECT team_id, day, cell, outcome, person, ${taskKeys.join(', ')}, ${taskFiguresSql('', '')}
    FROM changed WHERE ${isCounted}
  ),
  task_cells AS (
    SELECT team_id, day, cell, outcome,
      ${taskKeys
        .map((key) =>
          key === 'labels'
            ? "COALESCE(max(labels::text)::jsonb, '{}'::jsonb) AS labels"
            : key === 'simulated'
              ? 'COALESCE(bool_or(simulated), false) AS simulated'
              : `COALESCE(max(${key}), '') AS ${key}`,
        )
        .join(', ')},
      ${taskSums.map((name) => `sum(${name}) AS ${name}`).join(', ')}
    FROM moves GROUP BY team_id, day, cell, outcome
    HAVING ${taskSums.map((name) => `sum(${name}) <> 0`).join(' OR ')}
  ),
  told_tasks AS (
    INSERT INTO task_rollups (org_id, team_id, day, cell, ${taskRows.join(', ')}, ${taskSums.join(', ')})
    SELECT $1, team_id, day, cell, ${taskRows.join(', ')}, ${taskSums.join(', ')} FROM task_cells
    ORDER BY team_id, day, cell, outcome
    ON CONFLICT (org_id, team_id, day, span, cell, outcome) DO UPDATE SET ${taskSums.map(add('task_rollups')).join(', ')}
  ),
  task_people AS (
    INSERT INTO task_presence (org_id, team_id, day, cell, epoch, person, tasks)
    SELECT $1, team_id, day, cell, ${epochSql('day')}, person, sum(tasks) FROM moves
    GROUP BY team_id, day, cell, person HAVING sum(tasks) <> 0 ORDER BY team_id, day, cell, person
    ON CONFLICT (org_id, team_id, day, span, cell, epoch, person) DO UPDATE SET ${add('task_presence')('tasks')}
  )
  SELECT CASE WHEN count(*) < cardinality($2::integer[]) THEN COALESCE(array_agg(team_id || ' ' || id), '{}') END AS ids
  FROM events`;
