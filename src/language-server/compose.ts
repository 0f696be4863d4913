import { pathToFileURL } from 'node:url';
import type { Connection } from 'vscode-languageserver/node';
import {
  type AskBudgetAnswer,
  type AskBudgetParams,
  type GatewaySighting,
  type InitializationOptions,
  toEditor,
} from '../contract/messages.ts';
import { syncChanged } from '../contract/sync.ts';
import { createNetwork, type Network } from '../providers/network.ts';
import { createProviders, type ProviderRegistry } from '../providers/registry.ts';
import { CopyModels } from '../router/copyModels.ts';
import { composeTeamBudgets } from '../router/leases/composeTeamBudgets.ts';
import { type Draft, Policies } from '../router/policies/policies.ts';
import { Router } from '../router/router.ts';
import { openStores } from '../router/stores.ts';
import { composeSync, configureInEditor, type SyncGround } from '../router/sync/composeSync.ts';
import { Workspaces } from '../router/workspaces.ts';
import { withoutGatewayToken } from '../usage/gatewayToken.ts';
import type { TypedText } from '../usage/outcomes/typing.ts';
import type { Sync } from '../usage/sync/sync.ts';
import type { EditorText } from '../workspace/counts.ts';
import { toRepositoryPath } from '../workspace/workingPaths.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { networkSettings, readRouterConfiguration, routerSettings, syncGates } from './configuration.ts';
import type { OpenDocuments } from './documents.ts';
import { editorModelsOver } from './editorModels.ts';
import { foldersOf, type GatewaySwitch, gatewaySwitch } from './gatewaySwitch.ts';
import { notify } from './notify.ts';
import { feedCopyModels, openTextsIn } from './serveCopyModels.ts';
import { toldSync } from './serveSync.ts';
import { SightingBook } from './sightingBook.ts';

/** Everything that lives as long as the process. */
export interface RouterProcess {
  readonly router: Router;
  readonly providers: ProviderRegistry;
  readonly network: Network;
  readonly gateway: GatewaySwitch;
  /** What came in through the gateway. */
  readonly sightings: SightingBook;
  /** What is sent from this machine. */
  readonly sync: Sync;
  readonly stateFolder: string | undefined;
  isTrusted(): boolean;
  /** The repository around a file or folder; undefined where that is not on this machine. */
  workspace(uri: string): Promise<Workspace | undefined>;
  /** Which folders are open from now on, by their URIs. */
  setRoots(uris: readonly string[]): Promise<void>;
  /** What a policy file that is being edited extends, and what is wrong with that; undefined outside any folder. */
  draft(uri: string, text: string): Promise<Draft | undefined>;
  configure(sent: unknown): void;
  dispose(): Promise<void>;
}

/** Unsaved texts larger than this are left to the disk's version. */
const largestBuffer = 2_000_000;

/**
 * Builds the router from its parts: the one place in this process where they are chosen.
 *
 * @param roots URIs of the folders that are open, the active one first
 */
export async function composeRouter(
  connection: Connection,
  documents: OpenDocuments,
  options: InitializationOptions,
  roots: readonly string[],
): Promise<RouterProcess> {
  const configuration = readRouterConfiguration(options.configuration);
  const network = createNetwork(networkSettings(configuration.network));
  const opened = await openStores(Date.now());
  const syncGround: SyncGround = {
    stores: opened,
    fetch: network.fetch,
    env: process.env,
    changed: (standing) => notify(connection, syncChanged, toldSync(standing)),
    log: (level, message) => connection.console[level](message),
  };
  const sync = composeSync(syncGround);
  configureInEditor(sync, syncGates(configuration), syncGround);
  const stores = { ...opened, recording: (attemptId: string) => sync.recording(attemptId) };
  let { trusted } = configuration;
  const policies = new Policies({
    fetch: network.fetch,
    stateFolder: stores.folder,
    trusted: () => trusted,
  });
  const copyModels = new CopyModels({
    policyOf: (workspace, signal) => policies.inForce(workspace, signal),
    openTexts: (workspace) => openTextsIn(documents, workspace),
    now: () => Date.now(),
  });
  const providers = createProviders(configuration.providers, {
    network,
    env: withoutGatewayToken(process.env, stores.folder),
    completer: copyModels,
    ...(options.editor?.models ? { editor: editorModelsOver(connection) } : {}),
    ...(options.editor?.secrets
      ? {
          secret: async (provider: string, host: string) =>
            (await connection.sendRequest<string | null>(toEditor.secret, { provider, host })) ?? undefined,
        }
      : {}),
  });
  const copyModelFeed = feedCopyModels(documents, copyModels);
  const workspaces = new Workspaces({
    opened: (workspace) => copyModels.open(workspace),
    forgotten: (workspace) => copyModels.close(workspace),
  });
  await workspaces.setRoots(roots);
  let isOwn = (_folder: string): boolean => true;
  const isShownHere = (root: string | undefined): boolean => foldersOf(root === undefined ? [] : [root]).every(isOwn);
  const router: Router = new Router({
    providers,
    stores,
    workspaces,
    policies,
    settings: routerSettings(configuration),
    buffers: (workspace) => unsavedIn(documents, workspace),
    typed: (workspace) => typedIn(documents, workspace),
    ...(options.editor?.questions
      ? {
          askPerson: async (question: AskBudgetParams) =>
            (await connection.sendRequest<AskBudgetAnswer | null>(toEditor.askBudget, question)) ?? undefined,
        }
      : {}),
    teamBudgets: composeTeamBudgets(syncGround),
    isShownHere: ({ surface, roots: [root] }) => !['gateway', 'utility'].includes(surface) || isShownHere(root),
    onStatus: (status) => notify(connection, toEditor.statusChanged, status),
    log: (level, message) => connection.console[level](message),
  });
  const sightings = new SightingBook();
  const seen = (sighting: GatewaySighting, isServedHere: boolean): void => {
    const { status, surface, root } = sighting;
    sightings.add(sighting);
    notify(connection, toEditor.gatewaySeen, sighting);
    // Another window's explanations name its files: they are shown where its folder is open.
    if (status && !isServedHere && root !== undefined && isShownHere(root)) router.adopt(status, surface);
  };
  let open = roots;
  const gateway = gatewaySwitch(
    {
      router,
      stateFolder: stores.folder,
      version: options.version ?? 'unknown',
      knowsProvider: (id) => providers.get(id) !== undefined,
      log: (level, message) => connection.console[level](message),
      seen,
      changed: (standing) => notify(connection, toEditor.gatewayChanged, standing),
      // What holds in a folder that another window has open holds for requests in it.
      rootsKnown: (paths) => workspaces.setRoots([...open, ...paths.map((path) => pathToFileURL(path).href)]),
    },
    roots,
  );
  ({ isOwn } = gateway);
  // Another window's folders may be trusted while these are not: what is said of one would hold for all.
  gateway.set(trusted ? configuration.gateway : undefined);
  const report = (): void => {
    for (const problem of [...providers.problems().map(({ message }) => message), ...network.problems()]) {
      connection.console.warn(problem);
    }
  };
  report();

  // Known before the first request; a folder that cannot be opened is met again there.
  workspaces
    .around(roots)
    .catch((error: unknown) => connection.console.warn(`The folder was not opened: ${String(error)}`));

  return {
    router,
    providers,
    network,
    gateway,
    sightings,
    sync,
    stateFolder: stores.folder,
    isTrusted: () => trusted,
    workspace: (uri) => workspaces.around([uri]),
    setRoots: async (uris) => {
      open = uris;
      await workspaces.setRoots(uris);
      gateway.setRoots(uris);
    },
    draft: async (uri, text) => {
      const workspace = await workspaces.around([uri]);
      return workspace && policies.draft(workspace, text);
    },
    configure: (sent) => {
      const changed = readRouterConfiguration(sent);
      trusted = changed.trusted;
      network.reconfigure(networkSettings(changed.network));
      providers.reconfigure(changed.providers);
      router.configure(routerSettings(changed));
      configureInEditor(sync, syncGates(changed), syncGround);
      gateway.set(trusted ? changed.gateway : undefined);
      report();
    },
    dispose: async () => {
      copyModelFeed.dispose();
      await gateway.dispose();
      await sync.dispose();
      await router.dispose();
      await policies.dispose();
      workspaces.dispose();
      providers.dispose();
      await network.dispose();
    },
  };
}

/** Open documents with unsaved changes inside one repository. */
async function unsavedIn(documents: OpenDocuments, workspace: Workspace): Promise<EditorText[]> {
  const texts: EditorText[] = [];
  for (const document of documents.unsaved()) {
    const path = await toRepositoryPath(workspace.root, document.uri);
    if (path === undefined) continue;
    const text = document.getText();
    if (text.length <= largestBuffer) texts.push({ path, text });
  }
  return texts;
}

/** The open documents of one repository that have changed, with what a person has typed into them, by path. */
async function typedIn({ all, typed }: OpenDocuments, { root }: Workspace): Promise<ReadonlyMap<string, TypedText>> {
  const texts = new Map<string, TypedText>();
  for (const document of all.all()) {
    const spans = typed.in(document.uri);
    if (spans === undefined) continue;
    // As it is now: what is typed while the path is looked up would move it.
    const text = document.getText();
    const path = await toRepositoryPath(root, document.uri);
    if (path !== undefined && text.length <= largestBuffer) texts.set(path, { text, spans });
  }
  return texts;
}
