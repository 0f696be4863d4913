import { findModel } from '../../models/catalogue.ts';
import type { LayeredPolicy } from '../../policy/layers.ts';
import type { FactFile } from '../../routing/facts.ts';
import type { Ledger } from '../../usage/ledger.ts';
import { type SupplierUse, supplierUse, supplierUseSince } from '../../usage/supplierUse.ts';
import { GitError } from '../../workspace/gitError.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import { type RouterContext, worldOf } from '../context.ts';
import { pageMarkdown } from '../page.ts';
import { policyIn } from '../prepare.ts';
import { trackedFiles } from '../trackedFiles.ts';
import { supplierAsked, supplierNames } from './names.ts';
import { drillPage } from './page.ts';
import { drillReport } from './report.ts';

/** Where a drill is held, in the process that routes. */
export interface DrillPlace {
  readonly context: RouterContext;
  readonly ledger: Ledger | undefined;
}

/** The suppliers that the policy in force here names; none where there is no policy. */
export async function suppliersHere({ context }: DrillPlace, roots: readonly string[]): Promise<readonly string[]> {
  const policy = policyIn(await context.policyOf(await context.workspaceOf(roots)));
  return policy === undefined ? [] : supplierNames(policy);
}

/**
 * A failover drill of the policy in force here, as Markdown.
 *
 * @param down a provider, or `maker:NAME`; undefined: each supplier in turn
 * @throws when aborted
 */
export async function drillHere(
  place: DrillPlace,
  roots: readonly string[],
  down: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const { context } = place;
  const workspace = await context.workspaceOf(roots);
  const policy = policyIn(await context.policyOf(workspace, signal));
  if (policy === undefined) return 'There is no `.routing-policy.json` here, so no class of work depends on anybody.';
  const asked =
    down === undefined ? undefined : supplierAsked(down, policy, (id) => context.providers.get(id) !== undefined);
  if (asked?.kind === 'unknown') return asked.message;
  const files = await filesIn(workspace, policy, place, signal);
  const request = { policy, world: worldOf(context), files, down: asked?.supplier, use: usedHere(place) };
  return pageMarkdown(drillPage(await drillReport(request, signal)));
}

/** Without a repository the requests are made from the policy alone. */
async function filesIn(
  workspace: Workspace | undefined,
  policy: LayeredPolicy,
  { context }: DrillPlace,
  signal: AbortSignal,
): Promise<readonly FactFile[]> {
  if (workspace === undefined || workspace.place.kind === 'folder') return [];
  try {
    return await trackedFiles(workspace, policy, signal);
  } catch (error) {
    if (!(error instanceof GitError) || error.code === 'aborted') throw error;
    context.log('warn', `A drill does without the repository's files: ${error.message}`);
    return [];
  }
}

function usedHere({ context, ledger }: DrillPlace): SupplierUse | undefined {
  if (ledger === undefined) return undefined;
  try {
    return supplierUse(ledger.modelUse(supplierUseSince(context.now())), (model) => findModel(model)?.maker);
  } catch (error) {
    context.log('warn', `The ledger could not be read: ${String(error)}`);
    return undefined;
  }
}
