import { findGlobProblem, globSet } from '../policy/glob.ts';
import type { ModulesSetting } from '../policy/schema.ts';
import { moduleByManifests, ROOT_MODULE } from '../routing/paths.ts';
import { codeownersFiles, type OwnersOf, readCodeowners } from './codeowners.ts';
import { ancestorsOf, type LookAtFolder } from './folders.ts';
import { memberFiles, workspaceMembers } from './members.ts';
import { fileKey } from './repository.ts';

/** Where a module's name comes from when no list of the policy names it. */
type ModuleSource = 'auto' | 'workspaces' | 'codeowners' | 'top-level';

/** Names the module of each path; a policy without `modules` means `"auto"`. */
export type FindModules = (paths: readonly string[], setting?: ModulesSetting) => Promise<ReadonlyMap<string, string>>;

/**
 * Modules as policy.md's `modules` says. In order, the first that answers:
 * 1. `named`: the first name whose globs match the path;
 * 2. `roots`: the nearest ancestor folder that matches a glob, such as `services/orders` for `services/*`;
 * 3. `from` (default `auto`): the nearest ancestor folder with a manifest; or that is a member of the repository's
 *    workspaces; or the owners of the path by CODEOWNERS; or the top folder;
 * 4. the path's own segments (`moduleBySegments`).
 *
 * Support files get a module too; leaving them out of the count is the decision's part, as is `support`.
 */
export function moduleFinder(root: string, look: LookAtFolder): FindModules {
  const members = rereading(root, memberFiles, async () => folderMatcher(await workspaceMembers(root)));
  const owners = rereading(root, codeownersFiles, () => readCodeowners(root));
  return async (paths, setting = 'auto') => {
    const { from = 'auto', roots, named } = typeof setting === 'string' ? { from: setting } : setting;
    const isRoot = roots && folderMatcher(roots);
    const names = Object.entries(named ?? {}).map(([name, globs]) => ({ name, ...globSet(0, harmless(globs)) }));
    const manifests = await manifestFolders(paths, look);
    const bySource = await source(from, members, owners);
    const modules = new Map<string, string>();
    for (const path of paths) {
      const found =
        names.find((entry) => entry.test(path))?.name ??
        (isRoot && ancestorsOf(path).find(isRoot)) ??
        bySource(path) ??
        moduleByManifests(path, from === 'auto' ? manifests : NONE);
      modules.set(path, found);
    }
    return modules;
  };
}

const NONE: ReadonlySet<string> = new Set();

async function source(
  from: ModuleSource,
  members: () => Promise<(folder: string) => boolean>,
  owners: () => Promise<OwnersOf | undefined>,
): Promise<(path: string) => string | undefined> {
  switch (from) {
    case 'auto':
      return () => undefined;
    case 'workspaces': {
      const isMember = await members();
      return (path) => ancestorsOf(path).find(isMember);
    }
    case 'codeowners':
      return (await owners()) ?? (() => undefined);
    case 'top-level':
      return (path) => ancestorsOf(path).at(-1) ?? ROOT_MODULE;
    default:
      return from satisfies never;
  }
}

/** All ancestors of these paths that hold a manifest; each folder is looked at once. */
async function manifestFolders(paths: readonly string[], look: LookAtFolder): Promise<ReadonlySet<string>> {
  const folders = new Set(paths.flatMap(ancestorsOf));
  const found = new Set<string>();
  for (const folder of folders) {
    if ((await look(folder)).hasManifest) found.add(folder);
  }
  return found;
}

/** Whether a folder matches a list of globs; an empty list, or one that only takes away, matches none. */
function folderMatcher(globs: readonly string[]): (folder: string) => boolean {
  const usable = harmless(globs).map((glob) => glob.replace(/\/+$/, ''));
  if (!usable.some((glob) => !glob.startsWith('!'))) return () => false;
  const set = globSet(0, usable);
  return (folder) => set.test(folder);
}

/** These lists come from files that nobody checked: what could hang a matcher is left out. */
function harmless(globs: readonly string[]): readonly string[] {
  return globs.filter((glob) => !findGlobProblem(glob)?.deadly);
}

/** Reads something again only when one of the files that it is made of has changed. */
function rereading<Value>(root: string, files: readonly string[], read: () => Promise<Value>): () => Promise<Value> {
  let last: { readonly key: string; readonly value: Promise<Value> } | undefined;
  return async () => {
    const key = (await Promise.all(files.map((file) => fileKey(`${root}/${file}`)))).join(' ');
    if (last?.key !== key) last = { key, value: read() };
    return last.value;
  };
}
