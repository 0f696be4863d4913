import type { Diagnostic, Severity } from '../policy/diagnostic.ts';
import { onOneLine } from '../routing/labels.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { type Call, CommandError, type ExitCode, writeJson } from './command.ts';
import { diagnose } from './diagnose.ts';
import { doorRows, doorsText } from './doors.ts';
import { type PolicyText, readPolicy } from './inForce.ts';
import type { Colour } from './paint.ts';
import { sarifLog } from './sarif.ts';
import { columns, count } from './table.ts';

const COLOURS: Readonly<Record<Severity, Colour>> = { error: 'red', warning: 'yellow', information: 'cyan' };

/** `routing-policy check`: 1 where something is an error or a warning; information alone is fine. */
export async function runCheck(call: Call): Promise<ExitCode> {
  const { values, positionals } = call;
  if (['json', 'sarif', 'doors'].filter((name) => values[name] === true).length > 1 && values['sarif'] === true) {
    throw new CommandError('--sarif is a form of its own: leave --json and --doors out.');
  }
  if (values['doors'] === true) {
    if (values['json'] === true) await writeJson(call, { doors: doorRows });
    else await call.write(doorsText(call.paint));
    return 0;
  }
  const workspace = () => openWorkspace(call.cwd, undefined, call.signal);
  const policy = await readPolicy({ file: positionals[0], workspace }, call);
  const diagnostics = await diagnose(policy, call);
  const findings = diagnostics.filter(({ severity }) => severity !== 'information');
  if (values['sarif'] === true) await writeJson(call, await sarifLog(policy, diagnostics));
  else if (values['json'] === true) await writeJson(call, documentOf(policy, diagnostics));
  else await call.write(textOf(policy, diagnostics, call));
  return findings.length > 0 ? 1 : 0;
}

function documentOf({ source }: PolicyText, diagnostics: readonly Diagnostic[]): unknown {
  const counted = (wanted: Severity): number => diagnostics.filter(({ severity }) => severity === wanted).length;
  return {
    file: source,
    errors: counted('error'),
    warnings: counted('warning'),
    information: counted('information'),
    diagnostics,
  };
}

function textOf({ source }: PolicyText, diagnostics: readonly Diagnostic[], { paint }: Call): string {
  const file = onOneLine(source);
  const rows = diagnostics.map(({ severity, code, message, range, fix }) => [
    paint('dim', `${file}:${range.line}:${range.column}`),
    paint(COLOURS[severity], severity),
    onOneLine(message) + (fix === undefined ? '' : ` ${paint('dim', `(${onOneLine(fix.title)})`)}`),
    paint('dim', code),
  ]);
  const found = (['error', 'warning', 'information'] as const).flatMap((wanted) => {
    const number = diagnostics.filter(({ severity }) => severity === wanted).length;
    return number === 0 ? [] : [count(number, wanted, wanted === 'information' ? 'notes' : `${wanted}s`)];
  });
  const summary = found.length === 0 ? `${file} is fine.` : `${file}: ${found.join(', ')}.`;
  return `${columns(rows)}${rows.length > 0 ? '\n' : ''}${summary}\n`;
}
