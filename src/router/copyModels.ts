import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type CopyModel, createCopyModel } from '../providers/workspace-copy/copy-model.ts';
import { isWorthShowing } from '../providers/workspace-copy/show.ts';
import type { WorkspaceCompleter } from '../providers/workspaceCopy.ts';
import { languageOf } from '../routing/languages.ts';
import { isGenerated, isSupport } from '../routing/paths.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** Files larger than this are data, whatever their name says. */
const largestFile = 512 * 1024;
const mostFiles = 20_000;

/** Text that must not turn up in another file's ghost text, and languages that are not code. */
const secretName = /^\.env|\.(?:pem|p12|pfx|jks|key|keystore|crt|csr)$|^id_(?:rsa|dsa|ecdsa|ed25519)/i;
const notCode: ReadonlySet<string> = new Set([
  'plaintext',
  'json',
  'jsonc',
  'log',
  'csv',
  'dotenv',
  'markdown',
  'restructuredtext',
]);

interface Indexed {
  readonly workspace: Workspace;
  readonly model: CopyModel;
  readonly indexing: Promise<void>;
  readonly stop: AbortController;
}

function isIndexable(path: string): boolean {
  const language = languageOf(path);
  return language !== undefined && !notCode.has(language) && !secretName.test(basename(path)) && !isGenerated(path);
}

/**
 * One copy model for each open repository: filled from its tracked files in the background, a file at a time, code before
 * support files, and kept up with what the editor holds.
 */
export class CopyModels implements WorkspaceCompleter {
  readonly #models = new Map<string, Indexed>();

  /** Begins to index a repository; what is asked meanwhile is answered from what is known already. */
  open(workspace: Workspace): void {
    const before = this.#models.get(workspace.root);
    // A folder that has become a repository since is another workspace, with files to read.
    if (before?.workspace === workspace) return;
    before?.stop.abort();
    const stop = new AbortController();
    const model = createCopyModel();
    this.#models.set(workspace.root, { workspace, model, stop, indexing: this.#fill(workspace, model, stop.signal) });
  }

  /** Settles when a repository's files are all known. */
  async indexed(root: string): Promise<void> {
    await this.#models.get(root)?.indexing;
  }

  /** The editor's text of a file takes the place of the disk's. */
  update(root: string, path: string, text: string): void {
    if (isIndexable(path) && text.length <= largestFile) this.#models.get(root)?.model.index(path, text);
  }

  async complete(
    request: Parameters<WorkspaceCompleter['complete']>[0],
    signal: AbortSignal,
  ): ReturnType<WorkspaceCompleter['complete']> {
    const { path, root, prefix, suffix, multiline } = request;
    const known = root === undefined ? undefined : this.#models.get(root);
    if (!known || path === undefined || signal.aborted) return undefined;
    const found = known.model.predict({ path, prefix, suffix, maxLines: multiline ? 6 : 1 });
    return found && isWorthShowing(found) ? found : undefined;
  }

  dispose(): void {
    for (const { stop } of this.#models.values()) stop.abort();
    this.#models.clear();
  }

  async #fill(workspace: Workspace, model: CopyModel, signal: AbortSignal): Promise<void> {
    const tracked = await workspace.tracked(signal).catch(() => []); // without git only what is opened is known
    const paths = tracked.filter(isIndexable);
    const ordered = [...paths.filter((path) => !isSupport(path)), ...paths.filter(isSupport)].slice(0, mostFiles);
    for (const path of ordered) {
      if (signal.aborted) return;
      const text = await readCode(join(workspace.root, path));
      if (text !== undefined && model.index(path, text).kind === 'refused' && model.size().tokens > 7_900_000) return;
      await nextTurn();
    }
  }
}

async function readCode(file: string): Promise<string | undefined> {
  try {
    const { size } = await stat(file);
    return size <= largestFile ? await readFile(file, 'utf8') : undefined;
  } catch {
    return undefined; // deleted in the working tree, or not readable: nothing to learn from
  }
}
