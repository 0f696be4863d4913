import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { type ParseError, parse } from 'jsonc-parser';
import { type Call, CommandError, textOption } from './command.ts';

/** The providers that a person or a machine configured, as written; `given` where the command line named the file. */
export interface ProvidersFile {
  readonly setting: unknown;
  readonly given: boolean;
}

/** Reads `--providers FILE`, else the user's own file where there is one. @throws {CommandError} */
export async function readProvidersFile(call: Call): Promise<ProvidersFile> {
  const named = textOption(call, 'providers');
  const path = named === undefined ? defaultPath(call) : resolve(call.cwd, named);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (named === undefined && error.code === 'ENOENT') return undefined;
    throw new CommandError(`The providers file ${path} could not be read (${error.code ?? error.message}).`);
  });
  if (text === undefined) return { setting: {}, given: false };
  const errors: ParseError[] = [];
  const setting: unknown = parse(text.replace(/^\uFEFF/, ''), errors, { allowTrailingComma: true });
  if (errors.length > 0 || typeof setting !== 'object' || setting === null || Array.isArray(setting)) {
    throw new CommandError(`The providers file ${path} is no JSON object of providers: correct it, or name another.`);
  }
  return { setting, given: named !== undefined };
}

/** The XDG base directories' place for configuration; on Windows the roaming application data. */
function defaultPath({ env }: Call): string {
  const appData = env['APPDATA'];
  if (process.platform === 'win32' && appData) return join(appData, 'routing-policy', 'providers.json');
  const configured = env['XDG_CONFIG_HOME'];
  // The XDG specification has relative paths ignored.
  const folder = configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), '.config');
  return join(folder, 'routing-policy', 'providers.json');
}
