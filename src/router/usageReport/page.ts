import { formatUsd, shortModel } from '../../routing/labels.ts';
import { utcDay } from '../../usage/periods.ts';
import type {
  BudgetStanding,
  HeatCell,
  HeatRow,
  HeatTable,
  Interval,
  TrialUse,
  UsageDay,
  UsageReport,
} from '../../usage/report/usageReport.ts';
import type { Cell, Page, Section } from '../page.ts';

/** Columns of models that fit beside one another; the rest is in the exports. */
const MOST_MODELS = 4;
/** What a fair mix does to a rate is told from here on. */
const NOTABLE = 0.02;
const MOST_ROWS = 12;
const MOST_DECISIONS = 10;
const BLOCKS = '▁▂▃▄▅▆▇█';

/** The report for a terminal: what was spent, on what, whether it worked, and what the policy makes of it. */
export function usageReportPage(report: UsageReport): Page {
  const title = `Usage of this machine, ${utcDay(report.since)} to ${utcDay(Math.max(report.since, report.until - 1))}`;
  const warnings: Section[] = report.warnings.length === 0 ? [] : [{ heading: 'Mind', lines: report.warnings }];
  const sections = report.totals.attempts + report.totals.refusals === 0 ? emptySections(report) : fullSections(report);
  return { title, sections: [{ heading: title, lines: [] }, ...warnings, ...sections] };
}

function emptySections(report: UsageReport): readonly Section[] {
  return [
    {
      lines: [
        'Nothing was routed in these days.',
        'Ask for something in an editor with Routing Policy, or run another AI client through the gateway: `routing-policy exec -- claude`. `--since 90d` looks further back.',
      ],
    },
    ...budgetSections(report.budgets),
  ];
}

function fullSections(report: UsageReport): readonly Section[] {
  return [
    spendSection(report),
    heatSection(report.heat),
    ...budgetSections(report.budgets),
    ...trialSections(report.trials),
    ...supplierSections(report),
    ...eventSections(report),
    savingSection(report),
    ...decisionSections(report),
  ];
}

function spendSection({ totals, days, billing, tokens }: UsageReport): Section {
  const simulated = totals.simulatedNanoUsd > 0 ? `, of which ${formatUsd(totals.simulatedNanoUsd)} simulated` : '';
  const work = (totals.byWork ?? []).map(
    ({ work: kind, tasks, judged, successes, unknown, passRate, costPerSuccessNanoUsd: cost }) => {
      const known = passRate === undefined ? 'not judged' : `${successes} of ${judged} succeeded`;
      const maybe = unknown > 0 ? `, ${unknown} unknown: ${rateWords({ passRate })}` : '';
      const each = cost === undefined ? '' : `, ${costWords(cost)} a success`;
      return `${number(tasks)} ${kindWords[kind]}: ${known}${maybe}${each}.`;
    },
  );
  const bills = billing.filter(({ billing: kind }) => kind !== 'metered' || billing.length > 1);
  const hits =
    tokens.cacheHitShare === undefined ? '' : `; ${percent(tokens.cacheHitShare)} of what was read came from a cache`;
  return {
    lines: [
      `${formatUsd(totals.costNanoUsd)} at list price${simulated}, ${formatUsd(totals.billedNanoUsd)} as billed; ${number(totals.requests)} requests in ${number(totals.attempts)} attempts.`,
      ...(bills.length === 0
        ? []
        : [
            `${bills.map(({ billing: kind, listNanoUsd, billedNanoUsd }) => `${kind}: ${formatUsd(listNanoUsd)} at list price, ${formatUsd(billedNanoUsd)} billed`).join('; ')}.`,
          ]),
      ...work,
      `${number(tokens.input + tokens.cacheRead + tokens.cacheWrite)} tokens in, ${number(tokens.output)} out${hits}.`,
      `By day: ${sparkline(days)} (the most ${formatUsd(Math.max(0, ...days.map(({ costNanoUsd }) => costNanoUsd)))})`,
    ],
  };
}

const kindWords = { completion: 'completions', change: 'changes', question: 'questions' } as const;

/** A block a day, as high as what was spent; nothing at all is a dot. */
export function sparkline(days: readonly Pick<UsageDay, 'costNanoUsd'>[]): string {
  const most = Math.max(...days.map(({ costNanoUsd }) => costNanoUsd), 1);
  return days
    .map(({ costNanoUsd }) => {
      if (costNanoUsd === 0) return '·';
      return BLOCKS[Math.min(BLOCKS.length - 1, Math.floor((costNanoUsd / most) * BLOCKS.length))];
    })
    .join('');
}

function heatSection({ models, rows }: HeatTable): Section {
  const shown = mostUsed(
    models.map(({ target }) => target),
    rows,
  );
  const left = models.length - shown.length;
  const more = rows.length - MOST_ROWS;
  return {
    heading: 'Cost per successful task, pass rate, judged tasks',
    table: {
      head: ['class', 'work', ...shown.map((target) => nameAmong(target, shown))],
      rows: rows
        .slice(0, MOST_ROWS)
        .map((row): Cell[] => [row.class, row.work, ...shown.map((target) => heatWords(row, target))]),
    },
    lines: [
      '→ the policy’s first choice   ★ the cheapest at or above the pass floor   ✗ below it   ? fewer than 20 judged tasks   ~ fewer than 50',
      ...rows.flatMap(({ class: id, work, seniorReview }) =>
        seniorReview ? [`No model reaches the floor of \`${id}\` (${work}): a senior should review this work.`] : [],
      ),
      ...leftOut(left, more),
    ],
  };
}

function leftOut(models: number, rows: number): readonly string[] {
  const words = (count: number, one: string): readonly string[] =>
    count > 0 ? [`${count} ${one}${count === 1 ? '' : 's'}`] : [];
  const parts = [...words(models, 'model'), ...words(rows, 'row')];
  return parts.length === 0 ? [] : [`Not shown here, but in --csv and --json: ${parts.join(' and ')} more.`];
}

/** The models with the most tasks, in the order of the table. */
function mostUsed(targets: readonly string[], rows: readonly HeatRow[]): readonly string[] {
  const tasks = (target: string): number =>
    rows.reduce((sum, { cells }) => sum + (cellOf(cells, target)?.tasks ?? 0), 0);
  const most = new Set([...targets].sort((a, b) => tasks(b) - tasks(a)).slice(0, MOST_MODELS));
  return targets.filter((target) => most.has(target));
}

function cellOf(cells: HeatRow['cells'], target: string): HeatCell | undefined {
  return Object.hasOwn(cells, target) ? cells[target] : undefined;
}

/** Short where that is enough to tell it apart. */
function nameAmong(target: string, targets: readonly string[]): string {
  const short = shortModel(target);
  return targets.some((other) => other !== target && shortModel(other) === short) ? target : short;
}

function heatWords({ cells, route, best }: HeatRow, target: string): Cell {
  const cell = cellOf(cells, target);
  const marks = [route[0] === target ? '→' : '', best === target ? '★' : ''].join('');
  if (cell === undefined) return marks === '' ? '-' : marks;
  if (cell.judged === 0) return `${marks}${formatUsd(cell.costNanoUsd)}, not judged`;
  const doubt = { few: '?', low: '~', enough: '' }[cell.confidence];
  const text = `${marks}${costWords(cell.costPerSuccessNanoUsd)} ${rateWords(cell)} n ${number(cell.judged)}${doubt}`;
  return cell.belowFloor === true ? { text: `✗ ${text}`, tone: 'bad' } : text;
}

function costWords(cost: Interval | undefined): string {
  if (cost === undefined) return 'no success';
  if (!Number.isFinite(cost.high)) return `≥ ${formatUsd(cost.low)}`;
  const [low, high] = [formatUsd(cost.low), formatUsd(cost.high)];
  return low === high ? low : `${low}–${high.replace('$', '')}`;
}

/** How many succeeded, of a cell or of more. */
type Rated = { readonly passRate?: Interval | undefined } & Pick<HeatCell, 'standardisedPassRate'>;

function rateWords({ passRate, standardisedPassRate }: Rated): string {
  if (passRate === undefined) return 'not judged';
  const [low, high] = [Math.round(passRate.low * 100), Math.round(passRate.high * 100)];
  const middle = (passRate.low + passRate.high) / 2;
  const isNotable = standardisedPassRate !== undefined && Math.abs(standardisedPassRate - middle) >= NOTABLE;
  const fair = isNotable ? ` (same mix: ${percent(standardisedPassRate)})` : '';
  return `${low === high ? low : `${low}–${high}`} %${fair}`;
}

function budgetSections(budgets: readonly BudgetStanding[]): readonly Section[] {
  if (budgets.length === 0) return [];
  return [
    {
      heading: 'Budgets',
      table: {
        head: ['budget', 'per', 'of', 'spent', 'set aside', 'limit', 'steps', 'until'],
        numbers: [3, 4, 5],
        rows: budgets.map(({ id, per, period, of = '', spentNanoUsd, reservedNanoUsd, limitNanoUsd, steps, until }) => [
          id,
          period === undefined ? per : `${per}, ${period}`,
          of,
          spentNanoUsd === undefined ? (per === 'task' ? '' : 'not known') : formatUsd(spentNanoUsd),
          reservedNanoUsd === 0 ? '' : formatUsd(reservedNanoUsd),
          formatUsd(limitNanoUsd),
          steps.map(({ atShare, then, reached }) => `${reached ? '!' : ''}${percent(atShare)} ${then}`).join(', '),
          until === undefined ? '' : utcDay(until),
        ]),
      },
      lines: [
        ...new Set(
          budgets.flatMap(({ id, notEnforced }) => (notEnforced === undefined ? [] : [`\`${id}\`: ${notEnforced}`])),
        ),
      ],
    },
  ];
}

function trialSections(trials: readonly TrialUse[]): readonly Section[] {
  if (trials.length === 0) return [];
  const cell = (arm: TrialUse['arms'][number] | undefined): string =>
    arm === undefined
      ? 'no task'
      : `${arm.targets.map(shortModel).join(', ')}: ${costWords(arm.cell.costPerSuccessNanoUsd)} ${rateWords(arm.cell)} n ${arm.cell.judged}`;
  return [
    {
      heading: 'Trials',
      table: {
        head: ['trial', 'class', 'work', 'as before', 'on trial'],
        rows: trials.map(({ id, class: ofClass, work = '', arms }) => [
          id,
          ofClass,
          work,
          cell(arms.find(({ arm }) => arm === 'control')),
          cell(arms.find(({ arm }) => arm === 'trial')),
        ]),
      },
      lines: [],
    },
  ];
}

function supplierSections({ suppliers: { providers, makers } }: UsageReport): readonly Section[] {
  const line = ({ id = 'unknown', requestShare = 0, costShare = 0 }: (typeof providers)[number]): string =>
    `${id} ${percent(requestShare)} of requests, ${percent(costShare)} of cost`;
  return providers.length === 0
    ? []
    : [
        {
          heading: 'Suppliers',
          lines: [`Providers: ${providers.map(line).join('; ')}.`, `Makers: ${makers.map(line).join('; ')}.`],
        },
      ];
}

function eventSections({ fallbacks, refusals, overrides, totals }: UsageReport): readonly Section[] {
  const lines = [
    ...fallbacks
      .slice(0, 5)
      .map(
        ({ from, to, failure, count }) =>
          `${number(count)} × from ${from} to ${to}${failure === undefined ? '' : ` (${failure})`}.`,
      ),
    ...refusals.slice(0, 5).map(({ rule, outcome, count }) => `${number(count)} × ${outcome} by \`${rule}\`.`),
    ...overrides
      .slice(0, 5)
      .map(
        ({ at, target, by, reason }) =>
          `${utcDay(at)}: a ${by} asked for ${target}${reason === undefined ? '' : `: ${reason}`}.`,
      ),
  ];
  return lines.length === 0
    ? []
    : [
        {
          heading: `${number(totals.fallbacks)} fallbacks, ${number(totals.refusals)} refusals, ${number(overrides.length)} overrides`,
          lines,
        },
      ];
}

function savingSection({ savings }: UsageReport): Section {
  const words = { 'all-large': 'everything on the large model', 'all-mid': 'everything on the middle model' };
  return {
    ...(savings.length > 0 && { heading: 'Estimates: the same tokens elsewhere' }),
    lines: savings.map(({ against, target, baselineNanoUsd, actualNanoUsd, priceAsOf }) => {
      const saved = baselineNanoUsd - actualNanoUsd;
      return `${words[against]} (${target}, price of ${priceAsOf}): about ${formatUsd(baselineNanoUsd)}; ${saved < 0 ? 'spent' : 'saved'} about ${formatUsd(Math.abs(saved))}${saved < 0 ? ' more' : ''}.`;
    }),
  };
}

function decisionSections({ decisions }: UsageReport): readonly Section[] {
  if (decisions.length === 0) return [];
  return [
    {
      heading: 'Last decisions',
      table: {
        head: ['at (UTC)', 'kind', 'class', 'went to', 'outcome', 'cost'],
        numbers: [5],
        rows: decisions
          .slice(0, MOST_DECISIONS)
          .map(({ at, kind, class: ofClass, target, outcome, costNanoUsd }) => [
            new Date(at).toISOString().slice(0, 16).replace('T', ' '),
            kind,
            ofClass,
            target ?? '-',
            outcome,
            costNanoUsd === undefined ? '' : formatUsd(costNanoUsd),
          ]),
      },
      lines: [],
    },
  ];
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function number(count: number): string {
  return count.toLocaleString('en-US');
}
