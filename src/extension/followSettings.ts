import * as vscode from 'vscode';
import { toRouter } from '../contract/messages.ts';
import type { RouterClient } from './routerClient.ts';
import type { ProviderKeys } from './secrets.ts';
import { readConfiguration } from './settings.ts';
import type { StatusBar } from './statusBar.ts';

/** Sections of the settings that the router's configuration is made of. */
const FOLLOWED = ['routingPolicy', 'http', 'telemetry'] as const;

/** Tells the router what changes while it runs: settings, trust, the editor's telemetry, keys. */
export function followSettings(
  client: RouterClient,
  keys: ProviderKeys,
  statusBar: StatusBar,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  // A router that is not there now reads everything when it starts again.
  const unheard = (error: unknown): void => log.warn(`The router was not told: ${String(error)}`);
  const configure = (): void => {
    statusBar.render();
    client.configure(readConfiguration()).catch(unheard);
  };
  return vscode.Disposable.from(
    keys.onDidChange((provider) => client.notify(toRouter.secretChanged, { provider }).catch(unheard)),
    vscode.workspace.onDidGrantWorkspaceTrust(configure),
    vscode.env.onDidChangeTelemetryEnabled(configure),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (FOLLOWED.some((section) => event.affectsConfiguration(section))) configure();
    }),
  );
}
