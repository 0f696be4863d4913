import { pathToFileURL } from 'node:url';
import type {
  AskingBudget,
  DrillParams,
  ExplainDecisionParams,
  ExportUsageParams,
  OverrideResult,
  PermitParams,
  PolicySummary,
  ProviderSummary,
  UsageExport,
  UsageReportParams,
} from '../contract/messages.ts';
import type { LayeredPolicy } from '../policy/layers.ts';
import type { State } from '../routing/state.ts';
import type { UsageReport } from '../usage/report/usageReport.ts';
import type { Spend } from '../usage/spend.ts';
import { askingBudgets, permitBudget } from './askingBudgets.ts';
import type { RouterContext } from './context.ts';
import { drillHere, suppliersHere } from './drill/drillHere.ts';
import type { TeamBudgets } from './leases/teamBudgets.ts';
import type { LedgerRecorder, RecordStores } from './ledgerRecorder.ts';
import { policyPage, usagePage } from './pages.ts';
import type { Policies } from './policies/policies.ts';
import { describeProvider } from './providerSummary.ts';
import { budgetSpend } from './spend.ts';
import { explainDecisionHere, exportUsageHere, type UsagePlace, usageReportHere } from './usageReport/usageHere.ts';
import type { Workspaces } from './workspaces.ts';

export interface ViewPorts {
  readonly context: RouterContext;
  readonly stores: RecordStores;
  readonly recorder: LedgerRecorder;
  readonly policies: Policies;
  readonly workspaces: Workspaces;
  readonly teamBudgets: TeamBudgets | undefined;
  /** Does something once keys and models are known; ended with the router, or by the signal. */
  whileKnown<Result>(work: (signal: AbortSignal) => Promise<Result>, given?: AbortSignal): Promise<Result>;
}

/** What people look at beside their requests: pages, figures, budgets, the drill and the providers. */
export class Views {
  readonly #ports: ViewPorts;

  constructor(ports: ViewPorts) {
    this.#ports = ports;
  }

  /** What was used on this machine, as a page. */
  usage(): string {
    return usagePage(this.#ports.stores.ledger, Date.now(), this.#ports.recorder.warning());
  }

  /** What was used on this machine, with the policy in force in these folders over it. */
  usageReport(params: UsageReportParams, signal: AbortSignal): Promise<UsageReport> {
    return usageReportHere(this.#usagePlace(), params, signal);
  }

  /** One of the report's decisions in full, as Markdown. */
  explainDecision(params: ExplainDecisionParams): Promise<string> {
    return explainDecisionHere(this.#usagePlace(), params);
  }

  exportUsage(params: ExportUsageParams, signal: AbortSignal): Promise<UsageExport> {
    return exportUsageHere(this.#usagePlace(), params, signal);
  }

  async policy(roots: readonly string[]): Promise<PolicySummary> {
    const workspace = await this.#ports.workspaces.around(roots);
    const inForce = await this.#ports.policies.inForce(workspace);
    if (!workspace) return inForce.kind === 'none' ? { markdown: 'No folder is open.' } : policyPage(inForce);
    return policyPage(inForce, pathToFileURL(this.#ports.policies.path(workspace)).href);
  }

  /** Whom a drill may be about: the suppliers that the policy names. */
  drillSuppliers(roots: readonly string[]): Promise<readonly string[]> {
    return suppliersHere({ context: this.#ports.context, ledger: this.#ports.stores.ledger }, roots);
  }

  /** What would become of each class of work without a supplier, or without each in turn, as Markdown. */
  drill({ roots, down }: DrillParams, given: AbortSignal): Promise<string> {
    const { context, stores, whileKnown } = this.#ports;
    const place = { context, ledger: stores.ledger };
    return whileKnown((signal) => drillHere(place, roots, down, signal), given);
  }

  /** The budgets in force in these folders that ask before more is spent. */
  askingBudgets(roots: readonly string[]): Promise<readonly AskingBudget[]> {
    return askingBudgets(this.#ports.context, roots);
  }

  permitBudget({ roots, budget }: PermitParams): Promise<OverrideResult> {
    return permitBudget(this.#ports.context, roots, budget);
  }

  async providerSummaries(): Promise<ProviderSummary[]> {
    const { providers, health } = this.#ports.context;
    return this.#ports.whileKnown(async () =>
      providers.list().flatMap((provider) => {
        const description = providers.describe(provider.id);
        return description
          ? [describeProvider(provider, description, health.unhealthy(provider.id, '', Date.now()))]
          : [];
      }),
    );
  }

  /** What each class of work came to in a repository since a moment, by its id; undefined where nothing is written down. */
  usageByClass(root: string, since: number): ReadonlyMap<string, Spend> | undefined {
    const { ledger } = this.#ports.stores;
    if (ledger === undefined || ledger.health.kind === 'degraded') return undefined;
    try {
      return ledger.byClass(since, this.#ports.recorder.repoKey(root));
    } catch (error) {
      this.#ports.context.log('warn', `The ledger could not be read: ${String(error)}`);
      return undefined;
    }
  }

  /** What counts against each budget of these layers now, by its id; those that count by class or task are left out. */
  spentByBudget(policy: LayeredPolicy, root: string): State['spent'] {
    const { teamBudgets } = this.#ports;
    const where = {
      classes: new Map(),
      repoKey: this.#ports.recorder.repoKey(root),
      now: Date.now(),
      shared: { teamBudgets },
    };
    return budgetSpend(policy, this.#ports.stores.ledger, where);
  }

  #usagePlace(): UsagePlace {
    const { context, stores, teamBudgets } = this.#ports;
    return { context, stores, teamBudgets, repoKey: (root) => this.#ports.recorder.repoKey(root) };
  }
}
