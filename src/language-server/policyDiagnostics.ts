import { createHash } from 'node:crypto';
import { type CodeAction, CodeActionKind, type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver/node';
import { findModel } from '../models/catalogue.ts';
import { similarModels } from '../models/similarModels.ts';
import { checkPolicy } from '../policy/check.ts';
import { compilePolicy } from '../policy/compile.ts';
import type { Diagnostic as PolicyDiagnostic, Severity } from '../policy/diagnostic.ts';
import { rangeInDocument } from '../policy/document.ts';
import { oneLayer } from '../policy/layers.ts';
import { parsePolicy } from '../policy/parse.ts';
import { runPolicyTests } from '../routing/policyTests.ts';
import type { State } from '../routing/state.ts';
import { toRange } from './positions.ts';

/** What diagnostics need to know of this machine. */
export interface DiagnosticGround {
  readonly state: Pick<State, 'model' | 'price'>;
  knowsProvider(id: string): boolean;
  readonly now: number;
}

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
};

const source = 'Routing Policy';

/** A mend that can be offered beside a diagnostic; it travels in the diagnostic's `data`. */
interface Mend {
  readonly title: string;
  readonly replacement: string;
}

function toDiagnostic({ code, severity, message, range, fix }: PolicyDiagnostic): Diagnostic {
  return {
    range: toRange(range),
    severity: severities[severity],
    code,
    source,
    message,
    ...(fix ? { data: fix satisfies Mend } : {}),
  };
}

/**
 * Everything that can be said of a policy's text: its syntax and shape; if those hold, the models and providers that it
 * names, and its own tests.
 */
export function diagnosePolicy(text: string, ground: DiagnosticGround): Diagnostic[] {
  const { policy, diagnostics, document } = parsePolicy(text);
  if (!policy) return diagnostics.map(toDiagnostic);
  const compiled = compilePolicy(policy, createHash('sha256').update(text).digest('hex').slice(0, 16));
  const named = checkPolicy(document, compiled, {
    knowsProvider: (id) => ground.knowsProvider(id),
    knowsModel: (_provider, model) => findModel(model) !== undefined || undefined,
    retired: (provider, model) => ground.state.model(provider, model)?.retired,
    priced: (provider, model) => ground.state.price(provider, model) !== undefined,
    similarModels: (_provider, model) => similarModels(model),
  });
  const failures = runPolicyTests(oneLayer(compiled), { ...ground.state, now: ground.now }).flatMap(
    ({ name, failures: of }) => of.map((failure) => ({ name, ...failure })),
  );
  return [
    ...[...diagnostics, ...named].map(toDiagnostic),
    ...failures.map(
      ({ name, path, expected, got }): Diagnostic => ({
        range: toRange(rangeInDocument(document, path)),
        severity: DiagnosticSeverity.Error,
        code: 'failing-test',
        source,
        message: `The policy's own test "${name}" fails here: expected ${expected}, got ${got}. Mend the rule, or the test.`,
      }),
    ),
  ];
}

function isMend(data: unknown): data is Mend {
  return (
    typeof data === 'object' &&
    data !== null &&
    typeof Reflect.get(data, 'title') === 'string' &&
    typeof Reflect.get(data, 'replacement') === 'string'
  );
}

/** The mends of those diagnostics that have one. */
export function policyFixes(uri: string, diagnostics: readonly Diagnostic[]): CodeAction[] {
  return diagnostics.flatMap((diagnostic) => {
    const { data } = diagnostic;
    if (diagnostic.source !== source || !isMend(data)) return [];
    return {
      title: data.title,
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnostic],
      edit: { changes: { [uri]: [{ range: diagnostic.range, newText: data.replacement }] } },
      isPreferred: true,
    };
  });
}
