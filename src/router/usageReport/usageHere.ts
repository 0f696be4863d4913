import { basename } from 'node:path';
import type {
  ExplainDecisionParams,
  ExportUsageParams,
  UsageExport,
  UsageReportParams,
} from '../../contract/messages.ts';
import { findModel } from '../../models/catalogue.ts';
import { Ledger } from '../../usage/ledger.ts';
import { OverrideBook } from '../../usage/overrideBook.ts';
import { readLedger } from '../../usage/report/readLedger.ts';
import type { UsageReport } from '../../usage/report/usageReport.ts';
import { type RouterContext, worldOf } from '../context.ts';
import type { TeamBudgets } from '../leases/teamBudgets.ts';
import type { RecordStores } from '../ledgerRecorder.ts';
import { policyIn } from '../prepare.ts';
import { priceNow } from '../world.ts';
import { composeReport } from './composeReport.ts';
import { explanationOf, readAttemptsOf } from './decisionLines.ts';
import { exportedUsage } from './exportUsage.ts';
import type { ReportWorld } from './reportWorld.ts';

/** Where the figures come from, in the process that routes. */
export interface UsagePlace {
  readonly context: RouterContext;
  readonly stores: RecordStores;
  readonly teamBudgets?: TeamBudgets | undefined;
  /** A repository's name in the ledger. */
  repoKey(root: string): string;
}

/** What was used on this machine, with the policy in force here over it. */
export async function usageReportHere(
  place: UsagePlace,
  params: UsageReportParams,
  signal: AbortSignal,
): Promise<UsageReport> {
  const world = await worldHere(place, params.roots, signal);
  return reportHere(place, world, params);
}

async function reportHere(
  { context, stores }: UsagePlace,
  world: ReportWorld,
  { since, until = world.now }: Omit<UsageReportParams, 'roots'>,
): Promise<UsageReport> {
  const warning = context.recorder.warning();
  const sources = {
    world,
    folder: stores.folder,
    decisions: stores.decisions,
    overrides: new OverrideBook(stores.folder),
    ledger: stores.ledger,
    writes: true,
    warnings: warning === undefined ? [] : [warning],
  };
  const { report } = await composeReport(sources, { since, until }, (database) => new Ledger(database));
  return report;
}

async function worldHere(
  { context, repoKey, teamBudgets }: UsagePlace,
  roots: readonly string[],
  signal: AbortSignal,
): Promise<ReportWorld> {
  const workspace = await context.workspaceOf(roots);
  const policy = policyIn(await context.policyOf(workspace, signal));
  signal.throwIfAborted();
  const world = worldOf(context);
  return {
    now: context.now(),
    teamBudgets,
    policy,
    repository: workspace && { name: basename(workspace.root), key: repoKey(workspace.root) },
    price: (provider, model) => priceNow(world, policy, provider, model),
    makerOf: (model) => findModel(model)?.maker,
  };
}

/** One decision in full, as Markdown. */
export async function explainDecisionHere(
  { stores: { decisions, folder } }: UsagePlace,
  { requestId }: ExplainDecisionParams,
): Promise<string> {
  const record = await decisions?.find(requestId);
  if (record === undefined || folder === undefined)
    return 'This decision is not in the log any more: it is kept for 30 days, and the newest 5,000 are looked through.';
  const read = await readLedger(folder, (database) => readAttemptsOf(database, [record]));
  return explanationOf(record, read.kind === 'read' ? read.result : []);
}

/** The report as a file. */
export async function exportUsageHere(
  place: UsagePlace,
  { format, roots, ...range }: ExportUsageParams,
  signal: AbortSignal,
): Promise<UsageExport> {
  const world = await worldHere(place, roots, signal);
  return exportedUsage(format, world, place.stores.folder, await reportHere(place, world, range));
}
