import * as vscode from 'vscode';
import type { CommandId } from '../../contract/commands.ts';

interface Entry extends vscode.QuickPickItem {
  readonly command: CommandId;
}

/**
 * What a click on the status bar offers.
 *
 * @param trouble what has kept usage from being sent for long, in a sentence
 */
export async function showMenu(trouble: string | undefined): Promise<void> {
  const entries: Entry[] = [
    ...(trouble === undefined
      ? []
      : [
          {
            command: 'routingPolicy.showWhatIsSent' as const,
            label: `$(warning) ${vscode.l10n.t('Usage Is Not Sent')}`,
            detail: trouble,
          },
        ]),
    {
      command: 'routingPolicy.explainLastRoute',
      label: `$(question) ${vscode.l10n.t('Explain Last Route')}`,
      description: vscode.l10n.t('the class, the rules, the candidates, the cost'),
    },
    {
      command: 'routingPolicy.overrideRoute',
      label: `$(arrow-swap) ${vscode.l10n.t('Override Route')}`,
      description: vscode.l10n.t('ask for another model, where the policy lets you'),
    },
    {
      command: 'routingPolicy.openPolicy',
      label: `$(law) ${vscode.l10n.t('Open Policy')}`,
      description: '.routing-policy.json',
    },
    {
      command: 'routingPolicy.showUsage',
      label: `$(graph) ${vscode.l10n.t('Usage')}`,
      description: vscode.l10n.t('what was spent on this machine'),
    },
    {
      command: 'routingPolicy.showProviders',
      label: `$(plug) ${vscode.l10n.t('Providers')}`,
      description: vscode.l10n.t('which can be reached, and their keys'),
    },
    {
      command: 'routingPolicy.connectClient',
      label: `$(terminal) ${vscode.l10n.t('Connect a Client')}`,
      description: vscode.l10n.t('Claude Code, Codex and others, through the gateway'),
    },
  ];
  const chosen = await vscode.window.showQuickPick(entries, {
    title: 'Routing Policy',
    placeHolder: vscode.l10n.t('What would you like to see?'),
  });
  if (chosen) await vscode.commands.executeCommand(chosen.command);
}
