import { type FiledPatterns, filePatterns } from './pathIndex.ts';
import type { Policy } from './schema.ts';
import { globListsOf } from './walk.ts';

const filed = new WeakMap<Policy, FiledPatterns>();

/** The patterns of all globs of a policy, filed. Checking a large policy and compiling it both ask for them. */
export function filedGlobs(policy: Policy): FiledPatterns {
  const known = filed.get(policy);
  if (known !== undefined) return known;
  const made = filePatterns(globListsOf(policy));
  filed.set(policy, made);
  return made;
}
