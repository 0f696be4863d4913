import * as vscode from 'vscode';
import { type EditorModel, type LocalModelFound, type ProviderSummary, toRouter } from '../../contract/messages.ts';
import type { RouterClient } from '../routerClient.ts';
import type { ProviderKeys } from '../secrets.ts';
import { readSetting } from '../settings.ts';

const summaries = (client: RouterClient): Promise<ProviderSummary[]> => client.request(toRouter.providers, {});

function describe(provider: ProviderSummary): vscode.QuickPickItem & { readonly provider: ProviderSummary } {
  const icon = provider.usable ? '$(pass)' : '$(circle-slash)';
  const marks = [
    provider.simulated ? vscode.l10n.t('simulated') : '',
    provider.local ? vscode.l10n.t('on this machine') : '',
    provider.health ?? '',
  ];
  return {
    label: `${icon} ${provider.id}`,
    description: [provider.detail, ...marks].filter(Boolean).join(' · '),
    ...(provider.host ? { detail: provider.host } : {}),
    provider,
  };
}

/** Lists providers with their state; choosing one that wants a key asks for it. */
export async function showProviders(client: RouterClient, keys: ProviderKeys): Promise<void> {
  const chosen = await vscode.window.showQuickPick((await summaries(client)).map(describe), {
    title: vscode.l10n.t('Providers'),
    placeHolder: vscode.l10n.t('Choose one to add or replace its key'),
    matchOnDescription: true,
  });
  if (chosen?.provider.wantsKey) await askForKey(chosen.provider, keys);
}

export async function addProviderKey(client: RouterClient, keys: ProviderKeys): Promise<void> {
  const wanting = (await summaries(client)).filter((provider) => provider.wantsKey).map(describe);
  const chosen = await vscode.window.showQuickPick(wanting, {
    title: vscode.l10n.t('Add Provider Key'),
    placeHolder: vscode.l10n.t('Whose key?'),
  });
  if (chosen) await askForKey(chosen.provider, keys);
}

async function askForKey(provider: ProviderSummary, keys: ProviderKeys): Promise<void> {
  if (!provider.host) return;
  const key = await vscode.window.showInputBox({
    title: vscode.l10n.t('Key for {0}', provider.id),
    prompt: vscode.l10n.t('Kept in the editor’s secret storage and sent to {0} only.', provider.host),
    password: true,
    ignoreFocusOut: true,
    validateInput: (value) =>
      /[\s\p{Cc}]/u.test(value.trim()) ? vscode.l10n.t('A key has no spaces or line breaks.') : undefined,
  });
  if (key?.trim()) await keys.set(provider.id, provider.host, key.trim());
}

export async function removeProviderKey(client: RouterClient, keys: ProviderKeys): Promise<void> {
  const all = await summaries(client);
  const stored: ProviderSummary[] = [];
  for (const provider of all) if (provider.host && (await keys.get(provider.id, provider.host))) stored.push(provider);
  if (!stored.length) {
    await vscode.window.showInformationMessage(vscode.l10n.t('No provider key is stored here.'));
    return;
  }
  const chosen = await vscode.window.showQuickPick(stored.map(describe), {
    title: vscode.l10n.t('Remove Provider Key'),
  });
  if (chosen) await keys.delete(chosen.provider.id);
}

async function addToSetting(entries: Readonly<Record<string, unknown>>): Promise<void> {
  const configured = readSetting('routingPolicy.providers');
  const current = typeof configured === 'object' && configured ? configured : {};
  await vscode.workspace
    .getConfiguration('routingPolicy')
    .update('providers', { ...current, ...entries }, vscode.ConfigurationTarget.Global);
}

/** Looks on this machine only, when asked to, and adds what the person picks. */
export async function findLocalModels(client: RouterClient): Promise<void> {
  const found = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Looking for model servers on this machine'),
      cancellable: true,
    },
    (_progress, token) => client.request<LocalModelFound[]>(toRouter.findLocalModels, {}, token),
  );
  if (!found.length) {
    await vscode.window.showInformationMessage(
      vscode.l10n.t(
        'No model server answered on this machine (Ollama, LM Studio, llama.cpp, Docker Model Runner, vLLM were tried).',
      ),
    );
    return;
  }
  const chosen = await vscode.window.showQuickPick(
    found.map((server) => ({
      label: server.name,
      description: server.baseUrl,
      detail: server.models.slice(0, 8).join(', '),
      picked: true,
      server,
    })),
    {
      title: vscode.l10n.t('Found on this machine'),
      placeHolder: vscode.l10n.t('Choose which to add'),
      canPickMany: true,
    },
  );
  if (chosen?.length) await addToSetting(Object.fromEntries(chosen.map(({ server }) => [server.id, server.setting])));
}

/** Asks the editor for other extensions' models (it may ask for consent, hence only from a command) and adds their vendor. */
export async function useEditorModels(): Promise<void> {
  const models: readonly Pick<EditorModel, 'vendor' | 'name'>[] = (await vscode.lm.selectChatModels()).filter(
    (model) => model.vendor !== 'routing-policy',
  );
  const vendors = [...new Set(models.map((model) => model.vendor))];
  if (!vendors.length) {
    await vscode.window.showInformationMessage(
      vscode.l10n.t(
        'The editor offers no models now. Sign in to GitHub Copilot, or install an extension that brings models.',
      ),
    );
    return;
  }
  const chosen = await vscode.window.showQuickPick(
    vendors.map((vendor) => ({
      label: vendor,
      detail: models
        .filter((model) => model.vendor === vendor)
        .map((model) => model.name)
        .slice(0, 8)
        .join(', '),
      picked: true,
    })),
    {
      title: vscode.l10n.t('Models of the editor'),
      placeHolder: vscode.l10n.t('Choose which vendors the policy may route to'),
      canPickMany: true,
    },
  );
  if (chosen?.length)
    await addToSetting(Object.fromEntries(chosen.map(({ label }) => [label, { wire: 'editor', vendor: label }])));
}
