import { GitError } from '../../workspace/gitError.ts';
import { POLICY_FILE, type PolicyFile } from '../../workspace/policyFile.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import { Recent } from '../recent.ts';
import { bounds } from './bounds.ts';
import { type Chain, type ChainTools, type ReadLayer, readChain } from './chain.ts';
import { localOnly } from './compose.ts';
import { commitGround, diskGround, type Ground } from './ground.ts';
import type { LayerReport } from './inForce.ts';
import { UniqueNames } from './layerNames.ts';
import { copyGround, type MergedCopies, type MergedCopy, noting } from './mergedCopies.ts';

export type FoundFile = PolicyFile & { readonly kind: 'found' };

/** What is merged in a repository comes to these layers. */
export interface Merged {
  /** Undefined where nothing is merged. */
  readonly layers: readonly ReadLayer[] | undefined;
  /** Why what is in force is not what is merged, where it is not. */
  readonly problem?: string;
  /** What to tell of that beside the layers. */
  readonly notes: readonly LayerReport[];
  /** Nothing is known of what is merged: the layers forbid whatever leaves the machine. */
  readonly isUnknown?: true;
  /** Git did not answer: it is asked again for the next request. */
  readonly isPassing?: true;
}

/** What was read before a merged policy: see `ChainSurroundings`. */
interface Around {
  readonly managed: readonly ReadLayer[];
  readonly working: readonly ReadLayer[];
}

interface Failure {
  readonly problem: string;
  readonly from?: FoundFile['from'];
  /** Whether git gave no answer at all, so that what it last said may still be so. */
  readonly isSilence: boolean;
}

/**
 * What repositories have merged, beside what is edited there. Where that cannot be read, by git's refusal or for a mistake in
 * it, the last good version holds, and without one only what runs on this machine: an edit loosens nothing by breaking it.
 */
export class MergedPolicies {
  readonly #copies: MergedCopies;
  /** What git last told of each root: its last good policy, or that it has none. */
  readonly #known = new Recent<MergedCopy | 'none'>({
    entries: bounds.places,
    characters: { most: bounds.mergedCharacters, of: charactersIn },
  });

  constructor(copies: MergedCopies) {
    this.#copies = copies;
  }

  /** @throws {GitError} only `aborted` */
  async read(workspace: Workspace, around: Around, tools: ChainTools): Promise<Merged> {
    try {
      const file = await workspace.committedPolicy(tools.signal);
      if (file.kind === 'none') {
        await this.#note(workspace.root, 'none');
        return { layers: undefined, notes: [] };
      }
      if (file.kind === 'refused') {
        return this.#instead(workspace, { problem: file.message, from: file.from, isSilence: false }, around, tools);
      }
      const noted = noting(groundOf(workspace, file));
      const chain = await readMerged(file.text, noted.ground, around, tools);
      const mistake = mistakeIn(chain);
      if (mistake !== undefined) {
        return this.#instead(workspace, { problem: mistake, from: file.from, isSilence: false }, around, tools);
      }
      const files = noted.files();
      if (files && file.from !== 'working-tree' && file.commit !== undefined) {
        const { from, commit, text } = file;
        await this.#note(workspace.root, { from, commit, files: { ...files, [POLICY_FILE]: text } });
      }
      return { layers: chain.layers, notes: [] };
    } catch (error) {
      rethrowAborted(error);
      const problem = error instanceof Error ? error.message : String(error);
      return { ...(await this.#instead(workspace, { problem, isSilence: true }, around, tools)), isPassing: true };
    }
  }

  /** What is merged, or was when it was last good, with its preferences: what holds while the working tree's is broken. */
  async alone(
    workspace: Workspace,
    managed: readonly ReadLayer[],
    tools: ChainTools,
  ): Promise<readonly ReadLayer[] | undefined> {
    const file = await workspace.committedPolicy(tools.signal).catch(rethrowAborted);
    if (file?.kind === 'found') {
      const { layers } = await readFound(file.text, groundOf(workspace, file), managed, tools);
      if (layers) return layers;
    }
    const copy = file?.kind === 'none' ? undefined : await this.#copyOf(workspace.root);
    const text = copy?.files[POLICY_FILE];
    if (copy === undefined || text === undefined) return undefined;
    return (await readFound(text, copyGround(workspace.root, copy), managed, tools)).layers;
  }

  /** What holds in place of a merged policy that cannot be read. */
  async #instead(workspace: Workspace, failure: Failure, around: Around, tools: ChainTools): Promise<Merged> {
    const { problem, from, isSilence } = failure;
    const copy = await this.#copyOf(workspace.root);
    const text = copy?.files[POLICY_FILE];
    if (copy !== undefined && text !== undefined) {
      const chain = await readMerged(text, copyGround(workspace.root, copy), around, tools);
      if (mistakeIn(chain) === undefined) {
        return { layers: chain.layers, problem, notes: [broken(problem, from ?? copy.from)] };
      }
    }
    if (isSilence && this.#known.get(workspace.root) === 'none') {
      return { layers: undefined, problem, notes: [broken(problem, from)] };
    }
    const taken = [...around.managed, ...around.working].map(({ name }) => name);
    const name = new UniqueNames(taken).take('committed');
    const given = { name, origin: 'committed', source: sourceOf(from), prefers: false } as const;
    return { layers: [localOnly(given, problem, UNKNOWN)], problem, notes: [], isUnknown: true };
  }

  async #copyOf(root: string): Promise<MergedCopy | undefined> {
    const known = this.#known.get(root);
    return known === undefined || known === 'none' ? this.#copies.read(root) : known;
  }

  async #note(root: string, now: MergedCopy | 'none'): Promise<void> {
    const before = this.#known.get(root) ?? (await this.#copies.read(root)) ?? 'none';
    this.#known.set(root, now);
    if (JSON.stringify(before) === JSON.stringify(now)) return;
    try {
      await (now === 'none' ? this.#copies.forget(root) : this.#copies.keep(root, now));
    } catch {
      // It is in force all the same; only after a restart, while git does not answer, it would not be known.
    }
  }
}

const UNKNOWN =
  'What is merged of the policy cannot be read and no earlier good version is known: only models on this machine are used until it can';

function charactersIn(copy: MergedCopy | 'none'): number {
  return copy === 'none' ? 0 : Object.values(copy.files).reduce((sum, text) => sum + text.length, 0);
}

export function groundOf(workspace: Workspace, { from, commit }: FoundFile): Ground {
  return from === 'working-tree' || commit === undefined
    ? diskGround(workspace.root)
    : commitGround(workspace, commit, from);
}

/** A repository's own file with its preferences. */
export async function readFound(
  text: string,
  ground: Ground,
  managed: readonly ReadLayer[],
  tools: ChainTools,
): Promise<{ readonly layers: readonly ReadLayer[] } | { readonly layers?: never; readonly problem: string }> {
  const start = { text, path: POLICY_FILE, ground, origin: 'repository', name: '', prefers: true } as const;
  const chain = await readChain(start, tools, { outermost: managed, beside: [] });
  const problem = mistakeIn(chain);
  return problem === undefined ? { layers: chain.layers } : { problem };
}

export function mistakeIn({ issues }: Chain): string | undefined {
  return issues.find(({ kind }) => kind === 'mistake')?.message;
}

/** What git cannot tell is undefined; a request that was cancelled is not answered at all. */
export function rethrowAborted(error: unknown): undefined {
  if (error instanceof GitError && error.code !== 'aborted') return undefined;
  throw error;
}

function readMerged(text: string, ground: Ground, { managed, working }: Around, tools: ChainTools): Promise<Chain> {
  const start = { text, path: POLICY_FILE, ground, origin: 'committed', name: 'committed', prefers: false } as const;
  return readChain(start, tools, { outermost: managed, beside: working });
}

function broken(problem: string, from: FoundFile['from'] | undefined): LayerReport {
  return { name: 'committed', origin: 'committed', source: sourceOf(from), state: { kind: 'failed', problem } };
}

function sourceOf(from: FoundFile['from'] | undefined): string {
  return `${POLICY_FILE} on ${from === 'head' ? 'HEAD' : 'the default branch'}`;
}
