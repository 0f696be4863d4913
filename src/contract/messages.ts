import type { Conversation } from '../chat/conversation.ts';
import type { ChatEvent } from '../chat/events.ts';
import type { RequestKind } from '../policy/schema.ts';
import type { ProvidersSetting } from '../providers/settings.ts';
import type { Surface } from '../usage/attempt.ts';
import type { UsageReport } from '../usage/report/usageReport.ts';

/**
 * What the extension and the router's process say to each other beside plain LSP. Both sides import the types; the
 * `method` strings are written here and nowhere else. Everything crosses as JSON.
 */

/** What the editor knows about reaching the world, for the child process, which inherits none of it. */
export interface NetworkConfiguration {
  readonly proxy?: string;
  readonly noProxy?: readonly string[];
  readonly strictSsl?: boolean;
  readonly proxyAuthorization?: string;
  readonly systemCertificates?: boolean;
}

export interface RouterConfiguration {
  /** The setting as written; the router validates it and leaves out, visibly, what does not fit. */
  readonly providers: unknown;
  readonly network: NetworkConfiguration;
  /** False in a workspace that is not trusted: the policy only narrows and nothing new is contacted. */
  readonly trusted: boolean;
  readonly defaultTarget?: string;
  readonly team?: string;
  readonly completions: { readonly enabled: boolean; readonly maximumDelayMs: number; readonly timeoutMs: number };
  readonly chat: { readonly timeoutMs: number };
  /** Left out: closed. */
  readonly gateway?: GatewayConfiguration;
  /** Left out: nothing is sent. */
  readonly sync?: SyncConfiguration;
}

/** Whether what happens may be sent, as far as the editor knows; the person's consent is the router's to keep. */
export interface SyncConfiguration {
  /** The setting of ours. */
  readonly enabled: boolean;
  /** The editor's own telemetry. */
  readonly telemetry: boolean;
  /** The address of a collector of metrics; empty: none. */
  readonly otlp: string;
}

/** Whether other clients on this machine are served, and where. */
export interface GatewayConfiguration {
  readonly enabled: boolean;
  readonly port: number;
}

/** `initializationOptions` of the LSP `initialize` request. An editor that sends none gets the defaults. */
export interface InitializationOptions {
  readonly configuration?: RouterConfiguration;
  /** The client answers the `editor/*` requests. */
  readonly editor?: { readonly secrets: boolean; readonly models: boolean; readonly questions?: boolean };
  readonly clientName?: string;
  /** Of the package that started the router. */
  readonly version?: string;
}

/** A chat or agent request as the editor received it. */
export interface ChatParams {
  /** Chosen by the client; events carry it. */
  readonly id: string;
  readonly conversation: Conversation;
  /** What goes out beside the conversation in the client's own body: looked at for files, and sent to nobody as it is here. */
  readonly unread?: Conversation['messages'];
  /** What of the conversation only the provider that kept it has, by the name of the field that says so. */
  readonly keptAt?: string;
  readonly surface: Surface;
  /** The kind, where the caller knows it; else the router works it out. */
  readonly kind?: RequestKind;
  readonly client: string;
  /** URIs of the folders that are open, the active one first. */
  readonly roots: readonly string[];
  /** The URI of the active editor's document. */
  readonly activeFile?: string;
  readonly selected?: boolean;
  /** The same for all requests of one conversation. */
  readonly conversationId?: string;
  /** The same for all requests of one turn's tool loop. */
  readonly turnId?: string;
  /** `auto`, or `provider/model` when a person asked for one. */
  readonly requestedModel: string;
}

/** How a chat request ended. Failure and refusal are values here: the words are made for people by the router. */
export type ChatResult =
  | { readonly kind: 'served'; readonly status: RouteStatus }
  /** Nothing usable: the routing itself answers, saying so. `retryAfterMs`: where the first pause of a provider is all there is to wait for. */
  | {
      readonly kind: 'answered-by-routing';
      readonly markdown: string;
      readonly retryAfterMs?: number;
      readonly status: RouteStatus;
    }
  | { readonly kind: 'blocked'; readonly message: string; readonly status: RouteStatus }
  | { readonly kind: 'failed'; readonly message: string; readonly status: RouteStatus }
  | { readonly kind: 'cancelled' };

export interface ChatEventParams {
  readonly id: string;
  readonly event: ChatEvent;
}

/** What the status bar shows: made in the router so that every editor says the same. */
export interface RouteStatus {
  readonly state: 'idle' | 'working' | 'routed' | 'blocked' | 'unserved' | 'failed';
  /** `sonnet-5-5 · $0.0123`. */
  readonly label: string;
  /** For screen readers: the label in a sentence. */
  readonly spoken: string;
  /** The explanation as Markdown; nothing in it is a command link and everything from outside is escaped. */
  readonly tooltip: string;
  readonly class?: string;
  /** `provider/model`. */
  readonly target?: string;
  /** One line for the model picker: last route and cost. */
  readonly detail?: string;
  /** A word of warning that stays until mended: the policy file is broken, the ledger cannot be written. */
  readonly warning?: string;
}

/** One request that came in through the gateway: told when it comes, and again when it has ended. */
export interface GatewaySighting {
  readonly id: string;
  /** When it came, in milliseconds since 1970. */
  readonly at: number;
  /** What sent it, as a policy's `client` clause names it. */
  readonly client: string;
  readonly surface: Surface;
  /** The URI of the folder that it is about; left out where that is unknown. */
  readonly root?: string;
  /** How it ended; left out while it is under way, and when its client went away. */
  readonly status?: RouteStatus;
}

/** Where this window's gateway stands. `closed`: switched off, or the workspace is not trusted. */
export type GatewayStanding =
  | { readonly kind: 'closed' | 'opening' }
  /** `joined`: another of this user's processes holds the port, and serves the folders of this window too. */
  | { readonly kind: 'serving' | 'joined'; readonly url: string }
  /** `foreign`: something else holds the port. `away`: the machine does not let it be held. */
  | { readonly kind: 'foreign' | 'away'; readonly reason: string };

export interface ProviderSummary {
  readonly id: string;
  readonly usable: boolean;
  /** In a sentence: `key from ANTHROPIC_API_KEY`, `no key`, `simulated`. */
  readonly detail: string;
  readonly wire: string;
  readonly host?: string;
  readonly local: boolean;
  readonly simulated: boolean;
  readonly health?: string;
  /** It has a key of its own that could be stored. */
  readonly wantsKey: boolean;
}

export interface LocalModelFound {
  readonly name: string;
  readonly baseUrl: string;
  readonly models: readonly string[];
  /** The entry of `routingPolicy.providers` that would add it. */
  readonly id: string;
  readonly setting: ProvidersSetting[string];
}

export interface EditorModel {
  readonly vendor: string;
  readonly id: string;
  readonly name: string;
  readonly family: string;
  readonly maxInputTokens: number;
}

export interface EditorChatParams {
  readonly id: string;
  readonly vendor: string;
  readonly model: string;
  readonly conversation: Conversation;
}

/** How the editor's own model answered; `failure` is one of the failure kinds. */
export type EditorChatResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly failure: string; readonly message: string };

/** A target that a person could ask for. */
export interface OverrideTarget {
  /** `provider/model`. */
  readonly target: string;
  /** Its list price, or that it has none. */
  readonly detail: string;
}

/** What a person may choose instead of the policy's own choice. */
export interface OverrideOptions {
  readonly allowed: boolean;
  /** The rules in a sentence: why not, or in which direction, with what and for how long. */
  readonly rules: string;
  readonly reasonRequired: boolean;
  readonly targets: readonly OverrideTarget[];
  /** What is chosen now. */
  readonly active?: { readonly target: string; readonly until: number; readonly reason?: string };
}

export interface OverrideParams {
  readonly roots: readonly string[];
  /** Left out: the override is given up. */
  readonly target?: string;
  readonly reason?: string;
}

/** Whether it was taken down; whether a request can follow it is decided with each request. */
export interface OverrideResult {
  readonly done: boolean;
  readonly message: string;
}

/** A budget asks before more is spent. */
export interface AskBudgetParams {
  readonly budget: string;
  /** In a sentence: how much of what is spent. */
  readonly spent: string;
  /** What would be asked, and at what cost. */
  readonly request: string;
  /** Until when a yes for more than this task holds, in milliseconds since 1970. */
  readonly until: number;
}

/** Yes for this task, yes until the end of the budget's period, or no. */
export type AskBudgetAnswer = 'task' | 'period' | 'no';

/** A budget that asks and has not been allowed more, as a person may choose it. */
export interface AskingBudget {
  readonly id: string;
  readonly spent: string;
  readonly until: number;
}

export interface PermitParams {
  readonly roots: readonly string[];
  readonly budget: string;
}

/** A failover drill: a page of Markdown. */
export interface DrillParams {
  readonly roots: readonly string[];
  /** A provider, or `maker:NAME`; left out: each supplier in turn. */
  readonly down?: string;
}

/** Which attempts a {@link UsageReport} is about: from `since` on and before `until`, in milliseconds since 1970. */
export interface UsageReportParams {
  readonly since: number;
  /** Left out: now. */
  readonly until?: number;
  /** Whose policy's routes, floors and budgets are shown. The figures are those of the whole machine. */
  readonly roots: readonly string[];
}

/** The answer to {@link toRouter.usageReport}. */
export type UsageReportResult = UsageReport;

/** One of a report's decisions, to be told in full: the answer is a {@link MarkdownResult}. */
export interface ExplainDecisionParams {
  readonly requestId: string;
  readonly roots: readonly string[];
}

export type UsageExportFormat = 'csv' | 'json' | 'focus';

export interface ExportUsageParams extends UsageReportParams {
  readonly format: UsageExportFormat;
}

/** A file to be saved: the name that it may have, and what is in it. */
export interface UsageExport {
  readonly name: string;
  readonly text: string;
}

/** Requests and notifications from the extension to the router. */
export const toRouter = {
  configure: 'routing/configure',
  chat: 'routing/chat',
  explain: 'routing/explain',
  usage: 'routing/usage',
  usageReport: 'routing/usageReport',
  explainDecision: 'routing/explainDecision',
  exportUsage: 'routing/exportUsage',
  policy: 'routing/policy',
  drillSuppliers: 'routing/drillSuppliers',
  drill: 'routing/drill',
  providers: 'routing/providers',
  findLocalModels: 'routing/findLocalModels',
  overrideOptions: 'routing/overrideOptions',
  override: 'routing/override',
  askingBudgets: 'routing/askingBudgets',
  permit: 'routing/permit',
  status: 'routing/status',
  gateway: 'routing/gateway',
  gatewayStanding: 'routing/gatewayStanding',
  gatewayAccess: 'routing/gatewayAccess',
  secretChanged: 'routing/secretChanged',
  editorModelsChanged: 'routing/editorModelsChanged',
  editorChatEvent: 'routing/editorChatEvent',
} as const;

/** Requests and notifications from the router to the extension. */
export const toEditor = {
  chatEvent: 'routing/chatEvent',
  statusChanged: 'routing/statusChanged',
  gatewayChanged: 'routing/gatewayChanged',
  gatewaySeen: 'routing/gatewaySeen',
  secret: 'editor/secret',
  askBudget: 'editor/askBudget',
  models: 'editor/models',
  chat: 'editor/chat',
} as const;

export interface MarkdownResult {
  readonly markdown: string;
}

export interface PolicySummary {
  readonly markdown: string;
  /** The URI of the file in force; missing when there is none. */
  readonly uri?: string;
}
