import type { UsageExport, UsageExportFormat } from '../../contract/messages.ts';
import { utcDay } from '../../usage/periods.ts';
import { rangeOf } from '../../usage/report/dayRange.ts';
import { usageCsv } from '../../usage/report/exports/csv.ts';
import { focusCsv } from '../../usage/report/exports/focus.ts';
import { readFocusCells } from '../../usage/report/exports/focusCells.ts';
import { usageJson } from '../../usage/report/exports/json.ts';
import { readLedger } from '../../usage/report/readLedger.ts';
import type { UsageReport } from '../../usage/report/usageReport.ts';
import type { ReportWorld } from './reportWorld.ts';

/**
 * A report as a file.
 *
 * @param folder the state folder: what FOCUS wants is read there anew, finer than the report has it
 * @throws where the ledger could be read for the report and now cannot
 */
export async function exportedUsage(
  format: UsageExportFormat,
  world: ReportWorld,
  folder: string | undefined,
  report: UsageReport,
): Promise<UsageExport> {
  const days = `${utcDay(report.since)}-to-${utcDay(Math.max(report.since, report.until - 1))}`;
  switch (format) {
    case 'csv':
      return { name: `routing-policy-usage-${days}.csv`, text: usageCsv(report) };
    case 'json':
      return { name: `routing-policy-usage-${days}.json`, text: usageJson(report) };
    case 'focus':
      return { name: `routing-policy-focus-${days}.csv`, text: await focusText(world, folder, report) };
    default:
      return format satisfies never;
  }
}

async function focusText(
  world: ReportWorld,
  folder: string | undefined,
  { since, until }: UsageReport,
): Promise<string> {
  const read =
    folder === undefined
      ? ({ kind: 'none' } as const)
      : await readLedger(folder, (database) => readFocusCells(database, rangeOf(since, until)));
  if (read.kind === 'unreadable') throw new Error(`The ledger cannot be read: ${read.reason}`);
  return focusCsv(read.kind === 'read' ? read.result : [], {
    ratesOf: (provider, model) => world.price(provider, model)?.rates,
    makerOf: (model) => world.makerOf(model),
  });
}
