import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { CopyModels } from '../router/copyModels.ts';
import type { EditorText } from '../workspace/counts.ts';
import { toRepositoryPath } from '../workspace/workingPaths.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { OpenDocuments } from './documents.ts';

/** Copy models learn what is opened and what is saved; what is being typed reaches them with each request. */
export function feedCopyModels({ all }: OpenDocuments, models: CopyModels): { dispose(): void } {
  const learn = async (root: string, document: TextDocument): Promise<void> => {
    const path = await toRepositoryPath(root, document.uri);
    if (path !== undefined) await models.update(root, path, document.getText());
  };
  const learnEverywhere = ({ document }: { readonly document: TextDocument }): void => {
    for (const root of models.roots()) void learn(root, document);
  };
  const listeners = [all.onDidOpen(learnEverywhere), all.onDidSave(learnEverywhere)];
  return {
    dispose: () => {
      for (const listener of listeners) listener.dispose();
      models.dispose();
    },
  };
}

/** The open documents of a repository, tracked by git or not. */
export async function openTextsIn({ all }: OpenDocuments, { root }: Workspace): Promise<EditorText[]> {
  const texts: EditorText[] = [];
  for (const document of all.all()) {
    const path = await toRepositoryPath(root, document.uri);
    if (path !== undefined) texts.push({ path, text: document.getText() });
  }
  return texts;
}
