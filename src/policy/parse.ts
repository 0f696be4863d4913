import { crowdedKey } from './crowdedKey.ts';
import type { Diagnostic } from './diagnostic.ts';
import { type PolicyDocument, plainValue, readDocument, textRange } from './document.ts';
import { type Finding, mostSevere, toDiagnostics } from './finding.ts';
import { findMistakes } from './mistakes.ts';
import { hasTooManyConditions } from './nestedConditions.ts';
import { type Around, outerNames } from './outer.ts';
import { type Policy, policySchema } from './schema.ts';
import { shapeFindings } from './shapeFindings.ts';
import { findBadKeys, refusalDiagnostic, syntaxDiagnostics } from './syntaxFindings.ts';

/** What came of a policy file. There is a policy exactly when no diagnostic is an error. */
export interface ParsedPolicy {
  readonly policy?: Policy;
  /** In the order of the file; at most 200. */
  readonly diagnostics: readonly Diagnostic[];
  /** The text as a tree with offsets, for whoever wants to point into it. */
  readonly document: PolicyDocument;
}

/**
 * Reads a policy file: JSON with comments and trailing commas, checked against the schema and for what the file alone
 * can show to be wrong (names that lead nowhere, cycles, globs that cannot match, rules that say nothing). Never throws,
 * whatever the text; a file with an error gives no policy, so that a broken rule is never half in force.
 *
 * @param around the layers whose aliases and gates it may use. To learn what a file extends, read it as `unread` first,
 *   then again with what was found there: only the second reading may be compiled
 */
export function parsePolicy(text: string, around: Around = {}): ParsedPolicy {
  const document = readDocument(text);
  if (document.refused !== undefined) return { document, diagnostics: [refusalDiagnostic(document, document.refused)] };
  const plain = document.plain ?? readTree(document);
  if ('diagnostics' in plain) return { document, diagnostics: mostSevere(plain.diagnostics) };
  if (hasTooManyConditions(plain.value)) {
    return { document, diagnostics: [refusalDiagnostic(document, { kind: 'too-many-conditions', offset: 0 })] };
  }
  const crowded = crowdedKey(plain.value);
  if (crowded !== undefined) return { document, diagnostics: toDiagnostics(document, [crowded]) };
  const shaped = readShape(plain.value);
  if (shaped.policy === undefined) return { document, diagnostics: toDiagnostics(document, shaped.findings) };
  const findings = findMistakes(shaped.policy, outerNames(around));
  const diagnostics = toDiagnostics(document, findings);
  const isSound = !findings.some((finding) => finding.severity === 'error');
  return { document, diagnostics, ...(isSound ? { policy: shaped.policy } : {}) };
}

/** The value of a text that has comments or a mistake. */
function readTree(
  document: PolicyDocument,
): { readonly value: unknown } | { readonly diagnostics: readonly Diagnostic[] } {
  const syntax = syntaxDiagnostics(document);
  if (syntax.length > 0 || document.root === undefined) return { diagnostics: syntax };
  const badKeys = findBadKeys(document.root);
  if (badKeys.length === 0) return { value: plainValue(document.root) };
  const diagnostics = badKeys.map(({ node, finding }) => ({
    ...finding,
    range: textRange(document, node.offset, node.offset + node.length),
  }));
  return { diagnostics };
}

type Shape = { readonly policy: Policy } | { readonly policy?: never; readonly findings: readonly Finding[] };

function readShape(value: unknown): Shape {
  try {
    // Code of its own for each kind of object, which zod writes at first, takes longer than reading most policies does without.
    const { success, data, error } = policySchema.safeParse(value, { jitless: true });
    return success ? { policy: data } : { findings: shapeFindings(value, error.issues) };
  } catch (error) {
    // zod passes issues upwards as arguments, so a hundred thousand of them exhaust the stack. Nesting, the other way
    // to get there, was limited before.
    if (!(error instanceof RangeError)) throw error;
    const message = 'This file has more mistakes than can be listed, so it was not read. Begin with a small policy.';
    return { findings: [{ code: 'too-large', severity: 'error', message, path: [], part: 'opening' }] };
  }
}
