import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The name of the machine's baseline in its folder. */
export const MANAGED_FILE = 'policy.json';

const windowsFolder = 'C:\\ProgramData\\routing-policy';

/**
 * The folders in which the machine's own baseline may lie, where only an administrator writes; the first that has one
 * counts. No variable moves it away: whoever starts the editor could otherwise switch it off. `%ProgramData%` is looked at
 * only after the place where Windows has it.
 */
export function managedFolders(
  platform: NodeJS.Platform = process.platform,
  env: Readonly<Record<string, string | undefined>> = process.env,
): readonly string[] {
  if (platform === 'darwin') return ['/Library/Application Support/routing-policy'];
  if (platform !== 'win32') return ['/etc/routing-policy'];
  const named = env['ProgramData'];
  return named === undefined ? [windowsFolder] : [windowsFolder, `${named}\\routing-policy`];
}

/**
 * Whether a folder has a baseline, or something in its place that has to be mended: one that cannot be looked at, or a link
 * to where it is not (a share that is away). Only what is not there may be done without.
 */
export async function hasBaseline(folder: string): Promise<boolean> {
  const path = join(folder, MANAGED_FILE);
  const [file, own] = [await shownAt(stat, path), await shownAt(stat, folder)];
  if (file !== 'nothing') return true;
  if (own === 'folder') return (await shownAt(lstat, path)) !== 'nothing';
  return (await shownAt(lstat, folder)) !== 'nothing';
}

async function shownAt(look: typeof stat, path: string): Promise<'nothing' | 'folder' | 'something'> {
  try {
    return (await look(path)).isDirectory() ? 'folder' : 'something';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'nothing' : 'something';
  }
}
