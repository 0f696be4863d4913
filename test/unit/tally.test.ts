import { expect, test } from 'vitest';
import { addTallies, tallyOf, wordsFor } from '../../scripts/tally.ts';

const report = { numPassedTests: 3, numFailedTests: 1, numPendingTests: 1, numTodoTests: 1 };

test('a file that did not load counts as one failure', () => {
  const testResults = [
    { name: 'a.test.ts', status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] },
    { name: 'b.test.ts', status: 'failed', assertionResults: [] },
    { name: 'c.test.ts', status: 'passed', assertionResults: [{ status: 'passed' }] },
  ];
  expect(tallyOf({ ...report, testResults })).toEqual({ passed: 3, failed: 2, skipped: 2 });
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
