// How many tests passed, failed and were skipped, and the words for it.

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The part of vitest's JSON report that is counted. */
export interface VitestReport {
  readonly testResults: readonly TestFile[];
}

interface TestFile {
  readonly name: string;
  readonly status: string;
  /** Of the file itself: why it did not load. */
  readonly message?: string;
  readonly assertionResults: readonly TestCase[];
}

interface TestCase {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages?: readonly string[] | null;
}

export interface Failure {
  /** The file's path; none where something was thrown outside of every test. */
  readonly file?: string;
  /** The test's full name; none where the file failed without one: it did not load, or a hook threw. */
  readonly test?: string;
  readonly why: string;
}

/** Counts a report. A file that failed without a failed test counts as one failure. */
export function tallyOf(report: VitestReport): Tally {
  const statuses = report.testResults.flatMap(({ assertionResults }) => assertionResults.map(({ status }) => status));
  const count = (wanted: string): number => statuses.filter((status) => status === wanted).length;
  return {
    passed: count('passed'),
    failed: failuresIn(report).length,
    skipped: statuses.length - count('passed') - count('failed'),
  };
}

/** What failed, in the report's order, each with the first line that says why. */
export function failuresIn(report: VitestReport): readonly Failure[] {
  return report.testResults.flatMap(({ name: file, status, message = '', assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0) return status === 'failed' ? [{ file, why: firstLine(message) }] : [];
    return failed.map(({ fullName, failureMessages }) => ({
      file,
      test: fullName,
      why: firstLine(failureMessages?.[0] ?? ''),
    }));
  });
}

/** The report of a run, with the files that were run again as they went the second time: what failed has to have passed then. */
export function withSecondRun(first: VitestReport, second: VitestReport): VitestReport {
  const again = new Map(second.testResults.map((file) => [file.name, file]));
  return {
    testResults: first.testResults.map((before) => {
      const after = again.get(before.name);
      return after === undefined ? before : fileRunAgain(before, after);
    }),
  };
}

/** A test that was not run the second time, or is there no more, is what it was. */
function fileRunAgain(before: TestFile, after: TestFile): TestFile {
  const hasRun = ({ status }: TestCase): boolean => status === 'passed' || status === 'failed';
  const names = new Set(after.assertionResults.filter(hasRun).map(({ fullName }) => fullName));
  const kept = before.assertionResults.filter((test) => hasRun(test) && !names.has(test.fullName));
  const isKept = new Set(kept.map(({ fullName }) => fullName));
  return {
    ...after,
    assertionResults: [...after.assertionResults.filter(({ fullName }) => !isKept.has(fullName)), ...kept],
  };
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? '';
}

export function addTallies(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (sum, next) => ({
      passed: sum.passed + next.passed,
      failed: sum.failed + next.failed,
      skipped: sum.skipped + next.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

/** `12 passed, 0 failed`, with `, 1 skipped` only if there was one. Nothing run is a failure. */
export function wordsFor({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
