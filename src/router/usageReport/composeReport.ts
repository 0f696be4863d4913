import type { DatabaseSync } from 'node:sqlite';
import type { DecisionLog, DecisionRecord } from '../../usage/decisionLog.ts';
import type { Ledger } from '../../usage/ledger.ts';
import type { OverrideBook } from '../../usage/overrideBook.ts';
import type { AttemptCell } from '../../usage/report/attemptCells.ts';
import { type DayRange, rangeOf, rangeStart } from '../../usage/report/dayRange.ts';
import { emptyReport } from '../../usage/report/emptyReport.ts';
import { billingOf, suppliersOf, tokensOf, totalsOf, usageDays } from '../../usage/report/figures.ts';
import { compare, grouped } from '../../usage/report/grouped.ts';
import { heatTable, trialsOf } from '../../usage/report/heatTable.ts';
import { type LedgerRead, readLedger } from '../../usage/report/readLedger.ts';
import { readLedgerFigures } from '../../usage/report/spanSums.ts';
import { readTaskCosts, type TaskCell, type TaskGroup } from '../../usage/report/taskCells.ts';
import type { UsageReport } from '../../usage/report/usageReport.ts';
import { budgetStandings } from './budgetStandings.ts';
import { decisionLines, readAttemptsOf } from './decisionLines.ts';
import { overlayOf } from './overlay.ts';
import type { ReportWorld } from './reportWorld.ts';
import { savingsOf } from './savings.ts';

const MOST_DECISIONS = 50;

/** Where a report comes from. */
export interface ReportSources {
  readonly world: ReportWorld;
  /** The state folder; undefined where there is none. */
  readonly folder: string | undefined;
  readonly decisions: DecisionLog | undefined;
  readonly overrides: OverrideBook;
  /** For what budgets count, where whoever asks has it open already; else one is made of the file that is read. */
  readonly ledger?: Ledger | undefined;
  /** Whether this process writes the ledger: one that is missing is a fault then, and else nothing was ever asked. */
  readonly writes: boolean;
  /** What is known to be wrong with the books, in sentences. */
  readonly warnings: readonly string[];
}

export interface ComposedReport {
  readonly report: UsageReport;
  /** Why the ledger could not be read, in a sentence: the report's figures are nothing then. Its warnings say so too. */
  readonly unreadable?: string;
}

/** What a range of days came to, with the policy in force over it: times in milliseconds since the epoch. */
export async function composeReport(
  sources: ReportSources,
  { since, until }: { readonly since: number; readonly until: number },
  ledgerOver: (database: DatabaseSync) => Ledger,
): Promise<ComposedReport> {
  const { folder, world } = sources;
  const days = rangeOf(since, until);
  const range = { madeAt: world.now, since: rangeStart(days), until };
  const records = await recentDecisions(sources.decisions, range);
  sources.ledger?.fileToRead();
  const read: LedgerRead<UsageReport> =
    folder === undefined
      ? { kind: 'none' }
      : await readLedger(folder, (database) => {
          const ledger = sources.ledger ?? ledgerOver(database);
          return reportFrom(database, { ...sources, ledger }, { days, range, records });
        });
  switch (read.kind) {
    case 'read':
      return { report: read.result };
    case 'none':
      return { report: withoutLedger(sources, range, []) };
    case 'unreadable':
      return unreadable(sources, range, `The ledger cannot be read: ${read.reason}`);
    default:
      return read satisfies never;
  }
}

function unreadable(
  sources: ReportSources,
  range: Pick<UsageReport, 'madeAt' | 'since' | 'until'>,
  reason: string,
): ComposedReport {
  return { report: withoutLedger(sources, range, [reason]), unreadable: reason };
}

/** Where there should be a ledger, budgets are told all the same: without one none of them counts anything. */
function withoutLedger(
  { world, warnings, writes }: ReportSources,
  range: Pick<UsageReport, 'madeAt' | 'since' | 'until'>,
  more: readonly string[],
): UsageReport {
  const report = emptyReport(range, [...warnings, ...more]);
  const isFault = writes || more.length > 0;
  return { ...report, budgets: isFault ? budgetStandings(world, undefined, []) : [], ...policyOf(world) };
}

async function recentDecisions(
  log: DecisionLog | undefined,
  { since, until }: Pick<UsageReport, 'since' | 'until'>,
): Promise<readonly DecisionRecord[]> {
  const recent = (await log?.recent(MOST_DECISIONS)) ?? [];
  return recent.filter(({ at }) => since <= at && at <= until);
}

interface Asked {
  readonly days: DayRange;
  readonly range: Pick<UsageReport, 'madeAt' | 'since' | 'until'>;
  readonly records: readonly DecisionRecord[];
}

function reportFrom(
  database: DatabaseSync,
  { world, ledger, overrides, warnings }: ReportSources,
  { days, range, records }: Asked,
): UsageReport {
  const { attempts, tasks, successes, fallbacks, refusals } = readLedgerFigures(database, days);
  const costs = (group: TaskGroup) => readTaskCosts(database, days, group);
  const totals = totalsOf(attempts, tasks);
  return {
    ...range,
    totals,
    heat: heatTable(tasks, costs, overlayOf(world)),
    budgets: budgetStandings(world, ledger, dearestClasses(tasks)),
    days: usageDays(days, attempts, successes),
    suppliers: suppliersOf(attempts, world.makerOf),
    fallbacks,
    refusals,
    overrides: overrides
      .begunBetween(range.since, range.until)
      .map(({ at, target, by, reason }) => ({ at, target, by, ...(reason !== undefined && { reason }) })),
    tokens: tokensOf(attempts),
    savings: savingsOf(attempts, world),
    billing: billingOf(attempts),
    trials: trialsOf(tasks, costs),
    decisions: decisionLines(records, readAttemptsOf(database, records)),
    warnings: [...warnings, ...unpricedWarning(attempts), ...taskWarning(attempts, tasks)],
    ...policyOf(world),
  };
}

function policyOf({ policy, repository }: ReportWorld): Pick<UsageReport, 'policy'> {
  return policy === undefined ? {} : { policy: { name: repository?.name ?? 'this machine', hash: policy.hash } };
}

function dearestClasses(tasks: readonly TaskCell[]): readonly string[] {
  return [...grouped(tasks, ({ class: ofClass }) => ofClass)]
    .map(([ofClass, cells]) => ({ ofClass, cost: cells.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0) }))
    .sort((a, b) => b.cost - a.cost || compare(a.ofClass, b.ofClass))
    .map(({ ofClass }) => ofClass);
}

function unpricedWarning(attempts: readonly AttemptCell[]): readonly string[] {
  const unpriced = attempts.filter((cell) => cell.unpriced > 0);
  if (unpriced.length === 0) return [];
  const count = unpriced.reduce((sum, cell) => sum + cell.unpriced, 0);
  const targets = [...new Set(unpriced.map(({ provider, model }) => `${provider}/${model}`))].sort(compare);
  const more = targets.length > 3 ? ` and ${targets.length - 3} more` : '';
  return [
    `No price is known for ${count === 1 ? 'one attempt' : `${count.toLocaleString('en-US')} attempts`}, and no sum has what they cost: ${targets.slice(0, 3).join(', ')}${more}. The policy's "prices" can say what a model costs.`,
  ];
}

/** Attempts that were written down before there were tasks cost something, and no class × model shows it. */
function taskWarning(attempts: readonly AttemptCell[], tasks: readonly TaskCell[]): readonly string[] {
  const spent = attempts.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
  const inTasks = tasks.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
  if (spent === 0 || inTasks >= spent * 0.95) return [];
  const share = Math.round((1 - inTasks / spent) * 100);
  return [
    `${share} % of what was spent belongs to no task of these days, so that costs per successful task do not have it.`,
  ];
}
