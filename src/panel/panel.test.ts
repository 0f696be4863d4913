import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { describe, expect, test } from 'vitest';
import { emptyReport, hostileReport, oneDayReport, richReport } from '../../test/panel/sample.ts';
import type { HeatCell, HeatRow } from '../usage/report/usageReport.ts';
import { Report } from './components/Report.tsx';
import { amount, counted, percent, percentRange, spent, targetNames, usdRange } from './figures.ts';
import { cellSentences, heatLevel, standardisedDiffers } from './heatCell.ts';
import { afterUpdate } from './panelState.ts';
import { policyChanges, policyLine } from './policyChanges.ts';

const USD = 1e9;

const cell = (usd: number | undefined, more: Partial<HeatCell> = {}): HeatCell => ({
  costNanoUsd: (usd ?? 0) * USD * 80,
  simulatedNanoUsd: 0,
  unpriced: 0,
  tasks: 100,
  judged: 100,
  successes: 80,
  unknown: 0,
  confidence: 'enough',
  passRate: { low: 0.8, high: 0.8 },
  ...(usd === undefined ? {} : { costPerSuccessNanoUsd: { low: usd * USD, high: usd * USD } }),
  ...more,
});

const row = (cells: Readonly<Record<string, HeatCell>>, more: Partial<HeatRow> = {}): HeatRow => ({
  class: 'tests',
  work: 'change',
  passFloor: 0.7,
  route: ['a/dear'],
  cells,
  seniorReview: false,
  ...more,
});

describe('figures', () => {
  test.each([
    [percent(0), '0%'],
    [percent(0.5), '50%'],
    [percent(0.999), '99.9%'],
    [percent(0.004), '0.4%'],
    [percent(1), '100%'],
    [percentRange({ low: 0.8, high: 0.803 }), '80%'],
    [percentRange({ low: 0.8, high: 0.9 }), '80–90%'],
    [usdRange({ low: USD, high: 2 * USD }), '$1.00–2.00'],
    [usdRange({ low: USD, high: USD }), '$1.00'],
    [usdRange({ low: USD, high: Infinity }), '$1.00 or more'],
    [spent({ costNanoUsd: 0, unpriced: 3 }), 'unpriced'],
    [spent({ costNanoUsd: USD, unpriced: 3 }), '≥ $1.00'],
    [counted(1, 'task'), '1 task'],
    [counted(1_234, 'task'), '1,234 tasks'],
    [amount(61_204_113), '61.2M'],
    [targetNames('anthropic/claude-opus-5-5').model, 'opus-5-5'],
    [targetNames('nothing').provider, ''],
  ])('%s is written %s', (seen, wanted) => {
    expect(seen).toBe(wanted);
  });
});

describe('a cell', () => {
  test('is painted by how many times the cheapest of its row it costs', () => {
    const cells = { a: cell(1), b: cell(1.1), c: cell(1.9), d: cell(3.9), e: cell(9.9), f: cell(10.1) };
    expect(Object.values(cells).map((one) => heatLevel(row(cells), one))).toEqual([0, 0, 1, 2, 3, 4]);
  });

  test('below the floor, or with too few tasks, is not painted, and makes no other look dear', () => {
    const cells = { cheap: cell(0.01, { belowFloor: true }), few: cell(0.01, { confidence: 'few' }), fair: cell(1) };
    expect(Object.values(cells).map((one) => heatLevel(row(cells), one))).toEqual([undefined, undefined, 0]);
  });

  test('that costs nothing is the cheapest', () => {
    const cells = { free: cell(0), paid: cell(0.1) };
    expect(Object.values(cells).map((one) => heatLevel(row(cells), one))).toEqual([0, 4]);
  });

  test('shows the rate on the same mix where it would be read differently', () => {
    expect(standardisedDiffers(cell(1, { standardisedPassRate: 0.803 }))).toBe(false);
    expect(standardisedDiffers(cell(1, { standardisedPassRate: 0.7 }))).toBe(true);
  });

  test('that waits for its outcome is no failure', () => {
    const waiting = cell(undefined, { judged: 0, successes: 0, tasks: 3, confidence: 'few', costNanoUsd: USD });
    const { passRate: _, ...open } = waiting;
    expect(cellSentences(row({ 'a/dear': open }), 'a/dear').join(' ')).toContain(
      '3 tasks, none judged yet. $1.00 spent.',
    );
  });

  test('says in words all that it shows', () => {
    const words = cellSentences(
      row(
        {
          'a/dear': cell(1, {
            unknown: 5,
            passRate: { low: 0.8, high: 0.85 },
            passInterval: { low: 0.7, high: 0.9 },
            costInterval: { low: 0.9 * USD, high: 1.1 * USD },
            standardisedPassRate: 0.6,
            unpriced: 2,
            confidence: 'low',
          }),
        },
        { best: 'a/dear' },
      ),
      'a/dear',
    ).join(' ');
    for (const part of [
      '100 tasks: 100 judged, 5 of them unknown, 80 succeeded. Low confidence',
      'Pass rate 80–85%, where the floor is 70%',
      'Chance alone: 70–90%',
      'With the mix of work that all models had: 60%',
      '$1.00 a successful task. Chance alone: $0.90–1.10',
      '2 attempts had no known price',
      'The cheapest that reaches the floor',
      "The policy's first choice",
    ])
      expect(words).toContain(part);
  });
});

describe('what the policy would change', () => {
  const heat = (...rows: HeatRow[]) => ({ models: [{ target: 'a/dear' }, { target: 'a/cheap' }], rows });

  test('another model that passes for less, and what that would have saved', () => {
    const { changes } = policyChanges(heat(row({ 'a/dear': cell(1), 'a/cheap': cell(0.25) }, { best: 'a/cheap' })));
    expect(changes).toMatchObject([
      {
        kind: 'route',
        from: 'a/dear',
        to: 'a/cheap',
        savesNanoUsd: { low: 60 * USD, high: 60 * USD },
        mayBeChance: false,
      },
    ]);
  });

  test('a difference that chance may make is said to be one', () => {
    const near = { costInterval: { low: 0.5 * USD, high: 1.5 * USD } };
    const { changes } = policyChanges(
      heat(row({ 'a/dear': cell(1, near), 'a/cheap': cell(0.8, near) }, { best: 'a/cheap' })),
    );
    expect(changes).toMatchObject([{ mayBeChance: true }]);
  });

  test.each([
    ['has too few tasks', cell(1, { confidence: 'few' })],
    ['has no price', cell(1, { unpriced: 1 })],
    ['never succeeded', cell(undefined)],
  ])('no amount is named where today’s route %s', (_what, before) => {
    const { changes } = policyChanges(heat(row({ 'a/dear': before, 'a/cheap': cell(0.25) }, { best: 'a/cheap' })));
    expect(changes).toHaveLength(1);
    expect(changes[0]).not.toHaveProperty('savesNanoUsd');
  });

  test('a cheaper route that may be above the floor is not argued with', () => {
    const cheap = cell(0.1, { unknown: 40, passRate: { low: 0.5, high: 0.9 }, belowFloor: false });
    const heatOf = heat(row({ 'a/dear': cheap, 'a/cheap': cell(0.25) }, { best: 'a/cheap' }));
    expect(policyChanges(heatOf)).toMatchObject({ changes: [], undecided: 1 });
  });

  test('a cheaper route that is below the floor is', () => {
    const cheap = cell(0.1, { passRate: { low: 0.5, high: 0.5 }, belowFloor: true });
    const heatOf = heat(row({ 'a/dear': cheap, 'a/cheap': cell(0.25) }, { best: 'a/cheap' }));
    expect(policyChanges(heatOf)).toMatchObject({ changes: [{ to: 'a/cheap' }] });
  });

  test('work that no model does well enough comes first, for a person to look at', () => {
    const { changes } = policyChanges(
      heat(
        row({ 'a/dear': cell(1), 'a/cheap': cell(0.25) }, { best: 'a/cheap' }),
        row({}, { class: 'hard', seniorReview: true }),
      ),
    );
    expect(changes.map(({ kind }) => kind)).toEqual(['senior-review', 'route']);
  });

  test('rows that agree and rows without evidence are counted; questions are neither', () => {
    expect(
      policyChanges(
        heat(
          row({ 'a/dear': cell(1) }, { best: 'a/dear' }),
          row({ 'a/dear': cell(1, { confidence: 'few' }) }, { class: 'docs' }),
          row({ 'a/dear': cell(1) }, { class: 'chat', work: 'question' }),
          { ...row({ 'a/dear': cell(1) }, { class: 'free' }), passFloor: undefined } as unknown as HeatRow,
        ),
      ),
    ).toEqual({ changes: [], agreeing: 1, undecided: 1, withoutFloor: 1 });
  });

  test.each([
    ['tests', { path: 'routes.tests.use' }],
    ['module-work', { path: 'routes["module-work"].use' }],
    ['default', { path: 'default' }],
    ['org:ledger', { path: 'routes.ledger.use', layer: 'org' }],
  ])('the line of %s is %j', (ofClass, line) => {
    expect(policyLine(ofClass)).toEqual(line);
  });
});

describe('answers', () => {
  const state = { range: { kind: 'days', days: 30 }, isLoading: true, said: '' } as const;
  const range = state.range;

  test('to a range that was left are no answers', () => {
    const other = { kind: 'days', days: 7 } as const;
    expect(afterUpdate(state, { type: 'report', range: other, report: richReport })).toBe(state);
  });

  test('that were waited for are spoken of, and those that come by themselves are not', () => {
    const shown = afterUpdate(state, { type: 'report', range, report: richReport });
    expect(shown.said).toBe('96,118 requests, $418.37 spent, 5,317 tasks succeeded.');
    expect(afterUpdate(shown, { type: 'report', range, report: richReport }).said).toBe('');
  });

  test('that did not come leave the last report in sight, and the next one takes the failure away', () => {
    const shown = afterUpdate(state, { type: 'report', range, report: richReport });
    const failed = afterUpdate(shown, { type: 'failed', range, message: 'away' });
    expect(failed).toMatchObject({ failure: 'away', report: richReport, isLoading: false });
    expect(afterUpdate(failed, { type: 'report', range, report: oneDayReport })).not.toHaveProperty('failure');
  });
});

describe('drawn without a browser, as a server would', () => {
  const draw = (report: typeof richReport): string => renderToString(h(Report, { report, timeZone: 'UTC' }));

  test.each([
    ['nothing yet', emptyReport, 'Nothing was routed in these days'],
    ['one day', oneDayReport, 'too few'],
    ['ninety days', richReport, 'senior review'],
  ])('%s', (_what, report, words) => {
    expect(draw(report)).toContain(words);
  });

  test('names from outside are text: no element, attribute or direction of writing comes of them', () => {
    const html = draw(hostileReport);
    // Only whether they are there: the page itself says little when it is printed.
    const found = (pattern: RegExp): boolean => pattern.test(html);
    expect(found(/&lt;img src=x onerror/), 'they are shown').toBe(true);
    expect(found(/<(?:img|script|style)/i)).toBe(false);
    expect(found(/<[^>]* on\w+="/i)).toBe(false);
    expect(found(/[\p{Cf}\p{Cc}]/u)).toBe(false);
    expect(found(/(?:long){376}/), 'without end').toBe(false);
  });

  test('without an editor there is no button that only an editor could answer', () => {
    expect(draw(richReport)).not.toContain('<button');
  });

  test('no style attribute is written: the page would refuse it', () => {
    expect(draw(richReport)).not.toContain(' style=');
  });
});
