import { lstat, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Conversation } from '../chat/conversation.ts';
import type { Governance } from '../router/router.ts';
import { look, realPlaceOf } from '../workspace/look.ts';
import { POLICY_FILE } from '../workspace/policyFile.ts';
import { isWithin } from '../workspace/repository.ts';
import { GatewayRefusal } from './refusal.ts';
import { MOST_STATED, statedFolders } from './statedFolder.ts';

/** Where the folders that are open come from; asked again, as of now, before a folder is turned away. */
export type RootSource = (fresh?: boolean) => Promise<readonly string[]>;

/** What is known of folders here. */
export interface RootGround {
  readonly roots: RootSource;
  governance(uri: string): Promise<Governance>;
}

const LONGEST_PATH = 4_096;

/** What a request says of its folder beside its body. */
export interface NamedFolders {
  /** `x-routing-root`. */
  readonly header: string | readonly string[] | undefined;
  /** Where the client was started, by its base URL. */
  readonly startedIn?: string | undefined;
}

/**
 * The folders of a request, as URIs, the one that it is about first: by the header `x-routing-root`, else by the base URL,
 * which nobody but the person sets, else by what the client states, else the only one that is open. The others follow,
 * because what they forbid holds for their files.
 *
 * @param conversation undefined for what states nothing, as a text to go on with: all of it is somebody's file
 * @throws {GatewayRefusal} where it cannot be told whose policy is to be obeyed, or that is none that is open
 */
export async function rootsOf(
  { header, startedIn }: NamedFolders,
  conversation: Conversation | undefined,
  ground: RootGround,
): Promise<readonly string[]> {
  const open = await ground.roots();
  const named = header === undefined ? undefined : await namedFolder(header, open);
  const started = named ?? (startedIn === undefined ? undefined : await startFolder(startedIn, open));
  const folder = started ?? (conversation && (await statedFolder(conversation, open, ground)));
  if (folder === undefined) return (await onlyOne(open, ground)).map(uriOf);
  const around = (await openAround(folder, open)) ?? (await openAround(folder, await ground.roots(true)));
  if (around === undefined) throw outside(folder, named !== undefined);
  return [...new Set([folder, ...around].map(uriOf))];
}

/** Of several that are open none is taken for a request that names none: not one policy would be obeyed. */
async function onlyOne(open: readonly string[], { governance }: RootGround): Promise<readonly string[]> {
  if (open.length <= 1) return open;
  for (const root of open) {
    if ((await governance(uriOf(root))).isGoverned) throw unstated(open.length);
  }
  return [];
}

/** @returns the folders that are open, if one of them is or holds this one */
async function openAround(folder: string, open: readonly string[]): Promise<readonly string[] | undefined> {
  return (await holds(open, folder)) ? open : undefined;
}

async function holds(open: readonly string[], folder: string): Promise<boolean> {
  for (const root of open) {
    const real = await realPlaceOf(root).catch(() => undefined); // closed and deleted meanwhile
    if (real !== undefined && isWithin(real, folder)) return true;
  }
  return false;
}

async function namedFolder(header: string | readonly string[], open: readonly string[]): Promise<string> {
  const folder = typeof header === 'string' ? await realFolder(pathOf(header), open) : undefined;
  if (folder !== undefined) return folder;
  throw new GatewayRefusal(400, 'bad-request', 'x-routing-root is to be the absolute path of a folder that is there.');
}

/** @throws {GatewayRefusal} rather than let another folder's policy stand in for that of one that is gone */
async function startFolder(path: string, open: readonly string[]): Promise<string> {
  const folder = await realFolder(path, open);
  if (folder !== undefined) return folder;
  throw new GatewayRefusal(400, 'bad-request', 'The folder in the base URL of this client is there no more.');
}

async function statedFolder(
  conversation: Conversation,
  open: readonly string[],
  ground: RootGround,
): Promise<string | undefined> {
  for (const paths of statedFolders(conversation)) {
    if (paths.length > MOST_STATED) throw tooMany();
    const real = await Promise.all(paths.map((path) => realFolder(path, open)));
    const found = new Set(real.filter((folder) => folder !== undefined));
    const [first] = found;
    if (first !== undefined) return found.size === 1 ? first : agreed([...found], ground);
  }
  return undefined;
}

interface Place extends Governance {
  readonly folder: string;
  readonly isOpen: boolean;
}

/**
 * The one folder to go by of several that are stated in one place. Which of them are the client's own words cannot be
 * told: a file that it quotes reads like them. So they have to come to the same policies.
 */
async function agreed(folders: readonly string[], ground: RootGround): Promise<string | undefined> {
  const open = await ground.roots(true);
  const places = await Promise.all(folders.map((folder) => placeOf(folder, open, ground)));
  // Elsewhere on the machine, and no policy there: a log that somebody pasted.
  const relevant = places.some(({ isOpen }) => isOpen)
    ? places.filter(({ isOpen, isGoverned }) => isOpen || isGoverned)
    : places;
  if (!relevant.some(({ isGoverned }) => isGoverned)) return relevant[0]?.folder;
  // What holds around a repository holds in it too.
  const [inner] = relevant.toSorted((a, b) => b.repository.length - a.repository.length);
  const other = relevant.find(({ repository }) => inner && !isWithin(repository, inner.repository));
  if (inner && other) throw contradicted(inner.folder, other.folder);
  return relevant.find(({ repository }) => repository === inner?.repository)?.folder;
}

async function placeOf(folder: string, open: readonly string[], { governance }: RootGround): Promise<Place> {
  if (await holds(open, folder)) return { folder, isOpen: true, ...(await governance(uriOf(folder))) };
  // Nobody trusts what is not open: git is not run in it.
  return { folder, isOpen: false, repository: folder, isGoverned: await hasPolicyFile(folder) };
}

async function hasPolicyFile(folder: string): Promise<boolean> {
  // None here: perhaps further up. One that cannot be looked at may say anything.
  const found = await lstat(join(folder, POLICY_FILE)).catch((error: NodeJS.ErrnoException) => error.code);
  const isNone = found === 'ENOENT' || found === 'ENOTDIR';
  return !isNone || (dirname(folder) !== folder && hasPolicyFile(dirname(folder)));
}

/** Where a path leads when its links are followed; undefined where that is no folder on this machine. */
async function realFolder(path: string, open: readonly string[]): Promise<string | undefined> {
  // Two slashes name another machine on Windows: only looking there would sign in to it.
  if (path.length > LONGEST_PATH || path.includes('\0') || /^[\\/]{2}/.test(path) || !isAbsolute(path))
    return undefined;
  try {
    // A path that only a client names may lie on a slow disk.
    const isOurs = open.includes(path);
    const real = await (isOurs ? realPlaceOf(path) : realpath(path));
    const found = await (isOurs ? look(real) : stat(real));
    return found?.isDirectory() ? outOfGit(real) : undefined;
  } catch {
    return undefined; // not there, or not for this user: nothing to go by
  }
}

/** Git's own folder belongs to the work tree around it. */
function outOfGit(folder: string): string {
  const names = folder.split(sep);
  const at = names.indexOf('.git');
  return at > 1 ? names.slice(0, at).join(sep) : folder;
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

const MOST_URIS = 100;
const uris = new Map<string, string>();

/** Each once: the same few folders are asked about again and again, and the platform takes its time for it. */
function uriOf(path: string): string {
  const known = uris.get(path);
  if (known !== undefined) return known;
  if (uris.size >= MOST_URIS) uris.clear();
  const uri = pathToFileURL(path).href;
  uris.set(path, uri);
  return uri;
}

const NAME_ONE =
  'Name the folder in the header x-routing-root, or start the client from a terminal of the editor or with: routing-policy exec';

function outside(folder: string, isNamed: boolean): GatewayRefusal {
  const what = isNamed ? 'x-routing-root names' : 'This request says that it works in';
  return refused(
    `${what} ${folder}, which is in no folder that is open, so its policy is not obeyed and nothing was sent. Open it in the editor, or run: routing-policy serve --root ${folder}`,
  );
}

function unstated(count: number): GatewayRefusal {
  return refused(
    `${count} folders are open and this request names none, so it cannot be told whose policy holds and nothing was sent. ${NAME_ONE}`,
  );
}

function contradicted(one: string, other: string): GatewayRefusal {
  return refused(
    `This request says in one place that it works in ${one} and in ${other}, so it cannot be told whose policy holds and nothing was sent. ${NAME_ONE}`,
  );
}

function tooMany(): GatewayRefusal {
  return refused(
    `This request says of more than ${MOST_STATED} folders that it works there, so it cannot be told whose policy holds and nothing was sent. ${NAME_ONE}`,
  );
}

function refused(message: string): GatewayRefusal {
  return new GatewayRefusal('policy', 'permission', message);
}
