import type { Conversation } from '../chat/conversation.ts';
import type { ChatParams, ChatResult } from '../contract/messages.ts';
import { findModel } from '../models/catalogue.ts';
import type { ResolvedTarget } from '../policy/compiled.ts';
import type { RequestKind } from '../policy/schema.ts';
import { ProviderFailure } from '../providers/failure.ts';
import type { Provider } from '../providers/provider.ts';
import { keptOutSentences } from '../routing/budgetWords.ts';
import type { Decision } from '../routing/decision.ts';
import { refusalSentence } from '../routing/explain.ts';
import type { Surface } from '../usage/attempt.ts';
import { besideTheWay } from './besideTheWay.ts';
import { Candidates } from './candidates.ts';
import type { RouterContext } from './context.ts';
import { type AttemptReport, type AttemptTap, dispatch, relay } from './dispatch.ts';
import type { ChatCall } from './door.ts';
import { withEstimatedUsage } from './estimatedUsage.ts';
import { forwardChat } from './forward.ts';
import { atListPrice } from './listPrice.ts';
import { once } from './once.ts';
import type { Outcomes } from './outcomes/outcomes.ts';
import { beginsWithin, patienceOf, untilContent } from './patience.ts';
import { asking } from './permissions.ts';
import type { Prepared } from './prepare.ts';
import { type ConversationRoom, prepareChat } from './prepareChat.ts';
import { learnFrom, prepareRecord, recordAttempt, recordRefusal } from './record.ts';
import { routingAnswer } from './routingAnswer.ts';
import { endsWithToolResult } from './sessions.ts';
import type { StatusBoard } from './status.ts';
import { completeText } from './textCompletion.ts';
import { failureSentence, unpreparedSentence } from './words.ts';

/** What all chats share. */
export interface ChatRoom extends ConversationRoom {
  readonly board: StatusBoard;
  readonly outcomes: Outcomes;
}

/** One chat request's whole way: facts → decision → dispatch with fallback → record → status. Never throws. */
export async function routeChat(room: ChatRoom, asked: ChatCall): Promise<ChatResult> {
  const { context } = room;
  const { signal } = asked;
  let prepared: Prepared;
  try {
    prepared = await permitted(room, asked.params, signal);
  } catch (error) {
    return unprepared(room, asked, error);
  }
  const params = { ...asked.params, surface: surfaceOf(asked.params.surface, prepared.facts.kind) };
  const call = { ...asked, params };
  if (signal.aborted) return { kind: 'cancelled' };
  call.decided?.(prepared);
  const { outcome } = prepared.decision;
  if (outcome.kind !== 'routed') context.recorder.decided(prepared);
  switch (outcome.kind) {
    case 'blocked':
      return refuse(room, params, prepared, 'blocked');
    case 'native':
    case 'unserved':
      return refuse(room, params, prepared, 'unserved');
    case 'routed':
      return serve(room, call, prepared);
    default:
      return outcome satisfies never;
  }
}

/**
 * Where a budget wants a person to be asked first, they are; without a yes only what costs nothing may serve. What the
 * editor asks for by itself beside a person's own request, such as a title, raises no second question. An answer may take
 * minutes, in which policies are saved and files staged: what holds then holds for the request.
 */
async function permitted(room: ChatRoom, params: ChatParams, signal: AbortSignal): Promise<Prepared> {
  const prepared = await prepareChat(room, params, signal);
  const { decision, workspace, facts } = prepared;
  if (!decision.ask || decision.outcome.kind !== 'routed') return prepared;
  if (facts.kind === 'title') return refusing(prepared, new Set(asking(decision).map(({ id }) => id)));
  const { task } = prepared;
  const place = { root: workspace?.root ?? '', taskId: task?.id };
  const refused = await room.context.permissions.ask(decision, place, signal);
  return refusing(await prepareChat(room, params, signal, task), refused);
}

/** @param refused budgets that asked, by id, and were not allowed more: now and whenever it is decided again */
function refusing(prepared: Prepared, refused: ReadonlySet<string>): Prepared {
  return {
    ...prepared,
    decision: prepared.decideAgain(refused),
    decideAgain: (more = new Set(), short) => prepared.decideAgain(new Set([...refused, ...more]), short),
  };
}

/** The chat panel's modes look alike from outside; what they ask for tells them apart. */
function surfaceOf(claimed: Surface, kind: RequestKind): Surface {
  if (claimed !== 'chat') return claimed;
  switch (kind) {
    case 'agent':
    case 'plan':
      return 'agent';
    case 'edit':
      return 'inline-chat';
    default:
      return 'chat';
  }
}

/** Nothing could be decided: the person stopped, or the facts could not be had. */
function unprepared({ context, board }: ChatRoom, { params, signal }: ChatCall, error: unknown): ChatResult {
  if (signal.aborted) return { kind: 'cancelled' };
  const message = unpreparedSentence(error);
  context.log('error', error instanceof Error ? (error.stack ?? message) : message);
  return { kind: 'failed', message, status: board.unprepared(params.surface, message) };
}

function refuse(
  { context, board }: ChatRoom,
  { surface }: ChatParams,
  prepared: Prepared,
  outcome: 'blocked' | 'unserved',
): ChatResult {
  recordRefusal(context, prepared, surface, outcome);
  const status = board.refused(prepared, surface);
  return outcome === 'blocked'
    ? { kind: 'blocked', message: refusalSentence(prepared.decision), status }
    : { kind: 'answered-by-routing', markdown: routingAnswer(prepared), ...waitOf(context, prepared), status };
}

/** How long until a provider that nobody asks for now is asked again, where that could help. */
function waitOf({ health, now }: RouterContext, { decision }: Prepared): { readonly retryAfterMs?: number } {
  const at = now();
  const pauses = decision.removed.flatMap(({ target, reason }) =>
    reason.kind === 'unhealthy' && 'provider' in target
      ? (health.pausedUntil(target.provider, target.model, at) ?? [])
      : [],
  );
  return pauses.length === 0 ? {} : { retryAfterMs: Math.min(...pauses) - at };
}

async function serve(room: ChatRoom, call: ChatCall, prepared: Prepared): Promise<ChatResult> {
  const { context, board } = room;
  const { surface } = call.params;
  const afterwards = call.afterwards ?? ((work: () => void): void => work());
  const reports: AttemptReport<void>[] = [];
  const noted = besideTheWay(context, () => {
    context.recorder.decided(prepared);
    board.working(prepared, surface);
    watchWork(room, call.params, prepared);
    prepareRecord(context, prepared, surface);
  });
  const candidates = new Candidates(room, prepared);
  const last = await dispatch<void>({
    next: (tried, failure) => candidates.next(tried, failure),
    signal: call.signal,
    now: () => context.now(),
    provider: (id) => context.providers.get(id),
    call: (provider, target, tap) => {
      const { chat } = context.settings();
      const { silenceMs } = patienceOf(chat.timeoutMs).patience;
      context.health.begin(target.provider, target.model, context.now(), silenceMs);
      const commit = (): void => {
        context.health.answers(target.provider, target.model);
        tap.commit();
      };
      const ms = beginsWithin(chat.timeoutMs, call);
      const watched = { provider: provider.id, signal: call.signal, tap: { ...tap, commit }, ms };
      const listed = atListPrice(call, prepared);
      return untilContent(watched, (signal, own) => callChat(room, provider, target, { ...listed, signal }, own));
    },
    report: (ended) => {
      noted();
      const report = settle(room, call.params, prepared, ended, {
        fallbackFrom: reports.at(-1)?.target.target,
        candidates,
      });
      if (report.end.kind === 'served') noteFollowed(room, call.params, prepared);
      const learn = (): void => learnFrom(context, prepared, report);
      // Who takes over is chosen by it.
      if (report.end.kind === 'served') afterwards(learn);
      else learn();
      reports.push(report);
      call.attempted?.(report);
    },
  }).finally(() => candidates.release());
  noted();
  if (last?.end.kind === 'served') {
    const shown = once(() => board.served(prepared, surface, last, reports));
    afterwards(() => {
      watchEdit(room, call.params, prepared);
      shown();
    });
    return {
      kind: 'served',
      get status() {
        return shown()();
      },
    };
  }
  if (last?.end.kind === 'failed' && last.end.failure.kind === 'cancelled') {
    board.cancelled(prepared, surface, reports);
    return { kind: 'cancelled' };
  }
  // Others spent what was left between the decision and now: nobody was asked, so it is a refusal like any other.
  if (last === undefined && candidates.stopped)
    return refuse(room, call.params, { ...prepared, decision: candidates.stopped }, 'blocked');
  const message = [failureSentence(reports), whyNobodyElse(candidates)].filter((sentence) => sentence !== '').join(' ');
  context.log('warn', message);
  return { kind: 'failed', message, status: board.failed(prepared, surface, message, reports) };
}

/** Before the client has the end of its answer: a day's number of overrides is counted by it, also after a sudden end. */
function noteFollowed({ context, overrides, tasks }: ChatRoom, params: ChatParams, prepared: Prepared): void {
  if (prepared.turn === undefined) return;
  const noted = overrides.followed(prepared, tasks.conversation(params));
  if (noted?.kind === 'failed') context.log('warn', `${noted.reason}.`);
}

/** Which of the policy's budgets let nobody, or not everybody, take over; empty where none did. */
function whyNobodyElse({ stopped, exhausted }: Candidates): string {
  if (stopped) return refusalSentence(stopped);
  return exhausted ? keptOutSentences(exhausted) : '';
}

/** What the request's work makes of its files is looked at beside it: nobody waits for that. */
function watchWork({ outcomes, tasks }: ChatRoom, params: ChatParams, { workspace, task, at }: Prepared): void {
  if (workspace === undefined || task === undefined || params.surface === 'utility') return;
  void outcomes.worked({
    taskId: task.id,
    conversation: tasks.conversation(params),
    at,
    workspace,
    paths: task.files ?? [],
    seen: task.seen,
    bringsResults: endsWithToolResult(params.conversation.messages),
  });
}

/** After an inline edit nothing need be asked, so that no later request shows what it has changed. */
function watchEdit({ outcomes, tasks }: ChatRoom, params: ChatParams, { workspace, task, facts }: Prepared): void {
  if (workspace === undefined || task === undefined || facts.kind !== 'edit' || params.surface === 'utility') return;
  outcomes.edited({ taskId: task.id, conversation: tasks.conversation(params), workspace });
}

/** Writes one attempt down, before the next begins, and gives up what was set aside for it. */
function settle(
  room: ChatRoom,
  params: ChatParams,
  prepared: Prepared,
  ended: AttemptReport<void>,
  { fallbackFrom, candidates }: { readonly fallbackFrom: string | undefined; readonly candidates: Candidates },
): AttemptReport<void> {
  const { context } = room;
  const report = withEstimatedUsage(ended, prepared, context.providers.get(ended.target.provider));
  context.recorder.together(() => {
    noteAttempt(room, params, prepared, report, fallbackFrom);
    candidates.release();
  });
  return report;
}

function noteAttempt(
  { context, tasks, sessions }: ChatRoom,
  params: ChatParams,
  prepared: Prepared,
  report: AttemptReport<void>,
  fallbackFrom: string | undefined,
): void {
  const { task } = prepared;
  const { costNanoUsd = 0 } = recordAttempt(context, prepared, params.surface, report, { fallbackFrom, task });
  if (task) tasks.add(task, costNanoUsd, context.now());
  if (task && report.end.kind === 'served') tasks.answered(task);
  if (report.end.kind === 'served' && prepared.turn) {
    sessions.answered(prepared.turn, {
      target: report.target.target,
      // The class that the model was chosen for: one that it merely stays for says nothing of what that work needs.
      class: isPinned(prepared.decision) ? (prepared.turn.session.last?.class ?? '') : prepared.decision.class,
      wished: prepared.decision.why.some(({ kind }) => kind === 'overridden'),
      cachedTokens: report.usage ? report.usage.cacheReadTokens + report.usage.cacheWriteTokens : 0,
      estimatedTokens: prepared.estimatedTokens,
    });
  }
}

function isPinned({ why }: Decision): boolean {
  return why.some(({ kind }) => kind === 'pinned');
}

async function callChat(
  { context, tasks }: ChatRoom,
  provider: Provider,
  target: ResolvedTarget,
  call: ChatCall,
  tap: AttemptTap,
): Promise<void> {
  const { params, passage, completion } = call;
  const options = { signal: call.signal, ...patienceOf(context.settings().chat.timeoutMs) };
  if (completion) {
    call.asking?.(target, tap.place, []);
    return completeText(provider, target, completion, options, tap, (event) => call.emit(event));
  }
  if (passage && provider.forward?.dialect === passage.dialect) {
    const { body, lost } = passage.body(target);
    call.asking?.(target, tap.place, lost);
    return forwardChat({ forward: provider.forward, passage, target, body, options, tap });
  }
  if (!provider.chat) throw new ProviderFailure('bad-request', provider.id, `${provider.id} does not serve chats.`);
  if (params.keptAt !== undefined) {
    const message = `${provider.id} was not asked, because "${params.keptAt}" stands for a part of the conversation that another provider keeps. Send the conversation itself.`;
    throw new ProviderFailure('bad-request', provider.id, message);
  }
  const { events, lost } = await provider
    .chat(
      {
        model: target.model,
        conversation: forTarget(params.conversation, target),
        // A name of our own: the client's may say whose conversation it is.
        conversationKey: tasks.conversation(params),
      },
      options,
    )
    .catch((error: unknown) => {
      // Its own words are of another dialect, and about a request that the client has never seen.
      throw error instanceof ProviderFailure ? error.withoutRefusal() : error;
    });
  call.asking?.(target, tap.place, lost);
  const maker = findModel(target.model)?.maker;
  // A signature is only good for the model that thought: the next turn must know whose it is.
  await relay(
    provider.id,
    events,
    tap,
    (event) =>
      call.emit(
        event.kind === 'thinking-ended' ? { ...event, model: target.model, ...(maker ? { maker } : {}) } : event,
      ),
    endsWithToolResult(params.conversation.messages),
  );
}

/** What the target asks for beyond the conversation: effort, and the longest answer. */
function forTarget(conversation: Conversation, target: ResolvedTarget): Conversation {
  return {
    ...conversation,
    ...(target.effort ? { effort: target.effort } : {}),
    ...(target.maxOutputTokens ? { maxOutputTokens: target.maxOutputTokens } : {}),
  };
}
