import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { compilePolicy } from '../policy/compile.ts';
import { type LayeredPolicy, oneLayer } from '../policy/layers.ts';
import { parsePolicy } from '../policy/parse.ts';
import type { Policy } from '../policy/schema.ts';
import { GitError } from '../workspace/gitError.ts';
import { POLICY_FILE, type PolicyFile, policyFileKey } from '../workspace/policyFile.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** What is in force in a repository, and whether that is what its file says. */
export type PolicyInForce =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'in-force';
      readonly policy: LayeredPolicy;
      readonly from: 'working-tree' | 'head' | 'default-branch';
    }
  /** The file has a mistake: an earlier good one stays in force. */
  | { readonly kind: 'last-good'; readonly policy: LayeredPolicy; readonly problem: string }
  /** The file has a mistake and there never was a good one: only targets on this machine. */
  | { readonly kind: 'local-only'; readonly policy: LayeredPolicy; readonly problem: string };

/** What holds where a policy is broken and no good one is known: nothing leaves the machine until it is mended. */
const localOnly: Policy = {
  version: 1,
  default: 'local/workspace-copy',
  constraints: [
    {
      id: 'broken-policy',
      local: true,
      reason:
        'The policy file has errors and no earlier good version is known: only models on this machine are used until it is mended',
    },
  ],
};

interface Remembered {
  readonly key: string | undefined;
  /** When this key was first seen, and when the text was last read, in milliseconds since the epoch. */
  readonly seenAt: number;
  readonly readAt: number;
  readonly inForce: PolicyInForce;
  readonly lastGood: LayeredPolicy | undefined;
}

/** A file's time is no finer than its disk's: a key is believed once the text was read again this much later. */
const grainMs = 50;

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** Compiles a text, or says in one sentence what is wrong with it first. */
export function readPolicyText(text: string): { readonly policy: LayeredPolicy } | { readonly problem: string } {
  const { policy, diagnostics } = parsePolicy(text);
  const error = diagnostics.find((diagnostic) => diagnostic.severity === 'error');
  if (policy && !error) return { policy: oneLayer(compilePolicy(policy, hashOf(text))) };
  const where = error
    ? `line ${error.range.line}, column ${error.range.column}: ${error.message}`
    : 'it could not be read';
  return { problem: `${POLICY_FILE}, ${where}` };
}

/**
 * Which policy is in force in each repository. Looked at before every request, which costs a few `stat`s while nothing
 * changed, so that a saved policy holds for the very next request.
 */
export class Policies {
  readonly #known = new Map<string, Remembered>();

  /** @throws {GitError} only `aborted`: what git cannot tell is a problem with the policy, and said so */
  async inForce(workspace: Workspace, signal?: AbortSignal): Promise<PolicyInForce> {
    const { root } = workspace;
    const before = this.#known.get(root);
    const key = await this.#key(workspace, before?.inForce, signal);
    const isSame = before !== undefined && key !== undefined && before.key === key;
    if (isSame && before.readAt - before.seenAt >= grainMs) return before.inForce;
    const readAt = Date.now();
    const inForce = await this.#read(await policyFileOf(workspace, signal), before, workspace, signal);
    this.#known.set(root, {
      key,
      seenAt: isSame ? before.seenAt : readAt,
      readAt,
      inForce,
      lastGood: inForce.kind === 'in-force' || inForce.kind === 'last-good' ? inForce.policy : before?.lastGood,
    });
    return inForce;
  }

  /** The path of the file, whether or not it exists. */
  path(workspace: Workspace): string {
    return join(workspace.root, POLICY_FILE);
  }

  /** All that decides what is in force, as one text; undefined where that cannot be told, so that it is read anew. */
  async #key(
    workspace: Workspace,
    before: PolicyInForce | undefined,
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    const file = await policyFileKey(workspace.root);
    const isSound = file !== undefined && before?.kind !== 'last-good' && before?.kind !== 'local-only';
    if (isSound || workspace.place.kind === 'folder') return file ?? 'none';
    // Without a sound file here, the committed one counts.
    const head = await workspace.head(signal).catch(rethrowAborted);
    return head && `${file ?? ''} ${head.commit ?? ''} ${head.defaultBranch?.commit ?? ''}`;
  }

  async #read(
    file: PolicyFile | Unknown,
    before: Remembered | undefined,
    workspace: Workspace,
    signal: AbortSignal | undefined,
  ): Promise<PolicyInForce> {
    const lastGood = before?.lastGood;
    switch (file.kind) {
      case 'none':
        return { kind: 'none' };
      case 'found': {
        const known = before?.inForce;
        // The same text means the same: it need not be compiled again.
        if (known?.kind === 'in-force' && known.from === file.from && known.policy.hash === hashOf(file.text))
          return known;
        const read = readPolicyText(file.text);
        if ('policy' in read) return { kind: 'in-force', policy: read.policy, from: file.from };
        return this.#without(read.problem, lastGood, workspace, signal);
      }
      case 'refused':
      case 'unknown':
        return this.#without(file.message, lastGood, workspace, signal);
      default:
        return file satisfies never;
    }
  }

  async #without(
    problem: string,
    lastGood: LayeredPolicy | undefined,
    workspace: Workspace,
    signal: AbortSignal | undefined,
  ): Promise<PolicyInForce> {
    const good = lastGood ?? (await this.#committed(workspace, signal));
    return good
      ? { kind: 'last-good', policy: good, problem }
      : { kind: 'local-only', policy: oneLayer(compilePolicy(localOnly, 'broken')), problem };
  }

  /** The default branch's version, when it is good: what was in force before this window opened. */
  async #committed(workspace: Workspace, signal: AbortSignal | undefined): Promise<LayeredPolicy | undefined> {
    const file = await workspace.committedPolicy(signal).catch(rethrowAborted);
    const read = file?.kind === 'found' ? readPolicyText(file.text) : undefined;
    return read && 'policy' in read ? read.policy : undefined;
  }
}

/** Whether there is a policy could not be found out: that is no leave to do without. */
interface Unknown {
  readonly kind: 'unknown';
  readonly message: string;
}

async function policyFileOf(workspace: Workspace, signal: AbortSignal | undefined): Promise<PolicyFile | Unknown> {
  try {
    return await workspace.policyFile(signal);
  } catch (error) {
    rethrowAborted(error);
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: 'unknown', message: `Whether ${POLICY_FILE} is committed here could not be found out: ${reason}` };
  }
}

/** What git cannot tell is undefined; a request that was cancelled is not answered at all. */
function rethrowAborted(error: unknown): undefined {
  if (error instanceof GitError && error.code !== 'aborted') return undefined;
  throw error;
}
