import type { Conversation } from '../chat/conversation.ts';
import type { ChatEvent } from '../chat/events.ts';
import type { ChatParams, ChatResult } from '../contract/messages.ts';
import { findModel } from '../models/catalogue.ts';
import { estimateConversationTokens } from '../models/tokens.ts';
import type { ResolvedTarget } from '../policy/compiled.ts';
import { ProviderFailure } from '../providers/failure.ts';
import type { Provider } from '../providers/provider.ts';
import { refusalSentence } from '../routing/explain.ts';
import type { RouterContext } from './context.ts';
import { type AttemptReport, type AttemptTap, dispatch, relay } from './dispatch.ts';
import { gatherEvidence } from './evidence.ts';
import { chatFacts } from './facts.ts';
import { type Prepared, prepare } from './prepare.ts';
import { costOf, recordAttempt, recordRefusal } from './record.ts';
import { requestKind } from './requestKind.ts';
import { routingAnswer } from './routingAnswer.ts';
import type { StatusBoard } from './status.ts';
import type { Tasks } from './tasks.ts';
import { failureSentence } from './words.ts';

/** The model `auto` is no request for a model. */
function requestedOf(params: ChatParams): string | undefined {
  return params.requestedModel.includes('/') ? params.requestedModel : undefined;
}

/** What the target asks for beyond the conversation: effort, and the longest answer. */
function forTarget(conversation: Conversation, target: ResolvedTarget): Conversation {
  return {
    ...conversation,
    ...(target.effort ? { effort: target.effort } : {}),
    ...(target.maxOutputTokens ? { maxOutputTokens: target.maxOutputTokens } : {}),
  };
}

async function callChat(
  provider: Provider,
  request: { target: ResolvedTarget; params: ChatParams; signal: AbortSignal; deadlineMs: number },
  tap: AttemptTap,
  emit: (event: ChatEvent) => void,
): Promise<void> {
  const { target, params, signal, deadlineMs } = request;
  if (!provider.chat) throw new ProviderFailure('bad-request', provider.id, `${provider.id} does not serve chats.`);
  const stream = await provider.chat(
    {
      model: target.model,
      conversation: forTarget(params.conversation, target),
      ...(params.conversationId ? { conversationKey: params.conversationId } : {}),
    },
    { signal, deadlineMs },
  );
  const maker = findModel(target.model)?.maker;
  await relay(stream.events, tap, (event) =>
    emit(event.kind === 'thinking-ended' ? { ...event, model: target.model, ...(maker ? { maker } : {}) } : event),
  );
}

/** One chat request's whole way: facts → decision → dispatch with fallback → record → status. Never throws. */
export async function routeChat(
  context: RouterContext,
  board: StatusBoard,
  tasks: Tasks,
  params: ChatParams,
  emit: (event: ChatEvent) => void,
  signal: AbortSignal,
): Promise<ChatResult> {
  const prepared = await prepareChat(context, tasks, params, signal);
  context.recorder.decided(prepared);
  const { outcome } = prepared.decision;
  switch (outcome.kind) {
    case 'blocked':
      recordRefusal(context, prepared, params.surface, 'blocked');
      return {
        kind: 'blocked',
        message: refusalSentence(prepared.decision),
        status: board.refused(prepared, params.surface),
      };
    case 'native':
    case 'unserved':
      recordRefusal(context, prepared, params.surface, 'unserved');
      return {
        kind: 'answered-by-routing',
        markdown: routingAnswer(prepared),
        status: board.refused(prepared, params.surface),
      };
    case 'routed':
      return serve(context, board, tasks, {
        params,
        prepared,
        emit,
        signal,
        candidates: [outcome.target, ...outcome.fallbacks],
      });
    default:
      return outcome satisfies never;
  }
}

async function prepareChat(
  context: RouterContext,
  tasks: Tasks,
  params: ChatParams,
  signal: AbortSignal,
): Promise<Prepared> {
  const { conversation, surface } = params;
  const kind = params.kind ?? requestKind(conversation, surface);
  const estimatedTokens = estimateConversationTokens(conversation);
  const evidence = gatherEvidence(conversation);
  const { team } = context.settings();
  const requested = requestedOf(params);
  const described = {
    kind,
    tokens: estimatedTokens,
    tools: conversation.tools.length > 0,
    client: params.client,
    ...(team ? { team } : {}),
    ...(requested ? { requested } : {}),
  };
  return prepare(context, {
    uris: [...params.roots, ...(params.activeFile ? [params.activeFile] : [])],
    kind,
    estimatedTokens,
    taskSpentNanoUsd: tasks.spent(params.conversationId),
    signal,
    facts: async (workspace, inForce) =>
      chatFacts({
        ...described,
        workspace,
        policy: inForce.kind === 'none' ? undefined : inForce.policy,
        evidence,
        // A title or commit message is not about the file that happens to be open.
        activeFile: surface === 'utility' ? undefined : params.activeFile,
        selected: surface !== 'utility' && params.selected === true,
        buffers: await context.buffers(workspace),
        signal,
      }),
    bareFacts: {
      kind,
      context: { tokens: estimatedTokens, images: evidence.images, tools: described.tools },
      text: evidence.userText,
      client: params.client,
      ...(team ? { team } : {}),
      ...(requested ? { requested } : {}),
    },
  });
}

interface Serving {
  readonly params: ChatParams;
  readonly prepared: Prepared;
  readonly emit: (event: ChatEvent) => void;
  readonly signal: AbortSignal;
  readonly candidates: readonly ResolvedTarget[];
}

async function serve(context: RouterContext, board: StatusBoard, tasks: Tasks, serving: Serving): Promise<ChatResult> {
  const { params, prepared, emit, signal } = serving;
  const reports: AttemptReport<void>[] = [];
  board.working(prepared, params.surface);
  const last = await dispatch<void>({
    candidates: serving.candidates,
    signal,
    now: () => context.now(),
    provider: (id) => context.providers.get(id),
    call: (provider, target, tap) =>
      callChat(provider, { target, params, signal, deadlineMs: context.settings().chat.timeoutMs }, tap, emit),
    report: (report) => {
      const fallbackFrom = reports.at(-1)?.target.target;
      recordAttempt(context, prepared, params.surface, report, {
        fallbackFrom,
        taskId: tasks.id(params.conversationId),
      });
      tasks.add(params.conversationId, costOf(prepared, report.target, report.usage) ?? 0);
      reports.push(report);
    },
  });
  if (last?.end.kind === 'served')
    return { kind: 'served', status: board.served(prepared, params.surface, last, reports) };
  if (last?.end.kind === 'failed' && last.end.failure.kind === 'cancelled') {
    board.cancelled(prepared, params.surface, reports);
    return { kind: 'cancelled' };
  }
  const message = failureSentence(reports);
  context.log('warn', message);
  return { kind: 'failed', message, status: board.failed(prepared, params.surface, message, reports) };
}
