import type { Painter } from './paint.ts';
import { columns } from './table.ts';

/** How well a kind of rule holds at a door; everything but `holds` says why in its note. */
export type Hold = 'holds' | 'partly' | 'not';

/** A way in which requests reach models. */
export interface Door {
  readonly door: string;
  readonly classes: Hold;
  readonly constraints: Hold;
  readonly budgets: Hold;
  readonly gates: Hold;
  /** What keeps it from holding, and what helps. */
  readonly note: string;
}

/** The one table of what is enforced where. Whoever builds a door corrects its row. */
export const doorRows: readonly Door[] = [
  {
    door: 'Chat and agents, model “Routing Policy”',
    classes: 'holds',
    constraints: 'partly',
    budgets: 'holds',
    gates: 'not',
    note: 'files that only a command’s output names are not seen',
  },
  {
    door: 'Completions by this extension',
    classes: 'holds',
    constraints: 'holds',
    budgets: 'holds',
    gates: 'not',
    note: '"native" stands aside for the editor’s own',
  },
  {
    door: 'Copilot Chat with another model picked',
    classes: 'not',
    constraints: 'not',
    budgets: 'not',
    gates: 'not',
    note: 'such requests do not pass through here; pick “Routing Policy”',
  },
  {
    door: 'Copilot’s own completions',
    classes: 'not',
    constraints: 'not',
    budgets: 'not',
    gates: 'not',
    note: 'they do not pass through here; switch them off where a rule must hold',
  },
  {
    door: 'Terminal agents through the gateway',
    classes: 'holds',
    constraints: 'partly',
    budgets: 'holds',
    gates: 'not',
    note: 'as in chat; routed terminals, exec or Connect a Client point them there',
  },
  {
    door: 'Terminal agents otherwise',
    classes: 'not',
    constraints: 'not',
    budgets: 'not',
    gates: 'not',
    note: 'they reach their providers themselves; nothing makes them use the gateway',
  },
  {
    door: 'Other editors, over the language server',
    classes: 'partly',
    constraints: 'partly',
    budgets: 'partly',
    gates: 'not',
    note: 'diagnostics and completions; their own chat does not pass through here',
  },
  {
    door: 'Continuous integration',
    classes: 'not',
    constraints: 'not',
    budgets: 'not',
    gates: 'partly',
    note: '“gate” says which reviews are needed; make it a required check',
  },
];

const WORDS: Readonly<Record<Hold, string>> = { holds: 'holds', partly: 'partly', not: 'no' };

/** The table for people. */
export function doorsText(paint: Painter): string {
  const word = (hold: Hold): string =>
    paint(hold === 'holds' ? 'green' : hold === 'partly' ? 'yellow' : 'red', WORDS[hold]);
  const head = ['door', 'classes', 'constraints', 'budgets', 'gates', ''].map((name) => paint('bold', name));
  const rows = doorRows.map(({ door, classes, constraints, budgets, gates, note }) => [
    door,
    word(classes),
    word(constraints),
    word(budgets),
    word(gates),
    paint('dim', note),
  ]);
  return columns([head, ...rows]);
}
