import { describe, expect, test } from 'vitest';
import { emptyReport, hostileReport, oneDayReport, richReport } from '../../test/panel/sample.ts';
import { readPanelRequest, readPanelUpdate } from './panel.ts';
import { isUsageReport } from './reportShape.ts';

const range = { kind: 'days', days: 7 } as const;

describe('what the panel says', () => {
  test.each([
    { type: 'show', range },
    { type: 'refresh' },
    { type: 'explain', requestId: 'a' },
    { type: 'export', format: 'focus' },
    { type: 'openPolicy' },
    { type: 'openPolicy', class: 'tests' },
  ])('%j is understood', (message) => {
    expect(readPanelRequest(message)).toEqual(message);
  });

  test.each([
    null,
    'refresh',
    {},
    { type: 'show' },
    { type: 'show', range: { kind: 'days', days: 100_000 } },
    { type: 'explain' },
    { type: 'explain', requestId: '' },
    { type: 'explain', requestId: { toString: 'a' } },
    { type: 'explain', requestId: 'a'.repeat(501) },
    { type: 'export', format: 'exe' },
    { type: 'openPolicy', class: 7 },
    { type: 'run', command: 'workbench.action.terminal.new' },
  ])('%j is not', (message) => {
    expect(readPanelRequest(message)).toBeUndefined();
  });

  test('what is beside the fields of a message is not taken along', () => {
    expect(readPanelRequest({ type: 'refresh', command: 'x' })).toEqual({ type: 'refresh' });
  });
});

describe('what the panel is told', () => {
  test.each([
    ['nothing yet', emptyReport],
    ['one day', oneDayReport],
    ['ninety days', richReport],
    ['hostile names', hostileReport],
  ])('a report of %s is one, also as JSON', (_what, report) => {
    expect(isUsageReport(report)).toBe(true);
    const crossed: unknown = JSON.parse(JSON.stringify({ type: 'report', range, report }));
    expect(readPanelUpdate(crossed)).toEqual(crossed);
  });

  test.each([
    ['without totals', { ...richReport, totals: undefined }],
    ['with a sum that is text', { ...richReport, totals: { ...richReport.totals, costNanoUsd: '1' } }],
    [
      'with a row that has no cells',
      { ...richReport, heat: { models: [], rows: [{ class: 'a', work: 'change', route: [] }] } },
    ],
    ['with a list that is none', { ...richReport, decisions: {} }],
    ['that is nothing', null],
  ])('a report %s is none', (_what, report) => {
    expect(readPanelUpdate({ type: 'report', range, report })).toBeUndefined();
  });

  test('an end that is open crosses as null', () => {
    const [row] = richReport.heat.rows;
    const [target = ''] = Object.keys(row?.cells ?? {});
    const cell = { ...row?.cells[target], costPerSuccessNanoUsd: { low: 5, high: Infinity } };
    const open = { ...richReport, heat: { ...richReport.heat, rows: [{ ...row, cells: { [target]: cell } }] } };
    expect(isUsageReport(JSON.parse(JSON.stringify(open)))).toBe(true);
  });
});
