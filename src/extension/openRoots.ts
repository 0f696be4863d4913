import * as vscode from 'vscode';

/** Folder URIs, the one with the active editor first. */
export function openRoots(): string[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const active = vscode.window.activeTextEditor?.document.uri;
  const first = active ? vscode.workspace.getWorkspaceFolder(active) : undefined;
  return [...(first ? [first] : []), ...folders.filter((folder) => folder !== first)].map((folder) =>
    folder.uri.toString(),
  );
}
