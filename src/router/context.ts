import type { Calibration } from '../models/calibration.ts';
import type { PriceTable } from '../models/genaiPrices.ts';
import type { LayeredPolicy } from '../policy/layers.ts';
import type { ProviderRegistry } from '../providers/registry.ts';
import type { Decision } from '../routing/decision.ts';
import type { Facts } from '../routing/facts.ts';
import type { State } from '../routing/state.ts';
import type { Attempt } from '../usage/attempt.ts';
import type { EditorText } from '../workspace/counts.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { HealthBook } from './healthBook.ts';
import type { Permissions } from './permissions.ts';
import type { PolicyInForce } from './policies/inForce.ts';
import type { Reserved, SpendPlace } from './spend.ts';
import type { World } from './world.ts';

/** What a person or a machine has chosen, as far as routing minds. */
export interface RouterSettings {
  readonly trusted: boolean;
  readonly defaultTarget?: string | undefined;
  readonly team?: string | undefined;
  readonly completions: { readonly enabled: boolean; readonly maximumDelayMs: number; readonly timeoutMs: number };
  readonly chat: { readonly timeoutMs: number };
}

/** Writes down what happened. Failing to write never fails a request; it is told to the person as a warning. */
export interface Recorder {
  /**
   * @param where the repository's root, what the layers in force count the attempt as, the conditions of their budgets
   *   that the request met, and keyed hashes of the files that its task works on
   */
  record(
    attempt: Attempt,
    where: {
      readonly root: string;
      readonly classes: readonly string[];
      readonly conditions: readonly string[];
      readonly fileKeys: readonly string[];
    },
  ): void;
  /** What was in force at that moment, for the names that it declares. */
  inForce(policy: LayeredPolicy, at: number): void;
  outcome(attemptId: string, outcome: Attempt['outcome'], at: number): void;
  /** What is written meanwhile is written in one go. */
  together(work: () => void): void;
  /**
   * For the decision log, which stays on this machine: the facts with their paths, and so that class keywords can be
   * replayed the first 2,000 characters of the person's own last words; no other text of the conversation.
   */
  decided(entry: {
    readonly requestId: string;
    readonly at: number;
    readonly facts: Facts;
    readonly decision: Decision;
    readonly workspace: Workspace | undefined;
  }): void;
  observeTokens(model: string, estimated: number, actual: number): void;
  readonly calibration: Calibration;
  /** What cannot be written, in a sentence; undefined while all is well. */
  warning(): string | undefined;
}

/** For whom money is set aside. */
export interface ReservationPlace {
  readonly requestId: string;
  readonly inForce: PolicyInForce;
  /** The repository; empty: none. */
  readonly root: string;
  /** undefined: it is a task of its own. Asked for only where a budget is one of tasks. */
  taskId(): string | undefined;
}

/** Everything that one request's way is given. Composed once, by whoever owns the process. */
export interface RouterContext {
  readonly providers: ProviderRegistry;
  readonly recorder: Recorder;
  readonly health: HealthBook;
  readonly priceTable: PriceTable;
  settings(): RouterSettings;
  now(): number;
  newId(): string;
  /** The repository around a folder's or file's URI; undefined when it is no local file. */
  workspaceOf(uris: readonly string[]): Promise<Workspace | undefined>;
  /** The same for each of them, each repository once. */
  workspacesOf(uris: readonly string[]): Promise<readonly Workspace[]>;
  /**
   * The open folders and the repositories in them that lie around a repository, the outermost first.
   *
   * @param roots URIs of folders that whoever asks has open, beside those that are known to be
   */
  enclosing(workspace: Workspace, roots: readonly string[]): Promise<readonly Workspace[]>;
  /** {@link ./workspaces.ts Workspaces.timesOpened}. */
  timesOpened(): number;
  /** What is in force there; without a workspace, the machine's own baseline. */
  policyOf(workspace: Workspace | undefined, signal?: AbortSignal): Promise<PolicyInForce>;
  /** Open documents with unsaved changes inside the workspace. */
  buffers(workspace: Workspace): Promise<readonly EditorText[]>;
  /** @param classes what each layer counts the request as, by the layer's name */
  spent(policy: PolicyInForce, classes: ReadonlyMap<string, string>, where: SpendPlace): State['spent'];
  /** A team's server counts budgets for this machine. */
  hasTeamServer(): boolean;
  /** Why a team's budgets are not counted, in a sentence each, by their ids. */
  uncounted(policy: PolicyInForce, place: SpendPlace): NonNullable<State['uncounted']>;
  /**
   * Has the team's server asked for what a decision may cost, where too little of a budget is at hand.
   * @param enough nobody waits any longer for the answer, which is good for whoever comes next; asked for where one waits
   * @returns whether more may be known now than the decision knew
   */
  cover(decision: Decision, policy: PolicyInForce, enough: () => AbortSignal): Promise<boolean>;
  /**
   * Sets a request's estimated cost aside while it is under way. What is spent and set aside cannot change, in this process
   * or another, between the decision and that.
   *
   * @param decide gives the decision that is to be paid for, with the budgets that have no lease with enough left;
   *   undefined: nothing is set aside
   */
  reserve(decide: (short: ReadonlySet<string>) => Decision | undefined, where: ReservationPlace): Reserved;
  /** The same as long as nothing that budgets are counted by has changed, here or in another process; undefined: nobody can tell. */
  stamp(): number | undefined;
  /** What is read of the ledger meanwhile is of one moment. */
  reading<Result>(work: () => Result): Result;
  readonly permissions: Permissions;
  log(level: 'info' | 'warn' | 'error', message: string): void;
}

export function worldOf(context: RouterContext): World {
  const { trusted, defaultTarget } = context.settings();
  return {
    now: () => context.now(),
    provider: (id) => context.providers.get(id),
    setting: (id) => context.providers.describe(id)?.row.setting,
    unhealthy: (provider, model) => context.health.unhealthy(provider, model, context.now()),
    priceTable: context.priceTable,
    calibration: context.recorder.calibration,
    trusted,
    defaultTarget,
  };
}
