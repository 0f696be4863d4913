import type { Decision } from '../decision.ts';
import type { FactFile, Facts } from '../facts.ts';

/** A decision in one line: what a person would call the answer. */
export function answer({ outcome }: Decision): string {
  switch (outcome.kind) {
    case 'routed':
      return outcome.target.target;
    case 'blocked':
      return `blocked by ${outcome.by.join(', ')}`;
    case 'native':
    case 'unserved':
      return outcome.kind;
  }
}

/** Files with one line added and one deleted each. */
export function files(...paths: readonly string[]): readonly FactFile[] {
  return paths.map((path) => ({ path, added: 1, deleted: 1 }));
}

/** An edit of such files. */
export function edits(...paths: readonly string[]): Facts {
  return { kind: 'edit', files: files(...paths) };
}
