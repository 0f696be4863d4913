import { findNodeAtLocation } from 'jsonc-parser';
import type { Diagnostic } from '../../policy/diagnostic.ts';
import { type PolicyDocument, rangeInDocument } from '../../policy/document.ts';
import type { ChainIssue } from './chain.ts';

/** What is wrong with one entry of `extends`, at its source. One that is not there now is a warning: a copy may be in force. */
export function sourceDiagnostic(document: PolicyDocument, { entry, kind, message }: ChainIssue): Diagnostic {
  const typeAt = (place: readonly (string | number)[]) =>
    document.root && findNodeAtLocation(document.root, [...place])?.type;
  const isOneOfMany = entry !== undefined && typeAt(['extends']) === 'array';
  const place = isOneOfMany ? ['extends', entry] : ['extends'];
  const path = typeAt(place) === 'object' ? [...place, 'source'] : place;
  const severity = kind === 'mistake' ? 'error' : 'warning';
  return { code: 'bad-source', severity, message, path, range: rangeInDocument(document, path) };
}
