import type { UsageReport } from '../usage/report/usageReport.ts';

type Check = (value: unknown) => boolean;

const number: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const string: Check = (value) => typeof value === 'string';
const boolean: Check = (value) => typeof value === 'boolean';
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const fields =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isRecord(value) && Object.entries(checks).every(([key, check]) => check(value[key]));
const recordOf =
  (check: Check): Check =>
  (value) =>
    isRecord(value) && Object.values(value).every(check);

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON has no infinity: an end that is open crosses as null. */
const interval = fields({ low: number, high: (value) => value === null || number(value) });
const cost = { costNanoUsd: number, simulatedNanoUsd: number, unpriced: number };

const cell = fields({
  ...cost,
  tasks: number,
  judged: number,
  successes: number,
  unknown: number,
  confidence: string,
  passRate: optional(interval),
  passInterval: optional(interval),
  costPerSuccessNanoUsd: optional(interval),
  costInterval: optional(interval),
  standardisedPassRate: optional(number),
  belowFloor: optional(boolean),
});

const supplier = fields({
  ...cost,
  id: optional(string),
  requests: number,
  failed: number,
  requestShare: optional(number),
  costShare: optional(number),
});

/** What the panel reads of each part of a report; more may be there. */
const report = fields({
  madeAt: number,
  since: number,
  until: number,
  totals: fields({
    ...cost,
    attempts: number,
    requests: number,
    tasks: number,
    successes: number,
    billedNanoUsd: number,
    fallbacks: number,
    refusals: number,
    costPerSuccessNanoUsd: optional(interval),
    byWork: optional(
      list(
        fields({
          work: string,
          tasks: number,
          judged: number,
          successes: number,
          unknown: number,
          costNanoUsd: number,
          passRate: optional(interval),
          costPerSuccessNanoUsd: optional(interval),
        }),
      ),
    ),
  }),
  heat: fields({
    models: list(fields({ target: string, maker: optional(string) })),
    rows: list(
      fields({
        class: string,
        work: string,
        passFloor: optional(number),
        route: list(string),
        cells: recordOf(cell),
        best: optional(string),
        seniorReview: boolean,
      }),
    ),
  }),
  budgets: list(
    fields({
      id: string,
      per: string,
      period: optional(string),
      of: optional(string),
      limitNanoUsd: number,
      spentNanoUsd: optional(number),
      reservedNanoUsd: number,
      until: optional(number),
      // biome-ignore lint/suspicious/noThenProperty: it is the policy's own word, and nobody awaits it.
      steps: list(fields({ atShare: number, then: string, reached: boolean })),
      notEnforced: optional(string),
    }),
  ),
  days: list(fields({ ...cost, day: string, requests: number, successes: number })),
  suppliers: fields({ providers: list(supplier), makers: list(supplier) }),
  fallbacks: list(fields({ from: string, to: string, failure: optional(string), count: number })),
  refusals: list(fields({ rule: string, outcome: string, count: number })),
  overrides: list(fields({ at: number, target: string, by: string, reason: optional(string) })),
  tokens: fields({
    input: number,
    cacheRead: number,
    cacheWrite: number,
    output: number,
    reasoning: number,
    cacheHitShare: optional(number),
  }),
  savings: list(
    fields({ against: string, target: string, baselineNanoUsd: number, actualNanoUsd: number, priceAsOf: string }),
  ),
  billing: list(fields({ billing: string, listNanoUsd: number, billedNanoUsd: number, requests: number })),
  trials: list(
    fields({
      id: string,
      class: string,
      work: optional(string),
      arms: list(fields({ arm: string, targets: list(string), cell })),
    }),
  ),
  decisions: list(
    fields({
      requestId: string,
      at: number,
      surface: string,
      kind: string,
      class: string,
      target: optional(string),
      outcome: string,
      attempts: number,
      costNanoUsd: optional(number),
      why: string,
    }),
  ),
  warnings: list(string),
  policy: optional(fields({ name: string, hash: string })),
});

/** Whether all is there that the panel draws, each thing of its kind. */
export function isUsageReport(value: unknown): value is UsageReport {
  return report(value);
}
