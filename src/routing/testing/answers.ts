import type { FactFile, Facts } from '../facts.ts';

/** A decision in one line: what a person would call the answer. */
export { servedBy as answer } from '../policyTests.ts';

/** Files with one line added and one deleted each. */
export function files(...paths: readonly string[]): readonly FactFile[] {
  return paths.map((path) => ({ path, added: 1, deleted: 1 }));
}

/** An edit of such files. */
export function edits(...paths: readonly string[]): Facts {
  return { kind: 'edit', files: files(...paths) };
}
