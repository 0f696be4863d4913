// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language’s own word; the objects are never awaited.
// Reports as the router makes them, with the same figures at each run: nothing yet, one day, and ninety rich ones.

import type {
  DecisionLine,
  HeatCell,
  HeatRow,
  Interval,
  UsageDay,
  UsageReport,
} from '../../src/usage/report/usageReport.ts';
import { seeded } from '../fuzz/random.ts';

const DAY_MS = 86_400_000;
/** 23 November 2026, 14:03 UTC. */
const NOW = Date.UTC(2026, 10, 23, 14, 3);
const TODAY = NOW - (NOW % DAY_MS);
const USD = 1_000_000_000;

/** Names and reasons as somebody might write them who means ill: markup, directions of writing, control characters, length. */
export const HOSTILE = [
  '<img src=x onerror="window.harmed=1">',
  '"><script>window.harmed=1</script>',
  '</td></tr></table><style>*{display:none}</style>',
  'javascript:window.harmed=1',
  '\u202Egnp.exe\u202C \u0007\u0000\u200B end',
  `${'long'.repeat(400)}`,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what somebody might hope that we evaluate.
  '${window.harmed=1} {{harmed}} $(warning) [a](command:evil)',
] as const;

const NOTHING = { costNanoUsd: 0, simulatedNanoUsd: 0, unpriced: 0 };

/** Before the first request. */
export const emptyReport: UsageReport = {
  madeAt: NOW,
  since: TODAY - 29 * DAY_MS,
  until: NOW,
  totals: { ...NOTHING, attempts: 0, requests: 0, tasks: 0, successes: 0, billedNanoUsd: 0, fallbacks: 0, refusals: 0 },
  heat: { models: [], rows: [] },
  budgets: [],
  days: daysOf(30, () => 0),
  suppliers: { providers: [], makers: [] },
  fallbacks: [],
  refusals: [],
  overrides: [],
  tokens: { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 },
  savings: [],
  billing: [],
  trials: [],
  decisions: [],
  warnings: [],
};

interface Seen {
  readonly tasks: number;
  readonly pass: number;
  /** Of a successful task. */
  readonly usd: number;
  readonly unknown?: number;
  readonly floor?: number;
  readonly standardised?: number;
}

/** A cell as it comes of so many tasks, with intervals of the width that such a number has. */
function cellOf({ tasks, pass, usd, unknown = 0, floor, standardised }: Seen): HeatCell {
  const judged = tasks;
  const successes = Math.round((judged - unknown) * pass);
  const passRate = { low: successes / judged, high: (successes + unknown) / judged };
  const spread = 1.96 * Math.sqrt((pass * (1 - pass)) / judged);
  const cost = usd * USD * Math.max(1, successes);
  return {
    ...NOTHING,
    costNanoUsd: cost,
    tasks,
    judged,
    successes,
    unknown,
    confidence: tasks < 20 ? 'few' : tasks < 50 ? 'low' : 'enough',
    passRate,
    passInterval: { low: Math.max(0, passRate.low - spread), high: Math.min(1, passRate.high + spread) },
    ...(successes === 0
      ? {}
      : {
          costPerSuccessNanoUsd: { low: cost / (successes + unknown), high: cost / successes },
          costInterval: around(cost / successes, 0.9 / Math.sqrt(judged)),
        }),
    ...(standardised === undefined ? {} : { standardisedPassRate: standardised }),
    ...(floor === undefined || judged < 20 ? {} : { belowFloor: passRate.high < floor }),
  };
}

function around(value: number, share: number): Interval {
  return { low: value * (1 - share), high: value * (1 + share) };
}

function daysOf(days: number, usdOf: (index: number) => number): UsageDay[] {
  return Array.from({ length: days }, (_, index) => ({
    ...NOTHING,
    day: new Date(TODAY - (days - 1 - index) * DAY_MS).toISOString().slice(0, 10),
    costNanoUsd: Math.round(usdOf(index) * USD),
    requests: Math.round(usdOf(index) * 60),
    successes: Math.round(usdOf(index) * 41),
  }));
}

const OPUS = 'anthropic/claude-opus-5-5';
const SONNET = 'anthropic/claude-sonnet-5-5';
const HAIKU = 'anthropic/claude-haiku-5-5';
const SOL = 'openai/gpt-6-sol';
const LUNA = 'openai/gpt-6-luna';
const CODESTRAL = 'codestral/codestral-latest';
const LOCAL = 'local/workspace-copy';

interface RowOf {
  readonly class: string;
  readonly work: HeatRow['work'];
  readonly floor?: number;
  readonly route: readonly string[];
  readonly seen: Readonly<Record<string, Omit<Seen, 'floor'>>>;
  readonly best?: string;
  readonly seniorReview?: boolean;
}

function rowOf({ class: id, work, floor, route, seen, best, seniorReview = false }: RowOf): HeatRow {
  return {
    class: id,
    work,
    ...(floor === undefined ? {} : { passFloor: floor }),
    route,
    cells: Object.fromEntries(
      Object.entries(seen).map(([target, one]) => [
        target,
        cellOf({ ...one, ...(floor === undefined ? {} : { floor }) }),
      ]),
    ),
    ...(best === undefined ? {} : { best }),
    seniorReview,
  };
}

const ROWS: readonly HeatRow[] = [
  rowOf({
    class: 'architecture',
    work: 'change',
    floor: 0.7,
    route: [OPUS, SOL],
    seen: {
      [OPUS]: { tasks: 96, pass: 0.58, usd: 1.84 },
      [SOL]: { tasks: 64, pass: 0.49, usd: 1.21 },
      [SONNET]: { tasks: 71, pass: 0.41, usd: 1.02 },
    },
    seniorReview: true,
  }),
  rowOf({
    class: 'module-work',
    work: 'change',
    floor: 0.75,
    route: [SONNET, OPUS],
    seen: {
      [OPUS]: { tasks: 118, pass: 0.91, usd: 0.94, standardised: 0.86 },
      [SONNET]: { tasks: 402, pass: 0.87, usd: 0.31, unknown: 14 },
      [SOL]: { tasks: 141, pass: 0.88, usd: 0.19 },
      [HAIKU]: { tasks: 88, pass: 0.52, usd: 0.11 },
      [LUNA]: { tasks: 14, pass: 0.6, usd: 0.08 },
    },
    best: SOL,
  }),
  rowOf({
    class: 'tests',
    work: 'change',
    floor: 0.8,
    route: [HAIKU, LUNA, SONNET],
    seen: {
      [SONNET]: { tasks: 131, pass: 0.96, usd: 0.081 },
      [HAIKU]: { tasks: 512, pass: 0.93, usd: 0.0214, unknown: 22 },
      [LUNA]: { tasks: 204, pass: 0.68, usd: 0.0127 },
      [SOL]: { tasks: 37, pass: 0.95, usd: 0.064 },
    },
    best: HAIKU,
  }),
  rowOf({
    class: 'docs',
    work: 'change',
    floor: 0.8,
    route: [HAIKU],
    seen: {
      [SONNET]: { tasks: 22, pass: 0.96, usd: 0.052 },
      [HAIKU]: { tasks: 143, pass: 0.94, usd: 0.0161 },
      [LUNA]: { tasks: 96, pass: 0.9, usd: 0.0092, standardised: 0.84 },
    },
    best: LUNA,
  }),
  rowOf({
    class: 'inline',
    work: 'completion',
    floor: 0.25,
    route: [CODESTRAL, HAIKU, LOCAL],
    seen: {
      [CODESTRAL]: { tasks: 8_412, pass: 0.34, usd: 0.00071 },
      [HAIKU]: { tasks: 312, pass: 0.31, usd: 0.0019 },
      [LOCAL]: { tasks: 640, pass: 0.09, usd: 0 },
    },
    best: CODESTRAL,
  }),
  {
    class: 'default',
    work: 'question',
    route: [SONNET],
    cells: {
      [SONNET]: {
        ...NOTHING,
        costNanoUsd: 4.1 * USD,
        tasks: 88,
        judged: 0,
        successes: 0,
        unknown: 88,
        confidence: 'few',
      },
    },
    seniorReview: false,
  },
];

const TARGETS = [OPUS, SOL, SONNET, HAIKU, LUNA, CODESTRAL, LOCAL];

const WHY = [
  'class `tests` (packages/core/test/order.test.ts): `small`',
  'class module-work (one module): mid',
  'class inline: codestral, the fill-in-the-middle model',
  'class architecture (two modules): large, effort high',
  'class docs (README.md): small',
];

function decisionsOf(count: number): DecisionLine[] {
  const { below, pick } = seeded(7);
  return Array.from({ length: count }, (_, index) => {
    const isRefused = index % 13 === 5;
    return {
      requestId: `request-${index}`,
      at: NOW - index * 11 * 60_000 - 40_000,
      surface: pick(['chat', 'inline', 'gateway']),
      kind: pick(['agent', 'chat', 'completion', 'edit']),
      class: pick(['tests', 'module-work', 'inline', 'docs', 'architecture']),
      ...(isRefused ? {} : { target: pick([HAIKU, SONNET, OPUS, SOL, CODESTRAL]) }),
      outcome: isRefused ? 'blocked' : pick(['served', 'accepted', 'served', 'failed']),
      attempts: index % 9 === 3 ? 2 : 1,
      ...(isRefused || index % 17 === 2 ? {} : { costNanoUsd: below(0.2 * USD) }),
      why: isRefused ? 'blocked by keys-stay-here: key material is never sent to a model' : pick(WHY),
    };
  });
}

/** Ninety days of a busy machine. */
export const richReport: UsageReport = {
  madeAt: NOW,
  since: TODAY - 89 * DAY_MS,
  until: NOW,
  totals: {
    ...NOTHING,
    costNanoUsd: 418.37 * USD,
    attempts: 100_412,
    requests: 96_118,
    tasks: 11_804,
    successes: 5_317,
    billedNanoUsd: 271.12 * USD,
    fallbacks: 214,
    refusals: 31,
    byWork: [
      { work: 'change', tasks: 2_139, judged: 2_139, successes: 1_742, unknown: 36, costNanoUsd: 408.01 * USD },
      { work: 'completion', tasks: 9_364, judged: 9_364, successes: 3_015, unknown: 0, costNanoUsd: 2.21 * USD },
      { work: 'question', tasks: 301, judged: 0, successes: 0, unknown: 0, costNanoUsd: 8.15 * USD },
    ],
  },
  heat: {
    models: TARGETS.map((target) => ({ target })),
    rows: ROWS,
  },
  budgets: [
    {
      id: 'dev-day',
      per: 'developer',
      period: 'day',
      limitNanoUsd: 25 * USD,
      spentNanoUsd: 21.4 * USD,
      reservedNanoUsd: 0.85 * USD,
      until: TODAY + DAY_MS,
      steps: [
        { atShare: 0.8, then: 'warn', reached: true },
        { atShare: 0.95, then: 'downgrade to small', reached: false },
        { atShare: 1, then: 'block', reached: false },
      ],
    },
    {
      id: 'architecture-month',
      per: 'class',
      period: 'month',
      of: 'architecture',
      limitNanoUsd: 120 * USD,
      spentNanoUsd: 131.2 * USD,
      reservedNanoUsd: 0,
      until: Date.UTC(2026, 11, 1),
      steps: [{ atShare: 1, then: 'ask', reached: true }],
    },
    {
      id: 'team-month',
      per: 'team',
      period: 'month',
      limitNanoUsd: 2_000 * USD,
      reservedNanoUsd: 0,
      steps: [{ atShare: 1, then: 'block', reached: false }],
      notEnforced:
        'What a team spent is not known on one machine, and "onUnknown": "open" lets every request pass: this budget stops nothing.',
    },
  ],
  days: (() => {
    const { below } = seeded(11);
    return daysOf(90, (index) => (index % 7 > 4 ? below(80) / 100 : 3 + below(600) / 100));
  })(),
  suppliers: {
    providers: [
      share('codestral', 61_204, 0.637, 6.02, 0.014, 122),
      share('anthropic', 28_903, 0.3, 301.9, 0.722, 81),
      share('openai', 4_771, 0.05, 110.45, 0.264, 11),
      share('local', 1_240, 0.013, 0, 0, 0),
    ],
    makers: [
      share('mistral', 61_204, 0.637, 6.02, 0.014, 122),
      share('anthropic', 28_903, 0.3, 301.9, 0.722, 81),
      share('openai', 4_771, 0.05, 110.45, 0.264, 11),
      share(undefined, 1_240, 0.013, 0, 0, 0),
    ],
  },
  fallbacks: [
    { from: CODESTRAL, to: HAIKU, failure: 'rate-limited', count: 122 },
    { from: SONNET, to: SOL, failure: 'overloaded', count: 81 },
    { from: SOL, to: OPUS, count: 11 },
  ],
  refusals: [
    { rule: 'keys-stay-here', outcome: 'blocked', count: 27 },
    { rule: 'capability', outcome: 'unserved', count: 4 },
  ],
  overrides: [
    { at: NOW - 3 * 3_600_000, target: OPUS, by: 'person', reason: 'the refactoring goes round in circles' },
    { at: NOW - 2 * DAY_MS, target: SONNET, by: 'client' },
    { at: NOW - 9 * DAY_MS, target: OPUS, by: 'person', reason: 'flaky test, third try' },
  ],
  tokens: {
    input: 61_204_113,
    cacheRead: 214_877_402,
    cacheWrite: 18_442_018,
    output: 7_913_004,
    reasoning: 2_101_882,
    cacheHitShare: 0.729,
  },
  savings: [
    {
      against: 'all-large',
      target: OPUS,
      baselineNanoUsd: 1_204.1 * USD,
      actualNanoUsd: 418.37 * USD,
      priceAsOf: '2026-11-01',
    },
    {
      against: 'all-mid',
      target: SONNET,
      baselineNanoUsd: 402.88 * USD,
      actualNanoUsd: 418.37 * USD,
      priceAsOf: '2026-11-01',
    },
  ],
  billing: [
    { billing: 'metered', listNanoUsd: 271.12 * USD, billedNanoUsd: 271.12 * USD, requests: 64_010 },
    { billing: 'pool', listNanoUsd: 110.2 * USD, billedNanoUsd: 0, requests: 28_004 },
    { billing: 'seat', listNanoUsd: 37.05 * USD, billedNanoUsd: 0, requests: 4_104 },
  ],
  trials: [
    {
      id: 'luna-for-tests',
      class: 'tests',
      arms: [
        { arm: 'trial', targets: [LUNA], cell: cellOf({ tasks: 204, pass: 0.68, usd: 0.0127, floor: 0.8 }) },
        { arm: 'control', targets: [HAIKU, LUNA], cell: cellOf({ tasks: 512, pass: 0.93, usd: 0.0214, unknown: 22 }) },
      ],
    },
  ],
  decisions: decisionsOf(50),
  warnings: [
    '212 attempts used a model whose price is not known: what they cost is missing here. Give it a price in the policy, under "prices".',
  ],
  policy: { name: 'corner-shop', hash: 'a1b2c3d4' },
};

/** The first day: a handful of requests. */
export const oneDayReport: UsageReport = {
  ...emptyReport,
  since: TODAY,
  totals: {
    ...NOTHING,
    costNanoUsd: 0.0412 * USD,
    attempts: 9,
    requests: 8,
    tasks: 5,
    successes: 3,
    billedNanoUsd: 0.0412 * USD,
    fallbacks: 1,
    refusals: 0,
    costPerSuccessNanoUsd: { low: 0.0137 * USD, high: 0.0137 * USD },
    byWork: [{ work: 'change', tasks: 5, judged: 5, successes: 3, unknown: 0, costNanoUsd: 0.0412 * USD }],
  },
  heat: {
    models: [{ target: SONNET }, { target: HAIKU }],
    rows: [
      rowOf({
        class: 'tests',
        work: 'change',
        floor: 0.8,
        route: [HAIKU, SONNET],
        seen: { [HAIKU]: { tasks: 4, pass: 0.75, usd: 0.012 }, [SONNET]: { tasks: 1, pass: 0, usd: 0.031 } },
      }),
    ],
  },
  days: daysOf(1, () => 0.0412),
  suppliers: {
    providers: [share('anthropic', 8, 1, 0.0412, 1, 1)],
    makers: [share('anthropic', 8, 1, 0.0412, 1, 1)],
  },
  fallbacks: [{ from: HAIKU, to: SONNET, failure: 'overloaded', count: 1 }],
  tokens: { input: 41_200, cacheRead: 0, cacheWrite: 0, output: 3_104, reasoning: 0, cacheHitShare: 0 },
  billing: [{ billing: 'metered', listNanoUsd: 0.0412 * USD, billedNanoUsd: 0.0412 * USD, requests: 8 }],
  decisions: decisionsOf(8),
  policy: { name: 'corner-shop', hash: 'a1b2c3d4' },
};

/** The rich report with a hostile string wherever one may come from outside. */
export const hostileReport: UsageReport = {
  ...richReport,
  heat: {
    models: [...HOSTILE.map((target) => ({ target: `evil/${target}` })), ...richReport.heat.models],
    rows: [
      ...HOSTILE.map((id, index) => ({
        ...(ROWS[index % ROWS.length] as HeatRow),
        class: id,
        route: [`evil/${id}`],
        best: SOL,
        seniorReview: index === 0,
        cells: {
          [`evil/${id}`]: cellOf({ tasks: 60, pass: 0.8, usd: 0.1 }),
          [SOL]: cellOf({ tasks: 60, pass: 0.9, usd: 0.05 }),
        },
      })),
      ...ROWS,
    ],
  },
  budgets: HOSTILE.map((id) => ({
    id,
    per: id,
    of: id,
    period: id,
    limitNanoUsd: USD,
    spentNanoUsd: USD / 2,
    reservedNanoUsd: 0,
    steps: [{ atShare: 0.5, then: id, reached: true }],
    notEnforced: id,
  })),
  suppliers: {
    providers: HOSTILE.map((id) => share(id, 1, 0.1, 1, 0.1, 0)),
    makers: HOSTILE.map((id) => share(id, 1, 0.1, 1, 0.1, 0)),
  },
  fallbacks: HOSTILE.map((id) => ({ from: id, to: id, failure: id, count: 1 })),
  refusals: HOSTILE.map((rule) => ({ rule, outcome: 'blocked', count: 1 })),
  overrides: HOSTILE.map((reason, index) => ({ at: NOW - index, target: reason, by: 'person', reason })),
  trials: HOSTILE.map((id) => ({
    id,
    class: id,
    arms: [{ arm: 'trial', targets: [id], cell: cellOf({ tasks: 5, pass: 0.5, usd: 0.1 }) }],
  })),
  savings: richReport.savings.map((saving, index) => ({
    ...saving,
    target: HOSTILE[index] ?? '',
    priceAsOf: HOSTILE[0],
  })),
  decisions: decisionsOf(50).map((decision, index) => {
    const text = HOSTILE[index % HOSTILE.length] ?? '';
    return {
      ...decision,
      class: text,
      target: text,
      kind: text,
      outcome: text,
      why: text,
      requestId: `${index} ${text}`,
    };
  }),
  warnings: [...HOSTILE],
  policy: { name: HOSTILE[0], hash: HOSTILE[1] },
};

function share(
  id: string | undefined,
  requests: number,
  requestShare: number,
  usd: number,
  costShare: number,
  failed: number,
): UsageReport['suppliers']['providers'][number] {
  return { ...NOTHING, id, requests, requestShare, costNanoUsd: usd * USD, costShare, failed };
}
