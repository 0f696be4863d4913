import { formatUsd, onOneLine } from '../routing/labels.ts';
import type { Painter } from './paint.ts';
import type { ClassTally, Simulation } from './simulation.ts';
import { columns, count } from './table.ts';
import { assumptionWords, type CostRange } from './taskSize.ts';

const NANO_USD_PER_USD = 1e9;
const NO_QUALITY = 'These are costs. Nothing here says how well a model would have done the work.';

/** What the costs rest on: a log has the sizes of its requests, commits have to be guessed from. */
export type Basis = 'git' | 'log';

const BASIS: Readonly<Record<Basis, string>> = {
  git: assumptionWords,
  log: 'Each request is priced by its recorded tokens. Low: all input is read from the cache and the answer is short. High: nothing is, and it is long.',
};

/** The result for people: a table of classes, a table of sums, and what they rest on. */
export function simulationText(simulation: Simulation, basis: Basis, paint: Painter): string {
  const { tasks, classes, gated, compared, lines, baselines, stopped } = simulation;
  const unit = basis === 'git' ? 'commit' : 'request';
  const head = ['class', `${unit}s`, 'model', 'estimated cost', 'gates', 'suppliers'].map((name) =>
    paint('bold', name),
  );
  const rows = [...classes].sort(([, a], [, b]) => b.tasks - a.tasks).map(([name, entry]) => rowOf(name, entry));
  const sums = lines.map(({ name, cost }) => {
    const target = baselines.find((baseline) => baseline.name === name)?.target;
    return [onOneLine(name), rangeOf(cost), target === undefined ? '' : paint('dim', onOneLine(target))];
  });
  const percent = tasks === 0 ? 0 : Math.round((1_000 * gated) / tasks) / 10;
  return [
    stopped ? `Stopped: this is what was done so far, ${count(tasks, unit)}.\n\n` : '',
    columns([head, ...rows], ['left', 'right']),
    `\nGates are asked for on ${gated} of ${count(tasks, unit)} (${percent} %).\n`,
    ...(compared === 0
      ? [`\nNo ${unit} has a price under all that is compared, so there are no sums.\n`]
      : [
          `\nOver the ${count(compared, unit)} that all of these have a price for:\n`,
          columns(sums, ['left', 'right']),
        ]),
    `\n${paint('dim', `${BASIS[basis]}\n${NO_QUALITY}`)}\n`,
  ].join('');
}

function rowOf(name: string, { tasks, models, gates, suppliers, cost, unpriced }: ClassTally): readonly string[] {
  const unknown = unpriced === 0 ? '' : ` and ${unpriced} unpriced`;
  const known = [...models.keys()].some((model) => model.includes('/'));
  return [
    onOneLine(name),
    String(tasks),
    counts(models, tasks),
    known && unpriced < tasks ? `${rangeOf(cost)}${unknown}` : known ? 'unpriced' : '-',
    gates.size === 0 ? '-' : counts(gates, 0),
    suppliers.size === 0 ? '-' : [...suppliers].sort().map(onOneLine).join(', '),
  ];
}

/** Names with their numbers, the most frequent first; a name that stands for all goes without. */
function counts(names: ReadonlyMap<string, number>, all: number): string {
  const sorted = [...names].sort(([, a], [, b]) => b - a);
  const shown = sorted.slice(0, 3).map(([name, number]) => onOneLine(name) + (number === all ? '' : ` (${number})`));
  return `${shown.join(', ')}${sorted.length > 3 ? ', …' : ''}`;
}

function rangeOf({ lowNanoUsd, highNanoUsd }: CostRange): string {
  return lowNanoUsd === highNanoUsd ? formatUsd(lowNanoUsd) : `${formatUsd(lowNanoUsd)} to ${formatUsd(highNanoUsd)}`;
}

/** The result for scripts. */
export function simulationDocument(simulation: Simulation, basis: Basis): unknown {
  const { tasks, classes, gated, compared, lines, baselines, stopped } = simulation;
  return {
    basis,
    stopped,
    assumption: BASIS[basis],
    tasks,
    gated,
    classes: [...classes].map(([name, { tasks: number, models, gates, suppliers, cost, unpriced }]) => ({
      class: name,
      tasks: number,
      models: Object.fromEntries(models),
      gates: Object.fromEntries(gates),
      suppliers: [...suppliers].sort(),
      ...usdOf(cost),
      unpriced,
    })),
    compared,
    lines: lines.map(({ name, cost }) => {
      const target = baselines.find((baseline) => baseline.name === name)?.target;
      return { name, ...(target === undefined ? {} : { target }), ...usdOf(cost) };
    }),
  };
}

function usdOf({ lowNanoUsd, highNanoUsd }: CostRange): { readonly lowUsd: number; readonly highUsd: number } {
  return { lowUsd: lowNanoUsd / NANO_USD_PER_USD, highUsd: highNanoUsd / NANO_USD_PER_USD };
}
