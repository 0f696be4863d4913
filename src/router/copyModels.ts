import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type CopyModel, createCopyModel } from '../providers/workspace-copy/copy-model.ts';
import { isWorthShowing } from '../providers/workspace-copy/show.ts';
import type { WorkspaceCompleter } from '../providers/workspaceCopy.ts';
import { blockedPaths } from '../routing/blocked.ts';
import { isSupport } from '../routing/paths.ts';
import type { EditorText } from '../workspace/counts.ts';
import { readRegularFile } from '../workspace/untracked.ts';
import { toRepositoryPath } from '../workspace/workingPaths.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { isCopyable } from './copyableFiles.ts';
import type { PolicyInForce } from './policies/inForce.ts';
import { bringsSecret } from './secretLiterals.ts';

/** Files larger than this are data, whatever their name says; in bytes. */
const largestFile = 512 * 1024;
const mostFiles = 20_000;
/** Repositories that are known at a time, and tokens of each: 18 bytes a token, so some 220 MB in all. */
const bounds = { models: 3, tokens: 4_000_000 } as const;
/** From this share on no more files are tried: of those that follow hardly one would find room. */
const almostFull = 0.98;
/** A disk that has not given a file in this time is left alone, in milliseconds. */
const readDeadlineMs = 2_000;

/** What the copy models ask of the house around them. */
export interface CopySources {
  policyOf(workspace: Workspace, signal: AbortSignal): Promise<PolicyInForce>;
  /** What the editor holds of a repository; it goes before the disk. */
  openTexts(workspace: Workspace): Promise<readonly EditorText[]>;
  now(): number;
}

/** Which files the policy in force lets be copied from. */
interface Screen {
  readonly key: string;
  admits(path: string): boolean;
}

interface Indexed {
  readonly workspace: Workspace;
  readonly model: CopyModel;
  readonly stop: AbortController;
  /** The files that git does not ignore, as far as they are known; undefined where there is no git to ask. */
  readonly known: Promise<Set<string> | undefined>;
  /** Paths that were put into the model. */
  readonly paths: Set<string>;
  screen: Screen | undefined;
  filling: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;
  /** Updates are made one after the other, so that the last text stays. */
  updates: Promise<void>;
}

/**
 * One copy model for each repository in which a completion was asked of this machine: from then on filled from its tracked
 * files in the background, a file at a time, code before support files, and kept up with what the editor holds. The least
 * recently used is forgotten. A file that the policy keeps from completions is in no model, nor is one that git ignores.
 */
export class CopyModels implements WorkspaceCompleter {
  readonly #sources: CopySources;
  readonly #mostTokens: number;
  readonly #open = new Map<string, Workspace>();
  /** Least recently used first. */
  readonly #models = new Map<string, Indexed>();

  /** @param mostTokens of one repository */
  constructor(sources: CopySources, mostTokens: number = bounds.tokens) {
    this.#sources = sources;
    this.#mostTokens = mostTokens;
  }

  /** Makes a repository known. Nothing of it is read before the first completion. */
  open(workspace: Workspace): void {
    const { root } = workspace;
    // A folder that has become a repository since is another workspace, with files to read.
    if (this.#open.get(root) !== workspace) this.#forget(root);
    this.#open.set(root, workspace);
  }

  /** It is open no more. */
  close(workspace: Workspace): void {
    const { root } = workspace;
    if (this.#open.get(root) !== workspace) return;
    this.#forget(root);
    this.#open.delete(root);
  }

  /** The repositories that are kept up at the moment. */
  roots(): readonly string[] {
    return [...this.#models.keys()];
  }

  /** Settles when a repository's files are all known. */
  async indexed(root: string): Promise<void> {
    await this.#models.get(root)?.filling?.done;
  }

  /** Tokens and files that are known of a repository. */
  size(root: string): { readonly tokens: number; readonly files: number } {
    return this.#models.get(root)?.model.size() ?? { tokens: 0, files: 0 };
  }

  /** The editor's text of a file takes the place of the disk's, if the repository is kept up. */
  async update(root: string, path: string, text: string): Promise<void> {
    const indexed = this.#models.get(root);
    if (!indexed) return;
    indexed.updates = indexed.updates.then(() => this.#learn(indexed, path, text));
    await indexed.updates;
  }

  async complete(
    request: Parameters<WorkspaceCompleter['complete']>[0],
    signal: AbortSignal,
  ): ReturnType<WorkspaceCompleter['complete']> {
    const { path, root, prefix, suffix, multiline } = request;
    const workspace = root === undefined ? undefined : this.#open.get(root);
    if (!workspace || path === undefined || signal.aborted) return undefined;
    const indexed = this.#use(workspace);
    if (!(await this.#judged(indexed)) || signal.aborted) return undefined;
    const found = indexed.model.predict({ path, prefix, suffix, maxLines: multiline ? 6 : 1 });
    if (!found || !isWorthShowing(found) || bringsSecret({ prefix, text: found.text, suffix })) return undefined;
    return found;
  }

  dispose(): void {
    for (const root of this.roots()) this.#forget(root);
    this.#open.clear();
  }

  /** The model of a repository, made where there is none, as the one used last. */
  #use(workspace: Workspace): Indexed {
    const { root } = workspace;
    const indexed = this.#models.get(root) ?? this.#begin(workspace);
    this.#models.delete(root);
    this.#models.set(root, indexed);
    for (const oldest of this.roots().slice(0, -bounds.models)) this.#forget(oldest);
    return indexed;
  }

  #begin(workspace: Workspace): Indexed {
    const stop = new AbortController();
    return {
      workspace,
      stop,
      model: createCopyModel({ maxTokens: this.#mostTokens }),
      known: filesOf(workspace, stop.signal),
      paths: new Set(),
      screen: undefined,
      filling: undefined,
      updates: Promise.resolve(),
    };
  }

  #forget(root: string): void {
    const indexed = this.#models.get(root);
    indexed?.stop.abort();
    indexed?.filling?.stop.abort();
    this.#models.delete(root);
  }

  /** Looks whether another policy is in force, and judges all files anew if so. False: it cannot be told. */
  async #judged(indexed: Indexed): Promise<boolean> {
    const { workspace, model, paths, stop } = indexed;
    // The model is shared, so whoever asks for it waits no shorter than it lives.
    const inForce = await this.#sources.policyOf(workspace, stop.signal).catch(() => undefined);
    if (!inForce || stop.signal.aborted) return false;
    const screen = screenOf(inForce, this.#sources.now());
    if (screen.key === indexed.screen?.key) return true;
    indexed.screen = screen;
    for (const path of paths) {
      if (screen.admits(path)) continue;
      model.remove(path);
      paths.delete(path);
    }
    indexed.filling?.stop.abort();
    const again = new AbortController();
    indexed.filling = { stop: again, done: this.#fill(indexed, again.signal) };
    return true;
  }

  async #fill(indexed: Indexed, signal: AbortSignal): Promise<void> {
    const { workspace } = indexed;
    const tracked = [...((await indexed.known) ?? [])];
    const open = await this.#sources.openTexts(workspace).catch(() => []); // what is saved later is learned then
    if (signal.aborted) return;
    for (const { path, text } of open) await this.update(workspace.root, path, text);
    const inEditor = new Set(open.map(({ path }) => path));
    const paths = tracked.filter((path) => !inEditor.has(path) && this.#admits(indexed, path));
    const ordered = [...paths.filter((path) => !isSupport(path)), ...paths.filter(isSupport)].slice(0, mostFiles);
    for (const path of ordered) {
      const text = await readCode(workspace.root, path);
      if (signal.aborted || text === 'silent') return;
      if (text !== undefined && !this.#put(indexed, path, text)) return;
      await nextTurn();
    }
  }

  async #learn(indexed: Indexed, path: string, text: string): Promise<void> {
    if (text.length > largestFile || !(await this.#judged(indexed))) return;
    if (this.#admits(indexed, path) && (await isKnown(indexed, path))) this.#put(indexed, path, text);
  }

  #admits({ screen, stop }: Indexed, path: string): boolean {
    return !stop.signal.aborted && isCopyable(path) && screen?.admits(path) === true;
  }

  /** False when there is no room left. */
  #put(indexed: Indexed, path: string, text: string): boolean {
    const outcome = indexed.model.index(path, text);
    if (outcome.kind !== 'refused') indexed.paths.add(path);
    const isFull = outcome.kind === 'refused' && outcome.reason === 'full';
    return !isFull || indexed.model.size().tokens < almostFull * this.#mostTokens;
  }
}

/** Of a broken policy without an earlier good one nobody knows what it kept back: then nothing is copied. */
function screenOf(inForce: PolicyInForce, now: number): Screen {
  switch (inForce.kind) {
    case 'none':
      return { key: 'none', admits: () => true };
    case 'local-only':
      return { key: 'local-only', admits: () => false };
    case 'in-force':
    case 'last-good': {
      const isBlocked = blockedPaths(inForce.policy, now);
      return { key: inForce.policy.hash, admits: (path) => !isBlocked(path) };
    }
    default:
      return inForce satisfies never;
  }
}

/** The tracked files; none where git gives no answer, and undefined where there is no git. */
async function filesOf(workspace: Workspace, signal: AbortSignal): Promise<Set<string> | undefined> {
  if (workspace.place.kind === 'folder') return undefined;
  return new Set(await workspace.tracked(signal).catch(() => []));
}

/** Whether git tracks a file, or would if it were asked to: what it ignores is often secret. */
async function isKnown({ workspace, known, stop }: Indexed, path: string): Promise<boolean> {
  const files = await known;
  if (!files || files.has(path)) return true;
  const changed = await workspace.changed(stop.signal).catch(() => []);
  for (const change of changed) if (change.kind === 'untracked') files.add(change.path);
  return files.has(path);
}

/** Text of a regular file that is no link, neither itself nor on its way; `silent` when the disk does not answer. */
async function readCode(root: string, path: string): Promise<string | 'silent' | undefined> {
  const waited = new AbortController();
  const silence = new Promise<'silent'>((settle) => {
    const timer = setTimeout(settle, readDeadlineMs, 'silent');
    timer.unref();
    waited.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
  try {
    return await Promise.race([readPlainFile(root, path), silence]);
  } finally {
    waited.abort();
  }
}

async function readPlainFile(root: string, path: string): Promise<string | undefined> {
  const absolute = join(root, path);
  // Judged by its name, so it must be called that: a link to a file that is kept back is no way round.
  if ((await toRepositoryPath(root, absolute).catch(() => undefined)) !== path) return undefined;
  const content = await readRegularFile(root, absolute, largestFile);
  // Deleted in the working tree, not readable or no file at all: nothing to learn from.
  return content.kind === 'content' ? new TextDecoder().decode(content.bytes) : undefined;
}
