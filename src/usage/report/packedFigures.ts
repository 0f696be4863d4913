import type { AttemptCell } from './attemptCells.ts';
import type { LedgerFigures } from './ledgerFigures.ts';
import type { TaskCell } from './taskCells.ts';

/** Changes with what a text says. One of another form is not read. */
const FORM = 1;

type Row = readonly number[];

interface Packed {
  readonly form: typeof FORM;
  /** Each name once; a row has its place here, or -1 for none. */
  readonly names: readonly string[];
  readonly attempts: readonly Row[];
  readonly tasks: readonly Row[];
  readonly successes: readonly (readonly [day: string, count: number])[];
  readonly fallbacks: LedgerFigures['fallbacks'];
  readonly refusals: LedgerFigures['refusals'];
}

/** Figures as a text, small and quick to read. */
export function packed({ attempts, tasks, successes, fallbacks, refusals }: LedgerFigures): string {
  const places = new Map<string, number>();
  const placeOf = (name: string | undefined): number => {
    if (name === undefined) return -1;
    const place = places.get(name) ?? places.size;
    places.set(name, place);
    return place;
  };
  const body: Packed = {
    form: FORM,
    attempts: attempts.map((cell) => attemptRow(cell, placeOf)),
    tasks: tasks.map((cell) => taskRow(cell, placeOf)),
    successes: [...successes],
    fallbacks,
    refusals,
    names: [...places.keys()],
  };
  return JSON.stringify(body);
}

/** @returns undefined for a text of another form */
export function unpacked(text: string): LedgerFigures | undefined {
  // Only {@link packed} has written it.
  const { form, names, attempts, tasks, successes, fallbacks, refusals } = JSON.parse(text) as Packed;
  if (form !== FORM) return undefined;
  return {
    attempts: attempts.map((row) => attemptOf(row, names)),
    tasks: tasks.map((row) => taskOf(row, names)),
    successes: new Map(successes),
    fallbacks,
    refusals,
  };
}

type PlaceOf = (name: string | undefined) => number;

function attemptRow(cell: AttemptCell, placeOf: PlaceOf): Row {
  const { day, provider, model, billing, outcome } = cell;
  return [
    ...[placeOf(day), placeOf(provider), placeOf(model), placeOf(billing), placeOf(outcome)],
    ...[cell.attempts, cell.requests, cell.fallbacks, cell.input, cell.cacheRead, cell.cacheWrite, cell.output],
    ...[cell.reasoning, cell.costNanoUsd, cell.simulatedNanoUsd, cell.billedNanoUsd, cell.unpriced],
  ];
}

function attemptOf(row: Row, names: readonly string[]): AttemptCell {
  const [day = -1, provider = -1, model = -1, billing = -1, outcome = -1, ...figures] = row;
  const [attempts = 0, requests = 0, fallbacks = 0, input = 0, cacheRead = 0, cacheWrite = 0, output = 0, ...more] =
    figures;
  const [reasoning = 0, costNanoUsd = 0, simulatedNanoUsd = 0, billedNanoUsd = 0, unpriced = 0] = more;
  return {
    day: names[day] ?? '',
    provider: names[provider],
    model: names[model],
    billing: names[billing] as AttemptCell['billing'],
    outcome: names[outcome] as AttemptCell['outcome'],
    ...{ attempts, requests, fallbacks, input, cacheRead, cacheWrite, output, reasoning },
    ...{ costNanoUsd, simulatedNanoUsd, billedNanoUsd, unpriced },
  };
}

function taskRow(cell: TaskCell, placeOf: PlaceOf): Row {
  return [
    ...[placeOf(cell.class), placeOf(cell.work), placeOf(cell.surface), placeOf(cell.target), placeOf(cell.trial)],
    ...[placeOf(cell.arm), placeOf(cell.verdict), cell.isFolded ? 1 : 0],
    ...[cell.tasks, cell.costNanoUsd, cell.squaredCost, cell.simulatedNanoUsd, cell.unpriced, ...cell.sizes],
  ];
}

function taskOf(row: Row, names: readonly string[]): TaskCell {
  const [ofClass = -1, work = -1, surface = -1, target = -1, trial = -1, arm = -1, verdict = -1, isFolded, ...figures] =
    row;
  const [tasks = 0, costNanoUsd = 0, squaredCost = 0, simulatedNanoUsd = 0, unpriced = 0, ...sizes] = figures;
  return {
    class: names[ofClass] ?? '',
    work: names[work] as TaskCell['work'],
    surface: names[surface] ?? '',
    target: names[target],
    trial: names[trial],
    arm: names[arm] as TaskCell['arm'],
    verdict: names[verdict] as TaskCell['verdict'],
    isFolded: isFolded === 1,
    ...{ tasks, costNanoUsd, squaredCost, simulatedNanoUsd, unpriced, sizes },
  };
}
