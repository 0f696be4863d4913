import type { HeatCell, HeatRow, UsageReport } from '../usageReport.ts';

/** What a cell holds; undefined: nothing is known. */
export type CsvValue = string | number | boolean | undefined;

/** Spreadsheets run what begins with one of these as a formula, whatever blanks are before it (OWASP, CSV Injection). */
const RUN_AS_FORMULA = /^(?:[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20])/;

/**
 * A table as CSV by RFC 4180: CRLF, quotes around what needs them. A text that a spreadsheet would run gets an apostrophe
 * before it: classes, models and reasons come from policies and providers that nobody here has looked at.
 */
export function csvText(rows: readonly (readonly CsvValue[])[]): string {
  return rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

function csvCell(value: CsvValue): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  const text = typeof value === 'string' && RUN_AS_FORMULA.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Nano-dollars in dollars, every digit of them; a fraction of a nano-dollar is rounded. */
export function decimalUsd(nanoUsd: number): string {
  if (!Number.isFinite(nanoUsd)) return '';
  const nano = BigInt(Math.round(nanoUsd));
  const digits = (nano < 0n ? -nano : nano).toString().padStart(10, '0');
  const fraction = digits.slice(-9).replace(/0+$/, '');
  return `${nano < 0n ? '-' : ''}${digits.slice(0, -9)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** A decimal that is no formula though it may begin with a minus. */
const usd = (nanoUsd: number | undefined): number | undefined =>
  nanoUsd === undefined || !Number.isFinite(nanoUsd) ? undefined : Number(decimalUsd(nanoUsd));

/** A column by its name, and what a model's cell of a class has in it. */
export type HeatColumn = readonly [string, (row: HeatRow, target: string, cell: HeatCell) => CsvValue];

const columns: readonly HeatColumn[] = [
  ['class', (row) => row.class],
  ['work', (row) => row.work],
  ['model', (_row, target) => target],
  ['place_on_route', ({ route }, target) => (route.includes(target) ? route.indexOf(target) + 1 : undefined)],
  ['pass_floor', ({ passFloor }) => passFloor],
  ['best', ({ best }, target) => best === target],
  ['below_floor', (_row, _target, { belowFloor }) => belowFloor],
  ['confidence', (_row, _target, { confidence }) => confidence],
  ['tasks', (_row, _target, { tasks }) => tasks],
  ['judged', (_row, _target, { judged }) => judged],
  ['successes', (_row, _target, { successes }) => successes],
  ['unknown', (_row, _target, { unknown }) => unknown],
  ['pass_rate_low', (_row, _target, { passRate }) => passRate?.low],
  ['pass_rate_high', (_row, _target, { passRate }) => passRate?.high],
  ['pass_rate_95_low', (_row, _target, { passInterval }) => passInterval?.low],
  ['pass_rate_95_high', (_row, _target, { passInterval }) => passInterval?.high],
  ['pass_rate_standardised', (_row, _target, { standardisedPassRate }) => standardisedPassRate],
  ['cost_usd', (_row, _target, { costNanoUsd }) => usd(costNanoUsd)],
  ['simulated_usd', (_row, _target, { simulatedNanoUsd }) => usd(simulatedNanoUsd)],
  ['unpriced_attempts', (_row, _target, { unpriced }) => unpriced],
  ['cost_per_success_low_usd', (_row, _target, { costPerSuccessNanoUsd }) => usd(costPerSuccessNanoUsd?.low)],
  ['cost_per_success_high_usd', (_row, _target, { costPerSuccessNanoUsd }) => usd(costPerSuccessNanoUsd?.high)],
  ['cost_per_success_95_low_usd', (_row, _target, { costInterval }) => usd(costInterval?.low)],
  ['cost_per_success_95_high_usd', (_row, _target, { costInterval }) => usd(costInterval?.high)],
];

/**
 * Classes of work by models: a line for each model that had tasks of a class. An open end is an empty cell.
 *
 * @param more columns after these
 */
export function usageCsv({ heat }: Pick<UsageReport, 'heat'>, more: readonly HeatColumn[] = []): string {
  const all = [...columns, ...more];
  const lines = heat.rows.flatMap((row) =>
    Object.entries(row.cells).map(([target, cell]) => all.map(([, value]) => value(row, target, cell))),
  );
  return csvText([all.map(([name]) => name), ...lines]);
}
