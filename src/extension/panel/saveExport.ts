import * as vscode from 'vscode';
import type { UsageExport } from '../../contract/messages.ts';
import { openRoots } from '../openRoots.ts';

/** Asks where the file is to go, and writes it there. Returns where, undefined when it was not wanted. */
export async function saveExport({ name, text }: UsageExport): Promise<string | undefined> {
  const [root] = openRoots();
  const uri = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export Usage'),
    ...(root === undefined ? {} : { defaultUri: vscode.Uri.joinPath(vscode.Uri.parse(root, true), fileName(name)) }),
  });
  if (uri === undefined) return undefined;
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  return uri.fsPath;
}

/** The last part of a name: what the router proposes is a file, never a folder. */
function fileName(name: string): string {
  return name.split(/[\\/]/).at(-1) || 'usage.txt';
}
