import * as vscode from 'vscode';
import { type OverrideOptions, toRouter } from '../contract/messages.ts';
import { openRoots } from './openRoots.ts';
import type { RouterClient } from './routerClient.ts';

/** Edits of the policy, and commits: what is committed says too what may be overridden. */
const whatDecides = '**/{.routing-policy.json,.git/logs/HEAD}';

/**
 * What the policy lets people choose themselves, and what is chosen now: asked of the router at its start and whenever the
 * answer may be another one. `options` is the last answer, undefined before the first.
 */
export class Overrides implements vscode.Disposable {
  readonly #client: RouterClient;
  readonly #log: vscode.LogOutputChannel;
  readonly #changed = new vscode.EventEmitter<OverrideOptions>();
  readonly onDidChange = this.#changed.event;
  readonly #sources: vscode.Disposable;
  #options: OverrideOptions | undefined;
  #expiry: NodeJS.Timeout | undefined;
  #asking: Promise<void> | undefined;
  #isStale = false;
  #isDisposed = false;

  constructor(client: RouterClient, log: vscode.LogOutputChannel) {
    this.#client = client;
    this.#log = log;
    const watcher = vscode.workspace.createFileSystemWatcher(whatDecides);
    const refresh = (): void => this.refresh();
    this.#sources = vscode.Disposable.from(
      watcher,
      watcher.onDidChange(refresh),
      watcher.onDidCreate(refresh),
      watcher.onDidDelete(refresh),
      vscode.workspace.onDidChangeWorkspaceFolders(refresh),
      vscode.window.onDidChangeActiveTextEditor(() => {
        // Only with several folders can another editor mean another policy.
        if ((vscode.workspace.workspaceFolders ?? []).length > 1) this.refresh();
      }),
      client.onDidChangeState((state) => {
        if (state === 'running') this.refresh();
      }),
      client.onDidChangeStatus(({ state }) => {
        if (state !== 'working') this.refresh();
      }),
    );
  }

  get options(): OverrideOptions | undefined {
    return this.#options;
  }

  /** Asks the router anew, soon; what comes while it is being asked is answered by one more question. */
  refresh(): void {
    this.#isStale = true;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
  }

  dispose(): void {
    this.#isDisposed = true;
    clearTimeout(this.#expiry);
    this.#sources.dispose();
    this.#changed.dispose();
  }

  async #ask(): Promise<void> {
    while (this.#isStale && !this.#isDisposed) {
      this.#isStale = false;
      try {
        this.#take(await this.#client.request<OverrideOptions>(toRouter.overrideOptions, { roots: openRoots() }));
      } catch (error) {
        // A router that is not there is asked again when it runs.
        this.#log.debug(`What may be overridden is not known: ${String(error)}`);
      }
    }
  }

  #take(options: OverrideOptions): void {
    if (this.#isDisposed) return;
    this.#options = options;
    clearTimeout(this.#expiry);
    if (options.active) this.#expiry = setTimeout(() => this.refresh(), Math.max(0, options.active.until - Date.now()));
    this.#changed.fire(options);
  }
}
