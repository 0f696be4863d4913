import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { CopyModels } from '../router/copyModels.ts';
import { toRepositoryPath } from '../workspace/workingPaths.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { OpenDocuments } from './documents.ts';

/** What keeps the copy models up with the editor. */
export interface CopyModelFeed {
  /** A repository was opened: it is indexed, with the documents of it that are open, tracked by git or not. */
  opened(workspace: Workspace): void;
  dispose(): void;
}

/** Copy models learn what is opened and what is saved; what is being typed reaches them with each request. */
export function feedCopyModels({ all }: OpenDocuments, models: CopyModels): CopyModelFeed {
  const workspaces = new Set<Workspace>();

  async function learn(workspace: Workspace, document: TextDocument): Promise<void> {
    const path = await toRepositoryPath(workspace.root, document.uri);
    if (path !== undefined) models.update(workspace.root, path, document.getText());
  }
  const learnEverywhere = ({ document }: { readonly document: TextDocument }): void => {
    for (const workspace of workspaces) void learn(workspace, document);
  };

  const listeners = [all.onDidOpen(learnEverywhere), all.onDidSave(learnEverywhere)];
  return {
    opened: (workspace) => {
      workspaces.add(workspace);
      models.open(workspace);
      for (const document of all.all()) void learn(workspace, document);
    },
    dispose: () => {
      for (const listener of listeners) listener.dispose();
      models.dispose();
    },
  };
}
