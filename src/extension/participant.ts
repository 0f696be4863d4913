import * as vscode from 'vscode';
import { type CommandId, participantId } from '../contract/commands.ts';
import { type MarkdownResult, type PolicySummary, toRouter } from '../contract/messages.ts';
import { openRoots } from './openRoots.ts';
import type { RouterClient } from './routerClient.ts';

function button(stream: vscode.ChatResponseStream, command: CommandId, title: string): void {
  stream.button({ command, title });
}

/** `@routing`: explains the last route, the spend and the policy in the chat's own place. It asks no model anything. */
export function registerParticipant(client: RouterClient): vscode.Disposable {
  const participant = vscode.chat.createChatParticipant(participantId, async (request, _context, stream, token) => {
    const roots = openRoots();
    switch (request.command) {
      case 'usage': {
        const { markdown } = await client.request<MarkdownResult>(toRouter.usage, { roots }, token);
        stream.markdown(markdown);
        return;
      }
      case 'policy': {
        const policy = await client.request<PolicySummary>(toRouter.policy, { roots }, token);
        stream.markdown(policy.markdown);
        if (policy.uri) button(stream, 'routingPolicy.openPolicy', vscode.l10n.t('Open Policy'));
        else button(stream, 'routingPolicy.createPolicy', vscode.l10n.t('Create Policy'));
        return;
      }
      default: {
        const { markdown } = await client.request<MarkdownResult>(toRouter.explain, { roots }, token);
        stream.markdown(markdown);
        button(stream, 'routingPolicy.openPolicy', vscode.l10n.t('Open Policy'));
        button(stream, 'routingPolicy.showProviders', vscode.l10n.t('Show Providers'));
      }
    }
  });
  participant.iconPath = new vscode.ThemeIcon('git-compare');
  return participant;
}
