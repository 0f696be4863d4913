import { relative, sep } from 'node:path';
import { innermost, type LayeredPolicy } from '../policy/layers.ts';
import type { FactFile, Facts } from '../routing/facts.ts';
import type { EditorText } from '../workspace/counts.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { RouterContext } from './context.ts';
import { basesOf, moduleSourcesOf } from './layerViews.ts';
import type { OtherRoot } from './policies/otherRoots.ts';

/** A folder around the request's own, with what is in force there. */
export interface EnclosingRoot extends OtherRoot {
  readonly inside: string;
}

/**
 * The open folders and repositories around a repository, the outermost first, where something is in force: a repository
 * that lies in another can only tighten what holds around it.
 */
export async function enclosingRoots(
  context: RouterContext,
  workspace: Workspace,
  { roots: open = [], signal }: { readonly roots?: readonly string[]; readonly signal: AbortSignal },
): Promise<readonly EnclosingRoot[]> {
  const around = await context.enclosing(workspace, open);
  const roots = await Promise.all(
    around.map(async (outer) => ({
      workspace: outer,
      inForce: await context.policyOf(outer, signal),
      inside: `${relative(outer.root, workspace.root).split(sep).join('/')}/`,
    })),
  );
  return roots.filter(({ inForce }) => inForce.kind !== 'none');
}

/**
 * The work of a request as the folders around its own see it: with their own modules and marks, and with as many lines as
 * the one or the other counts, so that a commit in the inner repository makes no work smaller.
 */
export async function aroundFacts(
  roots: readonly EnclosingRoot[],
  facts: Facts,
  buffers: readonly EditorText[],
  signal: AbortSignal,
): Promise<Facts['around']> {
  if (roots.length === 0 || facts.files === undefined) return undefined;
  const { files } = facts;
  const seen = await Promise.all(
    roots.map(async ({ workspace, inForce, inside }) => {
      const policy = inForce.kind === 'none' ? undefined : inForce.policy;
      return [inside, await seenFrom({ workspace, policy, inside, files, buffers, signal })] as const;
    }),
  );
  return Object.fromEntries(seen);
}

async function seenFrom(look: {
  readonly workspace: Workspace;
  readonly policy: LayeredPolicy | undefined;
  readonly inside: string;
  readonly files: readonly FactFile[];
  readonly buffers: readonly EditorText[];
  readonly signal: AbortSignal;
}): Promise<Pick<Facts, 'files' | 'byBase'>> {
  const { workspace, policy, inside, signal } = look;
  const asked = {
    modules: policy && innermost(policy)?.policy.source.modules,
    moduleSources: moduleSourcesOf(policy),
    buffers: look.buffers.map((buffer) => ({ ...buffer, path: `${inside}${buffer.path}` })),
    signal,
  };
  const paths = look.files.map(({ path }) => `${inside}${path}`);
  const bases = basesOf(policy);
  const [work, whole] = await Promise.all([
    workspace.facts({ ...asked, paths }),
    bases.length === 0 ? undefined : workspace.factsByBase(bases, asked),
  ]);
  const found = new Map(work.files?.map((file) => [file.path, file]));
  const files = look.files.map((file) => larger(file, found.get(`${inside}${file.path}`), `${inside}${file.path}`));
  return { files, ...(whole ? { byBase: whole.byBase } : {}) };
}

/** A file as the outer repository tells it, with the larger of the two counts. */
function larger(inner: FactFile, outer: FactFile | undefined, path: string): FactFile {
  const added = atLeast(inner.added, outer?.added);
  const deleted = atLeast(inner.deleted, outer?.deleted);
  return {
    path,
    ...outer,
    ...(added === undefined ? {} : { added }),
    ...(deleted === undefined ? {} : { deleted }),
  };
}

function atLeast(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
}
