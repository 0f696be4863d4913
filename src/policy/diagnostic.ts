/** Offsets in UTF-16 code units into the text that was parsed; `line` and `column` are counted from 1. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export type Severity = 'error' | 'warning' | 'information';

/** Every code that a diagnostic can carry; the docs have an entry for each. */
export type DiagnosticCode =
  | 'too-large'
  | 'too-deep'
  | 'syntax'
  | 'duplicate-key'
  | 'unknown-key'
  | 'missing-key'
  | 'bad-value'
  | 'bad-glob'
  | 'bad-range'
  | 'duplicate-id'
  | 'unknown-alias'
  | 'alias-cycle'
  | 'unknown-class'
  | 'unknown-gate'
  | 'unknown-budget'
  | 'unknown-model'
  | 'unknown-provider'
  | 'retired-model'
  | 'unpriced-model'
  | 'two-routes'
  | 'no-route'
  | 'spoofable-constraint'
  | 'claimed-constraint'
  | 'native-misplaced'
  | 'empty-constraint'
  | 'not-enforced'
  | 'failing-test'
  | 'unreachable-class'
  | 'shadowed-here'
  | 'matches-nothing'
  | 'matches-nothing-here'
  | 'files-or-touches'
  | 'emptied-class'
  | 'diversity'
  | 'small-budget'
  | 'looser-than-baseline'
  | 'unattested'
  | 'unowned-policy';

/** An example that shows a diagnostic to be right; whoever found it has tried it on the real rules. */
export interface Witness {
  /** Files of an example request. */
  readonly paths?: readonly string[];
  /** What else the example request is, in words. */
  readonly request?: string;
  /** The rules, models or suppliers by their names, that make the difference. */
  readonly by?: readonly string[];
}

/** What is wrong in a policy file, where, and what to do about it. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** One or two sentences: what is wrong and what to do. */
  readonly message: string;
  readonly range: TextRange;
  /** Where in the document, as keys and indices. */
  readonly path: readonly (string | number)[];
  /** A replacement for `range` that mends it, where one is certain enough to offer. */
  readonly fix?: { readonly title: string; readonly replacement: string };
  readonly witness?: Witness;
}
