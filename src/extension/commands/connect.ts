import * as vscode from 'vscode';
import type { Client, GatewayAccess } from '../../contract/clients/client.ts';
import { clients, clientsOfTerminals } from '../../contract/clients/clients.ts';
import { checkClient } from '../connect/check.ts';
import { fileOf, readText, writeKeepingCopy } from '../connect/clientFile.ts';
import { connectPage } from '../connect/connectPage.ts';
import { mergeConfiguration } from '../connect/mergeConfiguration.ts';
import type { Pages } from '../documents.ts';
import type { Gateway } from '../gateway.ts';
import { readSetting } from '../settings.ts';

/** Shows what a client needs in order to be routed, writes it where it can, and checks that a request arrives. */
export async function connectClient(gateway: Gateway, pages: Pages): Promise<void> {
  const access = await gateway.access();
  if (access === undefined) {
    await tellClosed();
    return;
  }
  const client = await pickClient();
  if (client === undefined) return;
  await pages.show(vscode.l10n.t('Connect {0}', client.name), connectPage(client, access, areTerminalsRouted()));
  await offer(client, access, { gateway, pages });
}

async function tellClosed(): Promise<void> {
  const show = vscode.l10n.t('Show Gateway');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('No client can be connected now: the gateway is not open in this window.'),
    show,
  );
  if (answer === show) await vscode.commands.executeCommand('routingPolicy.showGateway');
}

async function pickClient(): Promise<Client | undefined> {
  const areRouted = areTerminalsRouted();
  const entries = clients.map((client) => {
    const isReady = areRouted && clientsOfTerminals.includes(client);
    return {
      label: client.name,
      ...(isReady ? { description: vscode.l10n.t('routed in new terminals already') } : {}),
      detail: client.configuration.where,
      client,
    };
  });
  const chosen = await vscode.window.showQuickPick(entries, {
    title: vscode.l10n.t('Connect a Client'),
    placeHolder: vscode.l10n.t('Which client shall go by the policy?'),
    matchOnDetail: true,
  });
  return chosen?.client;
}

function areTerminalsRouted(): boolean {
  return readSetting('routingPolicy.terminal.route') === 'on';
}

interface Surroundings {
  readonly gateway: Gateway;
  readonly pages: Pages;
}

async function offer(client: Client, access: GatewayAccess, { gateway, pages }: Surroundings): Promise<void> {
  const copy = vscode.l10n.t('Copy');
  const write = vscode.l10n.t('Write to File…');
  const check = vscode.l10n.t('Check');
  const file = fileOf(client);
  let ways = [...(file === undefined ? [] : [write]), copy, check];
  for (;;) {
    const message = vscode.l10n.t('{0} needs these lines. Then check that its request arrives.', client.name);
    const answer = await vscode.window.showInformationMessage(message, ...ways);
    if (answer === copy) await vscode.env.clipboard.writeText(client.configuration.text(access));
    else if (answer === write && file !== undefined) {
      if (!(await writeFileOf(client, file, { access, pages }))) continue;
    } else {
      if (answer === check) await checkClient(gateway, client);
      return;
    }
    ways = ways.filter((way) => way !== answer);
  }
}

/** Shows the change and writes it when the person agrees. @returns whether the file has what is needed */
async function writeFileOf(
  client: Client,
  file: string,
  { access, pages }: { readonly access: GatewayAccess; readonly pages: Pages },
): Promise<boolean> {
  const { language, text, where } = client.configuration;
  const present = await readText(file);
  const merged = mergeConfiguration(language, present, text(access));
  if (merged.kind === 'there-already') {
    void vscode.window.showInformationMessage(vscode.l10n.t('{0} has these lines already.', where));
    return true;
  }
  if (merged.kind === 'conflict') {
    void vscode.window.showWarningMessage(
      vscode.l10n.t(
        '{0} sets {1} otherwise, and nothing of yours is overwritten: change it by hand.',
        where,
        merged.what,
      ),
    );
    return false;
  }
  const before = pages.draft(`${where} (now)`, present ?? '');
  const after = pages.draft(`${where} (then)`, merged.text);
  await vscode.commands.executeCommand('vscode.diff', before, after, where);
  const write = vscode.l10n.t('Write');
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t('Write this to {0}?', where),
    {
      modal: true,
      detail: vscode.l10n.t(
        'Only the lines that are marked as new are added. The file is then for you alone to read, because it holds the gateway’s token; a copy of what is there now is kept beside it.',
      ),
    },
    write,
  );
  if (answer !== write) return false;
  // What was shown is what is written: a file that changed meanwhile is looked at again.
  if ((await readText(file)) !== present) return writeFileOf(client, file, { access, pages });
  const copy = await writeKeepingCopy(file, merged.text);
  void vscode.window.showInformationMessage(
    copy === undefined
      ? vscode.l10n.t('{0} was made.', where)
      : vscode.l10n.t('{0} was changed. What it was is in {1}.', where, copy),
  );
  return true;
}
