import * as vscode from 'vscode';

const scheme = 'routing-policy';

/** Read-only pages (an explanation, the usage so far) shown with the editor's own Markdown preview. */
export class Pages implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #registration: vscode.Disposable;
  readonly onDidChange = this.#changed.event;

  constructor() {
    this.#registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.path) ?? '';
  }

  /** Opens the page, or shows the new text in the one that is open. */
  async show(title: string, markdown: string): Promise<void> {
    await vscode.commands.executeCommand('markdown.showPreview', this.draft(`${title}.md`, markdown));
  }

  /** The same beside what is open now, which stays in sight. */
  async showBeside(title: string, markdown: string): Promise<void> {
    await vscode.commands.executeCommand('markdown.showPreviewToSide', this.draft(`${title}.md`, markdown));
  }

  /** A text to be shown, or compared with another. @param name without slashes at its ends; its ending says the language */
  draft(name: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme, path: `/${name}` });
    this.#texts.set(uri.path, text);
    this.#changed.fire(uri);
    return uri;
  }

  /** Opens a text as it is, read-only, in a tab that stays. */
  async showText(name: string, text: string, isActive: boolean): Promise<void> {
    await vscode.window.showTextDocument(this.draft(name, text), { preview: false, preserveFocus: !isActive });
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }
}
