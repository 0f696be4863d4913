import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { compilePolicy } from '../policy/compile.ts';
import { type LayeredPolicy, oneLayer } from '../policy/layers.ts';
import { type ParsedPolicy, parsePolicy } from '../policy/parse.ts';
import type { Policy } from '../policy/schema.ts';
import { diskGround, type Ground, readOnDisk } from '../router/policies/ground.ts';
import { layerWarning } from '../router/policies/inForce.ts';
import { onOneLine } from '../routing/labels.ts';
import { POLICY_FILE } from '../workspace/policyFile.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { type Call, CommandError } from './command.ts';

/** A policy's text, and where it is from. */
export interface PolicyText {
  readonly text: string;
  /** For people. */
  readonly source: string;
  /** Where the files lie that it may extend, and its own path there. */
  readonly ground: Ground;
  readonly path: string;
}

/** The policy that a command goes by. */
export interface InForce {
  readonly source: string;
  readonly layered: LayeredPolicy;
}

/** Where a policy may come from. */
export interface PolicyOrigin {
  /** A file that was named, relative to the working directory: it is in force with what it extends, and nothing else. */
  readonly file?: string | undefined;
  /** Else the repository: its file, what that extends, what is merged, and the machine’s baseline. */
  workspace(): Promise<Workspace>;
}

/**
 * What is in force: the one place where the command line puts a policy’s layers together.
 *
 * @throws {CommandError} where there is none, or it has a mistake
 */
export async function loadInForce(origin: PolicyOrigin, call: Call): Promise<InForce> {
  if (origin.file !== undefined) return inForce(await readNamed(call.cwd, origin.file), call);
  const workspace = await origin.workspace();
  const { repositoryPolicies } = await import('./layerPorts.ts');
  const found = await repositoryPolicies(call).inForce(workspace, call.signal);
  switch (found.kind) {
    case 'none':
      throw nothingIn(workspace.root);
    case 'in-force': {
      const warning = layerWarning(found);
      if (warning !== undefined) await call.note(`routing-policy: ${onOneLine(warning)}\n`);
      return {
        source: found.from === 'working-tree' ? POLICY_FILE : `${POLICY_FILE} (${found.from})`,
        layered: found.policy,
      };
    }
    case 'last-good':
    case 'local-only':
      throw new CommandError(`${found.problem} Until it is mended, ${STANDING_IN[found.kind]} holds.`);
    default:
      return found satisfies never;
  }
}

/**
 * The same for commands that can do without: undefined where there is no policy, and what stands in for one that has a
 * mistake, which is noted.
 *
 * @throws {CommandError} where a file was named that cannot be used
 */
export async function inForceOrNone(origin: PolicyOrigin, call: Call): Promise<LayeredPolicy | undefined> {
  if (origin.file !== undefined) return (await inForce(await readNamed(call.cwd, origin.file), call)).layered;
  const { repositoryPolicies } = await import('./layerPorts.ts');
  const found = await repositoryPolicies(call).inForce(await origin.workspace(), call.signal);
  if (found.kind === 'none') return undefined;
  const warning =
    found.kind === 'in-force'
      ? layerWarning(found)
      : `${found.problem} Until it is mended, ${STANDING_IN[found.kind]} holds.`;
  if (warning !== undefined) await call.note(`routing-policy: ${onOneLine(warning)}\n`);
  return found.policy;
}

const STANDING_IN = {
  'last-good': 'the last good version',
  'local-only': 'only what runs on this machine',
} as const;

/** A text with all that it extends. @throws {CommandError} with its first mistake */
export async function inForce(policy: PolicyText, call: Call): Promise<InForce> {
  const { layered, issues } = await readLayers(policy, soundPolicy(policy), call);
  if (layered !== undefined) return { source: policy.source, layered };
  throw new CommandError(`${policy.source}: ${issues[0]?.message ?? 'what it extends could not be read.'}`);
}

/** A text that extends nothing, such as a preset. @throws {CommandError} with its first error */
export function standingAlone(policy: Pick<PolicyText, 'text' | 'source'>): InForce {
  return {
    source: policy.source,
    layered: oneLayer(compilePolicy(soundPolicy(policy), hashOf(policy.text)), policy.source),
  };
}

function soundPolicy({ text, source }: Pick<PolicyText, 'text' | 'source'>): Policy {
  const { policy, diagnostics } = readFirst(text);
  if (policy !== undefined) return policy;
  const error = diagnostics.find(({ severity }) => severity === 'error');
  const where = error === undefined ? '' : `, line ${error.range.line}, column ${error.range.column}`;
  throw new CommandError(`${source}${where}: ${error?.message ?? 'it could not be read.'}`);
}

/** A first reading, where names that it does not define may be those of what it extends. */
export function readFirst(text: string): ParsedPolicy {
  const alone = parsePolicy(text);
  if (alone.policy !== undefined) return alone;
  const unread = parsePolicy(text, { unread: true });
  return unread.policy?.extends === undefined ? alone : unread;
}

/** What is wrong with an entry of `extends`. */
export interface ExtendsIssue {
  readonly entry?: number;
  readonly kind: 'mistake' | 'unavailable';
  readonly message: string;
}

/** Puts a sound policy and what it extends together; without a result where something in that has a mistake. */
export async function readLayers(
  { text, source, ground, path }: PolicyText,
  policy: Policy,
  call: Call,
): Promise<{ readonly layered?: LayeredPolicy; readonly issues: readonly ExtendsIssue[] }> {
  if (policy.extends === undefined)
    return { layered: oneLayer(compilePolicy(policy, hashOf(text)), source), issues: [] };
  const { readExtended } = await import('./layerPorts.ts');
  return readExtended({ text, path, ground, origin: 'repository', name: '', prefers: true }, call);
}

/** The text of the policy file that was named, or of the repository’s. @throws {CommandError} */
export async function readPolicy({ file, workspace }: PolicyOrigin, { cwd, signal }: Call): Promise<PolicyText> {
  if (file !== undefined) return readNamed(cwd, file);
  const opened = await workspace();
  const found = await opened.policyFile(signal);
  switch (found.kind) {
    case 'found': {
      const { text } = found;
      if (found.from === 'working-tree') {
        return { text, source: POLICY_FILE, ground: diskGround(opened.root), path: POLICY_FILE };
      }
      const { commitGround } = await import('../router/policies/ground.ts');
      const ground = commitGround(opened, found.commit ?? 'HEAD', found.from);
      return { text, source: `${POLICY_FILE} (${found.from})`, ground, path: POLICY_FILE };
    }
    case 'refused':
      throw new CommandError(found.message);
    case 'none':
      throw nothingIn(opened.root);
    default:
      return found satisfies never;
  }
}

function nothingIn(root: string): CommandError {
  return new CommandError(
    `There is no ${POLICY_FILE} in ${onOneLine(root)}: "routing-policy init" writes one, or name a file.`,
  );
}

async function readNamed(cwd: string, file: string): Promise<PolicyText> {
  const named = resolve(cwd, file);
  // A link is followed: whoever names a file means what it leads to.
  const absolute = await realpath(named).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${file} could not be read (${error.code ?? error.message}): check the path.`);
  });
  const ground = diskGround(dirname(absolute));
  const read = await readOnDisk(ground.root, absolute);
  if (read.kind !== 'text') throw new CommandError(`${file}: ${read.message}`);
  return { text: read.text, source: file, ground, path: basename(absolute) };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
