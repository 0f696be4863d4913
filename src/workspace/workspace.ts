import { isAbsolute } from 'node:path';
import type { ModulesSetting } from '../policy/schema.ts';
import type { FactFile, Facts, ModuleSource, WholeBase } from '../routing/facts.ts';
import { type CommittedFile, readCommitted } from './blobs.ts';
import {
  type ChangedPath,
  findTexts,
  type LineChange,
  listBetween,
  listChanged,
  listTracked,
  listUntracked,
  type Occurrence,
} from './changes.ts';
import { emptyCountCache } from './counts.ts';
import { folderReader } from './folders.ts';
import { type FindGenerated, generatedFinder } from './generated.ts';
import { findGit, type GitProgram } from './git.ts';
import { GitError } from './gitError.ts';
import { seenOnce } from './glance.ts';
import { limits } from './limits.ts';
import {
  CommittedManifests,
  committedFiles,
  diskFiles,
  type ManifestFiles,
  silentFiles,
  withCommittedManifests,
} from './manifestFiles.ts';
import { type ModuleFinder, moduleFinder } from './modules.ts';
import { plainHead, plainPlace } from './plainRepository.ts';
import {
  mergedCommit,
  type PolicyCommit,
  type PolicyFile,
  readCommittedHere,
  readCommittedPolicy,
  readPolicyFile,
} from './policyFile.ts';
import { shared } from './recall.ts';
import { type Head, headKey, indexKey, locate, nearestFolder, type Place, readHead } from './repository.ts';
import { unreadError } from './unreadRepository.ts';
import { bounded, type CountRequest, countWork } from './workCount.ts';
import { isRepositoryPath } from './workingPaths.ts';

/** What is asked about the work of one request. */
export interface WorkRequest extends Omit<CountRequest, 'listed'> {
  /** How `module` is told. */
  readonly modules?: ModulesSetting | undefined;
  /** What else modules are asked of: each file's `modules` then has an answer of each. */
  readonly moduleSources?: readonly ModuleSource[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The facts about some work. What git could not tell is missing, and why is a sentence in `unknown`. */
export interface WorkFacts {
  /** Left out when not even the paths are known. */
  readonly files?: readonly FactFile[];
  readonly branch?: string;
  readonly unknown: readonly string[];
}

/**
 * Opens the repository (or the plain folder) around a path. Where git is missing or refuses, it opens all the same, and counts
 * and branches are unknown.
 *
 * @param configuredGit an absolute path of git, such as the editor's own setting
 * @throws {GitError} only `aborted`
 */
export async function openWorkspace(path: string, configuredGit?: string, signal?: AbortSignal): Promise<Workspace> {
  const [git, plain] = await Promise.all([
    findGit(configuredGit).catch((error: unknown) => {
      if (error instanceof GitError) return error;
      throw error;
    }),
    isAbsolute(path) ? nearestFolder(path).then((folder) => plainPlace(folder)) : undefined,
  ]);
  if (git instanceof GitError) return new Workspace(await locate(path, git, signal), undefined);
  return new Workspace(plain && !signal?.aborted ? plain : await locate(path, git, signal), git);
}

/** One open repository or folder: what is known about it, remembered as long as it stays true. */
export class Workspace {
  readonly place: Place;
  readonly #git: GitProgram | undefined;
  readonly #closing = new AbortController();
  /** Of requests: each asks several things. */
  readonly #signals = new WeakMap<AbortSignal, AbortSignal>();
  readonly #counts = emptyCountCache();
  readonly #modules: ModuleFinder;
  readonly #generated: FindGenerated;
  #head: { readonly key: string; readonly value: Head } | undefined;
  /** The last look at HEAD. */
  #looked: Promise<Head> | undefined;
  readonly #headKey: () => Promise<string | undefined>;
  readonly #indexKey: () => Promise<string>;
  readonly #manifests: CommittedManifests | undefined;
  /** A commit never changes, so what it has of the policy is read once. */
  #merged: (PolicyCommit & { readonly value: PolicyFile }) | undefined;

  constructor(place: Place, git: GitProgram | undefined) {
    this.place = place;
    this.#git = git;
    this.#headKey = shared(async () => (place.kind === 'git' ? headKey(place) : undefined));
    this.#indexKey = shared(async () => (place.kind === 'git' ? indexKey(place) : ''));
    const look = folderReader(place.root);
    this.#manifests =
      git && place.kind === 'git'
        ? new CommittedManifests((commit) => committedFiles(git, place.root, commit, this.#closing.signal))
        : undefined;
    const committed = () => this.#committedManifests();
    this.#modules = moduleFinder(withCommittedManifests(diskFiles(place.root, look), committed), committed);
    const attributes = place.kind === 'git' && git ? { program: git, commonFolder: place.commonFolder } : undefined;
    this.#generated = generatedFinder(place.root, look, attributes, committed);
  }

  /** Absolute, with links resolved. */
  get root(): string {
    return this.place.root;
  }

  /**
   * The files that a request works on, with lines, module and whether they are generated, and the branch.
   *
   * @throws {GitError} only `aborted`; all else is said in `unknown`
   */
  async facts(request: WorkRequest): Promise<WorkFacts> {
    return this.#facts(request);
  }

  async #facts(request: WorkRequest & Pick<CountRequest, 'listed'>): Promise<WorkFacts> {
    const signal = this.#signal(request.signal);
    const unknown: string[] = [];
    const asked = request.paths && bounded(usable(request.paths, unknown), unknown);
    const orUnknown = <Value>(answer: Promise<Value>) => answer.catch((error: unknown) => giveUp(error, unknown));
    const head = await orUnknown(this.head(request.signal));
    const counting = head && orUnknown(this.#count({ ...request, paths: asked }, head, signal, unknown));
    const whole = asked ? undefined : await counting;
    const paths = asked ?? (whole && [...whole.keys()]);
    const { moduleSources = [] } = request;
    const [counted, generated, modules, bySource] = await Promise.all([
      counting,
      orUnknown(this.#generated(paths ?? [], signal)),
      this.#modules.of(paths ?? [], request.modules),
      moduleSources.length === 0 ? undefined : this.#modules.bySource(paths ?? [], moduleSources),
    ]);
    const files = paths?.map((path): FactFile => {
      const { added, deleted } = counted?.get(path) ?? {};
      const module = modules.get(path);
      const sources = bySource?.get(path);
      return {
        path,
        ...(added !== undefined && { added }),
        ...(deleted !== undefined && { deleted }),
        ...(module !== undefined && { module }),
        ...(sources !== undefined && { modules: sources }),
        ...(generated && { generated: generated.has(path) }),
      };
    });
    return {
      ...(files && { files }),
      ...(head?.branch !== undefined && { branch: head.branch }),
      unknown: [...new Set(unknown)],
    };
  }

  /**
   * The whole change as each of these bases sees it, all at once; a base that git cannot tell is left out.
   *
   * @throws {GitError} only `aborted`; all else is said in `unknown`
   */
  async factsByBase(
    bases: readonly WholeBase[],
    request: Omit<WorkRequest, 'paths' | 'base'> = {},
  ): Promise<{ readonly byBase: NonNullable<Facts['byBase']>; readonly unknown: readonly string[] }> {
    const asked = [...new Set(bases)];
    let listing: Promise<readonly ChangedPath[]> | undefined;
    const listed = () => {
      listing ??= this.changed(request.signal);
      return listing;
    };
    const answers = await Promise.all(
      asked.map(async (base) => ({ base, ...(await this.#facts({ ...request, base, listed })) })),
    );
    return {
      byBase: Object.fromEntries(answers.flatMap(({ base, files }) => (files ? [[base, files]] : []))),
      unknown: [...new Set(answers.flatMap(({ unknown }) => unknown))],
    };
  }

  /**
   * The commit, branch and default branch.
   *
   * @throws {GitError} also where there is no git
   */
  async head(signal?: AbortSignal): Promise<Head> {
    return seenOnce(signal, this, () => {
      this.#looked = this.#lookAtHead(signal);
      return this.#looked;
    });
  }

  async #lookAtHead(signal: AbortSignal | undefined): Promise<Head> {
    const { git, place } = this.#repository();
    const key = await this.#headKey();
    if (key !== undefined && this.#head?.key === key) return this.#head.value;
    const value = (await plainHead(place)) ?? (await readHead(git, place.root, this.#signal(signal)));
    this.#head = key === undefined ? undefined : { key, value };
    return value;
  }

  /**
   * All paths that differ from HEAD; for editors that cannot tell.
   *
   * @throws {GitError}
   */
  async changed(signal?: AbortSignal): Promise<readonly ChangedPath[]> {
    const { git, place } = this.#repository();
    return listChanged({ git, root: place.root }, this.#signal(signal));
  }

  /**
   * All paths that differ between two commits; a rename is two.
   *
   * @throws {GitError}
   */
  async changedBetween(from: string, to: string, signal?: AbortSignal): Promise<readonly string[]> {
    const { git, place } = this.#repository();
    return listBetween({ git, root: place.root }, from, to, this.#signal(signal));
  }

  /**
   * All tracked files, for what a glob matches here.
   *
   * @throws {GitError}
   */
  async tracked(signal?: AbortSignal): Promise<readonly string[]> {
    const { git, place } = this.#repository();
    return listTracked({ git, root: place.root }, this.#signal(signal));
  }

  /**
   * All that git does not track, ignored or not: files, and folders of which it tracks nothing, which end in "/".
   *
   * @throws {GitError}
   */
  async untracked(signal?: AbortSignal): Promise<readonly string[]> {
    const { git, place } = this.#repository();
    return listUntracked({ git, root: place.root }, this.#signal(signal));
  }

  /**
   * Where these texts stand in the working tree, but for ignored and binary files.
   *
   * @throws {GitError}
   */
  async occurrences(texts: readonly string[], signal?: AbortSignal): Promise<readonly Occurrence[]> {
    const { git, place } = this.#repository();
    return findTexts({ git, root: place.root }, texts, this.#signal(signal));
  }

  /** The module of each path, as one layer's `modules` says. */
  async modules(paths: readonly string[], setting?: ModulesSetting): Promise<ReadonlyMap<string, string>> {
    await this.head().catch(() => undefined); // why git cannot tell, `facts` says
    return this.#modules.of(paths, setting);
  }

  /** As of the last look at HEAD: whoever asks has looked before, and wants no older one. */
  async #committedManifests(): Promise<readonly ManifestFiles[]> {
    if (this.#manifests === undefined) return [];
    const head = await (this.#looked ?? this.head()).catch(() => undefined);
    // Why git cannot tell, `facts` says by itself.
    if (head === undefined) return [silentFiles];
    const commits = [head.commit, mergedCommit(head)?.commit].filter((commit) => commit !== undefined);
    return this.#manifests.of(commits);
  }

  /**
   * Names modules by the manifests, workspaces and owners that a commit has, whatever the working tree makes of them.
   *
   * @throws {GitError}
   */
  async modulesAt(commit: string, signal?: AbortSignal): Promise<ModuleFinder> {
    const { git, place } = this.#repository();
    return moduleFinder(await committedFiles(git, place.root, commit, this.#signal(signal)));
  }

  /**
   * The policy file whose preferences are in force here.
   *
   * @throws {GitError} where whether there is one depends on what is committed, and that cannot be read
   */
  async policyFile(signal?: AbortSignal): Promise<PolicyFile> {
    const { place } = this;
    const committed =
      place.kind === 'folder' && place.unread === undefined
        ? undefined
        : () => readCommittedHere(this.#repository().git, this.root, () => this.head(signal), this.#signal(signal));
    return readPolicyFile(this.root, committed);
  }

  /**
   * The policy file as the default branch has it, or what stands for one ({@link mergedCommit}).
   *
   * @throws {GitError} also of a repository that is there and cannot be read
   */
  async committedPolicy(signal?: AbortSignal): Promise<PolicyFile> {
    if (this.place.kind === 'folder' && this.place.unread === undefined) return { kind: 'none' };
    const { git } = this.#repository();
    const place = mergedCommit(await this.head(signal));
    const known = this.#merged;
    if (known && known.commit === place?.commit && known.from === place.from) return known.value;
    const value = await readCommittedPolicy(git, this.root, place, this.#signal(signal));
    this.#merged = place && { ...place, value };
    return value;
  }

  /**
   * A policy that another one names, as a commit has it; undefined where the commit has no such file.
   *
   * @throws {GitError}
   */
  async fileAt(commit: string, path: string, signal?: AbortSignal): Promise<CommittedFile | undefined> {
    const { git, place } = this.#repository();
    const files = await readCommitted(git, place.root, commit, [path], limits.policyBytes, this.#signal(signal));
    return files.get(path);
  }

  /** Stops what is running; what is asked afterwards is `aborted`. */
  dispose(): void {
    this.#closing.abort();
    this.#counts.counts.clear();
    this.#counts.committed.clear();
    delete this.#counts.staged;
    delete this.#counts.unwatched;
    this.#head = undefined;
    this.#merged = undefined;
  }

  async #count(
    request: CountRequest & Pick<WorkRequest, 'signal'>,
    head: Head,
    signal: AbortSignal,
    unknown: string[],
  ): Promise<ReadonlyMap<string, LineChange>> {
    const { git, place } = this.#repository();
    const stateKey = () => seenOnce(request.signal, this.#indexKey, this.#indexKey);
    return countWork({ git, place, head, cache: this.#counts, stateKey, signal }, request, unknown);
  }

  #repository(): { git: GitProgram; place: Place & { kind: 'git' } } {
    const { place } = this;
    if (place.kind === 'git' && this.#git) return { git: this.#git, place };
    if (place.kind === 'folder' && place.unread) throw unreadError(place.unread, place.reason);
    const code = place.kind === 'folder' && place.reason !== 'elsewhere' ? place.reason : 'not-a-repository';
    throw new GitError(code, `${WHY[code]} (${place.root}), so sizes of changes and branches are unknown.`);
  }

  #signal(signal: AbortSignal | undefined): AbortSignal {
    if (signal === undefined) return this.#closing.signal;
    const known = this.#signals.get(signal) ?? AbortSignal.any([signal, this.#closing.signal]);
    this.#signals.set(signal, known);
    return known;
  }
}

const WHY: Readonly<Record<GitError['code'], string>> = {
  missing: 'git was not found',
  'too-old': 'git is older than 2.31',
  'not-a-repository': 'This is no git repository',
  'not-trusted':
    'git does not trust this folder because it belongs to another user; see safe.directory in git-config(1)',
  deadline: 'git did not answer in time',
  aborted: 'The question was cancelled',
  'too-much-output': 'git wrote too much',
  failed: 'git failed',
};

/** Notes why something is unknown; a cancelled request is not answered at all. */
function giveUp(error: unknown, unknown: string[]): undefined {
  if (!(error instanceof GitError) || error.code === 'aborted') throw error;
  unknown.push(error.message);
}

/** Paths once each, without those that git would take amiss or that lead out. */
function usable(paths: readonly string[], unknown: string[]): readonly string[] {
  const once = [...new Set(paths)];
  const good = once.filter(isRepositoryPath);
  if (good.length < once.length) {
    unknown.push(
      `${once.length - good.length} of ${once.length} paths are not relative to the repository and are left out.`,
    );
  }
  return good;
}
