import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Conversation } from '../chat/conversation.ts';
import { GatewayRefusal } from './refusal.ts';
import { statedFolders } from './statedFolder.ts';

/** Where the folders that are open come from; asked again, as of now, before a folder is turned away. */
export type RootSource = (fresh?: boolean) => Promise<readonly string[]>;

const LONGEST_PATH = 4_096;

/** What a request says of its folder beside its body. */
export interface NamedFolders {
  /** `x-routing-root`. */
  readonly header: string | readonly string[] | undefined;
  /** Where the client was started, by its base URL. */
  readonly startedIn?: string | undefined;
}

/**
 * The folders of a request, as URIs, the one that it is about first: by the header `x-routing-root`, else by what the
 * client states, else where it was started, else the only one that is open. Several that are open and no word leave none, and the machine’s own
 * baseline holds. The others follow, because what they forbid holds for their files.
 *
 * @throws {GatewayRefusal} where the folder that is named lies in none that is open: its policy could not be obeyed
 */
export async function rootsOf(
  { header, startedIn }: NamedFolders,
  conversation: Conversation,
  source: RootSource,
): Promise<readonly string[]> {
  const named = header === undefined ? undefined : await namedFolder(header);
  const stated = named ?? (await statedFolder(conversation));
  const folder = stated ?? (startedIn === undefined ? undefined : await startFolder(startedIn));
  if (folder === undefined) {
    const open = await source();
    return open.length === 1 ? open.map(uriOf) : [];
  }
  const around = (await within(folder, await source())) ?? (await within(folder, await source(true)));
  if (around === undefined) throw outside(folder, named !== undefined);
  return [...new Set([folder, ...around].map(uriOf))];
}

/** @returns the folders that are open, if one of them is or holds this one */
async function within(folder: string, open: readonly string[]): Promise<readonly string[] | undefined> {
  for (const root of open) {
    const real = await realpath(root).catch(() => undefined); // closed and deleted meanwhile
    if (real !== undefined && isWithin(real, folder)) return open;
  }
  return undefined;
}

async function namedFolder(header: string | readonly string[]): Promise<string> {
  const folder = typeof header === 'string' ? await realFolder(pathOf(header)) : undefined;
  if (folder !== undefined) return folder;
  throw new GatewayRefusal(400, 'bad-request', 'x-routing-root is to be the absolute path of a folder that is there.');
}

/** @throws {GatewayRefusal} rather than let another folder's policy stand in for that of one that is gone */
async function startFolder(path: string): Promise<string> {
  const folder = await realFolder(path);
  if (folder !== undefined) return folder;
  throw new GatewayRefusal(400, 'bad-request', 'The folder in the base URL of this client is there no more.');
}

async function statedFolder(conversation: Conversation): Promise<string | undefined> {
  for (const path of statedFolders(conversation)) {
    const folder = await realFolder(path);
    if (folder !== undefined) return folder;
  }
  return undefined;
}

/** Where a path leads when its links are followed; undefined where that is no folder on this machine. */
async function realFolder(path: string): Promise<string | undefined> {
  // Two slashes name another machine on Windows: only looking there would sign in to it.
  if (path.length > LONGEST_PATH || path.includes('\0') || /^[\\/]{2}/.test(path) || !isAbsolute(path))
    return undefined;
  try {
    const real = await realpath(path);
    return (await stat(real)).isDirectory() ? real : undefined;
  } catch {
    return undefined; // not there, or not for this user: nothing to go by
  }
}

function pathOf(header: string): string {
  // Headers are bytes; paths on this machine are UTF-8.
  const text = Buffer.from(header, 'latin1').toString('utf8');
  if (!text.startsWith('file:')) return text;
  try {
    return fileURLToPath(text);
  } catch {
    return '';
  }
}

/** Whether an absolute path is `root` or lies in it, by the text of both. */
export function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function uriOf(path: string): string {
  return pathToFileURL(path).href;
}

function outside(folder: string, isNamed: boolean): GatewayRefusal {
  const what = isNamed ? 'x-routing-root names' : 'This request says that it works in';
  return new GatewayRefusal(
    'policy',
    'permission',
    `${what} ${folder}, which is in no folder that is open, so its policy is not obeyed and nothing was sent. Open it in the editor, or run: routing-policy serve --root ${folder}`,
  );
}
