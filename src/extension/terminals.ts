import * as vscode from 'vscode';
import { type GatewayAccess, withoutToken } from '../contract/clients/client.ts';
import { type PointedAt, pointAt } from '../contract/clients/clients.ts';
import { folderUrl } from '../contract/gatewayAddress.ts';
import { argumentVariables, commandFolder, writeCommands } from './clientCommands.ts';
import { clientMachine, writeClientFiles } from './clientMachine.ts';
import type { Gateway } from './gateway.ts';
import { readSetting } from './settings.ts';

const askedKey = 'terminals.asked';

/** Windows starts no such scripts: there these clients are started by `routing-policy exec`. */
const HAS_COMMANDS = process.platform !== 'win32';

/**
 * Points AI clients in the integrated terminal at the gateway, by variables: for as long as the gateway can be reached,
 * where the person wants it, and never in a workspace that is not trusted. Nothing outlives the window.
 */
export class Terminals implements vscode.Disposable {
  readonly #gateway: Gateway;
  readonly #environment: vscode.GlobalEnvironmentVariableCollection;
  readonly #memory: vscode.Memento;
  readonly #log: vscode.LogOutputChannel;
  readonly #following: vscode.Disposable;
  readonly #changed = new vscode.EventEmitter<boolean>();
  /** Told whether new terminals are routed. */
  readonly onDidChange = this.#changed.event;
  #scoped: readonly vscode.EnvironmentVariableCollection[] = [];
  #work: Promise<void> = Promise.resolve();

  constructor(context: vscode.ExtensionContext, gateway: Gateway, log: vscode.LogOutputChannel) {
    this.#gateway = gateway;
    this.#environment = context.environmentVariableCollection;
    this.#environment.persistent = false;
    this.#memory = context.globalState;
    this.#log = log;
    const follow = (): void => void this.#follow();
    this.#following = vscode.Disposable.from(
      gateway.onDidChange(() => {
        follow();
        if (vscode.window.terminals.length > 0) void this.#ask();
      }),
      vscode.window.onDidOpenTerminal(() => void this.#ask()),
      vscode.workspace.onDidChangeWorkspaceFolders(follow),
      vscode.workspace.onDidGrantWorkspaceTrust(follow),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('routingPolicy.terminal')) follow();
      }),
    );
    follow();
  }

  /** Switches the routing on or off for all windows of this person. */
  async choose(): Promise<void> {
    const wanted = readSetting('routingPolicy.terminal.route') === 'on' ? 'off' : 'on';
    await this.#set(wanted);
    if (wanted === 'off') {
      void vscode.window.showInformationMessage(
        vscode.l10n.t('AI clients in new terminals go where they are set up to go.'),
      );
    }
  }

  dispose(): void {
    this.#following.dispose();
    this.#changed.dispose();
    this.#clear();
  }

  async #set(route: 'on' | 'off'): Promise<void> {
    await this.#memory.update(askedKey, true);
    await vscode.workspace
      .getConfiguration('routingPolicy')
      .update('terminal.route', route, vscode.ConfigurationTarget.Global);
    if (route === 'on') await this.#offerTerminal();
  }

  async #offerTerminal(): Promise<void> {
    const open = vscode.l10n.t('New Terminal');
    const answer = await vscode.window.showInformationMessage(
      'url' in this.#gateway.standing
        ? vscode.l10n.t(
            'AI clients in new terminals are routed by the policy. Terminals that are open stay as they are.',
          )
        : vscode.l10n.t('AI clients in new terminals are routed by the policy as soon as the gateway can be reached.'),
      open,
    );
    if (answer !== open) return;
    await this.#work;
    vscode.window.createTerminal().show();
  }

  /** Asked once, when there is a terminal and a gateway that it could be routed through. */
  async #ask(): Promise<void> {
    const isSet =
      vscode.workspace.getConfiguration('routingPolicy').inspect('terminal.route')?.globalValue !== undefined;
    const isPossible = vscode.workspace.isTrusted && 'url' in this.#gateway.standing;
    if (isSet || !isPossible || this.#memory.get<boolean>(askedKey)) return;
    await this.#memory.update(askedKey, true);
    const route = vscode.l10n.t('Route Terminals');
    const answer = await vscode.window.showInformationMessage(
      vscode.l10n.t(
        'Route AI clients in this editor’s terminals by the policy too? Claude Code, Codex, Copilot CLI, opencode, Gemini CLI and the SDKs keep their logins. “Routing Policy: Route Terminals” changes this at any time.',
      ),
      route,
      vscode.l10n.t('Not Now'),
    );
    if (answer === route) await this.#set('on');
  }

  /** One change after the other: two that overlap could leave the variables of a gateway that has gone. */
  #follow(): Promise<void> {
    this.#work = this.#work
      .then(() => this.#apply())
      .catch((error: unknown) => this.#log.warn(`Terminals are not routed: ${String(error)}`));
    return this.#work;
  }

  async #apply(): Promise<void> {
    const isWanted = readSetting('routingPolicy.terminal.route') === 'on' && vscode.workspace.isTrusted;
    const access = isWanted && 'url' in this.#gateway.standing ? await this.#gateway.access() : undefined;
    if (access === undefined) {
      this.#clear();
      this.#changed.fire(false);
      return;
    }
    const folders = vscode.workspace.workspaceFolders?.filter(({ uri }) => uri.scheme === 'file') ?? [];
    const [only, ...others] = folders;
    // The variables are changed in one go: a terminal that is opened meanwhile has the old ones or the new ones.
    const { files, unrouted } = pointedAt(access, only);
    for (const reason of unrouted) this.#log.warn(reason);
    await writeClientFiles(access.folder, files);
    if (HAS_COMMANDS) await writeCommands(access.folder);
    this.#clear();
    if (others.length === 0) point(this.#environment, access, only);
    else {
      this.#scoped = folders.map((workspaceFolder) => {
        const environment = this.#environment.getScoped({ workspaceFolder });
        point(environment, access, workspaceFolder);
        return environment;
      });
    }
    this.#changed.fire(true);
  }

  #clear(): void {
    for (const environment of [this.#environment, ...this.#scoped]) environment.clear();
    this.#scoped = [];
  }
}

type Folder = vscode.WorkspaceFolder | undefined;

/** What points clients at the gateway in one folder. */
function pointedAt(access: GatewayAccess, folder: Folder): Pick<PointedAt, 'environment' | 'files' | 'unrouted'> {
  const here = folder === undefined ? access : { ...access, url: folderUrl(access.url, folder.uri.fsPath) };
  const machine = { ...clientMachine, env: withoutToken(clientMachine.env, access.token) };
  const { environment, files, unrouted } = pointAt(undefined, here, machine);
  const forCommands = HAS_COMMANDS ? argumentVariables(here, machine) : {};
  return { environment: { ...environment, ...forCommands }, files, unrouted };
}

function point(environment: vscode.EnvironmentVariableCollection, access: GatewayAccess, folder: Folder): void {
  const { environment: variables, unrouted } = pointedAt(access, folder);
  for (const [name, value] of Object.entries(variables)) environment.replace(name, value);
  if (HAS_COMMANDS) {
    // Again when the shell has read its own files, which may put other folders first.
    environment.prepend('PATH', `${commandFolder(access.folder)}:`, {
      applyAtProcessCreation: true,
      applyAtShellIntegration: true,
    });
  }
  environment.description = new vscode.MarkdownString(
    [vscode.l10n.t('Routes AI clients by this folder’s policy (`routingPolicy.terminal.route`).'), ...unrouted].join(
      '\n\n',
    ),
  );
}
