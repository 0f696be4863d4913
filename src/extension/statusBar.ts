import * as vscode from 'vscode';
import { statusBarItemId } from '../contract/commands.ts';
import type { GatewayStanding, OverrideOptions, RouteStatus } from '../contract/messages.ts';
import { escapeMarkdown } from '../routing/markdown.ts';
import { clock } from './clock.ts';
import { readSetting } from './settings.ts';
import { isLasting, type SyncTrouble } from './sync/syncTrouble.ts';

/** The one status bar item: the last routed model and its cost; its tooltip is the explanation. */
export class StatusBar implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;
  #status: RouteStatus = {
    state: 'idle',
    label: 'Routing Policy',
    spoken: 'Routing Policy: no request yet',
    tooltip: '',
  };
  #override: OverrideOptions['active'];
  #gateway: GatewayStanding = { kind: 'opening' };
  #terminals = false;
  #sync: SyncTrouble | undefined;
  /** Budgets about which a question waits for an answer. */
  #asking: readonly string[] = [];
  #router: 'starting' | 'running' | 'stopped' = 'starting';

  constructor() {
    this.#item = vscode.window.createStatusBarItem(statusBarItemId, vscode.StatusBarAlignment.Right, 100);
    this.#item.name = 'Routing Policy';
    this.#item.command = 'routingPolicy.showMenu';
    this.render();
  }

  update(status: RouteStatus): void {
    this.#status = status;
    this.render();
  }

  setRouter(state: 'starting' | 'running' | 'stopped'): void {
    this.#router = state;
    this.render();
  }

  setGateway(standing: GatewayStanding): void {
    this.#gateway = standing;
    this.render();
  }

  /** @param routed whether AI clients in new terminals are */
  setTerminals(routed: boolean): void {
    this.#terminals = routed;
    this.render();
  }

  setSync(trouble: SyncTrouble | undefined): void {
    this.#sync = trouble;
    this.render();
  }

  /** What has kept usage from being sent for so long that somebody should look at it, in a sentence. */
  get lastingTrouble(): string | undefined {
    const sync = this.#sync;
    return sync !== undefined && isLasting(sync, Date.now()) ? sync.sentence : undefined;
  }

  /** @param budgets those about which a question waits for an answer */
  setAsking(budgets: readonly string[]): void {
    this.#asking = budgets;
    this.render();
  }

  setOverride(active: OverrideOptions['active']): void {
    this.#override = active;
    this.render();
  }

  render(): void {
    if (!readSetting('routingPolicy.statusBar.enabled')) {
      this.#item.hide();
      return;
    }
    const status = this.#status;
    const working = status.state === 'working' || this.#router === 'starting';
    const calm = this.#override ? '$(arrow-swap)' : '$(git-compare)';
    const sync = this.#sync;
    const isTroubled = status.warning !== undefined || this.lastingTrouble !== undefined;
    const waiting = this.#asking.length > 0 ? '$(question)' : undefined;
    const icon = waiting ?? (working ? '$(loading~spin)' : isTroubled ? '$(warning)' : calm);
    this.#item.text = `${icon} ${this.#label()}`;
    // What was refused before a question was asked is not what waits.
    const isBlocked = status.state === 'blocked' && waiting === undefined;
    this.#item.backgroundColor = isBlocked ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    const override = overrideSentence(this.#override);
    const explanation = status.tooltip || vscode.l10n.t('No request yet.');
    const tooltip = new vscode.MarkdownString(
      [
        ...this.#askingLines(),
        ...(override ? [escapeMarkdown(override)] : []),
        explanation,
        ...this.#gatewayLines(),
        ...(sync ? [`$(warning) ${escapeMarkdown(sync.sentence)}`] : []),
      ].join('\n\n'),
      true,
    );
    if (!vscode.workspace.isTrusted) {
      tooltip.value = `${vscode.l10n.t('This workspace is not trusted: its policy can refuse requests, and chooses no model for them.')}\n\n${tooltip.value}`;
    }
    tooltip.isTrusted = false;
    this.#item.tooltip = tooltip;
    this.#item.accessibilityInformation = {
      label: [status.spoken, override, ...this.#asking.map(askingSentence)].filter(Boolean).join('. '),
      role: 'button',
    };
    this.#item.show();
  }

  dispose(): void {
    this.#item.dispose();
  }

  #label(): string {
    if (this.#router === 'stopped') return vscode.l10n.t('Routing Policy stopped');
    return this.#asking.length > 0 ? vscode.l10n.t('A budget asks') : this.#status.label;
  }

  #askingLines(): readonly string[] {
    return this.#asking.map((budget) => `$(question) ${escapeMarkdown(askingSentence(budget))}`);
  }

  #gatewayLines(): readonly string[] {
    const standing = this.#gateway;
    switch (standing.kind) {
      case 'closed':
      case 'opening':
        return [];
      case 'serving':
      case 'joined': {
        const holder = standing.kind === 'serving' ? '' : vscode.l10n.t(', held by another window');
        const terminals = this.#terminals ? vscode.l10n.t(' Terminals are routed.') : '';
        return [escapeMarkdown(vscode.l10n.t('Gateway for other clients: {0}{1}.', standing.url, holder) + terminals)];
      }
      case 'foreign':
      case 'away':
        return [`$(warning) ${escapeMarkdown(standing.reason)}`];
      default:
        return standing satisfies never;
    }
  }
}

function askingSentence(budget: string): string {
  return vscode.l10n.t('A request waits: may more of budget "{0}" be spent? The notification asks.', budget);
}

/** What a person asked for and until when; undefined while the policy chooses. */
function overrideSentence(active: OverrideOptions['active']): string | undefined {
  if (!active) return undefined;
  const asked = vscode.l10n.t('Override until {0}: {1} is asked for.', clock(active.until), active.target);
  return active.reason === undefined ? asked : `${asked} ${vscode.l10n.t('Reason: {0}', active.reason)}`;
}
