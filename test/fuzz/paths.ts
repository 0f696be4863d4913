// The index of a policy's globs against a loop that asks minimatch about every list.
import fc from 'fast-check';
import { indexAgrees, PATHS_OF_A_POLICY } from '../../src/policy/testing/agreement.ts';

export interface PathFindings {
  /** Pairs of a policy and a path. */
  readonly pairs: number;
  /** The smallest difference that was found, for people. */
  readonly difference?: string;
}

/** Compares both on about `pairs` random pairs; of what differs first, the smallest example. */
export function fuzzPaths(pairs: number, seed: number): PathFindings {
  let asked = 0;
  const property = indexAgrees((count) => {
    asked += count;
  });
  const details = fc.check(property, { numRuns: Math.ceil(pairs / PATHS_OF_A_POLICY), seed });
  return { pairs: asked, ...(details.failed ? { difference: fc.defaultReportMessage(details) ?? 'it differs' } : {}) };
}
