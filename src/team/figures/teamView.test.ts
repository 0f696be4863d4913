import { describe, expect, test } from 'vitest';
import { daysOfView, readView, type TeamView, usualView, viewQuery } from './teamView.ts';

const NOW = Date.UTC(2026, 10, 23, 14);

describe('a view in an address', () => {
  test.each<readonly [string, TeamView]>([
    ['', usualView],
    ['?weeks=12', { days: { kind: 'weeks', weeks: 12 } }],
    ['?team=3&class=docs', { ...usualView, team: 3, class: 'docs' }],
    ['?label=cost-centre%3A4711', { ...usualView, label: { key: 'cost-centre', value: '4711' } }],
    ['?from=2026-11-01&to=2026-11-14', { days: { kind: 'custom', from: '2026-11-01', to: '2026-11-14' } }],
  ])('%s is read, and written as it was', (query, view) => {
    expect(readView(new URLSearchParams(query))).toEqual(view);
    expect(viewQuery(view)).toBe(query);
  });

  test.each([
    '?weeks=13',
    '?team=0',
    '?team=-1',
    '?team=1e9',
    '?team=x',
    '?class=a%20b',
    "?class=';DROP TABLE tasks",
    '?label=x',
    '?label=%3Cscript%3E:1',
    '?from=2026-11-14&to=2026-11-01',
    '?from=2026-02-31&to=2026-03-01',
    '?from=2026-11-01',
  ])('%s asks for nothing that there is', (query) => {
    expect(readView(new URLSearchParams(query))).toEqual(usualView);
  });
});

describe('the days of a view', () => {
  test('are whole weeks, from a Thursday on, this one among them', () => {
    expect(daysOfView(usualView, NOW)).toEqual({ from: '2026-10-29', to: '2026-11-23' });
    expect(daysOfView({ days: { kind: 'weeks', weeks: 1 } }, NOW)).toEqual({ from: '2026-11-19', to: '2026-11-23' });
  });

  test('are not more than there can be any of', () => {
    const { from } = daysOfView({ days: { kind: 'custom', from: '1971-01-01', to: '2026-11-23' } }, NOW);
    expect(from).toBe('2024-09-14');
  });
});
