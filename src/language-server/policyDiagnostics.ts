import { createHash } from 'node:crypto';
import { findNodeAtLocation } from 'jsonc-parser';
import { type CodeAction, CodeActionKind, type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver/node';
import { findModel } from '../models/catalogue.ts';
import { similarModels } from '../models/similarModels.ts';
import { checkPolicy } from '../policy/check.ts';
import { compilePolicy } from '../policy/compile.ts';
import type { Diagnostic as PolicyDiagnostic, Severity } from '../policy/diagnostic.ts';
import { type PolicyDocument, rangeInDocument } from '../policy/document.ts';
import { layered, oneLayer } from '../policy/layers.ts';
import { parsePolicy } from '../policy/parse.ts';
import type { ChainIssue } from '../router/policies/chain.ts';
import type { Draft } from '../router/policies/policies.ts';
import { runPolicyTests } from '../routing/policyTests.ts';
import type { State } from '../routing/state.ts';
import { toRange } from './positions.ts';

/** What diagnostics need to know of this machine. */
export interface DiagnosticGround {
  readonly state: Pick<State, 'model' | 'price'>;
  knowsProvider(id: string): boolean;
  readonly now: number;
  /** What the text extends; left out, where it belongs to no folder. */
  readonly around?: Draft;
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

/** What is wrong with one entry of `extends`, at its source. */
function sourceDiagnostic(document: PolicyDocument, { entry = 0, kind, message }: ChainIssue): PolicyDiagnostic {
  const isList = document.root !== undefined && findNodeAtLocation(document.root, ['extends'])?.type === 'array';
  const place = isList ? ['extends', entry] : ['extends'];
  const isObject = document.root !== undefined && findNodeAtLocation(document.root, place)?.type === 'object';
  const path = isObject ? [...place, 'source'] : place;
  const severity = kind === 'mistake' ? 'error' : 'warning';
  return { code: 'bad-source', severity, message, path, range: rangeInDocument(document, path) };
}

/**
 * Everything that can be said of a policy's text: its syntax and shape; if those hold, the models and providers that it
 * names, and its own tests.
 */
export function diagnosePolicy(text: string, ground: DiagnosticGround): Diagnostic[] {
  const { outer = [], isComplete = true, issues = [] } = ground.around ?? {};
  const isAllKnown = isComplete && issues.length === 0;
  const { policy, diagnostics, document } = parsePolicy(text, { outer, unread: !isAllKnown });
  const known = [...diagnostics, ...issues.map((issue) => sourceDiagnostic(document, issue))];
  // Without all that it extends it cannot be told what its names mean.
  if (!policy || !isAllKnown) return known.map(toDiagnostic);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const compiled = compilePolicy(policy, hash, { outer });
  const [own] = oneLayer(compiled).layers;
  const whole = layered([...outer, ...(own ? [own] : [])], hash);
  const named = checkPolicy(document, compiled, {
    knowsProvider: (id) => ground.knowsProvider(id),
    knowsModel: (_provider, model) => findModel(model) !== undefined || undefined,
    retired: (provider, model) => ground.state.model(provider, model)?.retired,
    priced: (provider, model) => ground.state.price(provider, model) !== undefined,
    similarModels: (_provider, model) => similarModels(model),
  });
  const failures = runPolicyTests(whole, { ...ground.state, now: ground.now }).flatMap(({ name, failures: of }) =>
    of.map((failure) => ({ name, ...failure })),
  );
  return [
    ...[...known, ...named].map(toDiagnostic),
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
