import * as vscode from 'vscode';
import { type DrillParams, type MarkdownResult, toRouter } from '../../contract/messages.ts';
import type { Pages } from '../documents.ts';
import { openRoots } from '../openRoots.ts';
import type { RouterClient } from '../routerClient.ts';

interface Choice extends vscode.QuickPickItem {
  /** Left out: each supplier in turn. */
  readonly down?: string;
}

/** Asks who is to be down, and shows what would become of each class of work. */
export async function failoverDrill(client: RouterClient, pages: Pages): Promise<void> {
  const roots = openRoots();
  const suppliers = await client.request<readonly string[]>(toRouter.drillSuppliers, { roots });
  const chosen: Pick<Choice, 'down'> | undefined = suppliers.length === 0 ? {} : await pickSupplier(suppliers);
  if (!chosen) return;
  const params: DrillParams = { roots, ...(chosen.down === undefined ? {} : { down: chosen.down }) };
  const { markdown } = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Holding the failover drill') },
    () => client.request<MarkdownResult>(toRouter.drill, params),
  );
  await pages.show(vscode.l10n.t('Failover Drill'), markdown);
}

async function pickSupplier(suppliers: readonly string[]): Promise<Choice | undefined> {
  const choices: Choice[] = [
    { label: vscode.l10n.t('Every supplier in turn'), description: vscode.l10n.t('single points of failure first') },
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    ...suppliers.map((name) => ({ label: name, down: name })),
  ];
  return vscode.window.showQuickPick(choices, {
    title: vscode.l10n.t('Failover Drill'),
    placeHolder: vscode.l10n.t('Who is down?'),
  });
}
