import type { HeatCell, HeatRow, WorkKind } from '../usage/report/usageReport.ts';
import { counted, percent, percentRange, plain, spent, usdRange } from './figures.ts';

/** From the cheapest of its row (0) to more than ten times that (4). */
export type HeatLevel = 0 | 1 | 2 | 3 | 4;

/** How many times the cheapest a cell may cost at most, for each level but the last. */
const STEPS = [1.15, 2, 4, 10] as const;

export const workNames: Readonly<Record<WorkKind, string>> = {
  completion: 'completions',
  change: 'changes',
  question: 'questions',
};

/** How dear a cell is beside the cheapest of its row that can be judged; undefined for one that cannot. */
export function heatLevel(row: HeatRow, cell: HeatCell): HeatLevel | undefined {
  if (!isComparable(cell)) return undefined;
  const costs = Object.values(row.cells)
    .filter(isComparable)
    .map((one) => one.costPerSuccessNanoUsd.low);
  const least = Math.min(...costs);
  const times =
    least === 0 ? (cell.costPerSuccessNanoUsd.low === 0 ? 1 : Infinity) : cell.costPerSuccessNanoUsd.low / least;
  const level = STEPS.findIndex((step) => times <= step);
  return (level < 0 ? STEPS.length : level) as HeatLevel;
}

function isComparable(cell: HeatCell): cell is HeatCell & Required<Pick<HeatCell, 'costPerSuccessNanoUsd'>> {
  return cell.costPerSuccessNanoUsd !== undefined && cell.confidence !== 'few' && cell.belowFloor !== true;
}

/** Whether the same mix of work would show another rate than the one that was seen. */
export function standardisedDiffers(cell: HeatCell): boolean {
  const { passRate, standardisedPassRate: standardised } = cell;
  if (passRate === undefined || standardised === undefined) return false;
  return percent(standardised) !== percent(passRate.low) && percent(standardised) !== percent(passRate.high);
}

/** Where the policy has a target in a row: 1 for its first choice; undefined for one that it does not name. */
export function routePlace(row: HeatRow, target: string): number | undefined {
  const place = row.route.indexOf(target);
  return place < 0 ? undefined : place + 1;
}

/** All that is known of a cell, a sentence each: what the table has no room for. */
export function cellSentences(row: HeatRow, target: string): readonly string[] {
  const cell = row.cells[target];
  const place = routePlace(row, target);
  const route =
    place === undefined ? [] : [place === 1 ? "The policy's first choice." : `The policy's choice ${place}.`];
  if (cell === undefined) return ['No task.', ...route];
  return [
    tasksSentence(row, cell),
    ...passSentences(row, cell),
    ...costSentences(cell),
    ...(row.best === target ? ['★ The cheapest that reaches the floor with enough tasks.'] : []),
    ...route,
  ];
}

function tasksSentence(row: HeatRow, cell: HeatCell): string {
  const tasks = counted(cell.tasks, 'task');
  if (row.work === 'question') return `${tasks}; nothing shows whether an answer to a question was right.`;
  if (cell.judged === 0) return `${tasks}, ${cell.untold === undefined ? 'none judged yet' : UNTOLD}.`;
  const unknown = cell.unknown === 0 ? '' : `, ${cell.unknown} of them unknown`;
  const sure = { few: 'Too few to say anything.', low: 'Low confidence: fewer than 50.', enough: '' }[cell.confidence];
  const untold = cell.untold === undefined ? '' : `Of ${counted(cell.untold, 'task')} it is ${UNTOLD}. `;
  return `${tasks}: ${cell.judged} judged${unknown}, ${cell.successes} succeeded. ${untold}${sure}`.trim();
}

const UNTOLD = 'not told what became: too few people had part in each outcome';

function passSentences(row: HeatRow, cell: HeatCell): readonly string[] {
  if (cell.passRate === undefined) return [];
  const floor = row.passFloor === undefined ? '' : `, where the floor is ${percent(row.passFloor)}`;
  const chance = cell.passInterval === undefined ? '' : ` Chance alone: ${percentRange(cell.passInterval)} (95%).`;
  return [
    `Pass rate ${percentRange(cell.passRate)}${floor}${cell.belowFloor === true ? ': below it' : ''}.${chance}`,
    ...(cell.standardisedPassRate !== undefined && standardisedDiffers(cell)
      ? [`With the mix of work that all models had: ${percent(cell.standardisedPassRate)}.`]
      : []),
  ];
}

function costSentences(cell: HeatCell): readonly string[] {
  if (cell.judged === 0) return [`${spent(cell)} spent.`];
  const { costPerSuccessNanoUsd: cost, costInterval: chance } = cell;
  const unpriced =
    cell.unpriced === 0 ? [] : [`${counted(cell.unpriced, 'attempt')} had no known price: the cost is a lower bound.`];
  const simulated = cell.simulatedNanoUsd === 0 ? [] : ['Stand-ins asked for some of it: that is not money.'];
  if (cost === undefined) return ['No success to divide the cost by.', ...unpriced, ...simulated];
  const range = chance === undefined ? '' : ` Chance alone: ${usdRange(chance)} (95%).`;
  return [`${usdRange(cost)} a successful task.${range}`, ...unpriced, ...simulated];
}

/** A row and a column in words. */
export function cellTitle(row: HeatRow, target: string): string {
  return `${plain(row.class)}, ${workNames[row.work]} · ${plain(target)}`;
}
