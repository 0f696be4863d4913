import { explainDecision } from '../routing/explain.ts';
import { onOneLine } from '../routing/labels.ts';
import { type PolicyTestResult, runPolicyTests } from '../routing/policyTests.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { type Call, type ExitCode, writeJson } from './command.ts';
import { loadInForce } from './inForce.ts';
import { composeMachine } from './machine.ts';
import { columns, count } from './table.ts';
import { testGround } from './testGround.ts';

/** `routing-policy test`: runs the policy's own tests; 1 where one fails. */
export async function runPolicyTestsCommand(call: Call): Promise<ExitCode> {
  const workspace = () => openWorkspace(call.cwd, undefined, call.signal);
  const { layered, source } = await loadInForce({ file: call.positionals[0], workspace }, call);
  const machine = await composeMachine(call);
  const results = runPolicyTests(layered, testGround(machine, layered));
  const failed = results.filter(({ passed }) => !passed);
  if (call.values['json'] === true) {
    await writeJson(call, {
      file: source,
      passed: results.length - failed.length,
      failed: failed.length,
      tests: results.map(documentOf),
    });
  } else await call.write(textOf(results, failed, source, call));
  return failed.length > 0 ? 1 : 0;
}

function documentOf({ name, passed, failures, decision }: PolicyTestResult): unknown {
  const { headline, lines } = explainDecision(decision);
  return { name, passed, ...(passed ? {} : { failures, why: [headline, ...lines] }) };
}

function textOf(
  results: readonly PolicyTestResult[],
  failed: readonly PolicyTestResult[],
  source: string,
  { paint }: Call,
): string {
  if (results.length === 0) return `${onOneLine(source)} has no tests: add some under "tests".\n`;
  const told = failed.map(({ name, failures, decision }) => {
    const rows = failures.map(({ path, expected, got }) => [
      onOneLine(path.slice(3).join('.')),
      `expected ${paint('green', onOneLine(expected))}`,
      `got ${paint('red', onOneLine(got))}`,
    ]);
    const { headline, lines } = explainDecision(decision);
    const why = [headline, ...lines].map((line) => `    ${paint('dim', line.replaceAll('`', '"'))}\n`).join('');
    return `${paint('red', 'fails')}  ${onOneLine(name)}\n${columns(rows)}${why}\n`;
  });
  const sum = `${count(results.length - failed.length, 'test passes', 'tests pass')}, ${count(failed.length, 'fails', 'fail')}.`;
  return `${told.join('')}${sum}\n`;
}
