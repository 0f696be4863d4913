import { type Dependence, dependenceOn } from '../../routing/drill/dependence.ts';
import type { ClassDrill, Drill, Part } from '../../routing/drill/drill.ts';
import { type Supplier, supplierName } from '../../routing/drill/supplier.ts';
import { typicalWords } from '../../routing/drill/typicalRequest.ts';
import { refusalSentence } from '../../routing/explain.ts';
import { spoken } from '../../routing/labels.ts';
import type { Cell, Page, Section } from '../page.ts';
import type { DrillReport } from './report.ts';
import { supplierSection } from './suppliers.ts';
import { countWords, idWords, kindWords, listed, priceWords, ratioWords, servingWords, stopWords } from './words.ts';

/** Rows of a table and sentences of a list that a page shows; `--json` has all. */
const MOST_ROWS = 100;
const MOST_LINES = 20;

/** What a drill found, for people, at whichever door they asked. */
export function drillPage(report: DrillReport): Page {
  const [drill] = report.drills;
  const own = report.down !== undefined && drill !== undefined ? oneSupplier(drill) : everySupplier(report);
  const suppliers = report.use === undefined ? [] : [supplierSection(report.use, report.drills, report.down)];
  const title = report.down === undefined ? 'Failover drill' : `Failover drill without ${supplierName(report.down)}`;
  return { title, sections: [...own, basis(report), ...suppliers] };
}

function oneSupplier({ supplier, classes: unsorted }: Drill): readonly Section[] {
  const classes = [...unsorted].sort((a, b) => EFFECTS.indexOf(a.effect) - EFFECTS.indexOf(b.effect));
  const rows = classes.flatMap((work) => work.parts.map((part) => partRow(work, part)));
  const stops = classes.flatMap((work) =>
    work.parts.filter(({ after }) => after.kind === 'stopped').map((part) => stopLine(work, part)),
  );
  const table = {
    head: ['class', 'requests', 'now', supplier === undefined ? 'after' : 'without it', 'price of one'],
    rows: rows.slice(0, MOST_ROWS),
  };
  return [
    { lines: [summaryLine(classes)] },
    { table, lines: more(rows.length - MOST_ROWS, 'row') },
    ...listSection('What would stop', stops, 'reason'),
    ...notServed(classes),
  ];
}

function summaryLine(classes: readonly ClassDrill[]): string {
  const of = (effect: ClassDrill['effect']): number => classes.filter((work) => work.effect === effect).length;
  const words = EFFECTS.flatMap((effect) => {
    const number = of(effect);
    return number === 0 ? [] : [`${countWords(number, 'class', 'classes')} ${EFFECT[effect][number === 1 ? 0 : 1]}`];
  });
  return `${listed(words, 5)}.`;
}

/** The gravest first. */
const EFFECTS = [
  'stops',
  'stops-in-part',
  'moves',
  'unchanged',
  'not-served',
] as const satisfies readonly ClassDrill['effect'][];

const EFFECT: Readonly<Record<ClassDrill['effect'], readonly [one: string, many: string]>> = {
  stops: ['would stop', 'would stop'],
  'stops-in-part': ['would stop in part', 'would stop in part'],
  moves: ['would move', 'would move'],
  unchanged: ['would not notice', 'would not notice'],
  'not-served': ['is served by nobody now either', 'are served by nobody now either'],
};

function partRow(work: ClassDrill, part: Part): readonly Cell[] {
  return [
    { text: work.class, tone: 'name' },
    requestsOf(work, part),
    servingWords(part.now),
    afterCell(part),
    priceWords(part),
  ];
}

/** Which requests of the class; where the kind alone does not tell, with an example. */
function requestsOf(work: ClassDrill, part: Part): string {
  const kinds = kindWords(part.kinds);
  if (work.parts.length === 1 && work.notServed === 0) return kinds === 'all' ? 'all' : kinds;
  const isTold = !work.parts.some((other) => other !== part && other.kinds.some((kind) => part.kinds.includes(kind)));
  return isTold ? kinds : `${kinds}: ${part.example}`;
}

function afterCell({ after }: Part): Cell {
  switch (after.kind) {
    case 'stopped':
      return { text: 'stops', tone: 'bad' };
    case 'moved':
      return `${servingWords(after.to)}${after.shares === undefined ? '' : `, of the same ${after.shares}`}`;
    case 'unchanged':
      return 'the same';
    default:
      return after satisfies never;
  }
}

function stopLine(work: ClassDrill, part: Part): string {
  const example = part.example === '' ? '' : ` (${spoken(part.example)})`;
  const which = work.effect === 'stops' ? '' : ` in part${example}`;
  return `${idWords(work.class)} stops${which}: ${stopWords(part)}.`;
}

function everySupplier({ drills, near, now }: DrillReport): readonly Section[] {
  const dependences = drills.map((drill) => ({ drill, dependence: dependenceOn(drill) }));
  const single = dependences.filter(({ dependence: { stops, stopsInPart } }) => stops.length + stopsInPart.length > 0);
  const names = single.flatMap(({ drill: { supplier } }) =>
    supplier === undefined ? [] : idWords(supplierName(supplier)),
  );
  const first =
    drills.length === 0
      ? 'No supplier has a part in any class of work.'
      : single.length === 0
        ? `Whichever of its ${countWords(drills.length, 'supplier')} is down, no class of work stops.`
        : `${listed(names, 6)} ${single.length === 1 ? 'is a single point of failure' : 'are single points of failure'}: without ${single.length === 1 ? 'it' : 'one of them'} some work stops.`;
  const rows = dependences.map(({ drill, dependence }) => supplierRow(drill.supplier, dependence));
  const table = { head: ['without', 'stops', 'moves', 'price'], rows: rows.slice(0, MOST_ROWS) };
  const pairs = near.map(
    ({ class: name, first: now, next, shares }) =>
      `${idWords(name)}: after ${servingWords(now)} comes ${servingWords(next)}, of the same ${shares}.`,
  );
  return [
    { lines: [first] },
    ...(rows.length === 0 ? [] : [{ table, lines: more(rows.length - MOST_ROWS, 'supplier') }]),
    ...listSection('Next candidates that may fail together with the first', pairs, 'pair'),
    ...notServed(now.classes),
  ];
}

function supplierRow(supplier: Supplier | undefined, dependence: Dependence): readonly Cell[] {
  const { stops, stopsInPart, moves } = dependence;
  const stopped = [...stops, ...stopsInPart.map((name) => `${name} in part`)];
  return [
    { text: supplier === undefined ? '' : supplierName(supplier), tone: 'name' },
    stopped.length === 0 ? '-' : { text: listed(stopped, 3), tone: 'bad' },
    moves.length === 0 ? '-' : listed(moves, 3),
    pricesOf(dependence),
  ];
}

function pricesOf({ dearer, cheaper, same, unknown, worstRatio }: Dependence): string {
  const upTo = worstRatio === undefined ? '' : ` (up to ${ratioWords(worstRatio)})`;
  const parts = [
    ...(dearer === 0 ? [] : [`${dearer} dearer${upTo}`]),
    ...(cheaper === 0 ? [] : [`${cheaper} cheaper`]),
    ...(same === 0 ? [] : [`${same} the same`]),
    ...(unknown === 0 ? [] : [`${unknown} not known`]),
  ];
  return parts.length === 0 ? '-' : parts.join(', ');
}

/** What the result rests on, and what it does not say. */
function basis({ decided, leftOut, unreached, unknownMakers }: DrillReport): Section {
  return {
    lines: [
      `Decided ${countWords(decided, 'request')}, made from the policy and the repository’s files, with everything else healthy. ${typicalWords()}`,
      ...(leftOut === 0
        ? []
        : [`${countWords(leftOut, 'more request')} were left out, because the policy has so many rules.`]),
      ...(unreached.length === 0 ? [] : [`No request was found that comes to ${listed(unreached.map(idWords), 6)}.`]),
      ...(unknownMakers.length === 0
        ? []
        : [
            `Who made ${listed(unknownMakers.map(spoken), 6)} is not known, so no drill of a maker takes ${unknownMakers.length === 1 ? 'it' : 'them'} away.`,
          ]),
    ],
  };
}

/** Classes of which no request is served with everything healthy either, each with why. */
function notServed(classes: readonly ClassDrill[]): readonly Section[] {
  const refusals = classes.flatMap(({ class: name, refusal }) =>
    refusal === undefined ? [] : [`${idWords(name)}: ${refusalSentence(refusal)}`],
  );
  return listSection('What nobody serves now either', refusals, 'class');
}

/** Sentences under a heading; nothing where there are none. */
function listSection(heading: string, lines: readonly string[], what: string): readonly Section[] {
  if (lines.length === 0) return [];
  return [{ heading, lines: [...lines.slice(0, MOST_LINES), ...more(lines.length - MOST_LINES, what)] }];
}

function more(number: number, what: string): readonly string[] {
  return number > 0 ? [`And ${countWords(number, `more ${what}`)}.`] : [];
}
