import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { usagePanelType } from '../../contract/commands.ts';
import {
  type ExplainDecisionParams,
  type ExportUsageParams,
  type MarkdownResult,
  toRouter,
  type UsageExport,
  type UsageReportParams,
  type UsageReportResult,
} from '../../contract/messages.ts';
import { type PanelRequest, type PanelUpdate, readPanelRequest } from '../../contract/panel.ts';
import { rangeSpan, type UsageRange, usualRange } from '../../contract/usageRange.ts';
import type { Pages } from '../documents.ts';
import type { Gateway } from '../gateway.ts';
import { openRoots } from '../openRoots.ts';
import type { RouterClient } from '../routerClient.ts';
import { openPolicyAt } from './openPolicyAt.ts';
import { Pace } from './pace.ts';
import { panelPage } from './page.ts';
import { saveExport } from './saveExport.ts';

/** The least time between two reports that nobody asked for, in milliseconds. */
const PAUSE = 2_000;

/** How long the router may take for a report, in milliseconds, before the panel says that it does not answer. */
const PATIENCE = 30_000;

interface EarlyReport {
  readonly range: UsageRange;
  /** By the monotonic clock, in milliseconds. */
  readonly at: number;
  readonly report: Promise<UsageReportResult>;
}

export interface UsagePanelParts {
  readonly extensionUri: vscode.Uri;
  readonly client: RouterClient;
  readonly gateway: Gateway;
  readonly pages: Pages;
  readonly log: vscode.LogOutputChannel;
}

/**
 * The usage panel: one a window, brought back by the editor after a reload. It is drawn anew when it comes into sight and
 * after each request, as often as {@link PAUSE} allows; hidden, it asks the router nothing.
 */
export class UsagePanel implements vscode.Disposable {
  readonly #parts: UsagePanelParts;
  readonly #registrations: vscode.Disposable;
  readonly #pace = new Pace(PAUSE, () => this.#report());
  #panel: vscode.WebviewPanel | undefined;
  #range: UsageRange = usualRange;
  /** The question that is being answered: an answer to an older one is let go. */
  #asked: vscode.CancellationTokenSource | undefined;
  /** The report that the page will ask for first, made while the editor loads the page. */
  #early: EarlyReport | undefined;

  constructor(parts: UsagePanelParts) {
    this.#parts = parts;
    const { client, gateway } = parts;
    this.#registrations = vscode.Disposable.from(
      vscode.window.registerWebviewPanelSerializer(usagePanelType, {
        deserializeWebviewPanel: async (panel) => this.#adopt(panel),
      }),
      client.onDidChangeStatus(({ state }) => {
        if (state !== 'working') this.#pace.soon();
      }),
      client.onDidChangeState((state) => {
        if (state === 'running') this.#pace.soon();
      }),
      gateway.onDidSee(({ status }) => {
        if (status !== undefined) this.#pace.soon();
      }),
    );
  }

  /** Opens the panel, or brings the open one to the front. */
  show(): void {
    if (this.#panel !== undefined) {
      this.#panel.reveal();
      return;
    }
    const title = vscode.l10n.t('Usage');
    this.#adopt(vscode.window.createWebviewPanel(usagePanelType, title, vscode.ViewColumn.Active, {}));
  }

  dispose(): void {
    this.#registrations.dispose();
    this.#panel?.dispose();
    this.#pace.dispose();
    this.#giveUp();
  }

  #adopt(panel: vscode.WebviewPanel): void {
    // A reload brings one back; a second one could only come of two that were open in an older version.
    this.#panel?.dispose();
    this.#panel = panel;
    const folder = vscode.Uri.joinPath(this.#parts.extensionUri, 'dist', 'panel');
    const { webview } = panel;
    webview.options = { enableScripts: true, localResourceRoots: [folder] };
    panel.iconPath = vscode.Uri.joinPath(this.#parts.extensionUri, 'media', 'icon.png');
    panel.onDidDispose(() => {
      if (this.#panel !== panel) return;
      this.#panel = undefined;
      this.#giveUp();
      this.#pace.stop();
    });
    // Out of sight it is no page at all: when it is drawn again, it asks by itself.
    panel.onDidChangeViewState(() => {
      if (!panel.visible) this.#pace.stop();
    });
    webview.onDidReceiveMessage((message: unknown) => this.#hear(message));
    const uri = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(folder, name)).toString();
    webview.html = panelPage({
      script: uri('panel.js'),
      style: uri('panel.css'),
      nonce: randomBytes(16).toString('base64url'),
    });
    this.#askEarly();
  }

  #askEarly(): void {
    const report = this.#parts.client.request<UsageReportResult>(toRouter.usageReport, this.#span());
    // Where it fails, whoever wants it is told; a page that wants another one does without.
    report.catch(() => undefined);
    this.#early = { range: this.#range, at: performance.now(), report };
  }

  /** Once, and only what is as new as if it had been asked for now. */
  #takeEarly(): Promise<UsageReportResult> | undefined {
    const early = this.#early;
    this.#early = undefined;
    const isMeant = early !== undefined && JSON.stringify(early.range) === JSON.stringify(this.#range);
    return isMeant && performance.now() - early.at < PAUSE ? early.report : undefined;
  }

  #hear(message: unknown): void {
    const request = readPanelRequest(message);
    if (request === undefined) {
      this.#parts.log.warn('The usage panel said something that is not understood; it was left unanswered.');
      return;
    }
    void this.#answer(request).catch((error: unknown) => {
      this.#parts.log.error(`The usage panel's "${request.type}" failed: ${String(error)}`);
      void vscode.window.showErrorMessage(
        vscode.l10n.t('That did not work: {0}', error instanceof Error ? error.message : String(error)),
      );
    });
  }

  async #answer(request: PanelRequest): Promise<void> {
    const { client, pages } = this.#parts;
    switch (request.type) {
      case 'show':
        this.#range = request.range;
        return this.#report();
      case 'refresh':
        await this.#tell({ type: 'loading', range: this.#range });
        return this.#report();
      case 'explain': {
        const params: ExplainDecisionParams = { requestId: request.requestId, roots: openRoots() };
        const { markdown } = await client.request<MarkdownResult>(toRouter.explainDecision, params);
        return pages.showBeside(vscode.l10n.t('Decision'), markdown);
      }
      case 'export': {
        const params: ExportUsageParams = { ...this.#span(), format: request.format };
        const saved = await saveExport(await client.request<UsageExport>(toRouter.exportUsage, params));
        if (saved === undefined) return;
        const message = vscode.l10n.t('Saved as {0}.', saved);
        vscode.window.setStatusBarMessage(message, 5_000);
        return this.#tell({ type: 'said', message });
      }
      case 'openPolicy':
        return openPolicyAt(client, request.class);
      default:
        return request satisfies never;
    }
  }

  /** Asks the router for a report and shows it; what was being asked before is given up. */
  async #report(): Promise<void> {
    if (this.#panel?.visible !== true) return;
    this.#giveUp();
    const asked = new vscode.CancellationTokenSource();
    this.#asked = asked;
    this.#pace.begun();
    const begun = performance.now();
    const range = this.#range;
    const deadline = setTimeout(() => asked.cancel(), PATIENCE);
    try {
      const askNow = (): Promise<UsageReportResult> =>
        this.#parts.client.request<UsageReportResult>(toRouter.usageReport, this.#span(), asked.token);
      const report = await (this.#takeEarly()?.catch(askNow) ?? askNow());
      if (this.#asked === asked) await this.#tell({ type: 'report', range, report });
    } catch (error) {
      if (this.#asked !== asked) return;
      this.#parts.log.error(`The usage report did not come: ${String(error)}`);
      const message = asked.token.isCancellationRequested
        ? vscode.l10n.t(
            'The router took longer than {0} seconds for the report. Try again, or choose fewer days.',
            PATIENCE / 1_000,
          )
        : vscode.l10n.t('The router did not make the report. "Routing Policy: Show Log" says why.');
      await this.#tell({ type: 'failed', range, message });
    } finally {
      clearTimeout(deadline);
      this.#pace.took(performance.now() - begun);
      if (this.#asked === asked) this.#asked = undefined;
      asked.dispose();
    }
  }

  /** Lets the question under way go: its answer, and its failure, are nobody's any more. */
  #giveUp(): void {
    this.#asked?.cancel();
    this.#asked = undefined;
  }

  #span(): UsageReportParams {
    return { ...rangeSpan(this.#range, Date.now()), roots: openRoots() };
  }

  async #tell(update: PanelUpdate): Promise<void> {
    await this.#panel?.webview.postMessage(update);
  }
}
