/** Limits on what a policy file may hold. A policy is untrusted input: whatever is larger is refused, not processed. */
export const limits = {
  fileBytes: 5 * 1024 * 1024,
  nesting: 64,
  /** Objects, lists and list items in one file. Ten thousand rules have about a hundred thousand. */
  values: 150_000,
  /** Of one part: classes, routes, prices, … Ten thousand rules are as many as anybody has. */
  entries: 12_000,
  /** Spaces and line breaks in a row. */
  blanks: 100_000,
  globCharacters: 512,
  braceExpansions: 256,
  /** Of all globs of one file together. */
  totalBraceExpansions: 100_000,
  stringCharacters: 2_000,
  idCharacters: 64,
  whenNesting: 8,
  /** In `anyOf` and `not`, of all conditions together. */
  nestedConditions: 10_000,
  aliases: 1_000,
  /** Targets that one alias, route or `else` comes to. */
  chainTargets: 32,
  /** Each is held against every target of a request. */
  constraints: 500,
  budgets: 200,
  gates: 200,
  /** The policy's own tests, each of which is a decision. */
  tests: 1_000,
  namedModules: 1_000,
  /** In one list of a condition, globs apart: keywords, languages, clients, … */
  conditionItems: 100,
  keywords: 2_000,
  keywordCharacters: 100,
  globs: 50_000,
  /** Globs that no folder, name or ending tells apart from many others; each is tried for path after path. */
  crowdedGlobs: 1_000,
  /** Items of `allow`, `deny`, `hosts` and `residency` of all constraints together. */
  admissions: 5_000,
  targetCharacters: 256,
} as const;
