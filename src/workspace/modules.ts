import { findGlobProblem, globSet } from '../policy/glob.ts';
import type { ModulesSetting } from '../policy/schema.ts';
import type { ModuleSource } from '../routing/facts.ts';
import { moduleByManifests, moduleBySegments, ROOT_MODULE } from '../routing/paths.ts';
import { codeownersFiles, codeownersIn } from './codeowners.ts';
import { ancestorsOf, type LookAtFolder } from './folders.ts';
import type { ManifestFiles } from './manifestFiles.ts';
import { memberFiles, membersIn } from './members.ts';

/** Names the modules of paths in one repository; what it reads for that is remembered until it changes. */
export interface ModuleFinder {
  /** The module of each path as one policy's `modules` says; a policy without it means `"auto"`. */
  of(paths: readonly string[], setting?: ModulesSetting): Promise<ReadonlyMap<string, string>>;
  /** The module of each path by each of these sources, without `named` and `roots`: those every policy has of its own. */
  bySource(paths: readonly string[], sources: Iterable<ModuleSource>): Promise<ReadonlyMap<string, ModulesBySource>>;
}

export type ModulesBySource = Readonly<Partial<Record<ModuleSource, string>>>;

/**
 * Modules as policy.md's `modules` says. In order, the first that answers:
 * 1. `named`: the first name whose globs match the path;
 * 2. `roots`: the nearest ancestor folder that matches a glob, such as `services/orders` for `services/*`;
 * 3. `from` (default `auto`): the nearest ancestor folder with a manifest; or that is a member of the repository's
 *    workspaces; or the owners of the path by CODEOWNERS; or the top folder;
 * 4. the path's own segments (`moduleBySegments`).
 *
 * Support files get a module too; leaving them out of the count is the decision's part, as is `support`.
 *
 * @param committed other readings of workspaces and owners: two files are in one module only where they are in all of them,
 *   so that an edit of CODEOWNERS, which nobody has reviewed yet, does not make one module of two
 */
export function moduleFinder(
  files: ManifestFiles,
  committed: () => Promise<readonly ManifestFiles[]> = async () => [],
): ModuleFinder {
  const namers = new WeakMap<ManifestFiles, Namers>();
  const namersOf = (reading: ManifestFiles): Namers => {
    const known = namers.get(reading) ?? namersIn(reading);
    namers.set(reading, known);
    return known;
  };
  const inAll = async (source: keyof Namers): Promise<(path: string) => string> => {
    const readings = [files, ...(await committed())];
    return together(await Promise.all(readings.map((reading) => namersOf(reading)[source]())));
  };
  const nameBy = async (source: ModuleSource, paths: readonly string[]): Promise<(path: string) => string> => {
    switch (source) {
      case 'auto': {
        const manifests = await manifestFolders(paths, files.look);
        return (path) => moduleByManifests(path, manifests);
      }
      case 'workspaces':
      case 'codeowners':
        return inAll(source);
      case 'top-level':
        return (path) => ancestorsOf(path).at(-1) ?? ROOT_MODULE;
      default:
        return source satisfies never;
    }
  };
  return {
    async of(paths, setting = 'auto') {
      const { from = 'auto', roots, named } = typeof setting === 'string' ? { from: setting } : setting;
      const isRoot = roots && remembering(folderMatcher(roots));
      const names = Object.entries(named ?? {}).map(([name, globs]) => ({ name, ...globSet(0, harmless(globs)) }));
      const nameOf = await nameBy(from, paths);
      const find = (path: string): string =>
        names.find((entry) => entry.test(path))?.name ?? (isRoot && ancestorsOf(path).find(isRoot)) ?? nameOf(path);
      return new Map(paths.map((path) => [path, find(path)]));
    },
    async bySource(paths, sources) {
      const asked = await Promise.all(
        [...new Set(sources)].map(async (source) => [source, await nameBy(source, paths)] as const),
      );
      const modulesOf = (path: string): ModulesBySource =>
        Object.fromEntries(asked.map(([source, nameOf]) => [source, nameOf(path)]));
      return new Map(paths.map((path) => [path, modulesOf(path)]));
    },
  };
}

type NameOf = (path: string) => string;

/** How one reading of the repository names modules by what its files say. */
interface Namers {
  workspaces(): Promise<NameOf>;
  codeowners(): Promise<NameOf>;
}

function namersIn(files: ManifestFiles): Namers {
  const members = rereading(files, memberFiles, async () => folderMatcher(await membersIn(files)));
  const owners = rereading(files, codeownersFiles, () => codeownersIn(files));
  return {
    workspaces: async () => {
      const isMember = remembering(await members());
      return (path) => ancestorsOf(path).find(isMember) ?? moduleBySegments(path);
    },
    codeowners: async () => {
      const ownersOf = await owners();
      return (path) => ownersOf?.(path) ?? moduleBySegments(path);
    },
  };
}

/** One name where all agree, else all that there are: two files have one name only where every reading gives them one. */
function together(readings: readonly NameOf[]): NameOf {
  return (path) => {
    const names = readings.map((nameOf) => nameOf(path));
    return names.every((name) => name === names[0]) ? (names[0] ?? ROOT_MODULE) : names.join(' / ');
  };
}

/** The same folders are asked about for path after path. */
function remembering(test: (folder: string) => boolean): (folder: string) => boolean {
  const known = new Map<string, boolean>();
  return (folder) => {
    const answer = known.get(folder) ?? test(folder);
    known.set(folder, answer);
    return answer;
  };
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
function rereading<Value>(
  files: ManifestFiles,
  names: readonly string[],
  read: () => Promise<Value>,
): () => Promise<Value> {
  let last: { readonly key: string; readonly value: Promise<Value> } | undefined;
  return async () => {
    const key = (await Promise.all(names.map((name) => files.key(name)))).join(' ');
    if (last?.key !== key) last = { key, value: read() };
    return last.value;
  };
}
