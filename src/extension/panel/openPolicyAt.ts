import * as vscode from 'vscode';
import { type PolicySummary, toRouter } from '../../contract/messages.ts';
import { openPolicy } from '../commands/policy.ts';
import { openRoots } from '../openRoots.ts';
import type { RouterClient } from '../routerClient.ts';
import { classOffset } from './classOffset.ts';

/** Opens the policy in force at the line that routes a class; without one, or where there is none, at its beginning. */
export async function openPolicyAt(client: RouterClient, ofClass: string | undefined): Promise<void> {
  const { uri } = await client.request<PolicySummary>(toRouter.policy, { roots: openRoots() });
  if (uri === undefined || ofClass === undefined) return openPolicy(client);
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri, true));
  const offset = classOffset(document.getText(), ofClass);
  const place = document.positionAt(offset ?? 0);
  // The panel stays in sight: what it says is what the line is changed for.
  await vscode.window.showTextDocument(document, {
    viewColumn: vscode.ViewColumn.Beside,
    selection: new vscode.Range(place, place),
  });
}
