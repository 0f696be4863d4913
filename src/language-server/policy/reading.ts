import { createHash } from 'node:crypto';
import { compilePolicy } from '../../policy/compile.ts';
import type { CompiledPolicy } from '../../policy/compiled.ts';
import type { Diagnostic } from '../../policy/diagnostic.ts';
import type { PolicyDocument } from '../../policy/document.ts';
import { type LayeredPolicy, layered, oneLayer, type PolicyLayer } from '../../policy/layers.ts';
import { parsePolicy } from '../../policy/parse.ts';
import type { Draft } from '../../router/policies/policies.ts';
import { sourceDiagnostic } from '../../router/policies/sourceDiagnostic.ts';

/** A policy's text and what it comes to beside the layers around it. */
export interface Reading {
  readonly text: string;
  readonly document: PolicyDocument;
  /** The layers around it, the outermost first. */
  readonly outer: readonly PolicyLayer[];
  /** What the text alone and its sources show to be wrong. */
  readonly diagnostics: readonly Diagnostic[];
  /** Left out where the text has a mistake, or what it extends is not known. */
  readonly sound?: Sound;
}

export interface Sound {
  readonly policy: CompiledPolicy;
  /** With the layers around it. */
  readonly layers: LayeredPolicy;
}

/**
 * Reads a policy as it is being typed.
 *
 * @param around what the text extends; left out, where it belongs to no folder
 */
export function readPolicy(text: string, around: Draft | undefined): Reading {
  const { outer = [], isComplete = true, issues = [] } = around ?? {};
  const isAllKnown = isComplete && issues.length === 0;
  const parsed = parsePolicy(text, { outer, unread: !isAllKnown });
  const { document, policy } = parsed;
  const diagnostics = [...parsed.diagnostics, ...issues.map((issue) => sourceDiagnostic(document, issue))];
  const read = { text, document, outer, diagnostics };
  // Without all that it extends it cannot be told what its names mean.
  if (policy === undefined || !isAllKnown) return read;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const compiled = compilePolicy(policy, hash, { outer });
  const layers = layered([...outer, ...oneLayer(compiled).layers], hash);
  return { ...read, sound: { policy: compiled, layers } };
}
