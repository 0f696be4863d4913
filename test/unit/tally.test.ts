import { expect, test } from 'vitest';
import { addTallies, failuresIn, tallyOf, withSecondRun, wordsFor } from '../../scripts/tally.ts';

const passed = { fullName: 'adds', status: 'passed', failureMessages: [] };
const failed = { fullName: 'sums > adds', status: 'failed', failureMessages: ['Error: 1 is not 2\n  at sums.ts:3'] };
const skipped = { fullName: 'later', status: 'skipped' };
const todo = { fullName: 'some day', status: 'todo' };
const first = {
  testResults: [
    { name: 'a.test.ts', status: 'failed', assertionResults: [failed, passed, skipped] },
    { name: 'b.test.ts', status: 'failed', message: 'Cannot find c\n  at b.test.ts', assertionResults: [] },
    { name: 'c.test.ts', status: 'passed', assertionResults: [passed, todo] },
  ],
};

test('a file that did not load counts as one failure', () => {
  expect(tallyOf(first)).toEqual({ passed: 2, failed: 2, skipped: 2 });
});

test('what failed is named, with the first line that says why', () => {
  expect(failuresIn(first)).toEqual([
    { file: 'a.test.ts', test: 'sums > adds', why: 'Error: 1 is not 2' },
    { file: 'b.test.ts', why: 'Cannot find c' },
  ]);
});

test('of a file that was run again, the second run counts', () => {
  const second = {
    testResults: [
      {
        name: 'a.test.ts',
        status: 'passed',
        assertionResults: [{ ...passed, fullName: 'sums > adds' }, passed, skipped],
      },
      { name: 'b.test.ts', status: 'failed', assertionResults: [failed, passed] },
    ],
  };
  const both = withSecondRun(first, second);
  expect(tallyOf(both)).toEqual({ passed: 4, failed: 1, skipped: 2 });
  expect(failuresIn(both)).toMatchObject([{ file: 'b.test.ts', test: 'sums > adds' }]);
});

test('what failed and was not run the second time has failed', () => {
  const second = {
    testResults: [{ name: 'a.test.ts', status: 'passed', assertionResults: [{ ...failed, status: 'skipped' }, todo] }],
  };
  const both = withSecondRun(first, second);
  expect(tallyOf(both)).toEqual({ passed: 2, failed: 2, skipped: 2 });
  expect(failuresIn(both)).toEqual(failuresIn(first));
});

test('skipped tests are mentioned only if there are any', () => {
  expect(wordsFor({ passed: 5, failed: 0, skipped: 0 })).toBe('5 passed, 0 failed');
  expect(wordsFor({ passed: 5, failed: 1, skipped: 2 })).toBe('5 passed, 1 failed, 2 skipped');
});

test('several runs add up', () => {
  const one = { passed: 1, failed: 2, skipped: 3 };
  expect(addTallies([one, one])).toEqual({ passed: 2, failed: 4, skipped: 6 });
  expect(addTallies([])).toEqual({ passed: 0, failed: 0, skipped: 0 });
});
