import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { compilePolicy } from '../policy/compile.ts';
import { type LayeredPolicy, oneLayer } from '../policy/layers.ts';
import { parsePolicy } from '../policy/parse.ts';
import { limits } from '../workspace/limits.ts';
import { POLICY_FILE, type PolicyFile } from '../workspace/policyFile.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { CommandError } from './command.ts';

/** A policy's text, and where it is from, for people. */
export interface PolicyText {
  readonly text: string;
  readonly source: string;
}

/** The policy that a command goes by. */
export interface InForce extends PolicyText {
  readonly layered: LayeredPolicy;
}

/** Where a policy may come from. */
export interface PolicyOrigin {
  readonly cwd: string;
  /** A file that was named, relative to `cwd`. */
  readonly file?: string | undefined;
  /** Asked for only where no file was named. */
  workspace?(): Promise<Workspace>;
}

/**
 * What is in force: the one place where the command line puts a policy's layers together.
 *
 * @throws {CommandError} where there is none, or it has an error
 */
export async function loadInForce(origin: PolicyOrigin): Promise<InForce> {
  return inForce(await readPolicy(origin));
}

/** A text on its own as what is in force. @throws {CommandError} with its first error */
export function inForce({ text, source }: PolicyText): InForce {
  const { policy, diagnostics } = parsePolicy(text);
  if (policy === undefined) {
    const error = diagnostics.find(({ severity }) => severity === 'error');
    const where = error === undefined ? '' : `, line ${error.range.line}, column ${error.range.column}`;
    throw new CommandError(`${source}${where}: ${error?.message ?? 'it could not be read.'}`);
  }
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return { text, source, layered: oneLayer(compilePolicy(policy, hash), source) };
}

/** The text of the policy file that was named, or of the repository's. @throws {CommandError} */
export async function readPolicy({ cwd, file, workspace }: PolicyOrigin): Promise<PolicyText> {
  if (file !== undefined) return readNamed(cwd, file);
  const opened = await workspace?.();
  const found: PolicyFile = (await opened?.policyFile()) ?? { kind: 'none' };
  switch (found.kind) {
    case 'found':
      return { text: found.text, source: found.from === 'working-tree' ? POLICY_FILE : `${found.from}:${POLICY_FILE}` };
    case 'refused':
      throw new CommandError(found.message);
    case 'none':
      throw new CommandError(
        `There is no ${POLICY_FILE} in ${opened?.root ?? cwd}: "routing-policy init" writes one, or name a file.`,
      );
    default:
      return found satisfies never;
  }
}

async function readNamed(cwd: string, file: string): Promise<PolicyText> {
  const path = resolve(cwd, file);
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new CommandError(`${file} is not a regular file: name a policy file.`);
    if (found.size > limits.policyBytes) {
      throw new CommandError(`${file} has more than ${limits.policyBytes} bytes: split it with "extends".`);
    }
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path)), source: file };
  } catch (error) {
    if (error instanceof CommandError) throw error;
    if (error instanceof TypeError) throw new CommandError(`${file} is not UTF-8 text: save it as UTF-8.`);
    const code = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    throw new CommandError(`${file} could not be read (${String(code ?? error)}): check the path.`);
  }
}
