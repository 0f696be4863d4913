import { copyFile, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Client } from '../../contract/clients/client.ts';

/** The file that a client's configuration goes into; undefined where it is to be put there by hand. */
export function fileOf({ configuration }: Client): string | undefined {
  const { where, language } = configuration;
  const [, path] = /^~\/([\w./-]+)$/.exec(where) ?? [];
  return path !== undefined && (language === 'json' || language === 'toml') ? join(homedir(), path) : undefined;
}

/** @returns undefined where there is none. @throws where it cannot be read */
export async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Writes a file that holds the token: nobody else may read it, and it is the old one or the new one at any moment. What
 * was there is kept beside it.
 *
 * @returns the path of the copy, where there was something to keep
 */
export async function writeKeepingCopy(file: string, text: string): Promise<string | undefined> {
  await mkdir(dirname(file), { recursive: true });
  const isThere = await stat(file).then(
    () => true,
    () => false, // a new file: nothing to keep
  );
  const copy = isThere ? `${file}.before-routing-policy-${Date.now()}` : undefined;
  if (copy !== undefined) await copyFile(file, copy);
  const draft = `${file}.routing-policy-new`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, file);
  return copy;
}
