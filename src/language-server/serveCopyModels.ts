import type { CopyModels } from '../router/copyModels.ts';
import type { Workspaces } from '../router/workspaces.ts';
import { toRepositoryPath } from '../workspace/workingPaths.ts';
import type { OpenDocuments } from './documents.ts';

/** Keeps the copy models up with what is saved; what is being typed reaches them with each request. */
export function serveCopyModels({ all }: OpenDocuments, workspaces: Workspaces, models: CopyModels): () => void {
  const saved = all.onDidSave(async ({ document }) => {
    for (const workspace of workspaces.open()) {
      const path = await toRepositoryPath(workspace.root, document.uri);
      if (path !== undefined) models.update(workspace.root, path, document.getText());
    }
  });
  return () => saved.dispose();
}
