import type { AddedUp, AttemptCell, RouteCell } from './addUp.ts';
import { eventColumns, type IncomingEvent } from './eventColumns.ts';
import { addedBucketsSql } from './latency.ts';
import { arraysOf, type Column, copyText, givenSql } from './relation.ts';
import { isCounted, taskFiguresSql } from './rollupSql.ts';
import {
  attemptPresence,
  attemptRollup,
  attemptSums,
  attemptWords,
  columnsOf,
  epochSql,
  type Rollup,
  routeRollup,
  routeWords,
  taskPresence,
  taskRollup,
  taskWords,
  typeOfWord,
} from './rollups.ts';
import type { SeenTask } from './seenTask.ts';

const placeColumns: readonly Column<AttemptCell | RouteCell>[] = [
  { name: 'team_id', type: 'integer', of: ({ teamId }) => teamId },
  { name: 'day', type: 'date', of: ({ day }) => day },
  { name: 'cell', type: 'uuid', of: ({ cell }) => cell },
];

const attemptColumns: readonly Column<AttemptCell>[] = [
  ...placeColumns,
  ...attemptWords.map(
    (name): Column<AttemptCell> => ({ name, type: typeOfWord(name), of: ({ words }) => words[name] }),
  ),
  ...attemptSums.map((name): Column<AttemptCell> => ({ name, type: 'numeric', of: ({ sums }) => sums[name] })),
  { name: 'latency', type: 'jsonb', of: ({ latency }) => JSON.stringify(latency) },
  { name: 'first_token', type: 'jsonb', of: ({ firstToken }) => JSON.stringify(firstToken) },
];

const routeColumns: readonly Column<RouteCell>[] = [
  ...placeColumns,
  ...routeWords.map((name): Column<RouteCell> => ({ name, type: typeOfWord(name), of: ({ words }) => words[name] })),
  { name: 'attempts', type: 'integer', of: ({ attempts }) => attempts },
];

interface Present {
  readonly in: AttemptCell | RouteCell;
  readonly person: string;
}

const presenceColumns: readonly Column<Present>[] = [
  ...placeColumns.map(({ of, ...column }): Column<Present> => ({ ...column, of: (row) => of(row.in) })),
  { name: 'person', type: 'text', of: ({ person }) => person },
];

const taskColumns: readonly Column<SeenTask>[] = [
  { name: 'team_id', type: 'integer', of: ({ teamId }) => teamId },
  { name: 'task', type: 'text', of: ({ task }) => task },
  { name: 'person', type: 'text', of: ({ person }) => person },
  { name: 'seen', type: 'date', of: ({ seen }) => seen },
  { name: 'day', type: 'date', of: ({ day }) => day },
  { name: 'attempts', type: 'integer', of: ({ attempts }) => attempts },
  { name: 'input_tokens', type: 'numeric', of: ({ inputTokens }) => inputTokens },
  { name: 'output_tokens', type: 'numeric', of: ({ outputTokens }) => outputTokens },
  { name: 'cost_nano_usd', type: 'numeric', of: ({ costNanoUsd }) => costNanoUsd },
  { name: 'billed_nano_usd', type: 'numeric', of: ({ billedNanoUsd }) => billedNanoUsd },
  { name: 'unpriced', type: 'integer', of: ({ unpriced }) => unpriced },
  { name: 'revision', type: 'smallint', of: ({ told }) => told?.event.revision },
  { name: 'told_by', type: 'uuid', of: ({ told }) => told?.by },
  { name: 'outcome', type: 'text', of: ({ told }) => told?.event.outcome },
  ...taskWords.map((name): Column<SeenTask> => ({ name, type: typeOfWord(name), of: ({ told }) => told?.words[name] })),
  { name: 'cell', type: 'uuid', of: ({ told }) => told?.cell },
];

const namesOf = (columns: readonly Column<never>[]): string => columns.map(({ name }) => name).join(', ');

/** The organisation is the first parameter; what follows are the columns of one relation after the other. */
const FIRST = 2;
const given: readonly (readonly Column<never>[])[] = [attemptColumns, routeColumns, presenceColumns, taskColumns];

/** The rows of one of them. */
function rowsOf(columns: readonly Column<never>[]): string {
  const before = given.slice(0, given.indexOf(columns)).flat();
  return givenSql(columns, FIRST + before.length);
}

/** Adds what a row brings to what is there. */
const add =
  (table: string) =>
  (name: string): string =>
    `${name} = ${table}.${name} + excluded.${name}`;

/** Groups go in by their keys, so that two statements wait for one another and never each for the other. */
function rollUp(rollup: Rollup, rows: string): string {
  const { table, keys, sums, histograms } = rollup;
  const names = columnsOf(rollup).join(', ');
  const updates = [
    ...sums.map(add(table)),
    ...histograms.map((name) => `${name} = ${addedBucketsSql(`${table}.${name}`, `excluded.${name}`)}`),
  ];
  const key = ['team_id', 'day', 'cell', ...keys];
  return `
    INSERT INTO ${table} (org_id, ${names}) SELECT $1, ${names} FROM (${rows}) AS rows ORDER BY ${key.join(', ')}
    ON CONFLICT (org_id, team_id, day, span, cell${keys.map((name) => `, ${name}`).join('')})
    DO ${updates.length > 0 ? `UPDATE SET ${updates.join(', ')}` : 'NOTHING'}`;
}

/** Whether an outcome that has come holds over the one that is there; of two of one revision the same one holds anywhere. */
const isNewer = `excluded.revision IS NOT NULL AND (tasks.revision IS NULL
  OR (excluded.revision, excluded.told_by) > (tasks.revision, tasks.told_by))`;
const toldColumns = ['revision', 'told_by', 'outcome', ...taskWords, 'cell'];
const wasColumns = ['day', 'cell', 'outcome', 'attempts', 'input_tokens', 'cost_nano_usd', 'unpriced'];
/** What a row is in the roll-up as, before this statement: nothing where it was not counted. */
const was = wasColumns.map(
  (name) => `was_${name} = CASE WHEN tasks.attempts > 0 AND tasks.outcome IS NOT NULL THEN tasks.${name} END`,
);
/** Where a task comes under two names, the same one holds in whatever order they come; the other one is not kept for longer. */
const nameThatHolds = `
      was_person = CASE WHEN excluded.person < tasks.person THEN tasks.person END,
      person = LEAST(tasks.person, excluded.person)`;

/**
 * Begins to take events in: they are written down. If one of them is there already, none is, and it fails with
 * {@link ALREADY_THERE}.
 */
export const beginSql = `BEGIN; COPY usage_events (org_id, ${namesOf(eventColumns)}) FROM STDIN`;

/** The rows of {@link beginSql}. */
export function eventRows(orgId: number, incoming: readonly IncomingEvent[]): string {
  return copyText([{ name: 'org_id', type: 'integer', of: () => orgId }, ...eventColumns], incoming);
}

/** How the database says that there is such a key. */
export const ALREADY_THERE = '23505';

/**
 * Writes what new events add up to, their tasks, and who was there.
 *
 * A task's outcome may change, and its attempts may come after it: its row remembers what it was counted as, which is taken out
 * of the roll-up while what it is now is put in.
 */
export const ingestSql = `
  WITH told_attempts AS (${rollUp(attemptRollup, rowsOf(attemptColumns))}),
  told_routes AS (${rollUp(routeRollup, rowsOf(routeColumns))}),
  present AS (${rollUp(attemptPresence, `SELECT *, ${epochSql('day')} AS epoch FROM (${rowsOf(presenceColumns)}) AS people`)}),
  changed AS (
    INSERT INTO tasks (org_id, ${namesOf(taskColumns)})
    SELECT $1, ${namesOf(taskColumns)} FROM (${rowsOf(taskColumns)}) AS rows ORDER BY team_id, task
    ON CONFLICT (org_id, team_id, task) DO UPDATE SET
      ${was.join(', ')},${nameThatHolds},
      seen = GREATEST(tasks.seen, excluded.seen),
      day = LEAST(tasks.day, excluded.day),
      attempts = tasks.attempts + excluded.attempts,
      input_tokens = tasks.input_tokens + excluded.input_tokens,
      output_tokens = COALESCE(tasks.output_tokens + excluded.output_tokens, tasks.output_tokens, excluded.output_tokens),
      billed_nano_usd = tasks.billed_nano_usd + excluded.billed_nano_usd,
      cost_nano_usd = tasks.cost_nano_usd + excluded.cost_nano_usd,
      unpriced = tasks.unpriced + excluded.unpriced,
      ${toldColumns.map((name) => `${name} = CASE WHEN ${isNewer} THEN excluded.${name} ELSE tasks.${name} END`).join(', ')}
    RETURNING team_id, person, was_person, cell, ${wasColumns.filter((name) => name !== 'cell').join(', ')},
      ${wasColumns.map((name) => `was_${name}`).join(', ')}, ${taskWords.join(', ')}
  ),
  moves AS MATERIALIZED (
    SELECT team_id, was_day AS day, was_cell AS cell, was_outcome AS outcome, COALESCE(was_person, person) AS person,
      ${taskWords.map((word) => `NULL::${typeOfWord(word)} AS ${word}`).join(', ')}, ${taskFiguresSql('-', 'was_')}
    FROM changed WHERE was_cell IS NOT NULL
    UNION ALL
    SELECT team_id, day, cell, outcome, person, ${taskWords.join(', ')}, ${taskFiguresSql('', '')}
    FROM changed WHERE ${isCounted}
  ),
  task_cells AS (
    SELECT team_id, day, cell, outcome, ${taskWords.map((word) => `${wordOf(word)} AS ${word}`).join(', ')},
      ${taskRollup.sums.map((name) => `sum(${name}) AS ${name}`).join(', ')}
    FROM moves GROUP BY team_id, day, cell, outcome
    HAVING ${taskRollup.sums.map((name) => `sum(${name}) <> 0`).join(' OR ')}
  ),
  told_tasks AS (${rollUp(taskRollup, 'SELECT * FROM task_cells')})
  ${rollUp(
    taskPresence,
    `SELECT team_id, day, cell, ${epochSql('day')} AS epoch, person, sum(tasks) AS tasks FROM moves
     GROUP BY team_id, day, cell, person HAVING sum(tasks) <> 0`,
  )}`;

/** What takes a task out again has no words. */
function wordOf(word: (typeof taskWords)[number]): string {
  switch (word) {
    case 'labels':
      return "COALESCE(max(labels::text)::jsonb, '{}'::jsonb)";
    case 'simulated':
      return 'COALESCE(bool_or(simulated), false)';
    default:
      return `COALESCE(max(${word}), '')`;
  }
}

/** The values of {@link ingestSql}. */
export function ingestValues(orgId: number, addedUp: AddedUp): readonly (number | string)[] {
  const present = [...addedUp.attempts, ...addedUp.routes].flatMap((cell) =>
    [...cell.people].map((person): Present => ({ in: cell, person })),
  );
  return [
    orgId,
    ...arraysOf(attemptColumns, addedUp.attempts),
    ...arraysOf(routeColumns, addedUp.routes),
    ...arraysOf(presenceColumns, present),
    ...arraysOf(taskColumns, addedUp.tasks),
  ];
}

const keyColumns = eventColumns.filter(({ name }) => ['team_id', 'day', 'id'].includes(name));

/** Which of some events are there. */
export const thereSql = `
  SELECT team_id, id FROM usage_events JOIN (${givenSql(keyColumns, FIRST)}) AS rows USING (team_id, day, id) WHERE org_id = $1`;

export function thereValues(orgId: number, incoming: readonly IncomingEvent[]): readonly (number | string)[] {
  return [orgId, ...arraysOf(keyColumns, incoming)];
}
