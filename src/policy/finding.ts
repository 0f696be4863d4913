import type { Diagnostic, DiagnosticCode, Severity, Witness } from './diagnostic.ts';
import { type DocumentPath, type NodePart, type PolicyDocument, rangeInDocument } from './document.ts';

/** The most diagnostics that one file gets; more help nobody. */
export const DIAGNOSTIC_LIMIT = 200;

/** A diagnostic that says where it belongs by path, before it is looked up in the text. */
export interface Finding {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly message: string;
  readonly path: DocumentPath;
  /** What of that path to point at; the value where this is left out. */
  readonly part?: NodePart;
  readonly fix?: { readonly title: string; readonly replacement: string };
  readonly witness?: Witness;
}

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, information: 2 };

/** Places findings in the text, in the order of the file. Of too many, errors are kept first. */
export function toDiagnostics(document: PolicyDocument, findings: readonly Finding[]): readonly Diagnostic[] {
  const placed = mostSevere(findings).map(
    ({ part, ...finding }): Diagnostic => ({
      ...finding,
      range: rangeInDocument(document, finding.path, part),
    }),
  );
  return placed.sort((a, b) => a.range.start - b.range.start || RANK[a.severity] - RANK[b.severity]);
}

/** At most {@link DIAGNOSTIC_LIMIT} of these, the most severe ones. */
export function mostSevere<Item extends { readonly severity: Severity }>(items: readonly Item[]): readonly Item[] {
  if (items.length <= DIAGNOSTIC_LIMIT) return items;
  return [...items].sort((a, b) => RANK[a.severity] - RANK[b.severity]).slice(0, DIAGNOSTIC_LIMIT);
}

/** A fix that replaces a string or a key with another. */
export function replaceWith(word: string): { fix: { title: string; replacement: string } } {
  return { fix: { title: `Change to ${JSON.stringify(word)}`, replacement: JSON.stringify(word) } };
}

/** A name from the file, quoted, and cut where it is too long to read. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 77)}…` : name);
}

/** `"a", "b" or "c"`; long lists end in how many more there are. */
export function listWords(words: readonly string[], shown = 12): string {
  const quoted = words.slice(0, shown).map(quote);
  const rest = words.length - quoted.length;
  if (rest > 0) return `${quoted.join(', ')} or ${rest} more`;
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`;
}
