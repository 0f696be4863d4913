import { chmod, copyFile, lstat, mkdir, readFile, realpath, rename, writeFile } from 'node:fs/promises';
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
 * was there is kept beside it. A link, as people have to files that they keep elsewhere, stays one: its target is written.
 *
 * @returns the path of the copy, where there was something to keep
 * @throws where it is a link to nothing, or cannot be written
 */
export async function writeKeepingCopy(link: string, text: string): Promise<string | undefined> {
  await mkdir(dirname(link), { recursive: true });
  const present = await presentFile(link);
  const file = present ?? link;
  const copy = present === undefined ? undefined : `${file}.before-routing-policy-${Date.now()}`;
  if (copy !== undefined) {
    await copyFile(file, copy);
    // It may hold a key as well.
    await chmod(copy, 0o600);
  }
  const draft = `${file}.routing-policy-new`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, file);
  return copy;
}

/** The file itself, where a link may lead to it; undefined where there is none. */
async function presentFile(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const isLink = await lstat(path).then(
    () => true,
    () => false, // there is nothing of that name
  );
  if (isLink) throw new Error(`${path} is a link to a file that is not there: make that file, or remove the link.`);
  return undefined;
}
