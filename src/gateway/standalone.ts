import { pathToFileURL } from 'node:url';
import { settings } from '../contract/settings.ts';
import { createNetwork } from '../providers/network.ts';
import { createProviders, type ProviderRegistry } from '../providers/registry.ts';
import { composeTeamBudgets } from '../router/leases/composeTeamBudgets.ts';
import { Policies } from '../router/policies/policies.ts';
import { Router } from '../router/router.ts';
import { openStores } from '../router/stores.ts';
import { composeSync, configureAlone, type SyncGround } from '../router/sync/composeSync.ts';
import { Workspaces } from '../router/workspaces.ts';
import { withoutGatewayToken } from '../usage/gatewayToken.ts';

export interface StandaloneOptions {
  /** The providers' setting as written: what does not fit is left out, visibly. */
  readonly providers: unknown;
  /** Absolute paths of the folders to serve. */
  readonly roots: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** As the setting `routingPolicy.chat.timeoutSeconds`; left out: its default. */
  readonly timeoutSeconds?: number | undefined;
  log(level: 'info' | 'warn' | 'error', message: string): void;
}

/** A router in a process of its own, without an editor: nothing is unsaved, and keys come from the environment or a command. */
export interface StandaloneRouter {
  readonly router: Router;
  readonly providers: ProviderRegistry;
  /** undefined where the state folder cannot be used. */
  readonly stateFolder: string | undefined;
  setRoots(paths: readonly string[]): Promise<void>;
  /** Loads what the first answer needs and the port does not: for when that is open. */
  loadRest(): Promise<void>;
  dispose(): Promise<void>;
}

/** Builds the router from its parts. Whoever names the folders trusts them. */
export async function composeStandalone({
  providers: setting,
  roots,
  env,
  timeoutSeconds = settings['routingPolicy.chat.timeoutSeconds'].default,
  log,
}: StandaloneOptions): Promise<StandaloneRouter> {
  const network = createNetwork({}, env);
  const opened = await openStores(Date.now());
  const syncGround: SyncGround = { stores: opened, fetch: network.fetch, env, log };
  const sync = composeSync(syncGround);
  configureAlone(sync, syncGround);
  const stores = { ...opened, recording: (attemptId: string) => sync.recording(attemptId) };
  const policies = new Policies({ fetch: network.fetch, stateFolder: stores.folder });
  const providers = createProviders(setting, { network, env: withoutGatewayToken(env, stores.folder) });
  const workspaces = new Workspaces({ opened: () => undefined });
  const uriOf = (path: string): string => pathToFileURL(path).href;
  const setRoots = (paths: readonly string[]): Promise<void> => workspaces.setRoots(paths.map(uriOf));
  await setRoots(roots);
  const router = new Router({
    providers,
    stores,
    workspaces,
    policies,
    settings: {
      trusted: true,
      completions: {
        enabled: true,
        maximumDelayMs: settings['routingPolicy.completions.maximumDelayMs'].default,
        timeoutMs: settings['routingPolicy.completions.timeoutMs'].default,
      },
      chat: { timeoutMs: timeoutSeconds * 1000 },
    },
    buffers: async () => [],
    teamBudgets: composeTeamBudgets(syncGround),
    log,
  });
  // Git is asked while the port is opened, and while nobody asks yet.
  void router.lookAhead(roots.map(uriOf));
  for (const { message } of providers.problems()) log('warn', message);
  for (const problem of network.problems()) log('warn', problem);
  return {
    router,
    providers,
    stateFolder: stores.folder,
    setRoots,
    loadRest: () => network.load(),
    dispose: async () => {
      await sync.dispose();
      await router.dispose();
      await policies.dispose();
      workspaces.dispose();
      providers.dispose();
      await network.dispose();
    },
  };
}
