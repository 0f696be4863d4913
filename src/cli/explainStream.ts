import { type RequestFacts, requestFacts } from '../policy/schema.ts';
import { answerOf } from '../routing/answer.ts';
import { onOneLine } from '../routing/labels.ts';
import { factsOfRequest } from '../routing/policyTests.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { type Call, CommandError, type ExitCode } from './command.ts';
import { decideDry } from './dryRun.ts';
import { explanationText } from './explanation.ts';
import type { InForce } from './inForce.ts';
import type { Machine } from './machine.ts';
import { jsonOf, lineBatches, type RequestLine } from './requestLines.ts';
import { withPlainPaths } from './requestPaths.ts';

/** Answers a request a line, in order, as they come; what cannot be read is answered with its `error`, and 1 at the end. */
export async function explainLines(call: Call, machine: Machine, { layered }: InForce): Promise<ExitCode> {
  const asJson = call.values['json'] === true;
  let exit: ExitCode = 0;
  let number = 0;
  let opened: Promise<string> | undefined;
  const root = (): Promise<string> => {
    opened ??= openWorkspace(call.cwd, undefined, call.signal).then((workspace) => workspace.root);
    return opened;
  };
  for await (const batch of lineBatches(call.stdin)) {
    call.signal.throwIfAborted();
    const answers: string[] = [];
    for (const line of batch) {
      number += 1;
      const reading = readRequest(line, root);
      const read = reading instanceof Promise ? await reading : reading;
      if ('error' in read) {
        exit = 1;
        answers.push(asJson ? JSON.stringify(read) : `Line ${number}: ${read.error}`);
        continue;
      }
      const { id, request } = read;
      const { spent, down } = request;
      const decision = decideDry(machine, layered, { facts: factsOfRequest(request), spent, down });
      answers.push(
        asJson ? JSON.stringify({ ...id, ...answerOf(decision) }) : explanationText(decision, call.paint).trimEnd(),
      );
    }
    // Waits while the reader is slow, and meanwhile reads no further.
    await call.write(`${answers.join('\n')}\n`);
  }
  return exit;
}

type Read =
  | { readonly id: { readonly id?: string | number }; readonly request: RequestFacts }
  | { readonly id?: string | number; readonly error: string };

function readRequest(line: RequestLine, root: () => Promise<string>): Read | Promise<Read> {
  let id: { readonly id?: string | number } = {};
  const failed = (error: unknown): Read => {
    if (!(error instanceof CommandError)) throw error;
    return { ...id, error: onOneLine(error.message) };
  };
  try {
    const value = jsonOf(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new CommandError('This line is no object: write one request as {"kind": …, "files": […]}.');
    }
    const { id: named, ...request } = value as Record<string, unknown>;
    if (typeof named === 'string' || typeof named === 'number') id = { id: named };
    else if (named !== undefined && named !== null) throw new CommandError('"id" is neither a text nor a number.');
    const { success, data, error } = requestFacts.safeParse(request);
    if (success) {
      const plain = withPlainPaths(data, root);
      return plain instanceof Promise
        ? plain.then((facts) => ({ id, request: facts }), failed)
        : { id, request: plain };
    }
    const [issue] = error.issues;
    const where = issue === undefined || issue.path.length === 0 ? '' : `"${issue.path.join('.')}": `;
    throw new CommandError(`${where}${issue?.message ?? 'unknown form'}.`);
  } catch (error) {
    return failed(error);
  }
}
