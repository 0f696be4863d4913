import * as vscode from 'vscode';
import type { CommandId } from '../contract/commands.ts';
import type { GatewayStanding } from '../contract/messages.ts';
import type { Gateway } from './gateway.ts';

const dismissedKey = 'gatewayTaken.dismissed';

/** Tells once a window that another program holds the gateway's port, and what can be done. */
export function noticeTakenPort(gateway: Gateway, memory: vscode.Memento): vscode.Disposable {
  let isTold = false;
  const tell = async (standing: GatewayStanding): Promise<void> => {
    if (standing.kind !== 'foreign' || isTold || memory.get<boolean>(dismissedKey)) return;
    isTold = true;
    const change = vscode.l10n.t('Change Port');
    const show = vscode.l10n.t('Show Gateway');
    const never = vscode.l10n.t('Don’t Show Again');
    const answer = await vscode.window.showWarningMessage(standing.reason, change, show, never);
    if (answer === change) {
      await vscode.commands.executeCommand('workbench.action.openSettings', 'routingPolicy.gateway.port');
    } else if (answer === show) {
      await vscode.commands.executeCommand('routingPolicy.showGateway' satisfies CommandId);
    } else if (answer === never) {
      await memory.update(dismissedKey, true);
    }
  };
  return gateway.onDidChange((standing) => void tell(standing));
}
