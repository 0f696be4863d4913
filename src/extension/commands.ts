import * as vscode from 'vscode';
import type { CommandId } from '../contract/commands.ts';
import { type MarkdownResult, toRouter } from '../contract/messages.ts';
import { allowBudget } from './commands/budgets.ts';
import { connectClient } from './commands/connect.ts';
import { failoverDrill } from './commands/drill.ts';
import { showMenu } from './commands/menu.ts';
import { overrideRoute } from './commands/override.ts';
import { createPolicy, openPolicy } from './commands/policy.ts';
import {
  addProviderKey,
  findLocalModels,
  removeProviderKey,
  showProviders,
  useEditorModels,
} from './commands/providers.ts';
import type { Pages } from './documents.ts';
import type { Gateway } from './gateway.ts';
import { openRoots } from './openRoots.ts';
import type { Overrides } from './overrides.ts';
import type { UsagePanel } from './panel/usagePanel.ts';
import type { RouterClient } from './routerClient.ts';
import type { ProviderKeys } from './secrets.ts';
import { setUpChat } from './setUpChat.ts';
import type { StatusBar } from './statusBar.ts';
import type { TeamSync } from './sync/teamSync.ts';
import type { Terminals } from './terminals.ts';

export interface CommandContext {
  readonly client: RouterClient;
  readonly gateway: Gateway;
  readonly terminals: Terminals;
  readonly overrides: Overrides;
  readonly keys: ProviderKeys;
  readonly pages: Pages;
  readonly sync: TeamSync;
  readonly statusBar: StatusBar;
  readonly usage: UsagePanel;
  readonly log: vscode.LogOutputChannel;
}

/** A table of every command: one that is declared and not written here does not compile. */
export function registerCommands(context: CommandContext): vscode.Disposable {
  const { client, gateway, terminals, overrides, keys, pages, sync, statusBar, usage, log } = context;
  const page = (title: string, method: string) => async (): Promise<void> => {
    const { markdown } = await client.request<MarkdownResult>(method, { roots: openRoots() });
    await pages.show(title, markdown);
  };
  const table: Record<CommandId, () => Promise<unknown>> = {
    'routingPolicy.showMenu': () => showMenu(statusBar.lastingTrouble),
    'routingPolicy.explainLastRoute': page(vscode.l10n.t('Last Route'), toRouter.explain),
    'routingPolicy.overrideRoute': () => overrideRoute(client, overrides),
    'routingPolicy.allowBudget': () => allowBudget(client),
    'routingPolicy.openPolicy': () => openPolicy(client),
    'routingPolicy.createPolicy': createPolicy,
    'routingPolicy.showUsage': async () => usage.show(),
    'routingPolicy.failoverDrill': () => failoverDrill(client, pages),
    'routingPolicy.showProviders': () => showProviders(client, keys),
    'routingPolicy.addProviderKey': () => addProviderKey(client, keys),
    'routingPolicy.removeProviderKey': () => removeProviderKey(client, keys),
    'routingPolicy.findLocalModels': () => findLocalModels(client),
    'routingPolicy.useEditorModels': useEditorModels,
    'routingPolicy.connectClient': () => connectClient(gateway, pages),
    'routingPolicy.showGateway': page(vscode.l10n.t('Gateway'), toRouter.gateway),
    'routingPolicy.routeTerminals': () => terminals.choose(),
    'routingPolicy.joinTeam': () => sync.joinTeam(),
    'routingPolicy.leaveTeam': () => sync.leaveTeam(),
    'routingPolicy.showWhatIsSent': () => sync.showWhatIsSent(),
    'routingPolicy.pauseSync': () => sync.pause(),
    'routingPolicy.resumeSync': () => sync.resume(),
    'routingPolicy.deleteUnsent': () => sync.deleteUnsent(),
    'routingPolicy.setUpChat': setUpChat,
    'routingPolicy.openWalkthrough': async () =>
      vscode.commands.executeCommand('workbench.action.openWalkthrough', 'routing-policy.routing-policy#start', false),
    'routingPolicy.restartRouter': () => client.restart(),
    'routingPolicy.showLog': async () => log.show(),
  };
  return vscode.Disposable.from(...Object.entries(table).map(([id, run]) => vscode.commands.registerCommand(id, run)));
}
