import * as vscode from 'vscode';
import { autoModelId, autoModelName, chatVendor } from '../contract/commands.ts';

const copilotChat = 'GitHub.copilot-chat';

/** What stands between the user and a routed chat, worked out before anything is changed. */
type ChatState =
  | { readonly kind: 'not-here' }
  | { readonly kind: 'not-trusted' }
  | { readonly kind: 'signed-in' }
  | { readonly kind: 'switched-off-by-organisation' }
  | { readonly kind: 'switched-off' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'can-be-enabled' };

async function readChatState(): Promise<ChatState> {
  if (!vscode.lm.registerLanguageModelChatProvider) return { kind: 'not-here' };
  // The editor keeps its chat extension switched off until the workspace is trusted.
  if (!vscode.workspace.isTrusted) return { kind: 'not-trusted' };
  const chat = vscode.workspace.getConfiguration('chat');
  const agent = chat.inspect<boolean>('agent.enabled');
  const features = chat.inspect<boolean>('disableAIFeatures');
  // Set by an administrator through the editor's own policy; going round it is not ours to offer.
  if (Reflect.get(agent ?? {}, 'policyValue') === false || Reflect.get(features ?? {}, 'policyValue') === true) {
    return { kind: 'switched-off-by-organisation' };
  }
  if (chat.get<boolean>('disableAIFeatures') === true) return { kind: 'switched-off' };
  const session = await vscode.authentication.getSession('github', [], { silent: true }).then(
    (found) => found,
    () => undefined, // no such authentication provider in this editor: the same as not signed in
  );
  if (session) return { kind: 'signed-in' };
  return vscode.extensions.getExtension(copilotChat)?.isActive ? { kind: 'ready' } : { kind: 'can-be-enabled' };
}

async function openChat(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.chat.open', {
    modelSelector: { vendor: chatVendor, id: autoModelId },
  });
}

/**
 * One click to a routed chat without a GitHub account. It says what it does, and which settings it fills in where they
 * are empty, before it does it; it steps back where a GitHub session or an organisation decides.
 */
export async function setUpChat(): Promise<void> {
  const state = await readChatState();
  switch (state.kind) {
    case 'not-here':
      await vscode.window.showInformationMessage(
        vscode.l10n.t(
          'This editor has no place for chat models from extensions. Completions and the policy tools work without it.',
        ),
      );
      return;
    case 'not-trusted': {
      const manage = vscode.l10n.t('Manage Workspace Trust');
      const answer = await vscode.window.showInformationMessage(
        vscode.l10n.t('The editor’s chat is off until you trust this workspace.'),
        manage,
      );
      if (answer === manage) await vscode.commands.executeCommand('workbench.trust.manage');
      return;
    }
    case 'switched-off-by-organisation':
      await vscode.window.showInformationMessage(
        vscode.l10n.t(
          'Your organisation has switched off chat in this editor, so Routing Policy cannot offer its model there. Ask whoever manages the editor’s policies.',
        ),
      );
      return;
    case 'switched-off': {
      const show = vscode.l10n.t('Show the Setting');
      const answer = await vscode.window.showInformationMessage(
        vscode.l10n.t('The editor’s AI features are switched off by the setting "chat.disableAIFeatures".'),
        show,
      );
      if (answer === show) {
        await vscode.commands.executeCommand('workbench.action.openSettings', 'chat.disableAIFeatures');
      }
      return;
    }
    case 'signed-in':
      await vscode.window.showInformationMessage(
        vscode.l10n.t(
          'You are signed in to GitHub: choose "Routing Policy (auto)" in the chat’s model picker. If it is not listed, your organisation may have switched off models from outside for Copilot.',
        ),
      );
      return openChat();
    case 'ready':
      return openChat();
    case 'can-be-enabled': {
      const go = vscode.l10n.t('Enable Chat');
      const answer = await vscode.window.showInformationMessage(
        vscode.l10n.t('Enable the editor’s built-in chat for routed models?'),
        {
          modal: true,
          detail: vscode.l10n.t(
            'This switches on the built-in chat extension in this window’s profile and selects "Routing Policy (auto)" as its model. It does not sign you in anywhere and sends nothing. Inline chat and the chat’s own small requests (titles, commit messages) are routed too, by the settings "inlineChat.defaultModel", "chat.utilityModel" and "chat.utilitySmallModel" where you have not set them. You can switch the chat off again in the Extensions view.',
          ),
        },
        go,
      );
      if (answer !== go) return;
      await keepWalkthrough();
      if (!(await enableChat())) {
        await vscode.window.showErrorMessage(
          vscode.l10n.t(
            'The editor’s chat did not come up. Enable "GitHub Copilot Chat" in the Extensions view, then choose "Routing Policy (auto)" in its model picker.',
          ),
        );
        return;
      }
      await routeOwnRequests();
      return openChat();
    }
    default:
      state satisfies never;
  }
}

/** The step of our walkthrough that is being done: extension, walkthrough, step. */
const chatStep = 'routing-policy.routing-policy#start#chat';

/**
 * The editor reads walkthroughs when it first needs one, and then only those of the extensions that changed last: with the
 * chat extension enabled before, ours would never be listed. Marking the step has it read them all now.
 */
async function keepWalkthrough(): Promise<void> {
  await vscode.commands.executeCommand('welcome.markStepComplete', chatStep).then(
    () => undefined,
    () => undefined, // an editor without the command, or one that knows the step only a moment later: it has read them
  );
}

/** Requests that the editor sends to models of their own; signed out there are none until these settings name ours. */
const ownModels = {
  'chat.utilityModel': `${chatVendor}/${autoModelId}`,
  'chat.utilitySmallModel': `${chatVendor}/${autoModelId}`,
  'inlineChat.defaultModel': `${autoModelName} (${chatVendor})`,
} as const;

/** Names our model where the person has named none. */
async function routeOwnRequests(): Promise<void> {
  const configuration = vscode.workspace.getConfiguration();
  for (const [name, model] of Object.entries(ownModels)) {
    const value = configuration.inspect<string>(name);
    // An editor without the setting, or a person who has chosen: nothing to do.
    if (!value || value.globalValue !== undefined || value.workspaceValue !== undefined) continue;
    await configuration.update(name, model, vscode.ConfigurationTarget.Global);
  }
}

/** How long the editor may take to bring up its chat extension, in milliseconds. */
const patienceMs = 60_000;

/** Resolves with the chat extension once the editor offers it; an extension that is switched off is not listed at all. */
function chatExtension(): Promise<vscode.Extension<unknown> | undefined> {
  const found = vscode.extensions.getExtension(copilotChat);
  if (found) return Promise.resolve(found);
  return new Promise((settle) => {
    const finish = (extension: vscode.Extension<unknown> | undefined): void => {
      clearTimeout(timer);
      listening.dispose();
      settle(extension);
    };
    const timer = setTimeout(() => finish(undefined), patienceMs);
    const listening = vscode.extensions.onDidChange(() => {
      const extension = vscode.extensions.getExtension(copilotChat);
      if (extension) finish(extension);
    });
  });
}

/**
 * The editor enables its chat when its model management is opened; that view is closed again at once.
 *
 * @returns false when the chat did not come up
 */
async function enableChat(): Promise<boolean> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Routing Policy: enabling chat') },
    async () => {
      await vscode.commands.executeCommand('workbench.action.chat.manage');
      await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
      const chat = await chatExtension();
      await chat?.activate();
      return chat !== undefined;
    },
  );
}
