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
  | 'empty-test'
  | 'not-enforced'
  | 'bad-source'
  | 'extended-finding'
  | 'failing-test'
  | AnalysisCode;

/** The codes that come from reasoning about a sound policy, each with what it says, for the reference. */
export const analysisCodes = {
  'unreachable-class': 'Whatever matches this class is taken by classes before it, in any repository.',
  'shadowed-here':
    'Whatever of the files that this repository has now matches this class is taken by classes before it.',
  'matches-nothing': 'A condition contradicts itself, or a glob is undone by another in its list, in any repository.',
  'matches-nothing-here': 'A glob matches no file that this repository has now.',
  'files-or-touches':
    '"files" asks that every file matches, "touches" that some file does; here the other one is most likely meant.',
  'emptied-class': 'A constraint leaves a class of work without any target and has no "else" that helps.',
  diversity: 'A class of work hangs on fewer suppliers than "diversity" asks for.',
  'unknown-language': 'No file is known to be in a language of this id, or its id is written in another way.',
  'unknown-target':
    'A pattern of "allow" or "deny" names no target, maker or provider that is known, or one only by another letter case.',
  'cheaper-escalation': '"escalateTo" goes to a cheaper model than the one whose answer did not do.',
  expired: 'The day after which a constraint or a trial ends is past, so it does nothing any more.',
  'small-budget': 'A budget or a cap does not pay for one request on the cheapest target.',
  'looser-than-baseline': 'A value is looser than that of a layer around this file, so it has no effect.',
  'baseline-not-enforced':
    'A baseline states no mode, so the mode of this file holds for its rules too, and they are not enforced.',
  unattested: 'The first choice of a route has no valid attestation, and a constraint asks for one.',
  'unowned-policy': 'CODEOWNERS names nobody for the policy file, so changes to it need no review.',
} as const;

export type AnalysisCode = keyof typeof analysisCodes;

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
