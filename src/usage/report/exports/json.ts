import type { UsageReport } from '../usageReport.ts';

/** The report as one JSON document. An end that is open is null. */
export function usageJson(report: UsageReport): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
