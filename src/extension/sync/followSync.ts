import * as vscode from 'vscode';
import { syncChanged, type ToldSync } from '../../contract/sync.ts';
import type { Pages } from '../documents.ts';
import type { RouterClient } from '../routerClient.ts';
import { type SyncTrouble, syncTrouble } from './syncTrouble.ts';
import { TeamSync } from './teamSync.ts';

/** What this window does about sending usage: it asks once, runs the commands, and takes a team's links. */
export interface FollowedSync extends vscode.Disposable {
  readonly team: TeamSync;
  /** What keeps usage from being sent; undefined while nothing does. */
  readonly onDidChangeTrouble: vscode.Event<SyncTrouble | undefined>;
}

const LINK_PATH = '/enrol';

export function followSync(client: RouterClient, pages: Pages): FollowedSync {
  const team = new TeamSync({
    t: (message, ...values) => vscode.l10n.t(message, ...values),
    tell: async (message, ...buttons) => vscode.window.showInformationMessage(message, ...buttons),
    ask: async (message, detail, ...buttons) =>
      vscode.window.showInformationMessage(message, { modal: true, detail }, ...buttons),
    input: async (title, prompt) => vscode.window.showInputBox({ title, prompt, password: true, ignoreFocusOut: true }),
    show: (name, text, isActive) => pages.showText(name, text, isActive),
    request: (method, params) => client.request(method, params),
  });
  // What cannot be asked now, because the router went away, is asked when it has come back.
  const ask = (standing: ToldSync): void => void team.askWhereNew(standing).catch(() => undefined);
  const troubles = new vscode.EventEmitter<SyncTrouble | undefined>();
  client.hear<ToldSync>(syncChanged, (standing) => {
    troubles.fire(syncTrouble(standing));
    ask(standing);
  });
  const links = vscode.window.registerUriHandler({
    handleUri: async ({ scheme, authority, path, query }) => {
      if (path === LINK_PATH) await team.joinTeam(`${scheme}://${authority}${path}?${query}`);
    },
  });
  return {
    team,
    onDidChangeTrouble: troubles.event,
    dispose: () => {
      links.dispose();
      troubles.dispose();
    },
  };
}
