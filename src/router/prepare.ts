import type { LayeredPolicy } from '../policy/layers.ts';
import type { RequestKind } from '../policy/schema.ts';
import { classify } from '../routing/classify.ts';
import { decide } from '../routing/decide.ts';
import type { Decision } from '../routing/decision.ts';
import type { Facts } from '../routing/facts.ts';
import type { OverrideRequest } from '../routing/session/override.ts';
import type { State } from '../routing/state.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { type RouterContext, worldOf } from './context.ts';
import { aroundFacts, type EnclosingRoot, enclosingRoots } from './enclosing.ts';
import { isTeams } from './leases/account.ts';
import { once } from './once.ts';
import type { PolicyInForce } from './policies/inForce.ts';
import { type OtherRoot, touches, withOtherRoots } from './policies/otherRoots.ts';
import { type WatchedState, watchState } from './sameState.ts';
import type { SessionTurn } from './sessions.ts';
import type { SpendPlace } from './spend.ts';
import type { TaskInHand } from './tasks.ts';
import type { World } from './world.ts';

/** A request whose way has been decided, and everything that it was decided on. */
export interface Prepared {
  readonly requestId: string;
  readonly at: number;
  readonly workspace: Workspace | undefined;
  readonly inForce: PolicyInForce;
  readonly world: World;
  readonly facts: Facts;
  readonly decision: Decision;
  readonly estimatedTokens: number;
  /**
   * The decision as it would be made now, for what comes after a target that failed: with what was spent, set aside and
   * learned of the providers' health since.
   *
   * @param refused budgets that asked, by id, and were not allowed more
   * @param short a team's budgets that have no lease with enough left
   */
  decideAgain(refused?: ReadonlySet<string>, short?: ReadonlySet<string>): Decision;
  /**
   * Has more leased of the team's budgets, where a decision may cost more than is at hand; whether to decide again.
   * @param enough as {@link waiting} gives it
   */
  cover(decision: Decision, enough: () => AbortSignal): Promise<boolean>;
  /** How long this request waits for the team's server: from the first time on that it is asked for. */
  waiting(): () => AbortSignal;
  /** How it stands in its conversation; left out for what belongs to none. */
  readonly turn?: SessionTurn | undefined;
  /** What it is a part of, found out when it is first asked for; undefined where each request is a task of its own. */
  readonly task: TaskInHand | undefined;
}

/** A request's place in its conversation. */
export interface ConversationState {
  readonly turn: SessionTurn;
  readonly override: OverrideRequest | undefined;
}

export interface PrepareRequest {
  readonly uris: readonly string[];
  /** Those of them that are open folders, where the request tells. */
  readonly roots?: readonly string[];
  readonly kind: RequestKind;
  readonly estimatedTokens: number;
  /** How many tokens the answer may have, where the request says so. */
  readonly maxOutputTokens?: number | undefined;
  readonly signal: AbortSignal;
  facts(workspace: Workspace, inForce: PolicyInForce): Promise<Facts>;
  /**
   * Gives what is found around it, where that is known already. Left out: it is always found out.
   *
   * @param find finds it out
   */
  ground?(find: () => Promise<Ground>): Promise<Ground>;
  /** What HEAD stands on; undefined where that is not known. Left out: nobody asks. */
  commit?(workspace: Workspace | undefined): Promise<string | undefined>;
  /** The task that the request belongs to. */
  task?(place: RequestPlace): TaskInHand;
  /** What a task has cost so far, in nano-dollars. */
  spent?(taskId: string): number;
  /** Of a request in a conversation: how it stands there, and what somebody asked for against the policy's choice. */
  conversation?(facts: Facts, place: RequestPlace, taskId: () => string): ConversationState;
  /** The facts where there is no repository to ask. */
  readonly bareFacts: Facts;
  /**
   * Whether targets that are left alone for now are tried when nothing else is left. A pause after a failure saves the
   * time of a call that would fail again while others can serve; where none can, it would only keep a person from
   * trying again. Not for what is asked unbidden, at every pause in typing.
   */
  readonly lastResort: boolean;
}

/** Where a request is: its repository, and what HEAD stands on there. */
export interface RequestPlace {
  readonly workspace: Workspace | undefined;
  readonly commit: string | undefined;
}

/** Where a request is, what is in force for it, and the facts. */
export interface Ground {
  readonly workspace: Workspace | undefined;
  readonly inForce: PolicyInForce;
  readonly facts: Facts;
  /** No other folder has a say in it. */
  readonly isAlone: boolean;
}

/** How long a request waits for the team's server, where too little of a budget is at hand; one that nobody asked for less. */
const LEASE_MS = 2_500;
const UNBIDDEN_LEASE_MS = 300;
const MOST_ROUNDS = 3;

function hasSharedBudget({ budgets }: Decision): boolean {
  return budgets.some(({ per }) => isTeams(per));
}

/** The same of all that it might ever consult. */
function hasSharedBudgets({ layers }: LayeredPolicy): boolean {
  return layers.some(({ policy }) => policy.budgets.some(({ source }) => isTeams(source.per)));
}

export function policyIn(inForce: PolicyInForce): LayeredPolicy | undefined {
  return inForce.kind === 'none' ? undefined : inForce.policy;
}

/** Facts, then the decision: the first half of every request's way, whatever door it came in by. */
export async function prepare(context: RouterContext, request: PrepareRequest): Promise<Prepared> {
  const find = (): Promise<Ground> => groundOf(context, request);
  const { workspace, inForce, facts } = await (request.ground?.(find) ?? find());
  const policy = policyIn(inForce);
  const world = worldOf(context);
  const classes = policy ? classify(policy, facts).countedClasses : NO_CLASSES;
  const here = { workspace, commit: await request.commit?.(workspace) };
  // Few policies go by tasks: where none does, nobody waits for it to be found out.
  const task = once(() => request.task?.(here));
  const place = new Place(workspace?.root ?? '', task, request);
  const conversationNow = once(() => request.conversation?.(facts, here, () => task()?.id ?? ''));
  const isShared = policy !== undefined && hasSharedBudgets(policy);
  let last: Decided | undefined;
  const decideNow = (refused: ReadonlySet<string> = NONE, short: ReadonlySet<string> = NONE): Decision => {
    const stamp = context.stamp();
    // What a person has said since is in no book of the ledger, nor what a team's server has granted.
    const isElsewhere = (isShared && context.hasTeamServer()) || refused.size > 0 || short.size > 0;
    if (
      last !== undefined &&
      !isElsewhere &&
      !last.isElsewhere &&
      !last.decision.ask &&
      stamp !== undefined &&
      last.watched.isLikeBefore(stamp)
    )
      return last.decision;
    place.short = short;
    const answers: Record<string, 'yes' | 'no'> = {};
    for (const id of refused) answers[id] = 'no';
    const conversation = conversationNow();
    const watched = watchState(
      world,
      {
        kind: request.kind,
        policy,
        estimatedTokens: request.estimatedTokens,
        maxOutputTokens: request.maxOutputTokens,
        spent: context.spent(inForce, classes, place),
        uncounted: context.uncounted(inForce, place),
        answers: Object.assign(answers, context.permissions.answers(policy, classes, place)),
        taskSpentNanoUsd: once(() => place.taskSpentNanoUsd),
        session: conversation?.turn.session,
        override: conversation?.override,
      },
      stamp,
    );
    if (last?.watched.isLike(watched.state)) return last.decision;
    const decision = decideAtLast(policy, facts, watched.state, {
      lastResort: request.lastResort,
      asksToWait: (provider, model) => context.health.asksToWait(provider, model, context.now()),
    });
    // What was tried although it fails rests on more than its state.
    last =
      decision.outcome.kind === 'routed' && !isLastResort(decision) ? { watched, decision, isElsewhere } : undefined;
    return decision;
  };
  // Hardly any request has to wait, and a deadline costs all of them.
  const waiting = (): (() => AbortSignal) => {
    let signal: AbortSignal | undefined;
    return () => {
      const ms = request.lastResort ? LEASE_MS : UNBIDDEN_LEASE_MS;
      signal ??= AbortSignal.any([request.signal, AbortSignal.timeout(ms)]);
      return signal;
    };
  };
  let decision = context.reading(() => decideNow());
  place.asksFirst = false;
  // What it may cost is known only when it is decided where it goes, and that by what may be spent: seldom more than once.
  if (hasSharedBudget(decision) && context.hasTeamServer()) {
    const enough = waiting();
    for (let rounds = 0; rounds < MOST_ROUNDS && (await context.cover(decision, inForce, enough)); rounds += 1) {
      decision = decideNow();
    }
  }
  const conversation = conversationNow();
  return {
    requestId: context.newId(),
    at: context.now(),
    workspace,
    inForce,
    world,
    facts,
    decision,
    decideAgain: decideNow,
    cover: (what, enough) => context.cover(what, inForce, enough),
    waiting,
    estimatedTokens: request.estimatedTokens,
    turn: conversation?.turn,
    get task() {
      return task();
    },
  };
}

/** What was decided last, and on what. */
interface Decided {
  readonly watched: WatchedState;
  readonly decision: Decision;
  /** It rests on more than the ledger's books tell. */
  readonly isElsewhere: boolean;
}

const NONE: ReadonlySet<string> = new Set();
const NO_CLASSES: ReadonlyMap<string, string> = new Map();

/** What a request is counted by, its task only where that is asked for. */
class Place implements SpendPlace {
  readonly root: string;
  readonly #task: () => TaskInHand | undefined;
  readonly #request: PrepareRequest;
  short = NONE;
  asksFirst = true;

  constructor(root: string, task: () => TaskInHand | undefined, request: PrepareRequest) {
    this.root = root;
    this.#task = task;
    this.#request = request;
  }

  get taskId(): string | undefined {
    return this.#task()?.id;
  }

  get taskSpentNanoUsd(): number {
    return this.#request.spent?.(this.#task()?.id ?? '') ?? 0;
  }
}

async function groundOf(context: RouterContext, request: PrepareRequest): Promise<Ground> {
  const workspace = await context.workspaceOf(request.uris);
  const around = workspace ? await enclosingRoots(context, workspace, request) : [];
  const own = withOtherRoots(await context.policyOf(workspace, request.signal), around);
  const facts = workspace ? await gathered(context, request, workspace, own, around) : request.bareFacts;
  const others = await otherRoots(context, request, facts, [workspace, ...around.map((root) => root.workspace)]);
  const isAlone = around.length === 0 && others.length === 0;
  return { workspace, inForce: withOtherRoots(own, others), facts, isAlone };
}

/** The facts of a request, also as what lies around its repository sees them. */
async function gathered(
  context: RouterContext,
  request: PrepareRequest,
  workspace: Workspace,
  inForce: PolicyInForce,
  roots: readonly EnclosingRoot[],
): Promise<Facts> {
  const facts = await request.facts(workspace, inForce);
  if (roots.length === 0) return facts;
  const around = await aroundFacts(roots, facts, await context.buffers(workspace), request.signal);
  return around === undefined ? facts : { ...facts, around };
}

/** The other open folders whose files go out. */
async function otherRoots(
  context: RouterContext,
  { uris, signal }: PrepareRequest,
  facts: Facts,
  heard: readonly (Workspace | undefined)[],
): Promise<readonly OtherRoot[]> {
  if (uris.length < 2 || facts.reads === undefined || facts.reads.length === 0) return [];
  const others = (await context.workspacesOf(uris)).filter(
    (workspace) => !heard.includes(workspace) && touches(facts, workspace.root),
  );
  return Promise.all(
    others.map(async (workspace) => ({ workspace, inForce: await context.policyOf(workspace, signal) })),
  );
}

function isLastResort({ why }: Decision): boolean {
  return why.some(({ kind }) => kind === 'tried-although-failing');
}

function decideAtLast(
  policy: LayeredPolicy | undefined,
  facts: Facts,
  state: State,
  { lastResort, asksToWait }: { readonly lastResort: boolean; readonly asksToWait: State['unhealthy'] },
): Decision {
  const first = decide(policy, facts, state);
  const resting = first.removed.some(({ reason }) => reason.kind === 'unhealthy');
  if (!lastResort || !resting || first.outcome.kind !== 'unserved') return first;
  const decision = decide(policy, facts, { ...state, unhealthy: asksToWait });
  if (decision.outcome.kind !== 'routed') return decision;
  const { target, provider, model } = decision.outcome.target;
  const reason = state.unhealthy(provider, model);
  return reason === undefined
    ? decision
    : { ...decision, why: [...decision.why, { kind: 'tried-although-failing', target, reason }] };
}
