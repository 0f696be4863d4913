import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * What takes longest, or waits longest: begun last, one of them would run on alone. Vitest begins with the largest files
 * where it has not run before, which these are not.
 */
const SLOW = [
  'test/e2e/usage.test.ts',
  'test/e2e/sync.test.ts',
  'test/e2e/windows.test.ts',
  'test/e2e/sessions.test.ts',
  'test/panel/team.test.ts',
  'test/unit/budget-concurrency.test.ts',
  'test/unit/team-leases-routers.test.ts',
  'test/unit/faults/',
  'test/unit/ledger-kills.test.ts',
  'test/unit/fuzz.test.ts',
  'test/unit/router-',
  'test/unit/sessions-golden.test.ts',
  'src/gateway/takeOver.test.ts',
];

/** Files in the order of {@link SLOW}, and then the others as Vitest has them. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const usual = await super.sort(files);
    return usual.toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = SLOW.findIndex((part) => moduleId.includes(part));
  return place < 0 ? SLOW.length : place;
}
