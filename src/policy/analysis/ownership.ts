import { type Finding, quote } from '../finding.ts';

/**
 * A policy file that anybody may change without review.
 *
 * @param ownersOf the repository's CODEOWNERS: who owns a path, undefined for nobody
 */
export function unownedPolicy(
  policyPath: string,
  ownersOf: ((path: string) => string | undefined) | undefined,
): readonly Finding[] {
  if (ownersOf === undefined || ownersOf(policyPath) !== undefined) return [];
  return [
    {
      code: 'unowned-policy',
      severity: 'warning',
      message: `Nobody owns ${quote(policyPath)} in CODEOWNERS, so whoever it binds can change it unasked. Add a line such as "/${policyPath} @your-org/your-team" there.`,
      path: [],
      part: 'opening',
      witness: { paths: [policyPath] },
    },
  ];
}
