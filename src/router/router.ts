import type {
  ChatParams,
  ChatResult,
  OverrideOptions,
  OverrideParams,
  OverrideResult,
  RouteStatus,
} from '../contract/messages.ts';
import { findModel } from '../models/catalogue.ts';
import type { Price } from '../models/model.ts';
import type { LayeredPolicy } from '../policy/layers.ts';
import type { ProviderRegistry } from '../providers/registry.ts';
import type { State } from '../routing/state.ts';
import type { Surface } from '../usage/attempt.ts';
import { keepHouse } from '../usage/housekeeping.ts';
import type { TypedText } from '../usage/outcomes/typing.ts';
import { OverrideBook } from '../usage/overrideBook.ts';
import type { EditorText } from '../workspace/counts.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { type ChatRoom, routeChat } from './chat.ts';
import type { CompletionContext } from './completion/context.ts';
import { type CompletionAnswer, CompletionEngine } from './completion/engine.ts';
import { Completions } from './completions.ts';
import { composeContext } from './composeContext.ts';
import { type RouterContext, type RouterSettings, worldOf } from './context.ts';
import type { ChatCall } from './door.ts';
import { enclosingRoots } from './enclosing.ts';
import { presentFiles } from './evidence/presentFiles.ts';
import { HealthBook } from './healthBook.ts';
import type { TeamBudgets } from './leases/teamBudgets.ts';
import { LedgerRecorder, type RecordStores } from './ledgerRecorder.ts';
import { outcomesHere } from './outcomes/here.ts';
import type { Outcomes } from './outcomes/outcomes.ts';
import { Overrides } from './overrides.ts';
import type { AskPerson } from './permissions.ts';
import type { Policies } from './policies/policies.ts';
import { type Prepared, policyIn } from './prepare.ts';
import { prepareChat } from './prepareChat.ts';
import { costOf } from './record.ts';
import { Sessions } from './sessions.ts';
import { spentToday } from './spend.ts';
import { StatusBoard, type StatusPorts } from './status.ts';
import { KnownSurroundings } from './surroundings.ts';
import { Tasks } from './tasks.ts';
import { Views } from './views.ts';
import type { Workspaces } from './workspaces.ts';
import { priceNow } from './world.ts';

/** How long the first request waits for word of keys and models, in milliseconds. */
const longestLookMs = 3_000;
/** Folders that are looked at before anybody asks. */
const mostLookedAt = 4;

/** What the process that owns the router gives it. */
export interface RouterPorts {
  readonly providers: ProviderRegistry;
  readonly stores: RecordStores;
  readonly workspaces: Workspaces;
  /** Shared with whatever else must ask which policy is in force: what was good last is known to all. */
  readonly policies: Policies;
  readonly settings: RouterSettings;
  buffers(workspace: Workspace): Promise<readonly EditorText[]>;
  /** What a person has typed into the documents of a repository that have changed since they were opened, by path; left out where there is no editor. */
  typed?(workspace: Workspace): Promise<ReadonlyMap<string, TypedText>>;
  /** Left out where nobody sees it. */
  onStatus?(status: RouteStatus): void;
  /** Budgets of a team, which its server counts; left out: nobody counts them here. The router disposes of it. */
  readonly teamBudgets?: TeamBudgets | undefined;
  /** Asks the person in front of the editor; left out: there is nobody. */
  readonly askPerson?: AskPerson | undefined;
  /** Whether a chat belongs to the folders that are shown here; left out: all do. */
  isShownHere?(params: ChatParams): boolean;
  log(level: 'info' | 'warn' | 'error', message: string): void;
}

/** What models, prices and attestations are known. */
export interface WhatIsKnown extends Pick<State, 'model' | 'attestations'> {
  /** In force now at a provider; with a policy, by what that says of prices too. undefined: unpriced. */
  price(provider: string, model: string, policy?: LayeredPolicy): Price | undefined;
}

/** Whose policy a folder goes by. */
export interface Governance {
  /** The absolute path of the repository that it belongs to; of no repository, its own. */
  readonly repository: string;
  /** Something is in force there: a policy of its own, one around it, or the machine's baseline. */
  readonly isGoverned: boolean;
}

/** One request's way through the house, for whichever door it comes in by. Holds what lives longer than a request. */
export class Router {
  readonly views: Views;
  readonly #ports: RouterPorts;
  readonly #recorder: LedgerRecorder;
  readonly #health = new HealthBook();
  readonly #policies: Policies;
  readonly #tasks: Tasks;
  readonly #sessions: Sessions;
  readonly #overrides: Overrides;
  readonly #surroundings = new KnownSurroundings();
  readonly #board: StatusBoard;
  /** For requests of other windows' folders: they are told there. */
  readonly #elsewhere: StatusBoard;
  readonly #context: RouterContext;
  readonly #completions: Completions;
  readonly #outcomes: Outcomes;
  readonly #engine: CompletionEngine;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  /** End what is under way, each one request. */
  readonly #stops = new Set<() => void>();
  /** When that is settled, keys and models are known. */
  #known: Promise<void> | undefined;
  #stopHousekeeping: () => void = () => undefined;
  #settings: RouterSettings;

  constructor(ports: RouterPorts) {
    this.#ports = ports;
    this.#settings = ports.settings;
    this.#policies = ports.policies;
    this.#recorder = new LedgerRecorder(ports.stores);
    this.#tasks = new Tasks(ports.stores.key, ports.stores.ledger);
    this.#sessions = new Sessions({ key: ports.stores.key, book: ports.stores.ledger?.sessions });
    this.#overrides = new Overrides({
      book: new OverrideBook(ports.stores.folder),
      repoKey: (root) => this.#recorder.repoKey(root),
      now: () => Date.now(),
    });
    const boardPorts: Omit<StatusPorts, 'publish'> = {
      cost: (prepared, report) => costOf(prepared, report.target, report.usage),
      isSimulated: (provider) => ports.providers.get(provider)?.facts().simulated === true,
      today: () => spentToday(ports.stores.ledger, Date.now()),
      recorderWarning: () => this.#recorder.warning() ?? ports.teamBudgets?.warning(),
    };
    const { onStatus } = ports;
    this.#board = new StatusBoard({ ...boardPorts, ...(onStatus ? { publish: (status) => onStatus(status) } : {}) });
    this.#elsewhere = new StatusBoard(boardPorts);
    this.#context = composeContext(ports, {
      recorder: this.#recorder,
      health: this.#health,
      settings: () => this.#settings,
    });
    this.views = new Views({
      context: this.#context,
      stores: ports.stores,
      recorder: this.#recorder,
      policies: this.#policies,
      workspaces: ports.workspaces,
      teamBudgets: ports.teamBudgets,
      whileKnown: (work, given) => this.#whileKnown(work, given),
    });
    this.#completions = new Completions(this.#context, this.#board);
    this.#outcomes = outcomesHere(this.#context, ports.stores.ledger, {
      ...(ports.typed ? { typed: ports.typed } : {}),
      committed: (root, files, by) => this.#tasks.committed(root, files, { at: Date.now(), by }),
    });
    this.#engine = new CompletionEngine({
      now: () => performance.now(),
      sleep,
      route: (context, signal) => this.#completions.route(context, signal),
      maximumDelayMs: () => this.#settings.completions.maximumDelayMs,
      failed: (error) => ports.log('error', `A completion failed: ${String(error)}`),
    });
    const { ledger, warning } = ports.stores;
    if (warning !== undefined) ports.log('warn', warning);
    if (ledger) {
      const isIdle = (): boolean => this.#running.size === 0;
      this.#stopHousekeeping = keepHouse({ ledger, now: () => Date.now(), isIdle, log: ports.log });
    }
  }

  get status(): RouteStatus {
    return this.#board.status;
  }

  chat(call: ChatCall): Promise<ChatResult> {
    const board = this.#ports.isShownHere?.(call.params) === false ? this.#elsewhere : this.#board;
    const room = { ...this.#chatRoom(), board };
    return this.#whileKnown((signal) => routeChat(room, { ...call, signal }), call.signal);
  }

  /** Shows how a request for a folder of this window ended that another router served. */
  adopt(status: RouteStatus, surface: Surface): void {
    this.#board.adopt(status, surface);
  }

  /**
   * Decides a chat as if it were asked now, and no more: no provider is asked, nothing is set aside or written down.
   *
   * @throws where the facts cannot be had
   */
  decide(params: ChatParams, given: AbortSignal): Promise<Prepared> {
    return this.#whileKnown((signal) => prepareChat(this.#chatRoom(), params, signal), given);
  }

  complete(context: CompletionContext, signal: AbortSignal): Promise<CompletionAnswer> {
    this.#outcomes.asked(context);
    return this.#track(this.#engine.complete(context, signal).then((answer) => this.#offered(context, answer)));
  }

  /**
   * A person took a ghost text.
   *
   * @param now its document's text with it, where that is known
   */
  completionAccepted(id: string, now: (uri: string) => string | undefined): Promise<void> {
    return this.#track(this.#outcomes.accepted(id, now));
  }

  /** A document was closed, and with it what stood in it. */
  documentClosed(uri: string): void {
    this.#outcomes.gone(uri);
  }

  /** From now on. What was remembered under the old settings is forgotten. */
  configure(settings: RouterSettings): void {
    this.#settings = settings;
    this.#surroundings.clear();
    this.#health.clear();
    this.#engine.clear();
  }

  /** A key was stored, changed or removed: the provider is asked anew, and what it did without the key is forgotten. */
  async keyChanged(provider: string): Promise<void> {
    this.#health.forget(provider);
    this.#engine.clear();
    await this.#ports.providers.refresh(provider);
  }

  /** A policy file was saved: the status says at once whether it holds. */
  async policyChanged(uri: string): Promise<void> {
    const workspace = await this.#ports.workspaces.around([uri]);
    if (workspace) this.#board.policyChanged(await this.#policies.inForce(workspace));
  }

  /** For checks of a policy's text. */
  knowledge(): WhatIsKnown {
    const world = worldOf(this.#context);
    return {
      model: (_provider, model) => findModel(model),
      price: (provider, model, policy) => priceNow(world, policy, provider, model),
      attestations: [],
    };
  }

  explain(): string {
    return this.#board.lastExplanation ?? 'No request has been routed in this window yet.';
  }

  /**
   * Looks at folders as the first request in them will, which then waits for less. It believes nothing of that for longer
   * than of what another request found. Never throws: what cannot be told is that request's to say. The end of this router
   * waits for none of it: nothing is written down, and git ends with its workspace.
   */
  async lookAhead(uris: readonly string[]): Promise<void> {
    const { signal } = this.#closing;
    const looked = uris.slice(0, mostLookedAt).map(async (uri) => {
      const workspace = await this.#ports.workspaces.around([uri]);
      await Promise.all([this.#policies.inForce(workspace, signal), workspace && presentFiles(workspace)]);
    });
    await Promise.allSettled(looked);
  }

  /** What a person may choose instead of the policy's own choice, and what is chosen now. */
  async overrideOptions(roots: readonly string[]): Promise<OverrideOptions> {
    const workspace = await this.#ports.workspaces.around(roots);
    const inForce = await this.#policies.inForce(workspace);
    await this.#becomesKnown(this.#ports.providers.ready(), this.#closing.signal);
    return this.#overrides.options(policyIn(inForce), workspace, worldOf(this.#context), this.#settings.team);
  }

  /** Whose policy a folder goes by. */
  async governance(uri: string): Promise<Governance> {
    const { signal } = this.#closing;
    const workspace = await this.#ports.workspaces.around([uri]);
    const inForce = await this.#policies.inForce(workspace, signal);
    const around = workspace ? await enclosingRoots(this.#context, workspace, { signal }) : [];
    return { repository: workspace?.root ?? uri, isGoverned: inForce.kind !== 'none' || around.length > 0 };
  }

  /** Asks for another model from now on, or gives that up when no target is named. */
  async override({ roots, target, reason }: OverrideParams): Promise<OverrideResult> {
    const workspace = await this.#ports.workspaces.around(roots);
    const inForce = await this.#policies.inForce(workspace);
    return target === undefined
      ? this.#overrides.end(workspace)
      : this.#overrides.begin(policyIn(inForce), workspace, { target, reason }, this.#settings.team);
  }

  /** Stops what is running, lets it be written down, and closes the books. */
  async dispose(): Promise<void> {
    this.#closing.abort();
    for (const stop of this.#stops) stop();
    this.#stopHousekeeping();
    this.#engine.dispose();
    await Promise.allSettled(this.#running);
    await this.#recorder.save();
    await this.#ports.stores.decisions?.flush();
    await this.#ports.teamBudgets?.dispose();
    this.#ports.stores.ledger?.close();
  }

  #chatRoom(): ChatRoom {
    return {
      context: this.#context,
      board: this.#board,
      tasks: this.#tasks,
      sessions: this.#sessions,
      overrides: this.#overrides,
      surroundings: this.#surroundings,
      outcomes: this.#outcomes,
    };
  }

  #offered(context: CompletionContext, answer: CompletionAnswer): CompletionAnswer {
    const { uri, prefix, suffix } = context;
    if (answer.kind === 'suggestion') this.#outcomes.offered({ id: answer.id, uri, prefix, suffix, text: answer.text });
    // Another question is under way, and says whether what stands there still does.
    else if (answer.why !== 'superseded' && answer.why !== 'cancelled') this.#outcomes.gone(uri);
    return answer;
  }

  #whileKnown<Result>(work: (signal: AbortSignal) => Promise<Result>, given?: AbortSignal): Promise<Result> {
    return this.#track(this.#untilStopped(work, given));
  }

  /** @param given aborts the work, as the end of this router does */
  async #untilStopped<Result>(work: (signal: AbortSignal) => Promise<Result>, given?: AbortSignal): Promise<Result> {
    const stop = new AbortController();
    const cancel = (): void => stop.abort(given?.reason);
    if (given?.aborted || this.#closing.signal.aborted) cancel();
    given?.addEventListener('abort', cancel, { once: true });
    this.#stops.add(cancel);
    try {
      const ready = this.#ports.providers.ready();
      if (ready !== this.#known) await this.#becomesKnown(ready, stop.signal);
      return await work(stop.signal);
    } finally {
      given?.removeEventListener('abort', cancel);
      this.#stops.delete(cancel);
    }
  }

  /** Waits until the editor has said which keys and models it has; not for ever, as an editor may never say. */
  async #becomesKnown(ready: Promise<void>, signal: AbortSignal): Promise<void> {
    const enough = new AbortController();
    const known = ready.then(() => {
      this.#known = ready;
    });
    try {
      await Promise.race([known, sleep(longestLookMs, AbortSignal.any([signal, enough.signal]))]);
    } finally {
      enough.abort();
    }
  }

  #track<Result>(work: Promise<Result>): Promise<Result> {
    const tracked = work.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
    return tracked;
  }
}

/** Resolves after so many milliseconds, or at once when aborted. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((settle) => {
    if (signal.aborted) return settle();
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      settle();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
