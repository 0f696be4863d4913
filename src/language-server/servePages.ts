import type { CancellationToken, Connection } from 'vscode-languageserver/node';
import {
  type AskingBudget,
  type DrillParams,
  type LocalModelFound,
  type MarkdownResult,
  type OverrideOptions,
  type OverrideParams,
  type OverrideResult,
  type PermitParams,
  type PolicySummary,
  type ProviderSummary,
  type RouteStatus,
  toRouter,
} from '../contract/messages.ts';
import { findLocalServers } from '../providers/localDetection.ts';
import { withSignal } from './cancel.ts';
import type { RouterProcess } from './compose.ts';

/** What people ask to see: the last explanation, the usage, the policy, the providers. */
export function servePages(connection: Connection, router: () => Promise<RouterProcess>): void {
  connection.onRequest(toRouter.status, async (): Promise<RouteStatus> => (await router()).router.status);
  connection.onRequest(
    toRouter.explain,
    async (): Promise<MarkdownResult> => ({ markdown: (await router()).router.explain() }),
  );
  connection.onRequest(
    toRouter.usage,
    async (): Promise<MarkdownResult> => ({ markdown: (await router()).router.views.usage() }),
  );
  connection.onRequest(
    toRouter.policy,
    async ({ roots }: { roots: readonly string[] }): Promise<PolicySummary> =>
      (await router()).router.views.policy(roots),
  );
  connection.onRequest(
    toRouter.drillSuppliers,
    async ({ roots }: { roots: readonly string[] }): Promise<readonly string[]> =>
      (await router()).router.views.drillSuppliers(roots),
  );
  connection.onRequest(
    toRouter.drill,
    async (params: DrillParams, token: CancellationToken): Promise<MarkdownResult> => {
      const { router: here } = await router();
      return withSignal(token, async (signal) => ({ markdown: await here.views.drill(params, signal) }));
    },
  );
  connection.onRequest(
    toRouter.providers,
    async (): Promise<ProviderSummary[]> => (await router()).router.views.providerSummaries(),
  );
  connection.onRequest(
    toRouter.overrideOptions,
    async ({ roots }: { roots: readonly string[] }): Promise<OverrideOptions> =>
      (await router()).router.overrideOptions(roots),
  );
  connection.onRequest(
    toRouter.override,
    async (params: OverrideParams): Promise<OverrideResult> => (await router()).router.override(params),
  );
  connection.onRequest(
    toRouter.askingBudgets,
    async ({ roots }: { roots: readonly string[] }): Promise<readonly AskingBudget[]> =>
      (await router()).router.views.askingBudgets(roots),
  );
  connection.onRequest(
    toRouter.permit,
    async (params: PermitParams): Promise<OverrideResult> => (await router()).router.views.permitBudget(params),
  );
  connection.onRequest(
    toRouter.findLocalModels,
    async (_params: object, token: CancellationToken): Promise<readonly LocalModelFound[]> => {
      const { network } = await router();
      return withSignal(token, (signal) => findLocalServers(network, signal));
    },
  );
}
