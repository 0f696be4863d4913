import * as vscode from 'vscode';
import { type PolicySummary, toRouter } from '../../contract/messages.ts';
import { openRoots } from '../openRoots.ts';
import type { RouterClient } from '../routerClient.ts';

export const policyFileName = '.routing-policy.json';

/** Opens the policy in force, or offers to begin one. */
export async function openPolicy(client: RouterClient): Promise<void> {
  const { uri } = await client.request<PolicySummary>(toRouter.policy, { roots: openRoots() });
  if (uri) {
    await vscode.window.showTextDocument(vscode.Uri.parse(uri, true));
    return;
  }
  const create = vscode.l10n.t('Create Policy');
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t('This folder has no {0} yet.', policyFileName),
    create,
  );
  if (answer === create) await createPolicy();
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false, // not found is the answer that was asked for
  );
}

/** The smallest useful policy: two suppliers by default, cheap models for tests, docs and completions, keys kept here. */
const starter = `// Which model serves which class of work, and what may never be.
// The first class that matches wins; every constraint that matches applies.
{
  "version": 1,
  "default": ["anthropic/claude-sonnet-5-5", "openai/gpt-6-sol"],
  "models": {
    "small": ["anthropic/claude-haiku-5-5", "openai/gpt-6-luna"],
    "large": ["anthropic/claude-opus-5-5", "openai/gpt-6.1-sol"]
  },
  "classes": [
    { "id": "inline", "when": { "kind": "completion" }, "use": ["codestral/codestral-latest", "small", "local/workspace-copy"] },
    { "id": "utility", "when": { "kind": ["commit-message", "title"] }, "use": "small" },
    { "id": "cheap", "when": { "files": ["**/*.{test,spec}.*", "**/*.md"] }, "use": "small" },
    { "id": "big", "when": { "diff": { "modules": ">=2" } }, "use": "large" }
  ],
  "constraints": [
    { "id": "secrets", "when": { "touches": ["**/.env*", "**/*.pem"] }, "block": true, "reason": "keys never leave this machine" }
  ],
  "tests": [
    { "name": "tests go to a small model", "given": { "kind": "agent", "files": ["src/a.test.ts"] }, "expect": { "class": "cheap" } },
    { "name": "keys stay here", "given": { "kind": "chat", "files": [".env"] }, "expect": { "blocked": true, "by": ["secrets"] } }
  ]
}
`;

/** Writes a starter policy into the active folder and opens it; never overwrites one. */
export async function createPolicy(): Promise<void> {
  const [root] = openRoots();
  if (!root) {
    await vscode.window.showInformationMessage(vscode.l10n.t('Open a folder first: a policy belongs to a repository.'));
    return;
  }
  const uri = vscode.Uri.joinPath(vscode.Uri.parse(root, true), policyFileName);
  if (!(await exists(uri))) await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(starter));
  await vscode.window.showTextDocument(uri);
}
