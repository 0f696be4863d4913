import { describe, expect, test } from 'vitest';
import { painterFor, widthOf } from './paint.ts';
import { columns, count } from './table.ts';

describe('colours', () => {
  test.each([
    ['a terminal', { isTTY: true }, {}, true],
    ['a pipe', {}, {}, false],
    ['a terminal of someone who wants none', { isTTY: true }, { NO_COLOR: '1' }, false],
    ['an empty wish', { isTTY: true }, { NO_COLOR: '' }, true],
    ['a terminal that knows none', { isTTY: true }, { TERM: 'dumb' }, false],
  ])('%s', (_what, stream, env, isColoured) => {
    const painted = painterFor(stream, env)('red', 'x');
    expect(painted).toBe(isColoured ? '\u001b[31mx\u001b[39m' : 'x');
    expect(widthOf(painted)).toBe(1);
  });
});

test('columns are aligned whatever their colours', () => {
  const paint = painterFor({ isTTY: true }, {});
  const lines = columns(
    [
      [paint('bold', 'name'), 'count'],
      ['é', '7'],
    ],
    ['left', 'right'],
  ).split('\n');
  expect(lines).toEqual([`  ${paint('bold', 'name')}  count`, '  é         7', '']);
});

test('one is not many', () => {
  expect([count(1, 'file'), count(0, 'file'), count(12_000, 'file')]).toEqual(['1 file', '0 files', '12,000 files']);
});
