import * as vscode from 'vscode';
import { chatVendor } from '../contract/commands.ts';
import { toEditor } from '../contract/messages.ts';
import { ChatProvider } from './chatProvider.ts';
import { serveBudgetQuestions } from './commands/budgets.ts';
import { registerCommands } from './commands.ts';
import { Pages } from './documents.ts';
import { serveEditorModels } from './editorModels.ts';
import { followSettings } from './followSettings.ts';
import { Gateway } from './gateway.ts';
import { noticeTakenPort } from './gatewayNotice.ts';
import { NeedsProviderNotice } from './needsProvider.ts';
import { Overrides } from './overrides.ts';
import { UsagePanel } from './panel/usagePanel.ts';
import { registerParticipant } from './participant.ts';
import { RouterClient } from './routerClient.ts';
import { ProviderKeys } from './secrets.ts';
import { readConfiguration } from './settings.ts';
import { StatusBar } from './statusBar.ts';
import { followSync } from './sync/followSync.ts';
import { Terminals } from './terminals.ts';

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Routing Policy', { log: true });
  const keys = new ProviderKeys(context.secrets);
  const { version } = context.extension.packageJSON as { readonly version: string };
  const server = { module: context.asAbsolutePath('dist/server.js'), version };
  const client = new RouterClient(server, readConfiguration, log);
  const statusBar = new StatusBar();
  const overrides = new Overrides(client, log);
  const gateway = new Gateway(client);
  const terminals = new Terminals(context, gateway, log);
  const pages = new Pages();
  const usage = new UsagePanel({ extensionUri: context.extensionUri, client, gateway, pages, log });
  const sync = followSync(client, pages);
  const notice = new NeedsProviderNotice(context.globalState);
  const chat = new ChatProvider(client, { answeredByRouting: () => void notice.show() });
  client.handle<{ provider: string; host: string }, string | null>(
    toEditor.secret,
    async ({ provider, host }) => (await keys.get(provider, host)) ?? null,
  );
  serveBudgetQuestions(client, (budgets) => statusBar.setAsking(budgets));
  context.subscriptions.push(
    log,
    client,
    statusBar,
    overrides,
    gateway,
    terminals,
    noticeTakenPort(gateway, context.globalState),
    pages,
    usage,
    chat,
    sync,
    serveEditorModels(client),
    client.onDidChangeStatus((status) => statusBar.update(status)),
    client.onDidChangeStatus((status) => chat.update(status)),
    client.onDidChangeState((state) => statusBar.setRouter(state)),
    gateway.onDidChange((standing) => statusBar.setGateway(standing)),
    terminals.onDidChange((routed) => statusBar.setTerminals(routed)),
    sync.onDidChangeTrouble((trouble) => statusBar.setSync(trouble)),
    overrides.onDidChange((options) => statusBar.setOverride(options.active)),
    overrides.onDidChange((options) => chat.offer(options)),
    followSettings(client, keys, statusBar, log),
    registerParticipant(client),
    registerCommands({ client, gateway, terminals, overrides, keys, pages, sync: sync.team, statusBar, usage, log }),
    // Older editors have no place for chat models: completions and the policy tools work all the same.
    ...(vscode.lm.registerLanguageModelChatProvider
      ? [vscode.lm.registerLanguageModelChatProvider(chatVendor, chat)]
      : []),
  );
}
