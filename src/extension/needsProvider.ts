import * as vscode from 'vscode';
import type { CommandId } from '../contract/commands.ts';

const dismissedKey = 'needsProvider.dismissed';

/**
 * Asked once at a time, when a chat could not be served because no provider is usable: the three ways out, as buttons.
 * "Don't Show Again" is remembered; the chat's own answer names the same commands.
 */
export class NeedsProviderNotice {
  readonly #memory: vscode.Memento;
  #showing = false;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  async show(): Promise<void> {
    if (this.#showing || this.#memory.get<boolean>(dismissedKey)) return;
    this.#showing = true;
    try {
      const ways: readonly { readonly title: string; readonly command?: CommandId }[] = [
        { title: vscode.l10n.t('Add a Key'), command: 'routingPolicy.addProviderKey' },
        { title: vscode.l10n.t('Use GitHub Copilot’s Models'), command: 'routingPolicy.useEditorModels' },
        { title: vscode.l10n.t('Look for Local Models'), command: 'routingPolicy.findLocalModels' },
        { title: vscode.l10n.t('Don’t Show Again') },
      ];
      const message = vscode.l10n.t('No provider that the policy chose can be reached from here yet.');
      const chosen = await vscode.window.showInformationMessage(message, ...ways);
      if (!chosen) return;
      if (chosen.command) await vscode.commands.executeCommand(chosen.command);
      else await this.#memory.update(dismissedKey, true);
    } finally {
      this.#showing = false;
    }
  }
}
