import { analysisCodes, type Diagnostic, type DiagnosticCode, type Severity } from '../../src/policy/diagnostic.ts';
import { notEnforced } from '../../src/policy/notEnforced.ts';
import { type DiagnosticEntry, diagnosticEntries } from './diagnosticEntries.ts';
import { findingsIn, wholePolicy } from './examplePolicies.ts';
import { code as asCode, fenced, generatedBy, table } from './markdown.ts';

/** Told by what reads files and runs decisions, not by the checks of the text; both in the words of the case. */
const TOLD_ELSEWHERE: Readonly<Partial<Record<DiagnosticCode, { readonly severity: Severity }>>> = {
  'bad-source': { severity: 'error' },
  'extended-finding': { severity: 'warning' },
  'failing-test': { severity: 'error' },
};

/** `docs/diagnostics.md`: each code with its cause, an example, what is said of it and how to mend it. */
export function diagnosticsPage(): string {
  const codes = Object.keys(diagnosticEntries) as (keyof typeof diagnosticEntries)[];
  const found = codes.map((name) => ({ name, entry: entryOf(name), said: saidOf(name) }));
  return `${[
    generatedBy('scripts/reference/diagnosticEntries.ts and the checks themselves'),
    '# Diagnostics',
    'What can be wrong with a policy file. The editor shows it while you type, `routing-policy check` on the command line. An **error** in the text keeps the last good version in force (a failing test is an error too, and changes nothing about what is in force); a **warning** is a rule that most likely does not do what it is there for; an **information** is worth knowing. `routing-policy check` ends with 1 where there is an error or a warning.',
    'The examples are keys of a policy. Where they speak of files, the repository has `packages/core/src/*.ts`, `packages/ui/src/button.js`, `docs/guide.md` and a few more. Codes that end in “here” depend on the files that a repository has now; the others hold in any.',
    table(
      ['code', 'in the example', 'told when'],
      found.map(({ name, entry, said }) => [`[${asCode(name)}](#${name})`, said.severity, firstSentence(entry.means)]),
    ),
    ...found.flatMap(({ name, entry, said }) => [
      `## ${name}`,
      entry.means,
      fenced('jsonc', entry.example),
      ...('message' in said ? [`> ${said.message}`] : []),
      ...(name === 'not-enforced' ? [`What this version does not carry out:\n\n${notCarriedOut()}`] : []),
      `${entry.mend}${entry.mended === entry.example ? '' : ' Mended:'}`,
      ...(entry.mended === entry.example ? [] : [fenced('jsonc', entry.mended)]),
    ]),
  ].join('\n\n')}\n`;
}

function entryOf(name: keyof typeof diagnosticEntries): DiagnosticEntry {
  const entry = diagnosticEntries[name];
  return 'means' in entry ? entry : { ...entry, means: analysisCodes[name as keyof typeof analysisCodes] };
}

function saidOf(name: DiagnosticCode): Diagnostic | { readonly severity: Severity } {
  const elsewhere = TOLD_ELSEWHERE[name];
  if (elsewhere !== undefined) return elsewhere;
  const found = findingsIn(wholePolicy(entryOf(name).example), name).find(({ code }) => code === name);
  if (found === undefined) throw new Error(`The example of the diagnostic "${name}" does not show it.`);
  return found;
}

/** Of what has a place of its own; a condition on `intent` has none. */
function notCarriedOut(): string {
  const rows = notEnforced.map(({ at, severity, instead }) => [
    asCode(at.map((step) => (step === '*' ? '…' : step)).join('.')),
    severity,
    instead,
  ]);
  const intent = [asCode('intent'), 'warning', 'no request declares one, so the condition never holds'];
  return table(['key', 'is', 'instead'], [...rows, intent]);
}

function firstSentence(text: string): string {
  return text.split(/(?<=\.) /)[0] ?? text;
}
