import { type RawBuilder, sql } from 'kysely';
import { policyChanges } from '../../panel/policyChanges.ts';
import { type HeatColumn, usageCsv } from '../../usage/report/exports/csv.ts';
import { focusCsv } from '../../usage/report/exports/focus.ts';
import type { FocusCell } from '../../usage/report/exports/focusCells.ts';
import { suppliersOf } from '../../usage/report/figures.ts';
import type { WorkKind } from '../../usage/report/usageReport.ts';
import type { SupplierShare } from '../../usage/supplierUse.ts';
import { type FigureSource, tasksInView } from '../figures/atomSource.ts';
import { quantileNames, readLatency } from '../figures/latencyFigures.ts';
import { singlePoints } from '../figures/singlePoints.ts';
import { asAttempts, readTaskCells, readTaskLabels, readTaskParts, type TeamTaskCell } from '../figures/taskFigures.ts';
import { teamTotals, totalsByName } from '../figures/teamTotals.ts';
import type { TeamView } from '../figures/teamView.ts';
import { teamWeeks } from '../figures/trends.ts';
import { readTrouble } from '../figures/trouble.ts';
import { RELATIVE_ERROR } from '../usage/latency.ts';
import { heatOf } from './heatOf.ts';
import type { PageRequest } from './usagePages.ts';
import { makerOfTarget } from './world.ts';

export const exportFormats = ['csv', 'json', 'focus'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** A file to be saved. */
export interface ExportedFile {
  /** Of letters, digits, dots and dashes. */
  readonly name: string;
  readonly type: string;
  readonly text: string;
}

/** What a view shows, as a file: nothing is in it that no page shows. */
export async function exportOf(format: ExportFormat, request: PageRequest): Promise<ExportedFile> {
  const { from, to } = request.days;
  const name = (what: string, ending: string): string => `routing-policy-${what}-${from}-to-${to}.${ending}`;
  const csv = 'text/csv; charset=UTF-8';
  switch (format) {
    case 'csv':
      return { name: name('usage', 'csv'), type: csv, text: await heatCsv(request) };
    case 'json':
      return { name: name('usage', 'json'), type: 'application/json; charset=UTF-8', text: await reportJson(request) };
    case 'focus':
      return { name: name('focus', 'csv'), type: csv, text: await focusText(request) };
    default:
      return format satisfies never;
  }
}

async function heatCsv({ world, view }: PageRequest): Promise<string> {
  const [cells, latencies] = await Promise.all([
    readTaskCells(world.source, view),
    readLatency(world.source, view, byClassAndModel),
  ]);
  const keyOf = (...names: readonly (string | undefined)[]): string => JSON.stringify(names);
  const known = new Map(latencies.map((row) => [keyOf(row.class, row.work, row.target), row]));
  const told = (of: 'latency' | 'firstToken', name: string): readonly HeatColumn[] =>
    quantileNames.map((quantile) => [
      `${name}_${quantile}_ms`,
      (row, target) => {
        const ms = known.get(keyOf(row.class, row.work, target))?.[of]?.[quantile];
        return ms === undefined ? undefined : Math.round(ms);
      },
    ]);
  return usageCsv({ heat: heatOf(world, cells) }, [
    ['untold_tasks', (_row, _target, { untold }) => untold ?? 0],
    ...told('latency', 'latency'),
    ...told('firstToken', 'first_token'),
  ]);
}

/** By the model that tasks were first routed to: of calls no number is told. */
function suppliersIn({ report }: PageRequest['world'], cells: readonly TeamTaskCell[]) {
  const { providers, makers } = suppliersOf(asAttempts(cells), report.makerOf);
  const told = ({ requests: tasks, requestShare: taskShare, failed, ...share }: SupplierShare) => ({
    ...share,
    tasks,
    taskShare,
  });
  return { providers: providers.map(told), makers: makers.map(told) };
}

const byClassAndModel = ['class', 'work', 'target'] as const;

/** How long calls took, in milliseconds: quantiles cannot be added up, so each way to look at them is told by itself. */
async function readLatencies(source: FigureSource, view: TeamView) {
  const [byProvider, byModel, byClass] = await Promise.all([
    readLatency(source, view, ['provider']),
    readLatency(source, view, ['target']),
    readLatency(source, view, byClassAndModel),
  ]);
  return { relativeError: RELATIVE_ERROR, byProvider, byModel, byClassAndModel: byClass };
}

/** All pages' figures in one document, in nano-dollars; an end that is open is null. */
async function reportJson({ world, view, days }: PageRequest): Promise<string> {
  const { source, overlay, policy } = world;
  const [cells, weeks, labels, trouble, latency] = await Promise.all([
    readTaskCells(source, view),
    readTaskParts(source, view, 'week'),
    readTaskLabels(source, view),
    readTrouble(source, view),
    readLatencies(source, view),
  ]);
  const heat = heatOf(world, cells);
  const document = {
    madeAt: source.now,
    ...days,
    view,
    leastPersons: source.leastPersons,
    ...(world.decidedThrough !== undefined && { decidedThrough: world.decidedThrough }),
    ...(policy !== undefined && { policy: { name: policy.name, version: policy.serial } }),
    totals: teamTotals(cells),
    heat,
    changes: policyChanges(heat).changes,
    weeks: teamWeeks(weeks, days),
    labels: totalsByName(labels),
    suppliers: suppliersIn(world, cells),
    latency,
    singlePoints: singlePoints(cells, overlay, (target) => makerOfTarget(world, target)),
    trouble,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

interface TeamFocusCell extends FocusCell {
  readonly team: string;
  readonly labels: string;
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
}

interface FocusRow {
  readonly from_day: string;
  readonly to_day: string;
  readonly team_id: number;
  readonly class: string;
  readonly work: WorkKind | '';
  readonly provider: string;
  readonly model: string;
  readonly simulated: boolean;
  readonly labels: string;
  readonly tasks: number;
  readonly told: number;
  readonly successes: number;
  readonly cost: number;
  readonly unpriced: number;
  /** null: of some of it, it is not told. */
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly billed: number | null;
}

/**
 * What is told by several days is one charge of these days. What became of tasks stands in it only where it is told of just these;
 * what is told of more of them together is in the other exports.
 */
async function focusText({ world, view }: PageRequest): Promise<string> {
  const all = (column: string): RawBuilder<unknown> =>
    sql`CASE WHEN bool_and(${sql.ref(column)} IS NOT NULL) FILTER (WHERE tasks > 0) THEN sum(${sql.ref(column)})::float8 END
      AS ${sql.ref(column)}`;
  const { rows } = await sql<FocusRow>`
    SELECT from_day::text AS from_day, to_day::text AS to_day, team_id, class, work, provider, model, simulated,
      labels::text AS labels, sum(tasks)::float8 AS tasks,
      sum(tasks_success + tasks_failure + tasks_unknown + tasks_unjudged)::float8 AS told,
      sum(tasks_success)::float8 AS successes, sum(cost)::float8 AS cost, sum(unpriced)::float8 AS unpriced,
      ${all('input_tokens')}, ${all('output_tokens')}, ${all('billed')}
    FROM ${tasksInView(world.source, view)} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 HAVING sum(tasks) > 0
    ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9`.execute(world.source.database);
  const nameOf = (id: number): string => world.teams.find((team) => team.id === id)?.name ?? '';
  const cells = rows.map(
    (row): TeamFocusCell => ({
      day: row.from_day,
      lastDay: row.to_day,
      class: row.class,
      work: row.work === '' ? 'question' : row.work,
      provider: row.provider === '' ? 'not told' : row.provider,
      model: row.model === '' ? 'not told' : row.model,
      billing: 'metered',
      input: 0,
      cacheRead: 0,
      cacheWrite: 0,
      output: 0,
      allTokens:
        row.input_tokens === null || row.output_tokens === null ? 'unknown' : row.input_tokens + row.output_tokens,
      inputTokens: row.input_tokens ?? undefined,
      outputTokens: row.output_tokens ?? undefined,
      listNanoUsd: row.simulated ? 0 : row.cost,
      billedNanoUsd: row.simulated ? 0 : (row.billed ?? row.cost),
      isSimulated: row.simulated,
      unpriced: row.unpriced,
      tasks: row.tasks,
      successes: row.told === row.tasks ? row.successes : undefined,
      team: nameOf(row.team_id),
      labels: row.labels,
    }),
  );
  return focusCsv(cells, { ratesOf: () => undefined, makerOf: world.report.makerOf }, [
    ['BillingAccountId', () => 'none: estimates of the team’s server'],
    ['SubAccountId', ({ cell }) => cell.team],
    ['SubAccountName', ({ cell }) => cell.team],
    ['Tags', ({ cell }) => cell.labels],
    ['x_InputTokens', ({ cell }) => cell.inputTokens],
    ['x_OutputTokens', ({ cell }) => cell.outputTokens],
  ]);
}
