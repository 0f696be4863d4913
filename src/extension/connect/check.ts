import * as vscode from 'vscode';
import type { Client } from '../../contract/clients/client.ts';
import type { GatewaySighting } from '../../contract/messages.ts';
import type { Gateway } from '../gateway.ts';

/** How long a person may take to ask the client something, in milliseconds. */
const PATIENCE_MS = 10 * 60_000;

/** Waits until a client's request comes in and is answered, and says what became of it. */
export async function checkClient(gateway: Gateway, { id, name }: Client): Promise<void> {
  const seen = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Ask {0} anything. Waiting for its request', name),
      cancellable: true,
    },
    (progress, token) =>
      nextAnswered(
        gateway,
        (client) => isBy(client, id),
        token,
        () => progress.report({ message: vscode.l10n.t('it has arrived, and is being answered') }),
      ),
  );
  if (seen?.status === undefined) return;
  const why = vscode.l10n.t('Explain');
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t('{0} is connected: its request arrived, and the policy routed it: {1}.', name, seen.status.label),
    why,
  );
  if (answer === why) await vscode.commands.executeCommand('routingPolicy.explainLastRoute');
}

/** Copilot in the editor sends what its command line sends, or, in some versions, nothing that tells it. */
function isBy(client: string, id: string): boolean {
  return client === id || (id === 'copilot-endpoint' && ['copilot-cli', 'gateway'].includes(client));
}

/** Resolves with undefined when the person stops waiting, or has waited long enough. */
function nextAnswered(
  gateway: Gateway,
  isWanted: (client: string) => boolean,
  token: vscode.CancellationToken,
  arrived: () => void,
): Promise<GatewaySighting | undefined> {
  return new Promise((settle) => {
    const done = (sighting?: GatewaySighting): void => {
      clearTimeout(timer);
      listening.dispose();
      cancelling.dispose();
      settle(sighting);
    };
    const timer = setTimeout(done, PATIENCE_MS);
    const cancelling = token.onCancellationRequested(() => done());
    const listening = gateway.onDidSee((sighting) => {
      if (!isWanted(sighting.client)) return;
      if (sighting.status === undefined) arrived();
      else done(sighting);
    });
  });
}
