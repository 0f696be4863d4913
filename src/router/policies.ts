import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { compilePolicy } from '../policy/compile.ts';
import type { CompiledPolicy } from '../policy/compiled.ts';
import { parsePolicy } from '../policy/parse.ts';
import type { Policy } from '../policy/schema.ts';
import { POLICY_FILE, type PolicyFile, policyFileKey } from '../workspace/policyFile.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** What is in force in a repository, and whether that is what its file says. */
export type PolicyInForce =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'in-force';
      readonly policy: CompiledPolicy;
      readonly from: 'working-tree' | 'head' | 'default-branch';
    }
  /** The file has a mistake: an earlier good one stays in force. */
  | { readonly kind: 'last-good'; readonly policy: CompiledPolicy; readonly problem: string }
  /** The file has a mistake and there never was a good one: only targets on this machine. */
  | { readonly kind: 'local-only'; readonly policy: CompiledPolicy; readonly problem: string };

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
  readonly key: string;
  readonly inForce: PolicyInForce;
  readonly lastGood: CompiledPolicy | undefined;
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** Compiles a text, or says in one sentence what is wrong with it first. */
export function readPolicyText(text: string): { readonly policy: CompiledPolicy } | { readonly problem: string } {
  const { policy, diagnostics } = parsePolicy(text);
  const error = diagnostics.find((diagnostic) => diagnostic.severity === 'error');
  if (policy && !error) return { policy: compilePolicy(policy, hashOf(text)) };
  const where = error
    ? `line ${error.range.line}, column ${error.range.column}: ${error.message}`
    : 'it could not be read';
  return { problem: `${POLICY_FILE}, ${where}` };
}

/**
 * Which policy is in force in each repository. Looked at before every request, which costs one `stat` while nothing
 * changed, so that a saved policy holds for the very next request.
 */
export class Policies {
  readonly #known = new Map<string, Remembered>();

  async inForce(workspace: Workspace, signal?: AbortSignal): Promise<PolicyInForce> {
    const { root } = workspace;
    const known = this.#known.get(root);
    const key = await this.#key(workspace, signal);
    if (known?.key === key) return known.inForce;
    const file = await workspace.policyFile(signal);
    const lastGood = known?.lastGood;
    const inForce = await this.#read(file, lastGood, workspace, signal);
    const good = inForce.kind === 'in-force' || inForce.kind === 'last-good' ? inForce.policy : lastGood;
    this.#known.set(root, { key, inForce, lastGood: good });
    return inForce;
  }

  /** The path of the file, whether or not it exists. */
  path(workspace: Workspace): string {
    return join(workspace.root, POLICY_FILE);
  }

  async #key(workspace: Workspace, signal?: AbortSignal): Promise<string> {
    const key = await policyFileKey(workspace.root);
    if (key !== undefined) return `file ${key}`;
    if (workspace.place.kind === 'folder') return 'none';
    const head = await workspace.head(signal).catch(() => undefined); // without git there is no committed file either
    return `committed ${head?.commit ?? ''} ${head?.defaultBranch?.commit ?? ''}`;
  }

  async #read(
    file: PolicyFile,
    lastGood: CompiledPolicy | undefined,
    workspace: Workspace,
    signal?: AbortSignal,
  ): Promise<PolicyInForce> {
    switch (file.kind) {
      case 'none':
        return { kind: 'none' };
      case 'found': {
        const read = readPolicyText(file.text);
        if ('policy' in read) return { kind: 'in-force', policy: read.policy, from: file.from };
        return this.#without(read.problem, lastGood, workspace, signal);
      }
      case 'refused':
        return this.#without(file.message, lastGood, workspace, signal);
      default:
        return file satisfies never;
    }
  }

  async #without(
    problem: string,
    lastGood: CompiledPolicy | undefined,
    workspace: Workspace,
    signal?: AbortSignal,
  ): Promise<PolicyInForce> {
    const good = lastGood ?? (await this.#committed(workspace, signal));
    return good
      ? { kind: 'last-good', policy: good, problem }
      : { kind: 'local-only', policy: compilePolicy(localOnly, 'broken'), problem };
  }

  /** The default branch's version, when it is good: what was in force before this window opened. */
  async #committed(workspace: Workspace, signal?: AbortSignal): Promise<CompiledPolicy | undefined> {
    const file = await workspace.committedPolicy(signal).catch(() => undefined); // no git, no commit: no such version
    const read = file?.kind === 'found' ? readPolicyText(file.text) : undefined;
    return read && 'policy' in read ? read.policy : undefined;
  }
}
