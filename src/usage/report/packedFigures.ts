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
  return {
    day: names[figure(row, 0)] ?? '',
    provider: names[figure(row, 1)],
    model: names[figure(row, 2)],
    billing: names[figure(row, 3)] as AttemptCell['billing'],
    outcome: names[figure(row, 4)] as AttemptCell['outcome'],
    attempts: figure(row, 5),
    requests: figure(row, 6),
    fallbacks: figure(row, 7),
    input: figure(row, 8),
    cacheRead: figure(row, 9),
    cacheWrite: figure(row, 10),
    output: figure(row, 11),
    reasoning: figure(row, 12),
    costNanoUsd: figure(row, 13),
    simulatedNanoUsd: figure(row, 14),
    billedNanoUsd: figure(row, 15),
    unpriced: figure(row, 16),
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
  return {
    class: names[figure(row, 0)] ?? '',
    work: names[figure(row, 1)] as TaskCell['work'],
    surface: names[figure(row, 2)] ?? '',
    target: names[figure(row, 3)],
    trial: names[figure(row, 4)],
    arm: names[figure(row, 5)] as TaskCell['arm'],
    verdict: names[figure(row, 6)] as TaskCell['verdict'],
    isFolded: row[7] === 1,
    tasks: figure(row, 8),
    costNanoUsd: figure(row, 9),
    squaredCost: figure(row, 10),
    simulatedNanoUsd: figure(row, 11),
    unpriced: figure(row, 12),
    sizes: row.slice(13),
  };
}

/** There are thousands of them, and to take a row apart in one go takes several times as long. */
function figure(row: Row, place: number): number {
  return row[place] ?? 0;
}
