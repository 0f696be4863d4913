import type { UsageReport } from './usageReport.ts';

/** A report on nothing: no ledger was ever written, or it cannot be read; `warnings` say which, and what to do. */
export function emptyReport(
  range: Pick<UsageReport, 'madeAt' | 'since' | 'until'>,
  warnings: readonly string[],
): UsageReport {
  return {
    ...range,
    totals: {
      costNanoUsd: 0,
      simulatedNanoUsd: 0,
      unpriced: 0,
      attempts: 0,
      requests: 0,
      tasks: 0,
      successes: 0,
      billedNanoUsd: 0,
      fallbacks: 0,
      refusals: 0,
      byWork: [],
    },
    heat: { models: [], rows: [] },
    budgets: [],
    days: [],
    suppliers: { providers: [], makers: [] },
    fallbacks: [],
    refusals: [],
    overrides: [],
    tokens: { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 },
    savings: [],
    billing: [],
    trials: [],
    decisions: [],
    warnings,
  };
}
