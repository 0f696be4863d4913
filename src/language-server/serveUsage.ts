import type { CancellationToken, Connection } from 'vscode-languageserver/node';
import {
  type ExplainDecisionParams,
  type ExportUsageParams,
  type MarkdownResult,
  toRouter,
  type UsageExport,
  type UsageReportParams,
  type UsageReportResult,
} from '../contract/messages.ts';
import { withSignal } from './cancel.ts';
import type { RouterProcess } from './compose.ts';

/** What was used on this machine: the report, each of its decisions in full, and its files. */
export function serveUsage(connection: Connection, router: () => Promise<RouterProcess>): void {
  connection.onRequest(
    toRouter.usageReport,
    async (params: UsageReportParams, token: CancellationToken): Promise<UsageReportResult> => {
      const { router: here } = await router();
      return withSignal(token, (signal) => here.views.usageReport(params, signal));
    },
  );
  connection.onRequest(
    toRouter.explainDecision,
    async (params: ExplainDecisionParams): Promise<MarkdownResult> => ({
      markdown: await (await router()).router.views.explainDecision(params),
    }),
  );
  connection.onRequest(
    toRouter.exportUsage,
    async (params: ExportUsageParams, token: CancellationToken): Promise<UsageExport> => {
      const { router: here } = await router();
      return withSignal(token, (signal) => here.views.exportUsage(params, signal));
    },
  );
}
