import { writeFileSync } from 'node:fs';
import type { Reporter } from 'vitest/node';

/** Where a run's reporter leaves what was thrown outside of every test: vitest's JSON report does not have it. */
export const UNHANDLED_FILE = 'TEST_UNHANDLED_FILE';

/** Writes what was thrown outside of every test as a list of sentences. */
export default class UnhandledReporter implements Reporter {
  onTestRunEnd(...[, errors]: Parameters<NonNullable<Reporter['onTestRunEnd']>>): void {
    const file = process.env[UNHANDLED_FILE];
    if (file === undefined) return;
    writeFileSync(file, JSON.stringify(errors.map(({ name, message }) => `${name ?? 'Error'}: ${message}`)));
  }
}
